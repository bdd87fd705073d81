/*
 * watch: one watch process from within: what its files share.
 *
 * watch.c owns the loop and the peers, watch_segment.c hears the segment,
 * watch_asked.c does what the engine asks.  Nobody else includes this.
 */
#ifndef ASSAY_WATCH_H
#define ASSAY_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msg.h"
#include "daemon/watch/watch_claims.h"
#include "daemon/watch/watch_discover.h"
#include "daemon/watch/watch_dut.h"
#include "daemon/watch/watch_exercise.h"
#include "daemon/watch/watch_fence.h"
#include "daemon/watch/watch_inward.h"
#include "daemon/watch/watch_link.h"
#include "daemon/watch/watch_netlink.h"
#include "daemon/watch/watch_participants.h"

#define WATCH_DUTS_MAX 64
#define WATCH_DISCOVERS_MAX 8
#define WATCH_FOREIGN_MAX 16 /* remembered: each is told once a minute */

struct event;
struct event_base;
struct peer;

struct watch_foreign {
	const char *what;
	uint8_t mac[6];
	uint64_t told_ns;
};

struct watch {
	struct event_base *base;
	struct peer *warden, *capture, *engine;
	bool open;
	struct watch_link link;
	int packet_fd;
	struct watch_netlink netlink;
	struct watch_netlink_link carrier;
	struct event *link_event, *round_timer, *step_timer;
	struct watch_participants *participants;
	struct watch_dut duts[WATCH_DUTS_MAX];
	size_t nduts;
	struct watch_exercises exercises;
	struct watch_discover discovers[WATCH_DISCOVERS_MAX];
	struct watch_foreign foreigners[WATCH_FOREIGN_MAX];
	struct watch_inward inward;
	struct event *inward_timer;
	struct watch_claims claims;
	struct event *claims_timer;
	struct watch_flows flows;
	struct event *flows_event; /* of the fence; NULL: none is open */
	bool fence_has_six;
	struct msg_out out; /* the message being made */
};

/* ---- watch.c ---- */

uint64_t watch_now_ns(void);      /* the clock that stamps packets */
void watch_send(struct watch *w); /* w->out, to the engine if there is one */
/* Exchanges and discoveries are under way: look after them soon. */
void watch_arm_step(struct watch *w);

/* ---- watch_segment.c ---- */

extern const struct watch_participants_hooks watch_participants_hooks;
/* A frame from the capture: the message's fields.  -1: malformed. */
int watch_on_frame(struct watch *w, struct msg_in *m);
/* The interface's state is now this; lost: events may be missing. */
void watch_on_carrier(
    struct watch *w, const struct watch_netlink_link *now, bool lost);
void watch_tell_link(struct watch *w, bool up);
void watch_tell_health(
    struct watch *w, const struct watch_dut *d, uint64_t stamp_ns);

/* ---- watch_asked.c ---- */

/* A message from the engine.  -1: malformed. */
int watch_on_asked(struct watch *w, struct msg_in *m);
void watch_on_exercised(void *arg, const struct watch_exercise *x, bool good,
    uint64_t rtt_ns, uint64_t stamp_ns, const char *how);
void watch_tell_discovered(struct watch *w, const struct watch_discover *d);
/* What it has to say of what came in; seen: its own frame was. */
void watch_tell_inward(struct watch *w, bool seen);
/* Asks on, and answers when each was. */
void watch_take_claims_turn(struct watch *w);
/* The own frame is sent, and again, until it is seen. */
void watch_take_inward_turn(struct watch *w);
/* The engine is another one: it has asked nothing yet. */
void watch_forget_all(struct watch *w);

#endif
