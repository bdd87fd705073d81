/*
 * fake_job: the contract of probes/probe.h for a unit test of a probe, with
 * no socket, no process and no real time.
 *
 * The test includes the probe's .c file, makes a job over its descriptor,
 * says what is declared and how the device answers, and lets it run: the clock
 * jumps from event to event.  A misuse that the worker would answer by ending
 * the job (an undeclared field, a wrong type, a function not allowed in judge)
 * aborts, so that Check reports it.
 *
 * A device is simulated by fake_job_on_send(): for each frame the probe sends,
 * the callback may queue answers with fake_job_feed().
 */
#ifndef ASSAY_TESTS_FAKE_JOB_H
#define ASSAY_TESTS_FAKE_JOB_H

#include "probes/probe.h"

/* Parameters are the defaults.  The clock starts at one second. */
struct assay_job *fake_job_new(const struct assay_probe *probe);
void fake_job_free(struct assay_job *job);

/* ---- what the engine would say; before fake_job_start() ---- */

/* As a scenario writes it; aborts when the descriptor refuses it. */
void fake_job_param(struct assay_job *job, const char *name, const char *value);
/* Copied (text too). Returns it as the probe will see it. */
const struct assay_target *fake_job_add_target(
    struct assay_job *job, const struct assay_target *target);
/* The same from text ("10.77.0.10", "fe80::10"): the scope is read off the
 * address, the bench is .1 or ::1 of the same /24 or /64, the DUT's MAC is
 * 02:00:00:00:00:10, the bench's 02:00:00:00:00:01, the interface 7. */
const struct assay_target *fake_job_add_target_text(
    struct assay_job *job, const char *text);
/* The bench has so many addresses to speak from (ASSAY_NEED_SOURCES), of each
 * family; at most 1,024. */
void fake_job_sources(struct assay_job *job, size_t n);
/* The profile lists ports of this transport, perhaps none. */
void fake_job_declares(struct assay_job *job, enum assay_transport transport);
/* Copied; implies fake_job_declares(). */
void fake_job_declare(
    struct assay_job *job, const struct assay_declared_port *port);

/* A table of the profile (scenarios/profile_tables.h), perhaps empty; and a
 * row of one: names and texts of cells in turn, NULL ends. */
void fake_job_declares_table(struct assay_job *job, const char *table);
void fake_job_declare_row(
    struct assay_job *job, const char *table, const char *const *cells);

/* What an earlier job left; before start. */
void fake_job_resume(
    struct assay_job *job, uint64_t run, const void *bytes, size_t size);
/* The newest checkpoint (*size 0: none, or it is over); and how many. */
const uint8_t *fake_job_checkpoint(const struct assay_job *job, size_t *size);
unsigned fake_job_checkpoints(const struct assay_job *job);

/* ---- the device ---- */

/* Called for every assay_link_send(); returns how many frames it took, or -1.
 * Without it, all are taken and nothing answers. */
typedef int fake_job_send(void *arg, struct assay_job *job,
    const struct assay_buffer *frames, size_t n);
void fake_job_on_send(struct assay_job *job, fake_job_send *on_send, void *arg);
/* A frame (copied) that arrives delay_ns from now.  Those of one instant are
 * one batch. */
void fake_job_feed(
    struct assay_job *job, const void *frame, size_t size, uint64_t delay_ns);

/* How a try ends; local_port and took_ns are filled in beforehand and may be
 * changed.  Took more than the limit: becomes ASSAY_TCP_TIMEOUT.  Without it
 * every try times out. */
struct fake_job_try {
	const struct assay_target *target;
	uint16_t port, local_port;
	uint64_t timeout_ns, took_ns;
};
typedef enum assay_tcp_result fake_job_tcp(
    void *arg, struct assay_job *job, struct fake_job_try *t);
void fake_job_on_tcp_try(
    struct assay_job *job, fake_job_tcp *on_try, void *arg);

