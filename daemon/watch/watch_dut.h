/*
 * watch_dut: one device that is observed: a round of questions each second,
 * and what its answers, boots and changes of address make of its health.
 */
#ifndef ASSAY_WATCH_DUT_H
#define ASSAY_WATCH_DUT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/watch/watch_health.h"
#include "daemon/watch/watch_link.h"
#include "daemon/watch/watch_participants.h"
#include "daemon/watch/watch_rest.h"
#include "daemon/watch/watch_sight.h"

#define WATCH_DUT_SUSPECT_ROUNDS 3
/* A new device's first round is out of turn. */
#define WATCH_DUT_ROUND_NS 500000000ull
#define WATCH_DUT_SELDOM_NS 9500000000ull /* without a run */

/* A link that was away no longer than this, and is back for no longer: the
 * device tries its IPv6 addresses again (RFC 4862 section 5.4: whenever the
 * interface comes up), booted or not. */
#define WATCH_DUT_REPLUG_NS 5000000000ull

struct watch_dut {
	uint32_t id;
	uint8_t mac[6];
	struct watch_health health;
	struct watch_rest rest;
	bool is_seldom;         /* asked: no run is on it */
	struct watch_held last; /* the address that answered last */
	uint16_t seq;           /* of this round's echo requests */
	uint64_t round_ns;      /* when they were sent */
	uint64_t link_lost_ns, link_back_ns; /* the last; 0: never */
	bool echoes; /* it has answered an echo: that tells the round trip */
	/* An IPv4 address which a newer one may have replaced: asked, too. */
	bool has_suspect;
	uint8_t suspect[4], successor[4];
	unsigned suspect_rounds;
	char detail[96]; /* why health is as it is */
};

/* It is time for a round. */
bool watch_dut_is_due(const struct watch_dut *d, uint64_t now_ns);

/* Each returns true when d->health is to be told. */

/* seq: not used by anyone else for the next while. */
bool watch_dut_round(struct watch_dut *d, const struct watch_link *l,
    struct watch_participants *t, uint16_t seq, uint64_t now_ns);
bool watch_dut_on_answer(
    struct watch_dut *d, const struct watch_sight *s, uint64_t stamp_ns);
/* To be given before the frame's addresses go into the table. */
bool watch_dut_on_boot(struct watch_dut *d, const struct watch_participants *t,
    const struct watch_sight *s, uint64_t stamp_ns);
/* An address of this device that was not known. */
bool watch_dut_on_new_address(struct watch_dut *d, struct watch_participants *t,
    const struct watch_sight *s);
bool watch_dut_on_link(struct watch_dut *d, bool up, uint64_t now_ns);

#endif
