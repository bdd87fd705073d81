/*
 * run: one scenario on one DUT, from the queue to its manifest.
 *
 * Each segment has at most one run under way; the others wait in order.  What
 * happens on the segment meanwhile (health, link, addresses, capture) becomes
 * an event record of the run and is told to the job under way.
 */
#ifndef ASSAY_RUN_H
#define ASSAY_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/journal.h"
#include "daemon/engine/permit.h"
#include "scenarios/scenario.h"

struct fence;
struct run_canary;
struct run_used_ask;
struct job;
struct action;
struct event;

enum run_state {
	RUN_QUEUED,
	RUN_WAITING, /* for the segment, its capture and its watch */
	RUN_DISCOVERING,
	RUN_CANARY,
	RUN_QUIET, /* the device at rest */
	RUN_STEP,
	RUN_SEALING, /* its capture files */
	RUN_ENDED,
};

struct run {
	TAILQ_ENTRY(run) entry;
	struct engine *engine;
	struct device *device;
	struct seg *seg;
	struct scenario *scenario;
	struct chain chain;
	enum run_state state;
	size_t step;     /* index into scenario->steps */
	uint32_t repeat; /* from 1 */
	struct job *job;
	struct action *action;
	struct event *timer;      /* waiting for the segment; then leaving */
	unsigned waited;          /* turns of timer */
	bool cancelled, isolated; /* isolated: the canary was good */
	char failed[64];          /* reason code: the bench could not; "" */
	char failed_text[256];
	struct fence *fence;                /* mode cloud: what was asked for */
	bool fence_is_asked, fence_is_open; /* mode cloud: the way out */
	struct run_canary *canary;          /* run_canary.c; NULL: not begun */
	char foreign[32];                   /* what voided the isolation; "" */
	json_t *verdicts;              /* [{check, kind, subject, verdict}] */
	unsigned errors;               /* jobs that ended in error */
	unsigned skipped;              /* steps that did not run */
	struct permit_used used;       /* of the profile's budgets */
	struct run_used_ask *used_ask; /* what others used is being asked */
	unsigned events;               /* of the segment, so far */
	/* run_rest.c */
	uint64_t quiet_ns; /* wanted */
	json_t *rest; /* the baseline; NULL: not taken yet, null: unknown */
	unsigned rest_reboots, rest_lost;
	/* run_firmware.c */
	json_t *firmware; /* {port: what it said first}; NULL: nothing yet */
	bool firmware_changed; /* the run is void */
	/* run_captures.c */
	uint32_t first_file; /* 0: none was begun */
	bool is_reading;     /* a job of it read files of before it, too */
	json_t *captures;    /* of the manifest; NULL: not asked for yet */
	unsigned captures_omitted, close_tries;
};

struct run_request {
	struct device *device;
	const char *scenario_text, *file;
	const char *order; /* NULL: the device's */
	uint64_t quiet_ns; /* RUN_QUIET_UNSAID: the scenario's */
	uint32_t uid, gid;
};

/* Queues a run; its first record is on its way to the store when this returns.
 * NULL with *e set. */
struct run *run_new(
    struct engine *en, const struct run_request *q, struct err *e);
/* Takes up again a run that an earlier life of the engine left open; records:
 * its record objects in order. NULL: it cannot go on (logged). */
struct run *run_restore(struct engine *en, struct device *d,
    const json_t *records, const char *scenario_text, const char *prev);
/* Starts whatever may start. */
void run_schedule(struct engine *en);
/* At the engine's end: what is open is taken up by its next life. */
void run_free_all(struct engine *en);
struct run *run_find(struct engine *en, uint64_t id);
void run_cancel(struct run *run);
const char *run_state_name(enum run_state state);

/* From run_captures.c. why: NULL, or there is no capture. */
void run_on_captures_open(struct run *run, const char *why);
void run_on_captures_closed(struct run *run);
void run_wait_a_turn(struct run *run);
/* From run_rest.c: steps may begin. */
void run_on_rested(struct run *run);
/* From the job, the action. */
void run_on_job_end(struct run *run, bool error);
void run_on_action_end(struct run *run, const char *code, const char *text);
/* What keeps this step from being begun now: a code, with *text; or NULL, and
 * it is counted. */
const char *run_refuses(
    struct run *run, const struct permit_step *step, char *text, size_t size);
/* A verdict was sealed, for the account at the end. */
void run_count_verdict(struct run *run, const json_t *record);

/* From the segment. */
void run_on_health(struct run *run, uint32_t dut, uint8_t health,
    uint64_t stamp, uint64_t rtt, const char *detail);
void run_on_link(struct run *run, bool up, uint64_t stamp);
/* An event as run_event() below, bounded in number. */
void run_note(struct run *run, const char *what, const char *code,
    const char *detail, uint64_t stamp, json_t *values);
/* Who is on the segment as the run begins: one event each. */
void run_tell_participants(struct run *run);
void run_on_address(struct run *run, const uint8_t mac[6], uint8_t family,
    const uint8_t *addr, const char *how, bool is_new);
void run_on_foreign(struct run *run, const char *what, const uint8_t mac[6]);
/* An address lent to the job under way is somebody else's. */
void run_on_pool_conflict(
    struct run *run, const uint8_t mac[6], uint8_t family, const uint8_t *addr);
void run_on_capture_event(
    struct run *run, uint8_t event, uint64_t value, const char *detail);
void run_on_role_lost(struct run *run, enum role role, const char *why);
void run_on_new_watch(struct run *run);
void run_on_segment_down(struct run *run, const char *why);
/* The store refused a record of this run. */
void run_on_refused(struct run *run, const char *error);
/* The same of a run that had come to its end before the store answered. */
void run_note_refused(struct engine *en, uint64_t run, const char *error);
/* Says again, to who comes late, that the store refused this run; nothing when
 * it did not. */
void run_tell_refused(struct engine *en, uint64_t run);

/* An event record of this run: {what, code, detail, stamp, values}.  values is
 * taken over (NULL: {}). */
void run_event(struct run *run, const char *what, const char *code,
    const char *detail, uint64_t stamp, json_t *values);

#endif