/* How an exchange goes; local_port and took_ns are filled in beforehand, and
 * heard points to ASSAY_TALK_HEAR_MOST bytes to be filled by it.  `said` is
 * what the spec would have it say at once; with hear_first, the callback says
 * what comes before and behind.  Without it every exchange is a timeout. */
struct fake_job_talk {
	const struct assay_talk_spec *spec;
	enum assay_talk_end end;
	uint8_t *heard;
	size_t nheard;
	bool said;
	uint16_t local_port, remote_port;
	uint64_t took_ns;
	struct assay_talk_tls tls; /* what it points to outlives the job */
	bool withheld;             /* as by the worker; then said is false */
};
typedef void fake_job_talk_with(
    void *arg, struct assay_job *job, struct fake_job_talk *t);
void fake_job_on_talk(
    struct assay_job *job, fake_job_talk_with *on_talk, void *arg);

void fake_job_health(
    struct assay_job *job, enum assay_health health, uint64_t delay_ns);
void fake_job_set_lost(struct assay_job *job, uint64_t frames);
/* Calls back at a time of the device's own (a crash, an outage …). */
void fake_job_at(struct assay_job *job, uint64_t delay_ns,
    void (*on_time)(struct assay_job *job, void *arg), void *arg);

/* ---- life; each in this order ---- */

/* init and run.  Returns what init returned (0 if there is none). */
int fake_job_start(struct assay_job *job);
/* Runs events for this much time, or until the probe has finished. */
void fake_job_advance(struct assay_job *job, uint64_t ns);
/* Runs until the probe has finished.  False: limit_ns of job time went by, or
 * nothing is left that could happen. */
bool fake_job_run_until_finished(struct assay_job *job, uint64_t limit_ns);
void fake_job_cancel(struct assay_job *job);
/* on_end, judge, fini.  Only once. */
void fake_job_judge(struct assay_job *job);
/* start, run until finished, judge.  False when it did not finish or failed. */
bool fake_job_all(struct assay_job *job, uint64_t limit_ns);

/* ---- or the passive half over stored frames, instead of start and run ---- */

/* The clock begins at stamp_ns; init, not run.  Aborts when the filter does not
 * compile.  Returns what init returned. */
int fake_job_replay(struct assay_job *job, uint64_t stamp_ns);
/* Timers up to the frame's stamp, then the frame, if the filter takes it;
 * then fake_job_judge(). */
void fake_job_replay_frame(
    struct assay_job *job, const struct assay_frame *frame);

/* To test judge alone: what a run would have left. */
uint32_t fake_job_add_observation(
    struct assay_job *job, const struct assay_observation *o);
void fake_job_add_control(
    struct assay_job *job, enum assay_phase phase, bool good);

/* ---- what came out; borrowed, valid until fake_job_free() ---- */

bool fake_job_is_finished(const struct assay_job *job);
const char *fake_job_failed(const struct assay_job *job); /* NULL: no */
uint64_t fake_job_sent(const struct assay_job *job);      /* frames taken */
/* Observations are read with assay_observation_at(); this one has frames. */
const struct assay_observation *fake_job_observation(
    const struct assay_job *job, size_t index);
/* The last one of this field (and target, when not NULL), or NULL. */
const struct assay_observation *fake_job_find(const struct assay_job *job,
    const char *field, const struct assay_target *target);
size_t fake_job_control_count(
    const struct assay_job *job, enum assay_phase phase, bool good);
size_t fake_job_verdict_count(const struct assay_job *job);
const struct assay_verdict *fake_job_verdict(
    const struct assay_job *job, size_t index);
/* The first verdict with this check, kind and subject (target NULL: any). */
const struct assay_verdict *fake_job_find_verdict(const struct assay_job *job,
    const char *check, enum assay_kind kind, const struct assay_target *target);
/* The value of that name, or NULL. */
const struct assay_value *fake_job_verdict_value(
    const struct assay_verdict *verdict, const char *name);
/* The last note of that name, or NULL. */
const struct assay_value *fake_job_note(
    const struct assay_job *job, const char *name);

#endif
