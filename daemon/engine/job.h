/*
 * job: one execution of one probe, as the engine sees it.
 *
 * A job ends when two facts are in: its socket is at EOF and its exit status
 * is known; they come in either order.  Whatever the worker said until then
 * is pending; seal.c makes records of it.
 */
#ifndef ASSAY_JOB_H
#define ASSAY_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "daemon/engine/engine.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/run.h"
#include "daemon/shared/worker_says.h"

#define JOB_TARGETS_MAX 24

enum job_state {
	JOB_OPENING, /* opening control and barrier */
	JOB_SPAWNING,
	JOB_RUNNING,
	JOB_CLOSING, /* closing control and barrier */
	JOB_SEALING,
	JOB_ENDED,
};

struct job;

struct job_control {     /* one exercise by the watch */
	struct job *job; /* the question carries its own control */
	bool asked, answered, good;
	uint64_t rtt_ns;
	char how[8];
};

struct job_target {
	uint8_t family, addr[16];
	uint8_t scope; /* enum assay_scope */
	char text[46];
	struct job_control before, after;
};

struct job_span {
	uint32_t epoch;
	uint64_t from, to, stamp_from, stamp_to;
	uint64_t dropped_from, dropped_to;
	bool opened, closed; /* the barrier was passed */
};

/* A job over what the segment has stored, instead of a live one. */
struct job_stored {
	bool wanted, asked, answered;
	uint64_t positions, frames, stamp_first, stamp_last;
	uint64_t holes, hole_ns, dropped;
};

struct job {
	unsigned magic;
	enum job_state state;
	struct engine *engine;
	struct run *run;
	struct seg *seg;
	const struct step *step;
	uint64_t seq;       /* of the job record; 0 until written */
	json_t *descriptor; /* of the probe; ours */
	struct job_target targets[JOB_TARGETS_MAX];
	struct conf_address *sources; /* lent to it, of the segment's pool */
	size_t nsources;
	bool claims_are_open; /* it is not known yet whether they are free */
	unsigned conflicts;   /* of its sources: somebody else has them */
	char conflict[46];    /* the first of them */
	unsigned ntargets, controls_open;
	bool was_silent[2]; /* a control, at the opening and at the end */
	struct job_span span;
	struct job_stored stored;
	/* what befell it */
	bool link_lost, address_lost, device_down, capture_died, watch_died;
	struct job_late { /* timers, at worst; job_late.c */
		struct event *tick;
		uint64_t due_ns, engine_ns;
	} late;
	bool away;                 /* not back yet */
	bool untold;               /* it went when no worker could be told */
	uint32_t rebooted_at_rest; /* how often, when it rebooted now, too */
	uint32_t disk_errors, clock_steps; /* the segment's, when it began */
	int64_t clock_stepped_ns;
	/* the worker */
	uint32_t worker; /* 0: none */
	struct peer *peer;
	bool eof, exited, done, run_over;
	uint8_t exit_how;
	uint32_t exit_status;
	struct event *stderr_event, *deadline;
	int stderr_fd;
	char last_words[512];
	char error[32], error_text[512]; /* reason code of the job's end */
	bool cancelled, overdue;         /* overdue: the deadline has passed */
	char *sandbox;
	uint64_t began_ns;
	/* what it said */
	uint64_t nmessages, nwords; /* nwords: of them for people */
	struct said_observation *observations;
	size_t nobservations;
	struct said_control *controls;
	size_t ncontrols;
	json_t *notes;
	struct said_verdict *verdicts;
	size_t nverdicts, sealed; /* sealed: how many are done */
	size_t nsaid;             /* of nverdicts, by the probe itself */
	struct job_checkpoint *checkpoint; /* job_checkpoint.h */
	/* the verdict being sealed */
	json_t *evidence;
	uint64_t frames; /* of its evidence, in all */
	json_t *slice;   /* NULL: none */
	char slice_error[256];
};

/* Begins at once; run_on_job_end() is called exactly once, never from here.
 * Takes descriptor over. */
struct job *job_new(
    struct run *run, const struct step *step, json_t *descriptor);
void job_free(struct job *job);
void job_cancel(struct job *job, const char *code);
struct job *job_by_worker(struct engine *en, uint32_t worker);

/* From the warden. */
void job_on_stderr(struct job *job, int fd);
void job_drain_stderr(struct job *job); /* the worker is dead */
void job_on_exit(struct job *job, uint8_t how, uint32_t status);
/* From the run. */
void job_on_health(struct job *job, uint8_t health);
void job_on_role_lost(struct job *job, enum role role);

/* job_brief.c: every address of the device from which it can be spoken to, in
 * order; and all that the worker has to know, ending with WORKER_GO. */
void job_choose_targets(struct job *job);
void job_send_brief(struct job *job);

/* job_sources.c: what it may speak from.  Lent before the worker is asked for,
 * and back when it is gone. */
void job_lend_sources(struct job *job, uint32_t needs);
void job_take_back_sources(struct job *job);
/* Somebody else has this address, if it is one of the job's. */
void job_note_conflict(struct job *job, uint8_t family, const uint8_t *addr);
void job_put_sources(const struct job *job, struct msg_out *m);
void job_send_sources(struct job *job);

/* job_late.c: how late the bench's own timers fired while the job ran. */
void job_late_begin(struct job *job);
void job_late_end(struct job *job);
bool job_was_late(const struct job *job);
json_t *job_late_json(const struct job *job);
/* "late" and "bound", for the sentence of bench_late. */
void job_late_values(const struct job *job, json_t *values);

/* job_stored.c: a probe with a parameter "over" reads what is stored. */
bool job_is_stored(const struct job *job);
/* Instead of WORKER_GO. */
void job_start_stored(struct job *job);
/* Both facts may be in, and the answer of the capture. */
void job_check_end(struct job *job);
/* Ends the worker, which has nothing more to do. */
void job_kill_worker(struct job *job);
/* For the verdict's record. */
void job_stored_notes(const struct job *job, json_t *deviations);

/* job_messages.c: one message from the worker. -1: malformed. */
int job_read_message(struct job *job, struct msg_in *m);
/* The first error of a job is the one that counts. */
void job_set_error(struct job *job, const char *code, const char *text);
const struct said_observation *job_observation(
    const struct job *job, uint32_t id);
/* One exercise of every target; seal_on_controls() when all are answered. */
void job_ask_closing_controls(struct job *job);
/* A barrier's answer (NULL: none came); false: it was not passed. */
bool job_read_barrier(struct job *job, struct msg_in *m, uint64_t *position,
    uint64_t *dropped, uint64_t *stamp);

/* seal.c: from both facts in to the jobend record; then
 * run_on_job_end(). */
void seal_job(struct job *job);
void seal_on_controls(struct job *job);
/* Adds the job record: everything known before the probe begins. */
void seal_begin(struct job *job);

#endif
