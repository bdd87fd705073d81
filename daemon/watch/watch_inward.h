/*
 * watch_inward: does what the machine sends elsewhere come in here?
 *
 * From WATCH_CANARY on it listens for one frame (daemon/shared/canary.h), until
 * the next.  Asked for its word, it sends a frame of its own along the segment,
 * to nobody: once that was captured, so was all that had come in before it.
 * What comes later still voids the isolation.
 */
#ifndef ASSAY_WATCH_INWARD_H
#define ASSAY_WATCH_INWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/shared/canary.h"
#include "daemon/watch/watch_canary.h"
#include "daemon/watch/watch_link.h"

#define WATCH_INWARD_TURN_MS 250
#define WATCH_INWARD_TURNS 20

enum watch_inward_step {
	WATCH_INWARD_NOTHING,
	WATCH_INWARD_ANSWER,  /* its word can be said now */
	WATCH_INWARD_FOREIGN, /* it came in behind that word; told once */
};

struct watch_inward {
	bool listens, came, is_asked, is_told;
	uint8_t nonce[CANARY_NONCE], own[CANARY_NONCE];
	char by[CANARY_NAME]; /* the one that came */
	uint8_t mac[6];       /* its sender */
	uint32_t request;
	char sent[160]; /* by which interfaces the machine has sent it */
	unsigned turns;
};

void watch_inward_listen(
    struct watch_inward *in, const uint8_t nonce[CANARY_NONCE]);
/* own: random, another each time.  The caller takes turns until it is
 * answered. */
void watch_inward_ask(struct watch_inward *in, uint32_t request,
    const char *sent, const uint8_t own[CANARY_NONCE]);
/* Sends the own frame, again if need be.  True: that was the last turn, or
 * there is no link: its word is what is known. */
bool watch_inward_turn(
    struct watch_inward *in, const struct watch_link *l, bool carrier);
enum watch_inward_step watch_inward_on_frame(
    struct watch_inward *in, const uint8_t *frame, size_t size, bool outgoing);
/* Ends the question.  seen: the own frame was. */
void watch_inward_answer(
    struct watch_inward *in, bool seen, bool carrier, struct watch_fact *fact);

#endif
