/*
 * watch_participants: who is on the segment: MACs and their addresses.
 *
 * Participants are told apart by MAC alone.  An address has one holder: when
 * another MAC shows that it is its own, the first loses it.  Bounded: a host
 * that makes up MACs or addresses pushes out what was seen least lately, but
 * never a pinned MAC (a device under test).
 */
#ifndef ASSAY_WATCH_PARTICIPANTS_H
#define ASSAY_WATCH_PARTICIPANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_PARTICIPANTS_MAX 256
#define WATCH_PARTICIPANT_ADDRESSES_MAX 16
#define WATCH_PARTICIPANT_NAME_MAX 64 /* bytes, as the device sent them */
#define WATCH_PARTICIPANT_AGAIN_NS 60000000000ull /* told again after */

struct watch_participants;

struct watch_held { /* one address of one participant */
	uint8_t family;
	uint8_t addr[16];
	char how[8]; /* "arp", "nd", "dhcp", "dhcpv6", "ip", "echo" */
	uint64_t first_ns, last_ns; /* frames' stamps */
	uint64_t told_ns;           /* stamp it was last told with; 0: never */
};

struct watch_participants_hooks {
	/* New, or seen again after WATCH_PARTICIPANT_AGAIN_NS.  name: what the
	 * device calls itself, "" if unknown, without NUL bytes.  False:
	 * could not be told now; it is tried again at the next sight. */
	bool (*on_seen)(void *arg, const uint8_t *mac,
	    const struct watch_held *held, const char *name);
	void (*on_gone)(void *arg, const uint8_t *mac, uint8_t family,
	    const uint8_t *addr, const char *why);
};

/* own_mac: the bench's; it is no participant. */
struct watch_participants *watch_participants_new(const uint8_t *own_mac,
    const struct watch_participants_hooks *hooks, void *arg);
void watch_participants_free(struct watch_participants *t);

/* mac shows that addr is its own; whoever held it loses it.  True: this pair
 * is new. */
bool watch_participants_hold(struct watch_participants *t, const uint8_t *mac,
    uint8_t family, const uint8_t *addr, const char *how, uint64_t stamp_ns);
/* A weaker word (a claim, a frame's source): counts only while no other MAC
 * holds addr.  True: this pair is new. */
bool watch_participants_use(struct watch_participants *t, const uint8_t *mac,
    uint8_t family, const uint8_t *addr, const char *how, uint64_t stamp_ns);
/* False: mac did not hold it. */
bool watch_participants_drop(struct watch_participants *t, const uint8_t *mac,
    uint8_t family, const uint8_t *addr, const char *why);
void watch_participants_name(struct watch_participants *t, const uint8_t *mac,
    const uint8_t *name, size_t size);

/* A pinned MAC is never pushed out. */
void watch_participants_pin(
    struct watch_participants *t, const uint8_t *mac, bool pinned);
/* Addresses of mac, least lately found first; *n how many.  Valid until the
 * table changes. */
const struct watch_held *watch_participants_of(
    const struct watch_participants *t, const uint8_t *mac, size_t *n);
bool watch_participants_holds(const struct watch_participants *t,
    const uint8_t *mac, uint8_t family, const uint8_t *addr);
/* Tells everything again: whoever listened has been replaced. */
void watch_participants_tell_all(struct watch_participants *t);

#endif
