/*
 * watch_inward: does what the machine sends elsewhere come in here?
 */
#include "daemon/watch/watch_inward.h"

#include <stdio.h>
#include <string.h>

void
watch_inward_listen(struct watch_inward *in, const uint8_t nonce[CANARY_NONCE])
{
	memset(in, 0, sizeof(*in));
	in->listens = true;
	memcpy(in->nonce, nonce, CANARY_NONCE);
}

void
watch_inward_ask(struct watch_inward *in, uint32_t request, const char *sent,
    const uint8_t own[CANARY_NONCE])
{
	in->is_asked = true;
	in->request = request;
	in->turns = 0;
	memcpy(in->own, own, CANARY_NONCE);
	snprintf(in->sent, sizeof(in->sent), "%s", sent);
}

bool
watch_inward_turn(
    struct watch_inward *in, const struct watch_link *l, bool carrier)
{
	uint8_t frame[CANARY_FRAME];

	if (!carrier || in->turns++ == WATCH_INWARD_TURNS)
		return true;
	/* To the interface itself: a switch passes it on to nobody. */
	canary_write(frame, l->mac, l->mac, in->own, l->interface);
	l->send(l->arg, frame, sizeof(frame));
	return false;
}

enum watch_inward_step
watch_inward_on_frame(
    struct watch_inward *in, const uint8_t *frame, size_t size, bool outgoing)
{
	struct canary c;

	if (!in->listens || !canary_read(frame, size, &c))
		return WATCH_INWARD_NOTHING;
	if (outgoing)
		return in->is_asked &&
			memcmp(c.nonce, in->own, CANARY_NONCE) == 0
		    ? WATCH_INWARD_ANSWER
		    : WATCH_INWARD_NOTHING;
	if (memcmp(c.nonce, in->nonce, CANARY_NONCE) != 0 || in->came)
		return WATCH_INWARD_NOTHING;
	in->came = true;
	memcpy(in->by, c.by, sizeof(in->by));
	memcpy(in->mac, c.mac, sizeof(in->mac));
	return in->is_told ? WATCH_INWARD_FOREIGN : WATCH_INWARD_NOTHING;
}

void
watch_inward_answer(
    struct watch_inward *in, bool seen, bool carrier, struct watch_fact *fact)
{
	in->is_asked = false;
	in->is_told = true;
	fact->name = "inward";
	fact->good = !in->came && (seen || !carrier);
	if (in->came)
		snprintf(fact->value, sizeof(fact->value),
		    "what this machine sent by %s came in", in->by);
	else if (seen && in->sent[0] == '\0')
		snprintf(fact->value, sizeof(fact->value),
		    "this machine has no other interface that is up");
	else if (seen)
		snprintf(fact->value, sizeof(fact->value),
		    "sent by %.120s: none came in", in->sent);
	else if (!carrier)
		snprintf(fact->value, sizeof(fact->value),
		    "no link; asked again when there is one");
	else
		snprintf(fact->value, sizeof(fact->value),
		    "unknown: no frame of its own was seen");
}
