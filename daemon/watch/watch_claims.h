/*
 * watch_claims: does anybody answer for an address that a job was lent?
 *
 * Each is asked for once, as any neighbour is (ARP, ND), by and by: who answers
 * has it, or says that he does, and what was sent from it may have been
 * answered to him.  Such an answer is no word about where its sender lives: one
 * device that answers for all would fill the table of who is there.
 */
#ifndef ASSAY_WATCH_CLAIMS_H
#define ASSAY_WATCH_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/watch/watch_link.h"

#define WATCH_CLAIMS_MAX 1024 /* CONF_POOL_MAX of each family */
#define WATCH_CLAIMS_TURN_MS 10
#define WATCH_CLAIMS_AT_ONCE 5 /* asked for in one turn */
#define WATCH_CLAIMS_GRACE 20  /* turns behind the last */

struct watch_claim {
	uint8_t family, addr[16];
	bool is_taken;
	uint8_t mac[6]; /* who has answered first */
};

struct watch_claims {
	bool is_open;
	uint32_t request;
	struct watch_claim list[WATCH_CLAIMS_MAX];
	size_t n, asked, taken;
	unsigned grace;
};

/* Asks for the next ones.  True: that was the last turn. */
bool watch_claims_turn(struct watch_claims *c, const struct watch_link *l);
/* An incoming frame.  True: it was an answer for one of them, and no more. */
bool watch_claims_on_frame(struct watch_claims *c, const struct watch_link *l,
    const uint8_t *frame, size_t size);

#endif
