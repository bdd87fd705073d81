/*
 * watch_link: the segment as the watch stands in it: its interface, its own
 * addresses, and what is on-link seen from there.
 *
 * Frames leave through `send`, so that everything which decides what to send
 * is tested without a socket.
 */
#ifndef ASSAY_WATCH_LINK_H
#define ASSAY_WATCH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_LINK_ADDRESSES_MAX 32

struct watch_address {
	uint8_t family;   /* 4, 6 */
	uint8_t addr[16]; /* family 4: the first four bytes, the rest zero */
	uint8_t prefix;   /* bits */
	bool
	    borrowed; /* on the interface, but not for the watch to send from */
};

struct watch_link {
	char interface[32];
	unsigned ifindex;
	uint8_t mac[6];
	struct watch_address addresses[WATCH_LINK_ADDRESSES_MAX];
	size_t naddresses;
	uint16_t echo_id; /* this watch's own, in every echo request */
	uint8_t nonce[8]; /* in every echo request's payload */
	/* Sends one frame; a frame that cannot be sent is a frame lost. */
	void (*send)(void *arg, const uint8_t *frame, size_t size);
	void *arg;
};

/* The payload of every echo request: nonce, then a word for whoever reads the
 * capture. */
#define WATCH_ECHO_SIZE 20
void watch_link_echo_payload(
    const struct watch_link *l, uint8_t out[WATCH_ECHO_SIZE]);

size_t watch_addr_size(uint8_t family); /* 4 or 16 */
bool watch_addr_equals(
    const struct watch_address *a, uint8_t family, const uint8_t *addr);
bool watch_addr_is_link_local6(const uint8_t *addr);
/* addr is in the first bits of prefix. */
bool watch_addr_in_prefix(
    const uint8_t *addr, const uint8_t *prefix, uint8_t bits);
/* One host can hold it: not unspecified, loopback, multicast or broadcast. */
bool watch_addr_is_unicast(uint8_t family, const uint8_t *addr);
/* As text; out holds 46 bytes. */
char *watch_addr_format(uint8_t family, const uint8_t *addr, char *out);
char *watch_mac_format(const uint8_t *mac, char out[18]);

/* Adds an address, once; a full table keeps what it has. */
void watch_link_add(struct watch_link *l, uint8_t family, const uint8_t *addr,
    uint8_t prefix, bool borrowed);
bool watch_link_owns(
    const struct watch_link *l, uint8_t family, const uint8_t *addr);
/* In a prefix of ours, or IPv6 link-local; not the subnet's broadcast. */
bool watch_link_is_on_link(
    const struct watch_link *l, uint8_t family, const uint8_t *addr);
/* The own address to speak to addr from: one in the same subnet, else any of
 * its family (for a link-local one, a link-local one first).  NULL: none. */
const uint8_t *watch_link_source(
    const struct watch_link *l, uint8_t family, const uint8_t *addr);

/* ARP request or neighbour solicitation for addr, to mac or (NULL) to all.
 * False: no own address of that family. */
bool watch_link_ask(const struct watch_link *l, uint8_t family,
    const uint8_t *addr, const uint8_t *mac);
/* Echo request. */
bool watch_link_ping(const struct watch_link *l, uint8_t family,
    const uint8_t *addr, const uint8_t *mac, uint16_t seq);
/* Echo requests to ff02::1 from each own IPv6 address (RFC 4291 section
 * 2.7.1): a reply comes from an address in the asking one's subnet. */
void watch_link_ping_all(const struct watch_link *l, uint16_t seq);

#endif
