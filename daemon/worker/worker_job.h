/*
 * worker_job: the job inside the worker, as the contract's functions see it.
 *
 * One process has one job, from exec to exit.  Whatever is wrong with the
 * probe ends the process here, in order: the engine is told what and why.
 */
#ifndef ASSAY_WORKER_JOB_H
#define ASSAY_WORKER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/msg.h"
#include "daemon/worker/worker_check.h"
#include "daemon/worker/worker_facts.h"
#include "daemon/worker/worker_params.h"
#include "daemon/worker/worker_trail.h"
#include "probes/probe.h"

struct peer;
struct worker_frames;
struct worker_impostor;
struct worker_link;
struct worker_talk;
struct worker_tcp;

enum worker_phase {
	WORKER_PHASE_SETUP, /* the engine is still telling */
	WORKER_PHASE_RUN,
	WORKER_PHASE_JUDGE, /* [judge] functions only */
	WORKER_PHASE_OVER,
};

enum worker_start {
	WORKER_START_NONE,
	WORKER_START_GO,
	WORKER_START_JUDGE,
	WORKER_START_REPLAY, /* stored frames, not run */
};

TAILQ_HEAD(worker_timers, assay_timer);

struct assay_job {
	const struct assay_probe *probe;
	struct event_base *base;
	struct peer *engine;
	enum worker_phase phase;
	enum worker_start start; /* what the engine asked for last */
	bool finished;           /* run is over, or never was */
	bool failed;             /* ENGINE_FAILED was sent */
	bool started;            /* init was called */
	uint64_t id;
	void *state;
	struct worker_params *params;
	struct worker_facts facts;
	struct worker_trail trail;
	struct worker_frames *frames; /* NULL: live */
	struct worker_timers timers;  /* armed, in a replay */
	uint64_t late_ns; /* of a live timer, the worst; worker_timer.c */
	struct worker_link *link;         /* NULL: none */
	struct worker_tcp *tcp;           /* NULL: none */
	struct worker_talk *talk;         /* NULL: none */
	struct worker_impostor *impostor; /* NULL: none */
	void (*on_batch)(struct assay_job *);
	void (*on_health)(struct assay_job *, enum assay_health);
	uint8_t *resumed; /* of an earlier job; NULL: none */
	size_t nresumed;
	uint64_t resumed_run;
	uint64_t progress_ns; /* when progress was last told */
	size_t nlogged, ncontrols, nverdicts;
	char noted[WORKER_NOTES_MAX][WORKER_NAME_MAX + 1]; /* names */
	size_t nnoted;
	struct msg_out out; /* the message being written */
};

/* Sends job->out; waits for the engine when too much is queued. */
void worker_job_send(struct assay_job *job);
/* ENGINE_FAILED, once; the first text counts. */
void worker_job_failed(struct assay_job *job, const char *text);
/* Sends what is queued and leaves. */
_Noreturn void worker_job_exit(struct assay_job *job, int status);
/* The probe broke the contract: ENGINE_FAILED with why, ENGINE_DONE, exit. */
_Noreturn void worker_job_bug(struct assay_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A function not for judge was called: a bug in judge and after it. */
void worker_job_enter(struct assay_job *job, const char *function);
/* The same of one that speaks with the device: stored frames have none. */
void worker_job_enter_live(struct assay_job *job, const char *function);
/* The job's own target of that address; NULL for NULL; else a bug. */
const struct assay_target *worker_job_target(
    struct assay_job *job, const struct assay_target *target);
/* Run is over: leaves the loop. */
void worker_job_finish(struct assay_job *job);

/* daemon/worker/worker_messages.c: what the engine says.  For peer_new(). */
int worker_on_message(void *arg, struct msg_in *m, int fd);
void worker_on_close(void *arg, const char *why);

/* daemon/worker/worker_run.c: the process after init: name from argv. */
_Noreturn void worker_run_main(const char *name);

#endif
