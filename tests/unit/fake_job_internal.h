/*
 * fake_job_internal: the fake job's inside, shared by its two files.
 */
#ifndef ASSAY_TESTS_FAKE_JOB_INTERNAL_H
#define ASSAY_TESTS_FAKE_JOB_INTERNAL_H

#include "base/err.h"
#include "daemon/worker/worker_check.h"
#include "daemon/worker/worker_facts.h"
#include "daemon/worker/worker_params.h"
#include "daemon/worker/worker_trail.h"
#include "tests/unit/fake_impostor.h"
#include "tests/unit/fake_job.h"

#define FAKE_NEVER UINT64_MAX

enum fake_kind {
	FAKE_FRAME,
	FAKE_TCP,
	FAKE_HEALTH,
	FAKE_CALL
};

struct fake_event {
	uint64_t due_ns, sequence;
	enum fake_kind kind;
	uint8_t *frame;
	size_t size;
	void (*on_result)(struct assay_job *, void *, enum assay_tcp_result,
	    uint16_t, uint64_t);
	void (*on_time)(struct assay_job *, void *);
	void *arg;
	enum assay_tcp_result result;
	uint16_t local_port;
	uint64_t took_ns;
	enum assay_health health;
};

struct assay_timer {
	struct assay_timer *next;
	struct assay_job *job;
	uint64_t due_ns; /* FAKE_NEVER: not armed */
	void (*on_time)(struct assay_job *, void *);
	void *arg;
};

struct fake_control {
	enum assay_phase phase;
	bool good;
};

#define FAKE_SOURCES_MOST 1024

struct assay_job {
	size_t nsources; /* 0: one, the target's own */
	uint8_t sources[2][FAKE_SOURCES_MOST][16];
	const struct assay_probe *probe;
	void *state;
	struct worker_params *params;
	struct worker_facts facts;
	struct worker_trail trail;
	uint64_t now_ns, sequence;
	struct fake_event **heap;
	size_t nheap, heap_room;
	struct assay_timer *timers;
	fake_job_send *on_send;
	void *send_arg;
	fake_job_tcp *on_try;
	void *try_arg;
	fake_job_talk_with *on_talk;
	void *talk_arg;
	struct fake_talk *talks; /* under way */
	struct assay_impostor_spec impostor;
	fake_job_called *on_called;
	void *called_arg;
	struct fake_call *calls; /* all that were made */
	void (*on_batch)(struct assay_job *);
	void (*on_health)(struct assay_job *, enum assay_health);
	uint8_t checkpoint[ASSAY_CHECKPOINT_MAX]; /* the newest */
	uint8_t resumed[ASSAY_CHECKPOINT_MAX];
	size_t ncheckpoint, nresumed;
	uint64_t resumed_run;
	unsigned checkpoints;
	uint64_t sent, lost;
	uint16_t next_local_port;
	bool finished, judging, replayed;
	char *failed;
	struct fake_control *controls;
	size_t ncontrols;
	struct assay_verdict *verdicts;
	size_t nverdicts;
	struct assay_named_value *notes;
	size_t nnotes;
	struct assay_observation **seen; /* as judge sees them */
	size_t nseen;
	struct event_base *base;
};

/* tests/unit/fake_talk.c */
void fake_job_free_talks(struct assay_job *job);
/* tests/unit/fake_impostor.c */
void fake_job_free_calls(struct assay_job *job);

/* The probe did what would end its job in the worker. e may be NULL. */
_Noreturn void fake_job_misuse(const char *what, const struct err *e);
/* NULL, or one of the job's sources to target. */
void fake_job_check_source(struct assay_job *job,
    const struct assay_target *target, const uint8_t *source);
struct fake_event *fake_job_push(
    struct assay_job *job, enum fake_kind kind, uint64_t delay_ns);

#endif
