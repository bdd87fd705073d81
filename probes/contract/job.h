/*
 * job: its parameters, state, clock and end, and what it leaves to the next.
 */
#ifndef ASSAY_CONTRACT_JOB_H
#define ASSAY_CONTRACT_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/targets.h"

#pragma GCC visibility push(default)

struct event_base;
struct assay_timer;

void *assay_state(struct assay_job *); /* state_size bytes */
uint64_t assay_param_u64(struct assay_job *, const char *name); /* [judge] */
bool assay_param_bool(struct assay_job *, const char *name);    /* [judge] */
uint64_t assay_param_ns(struct assay_job *, const char *name);  /* [judge] */
const char *assay_param_string(
    struct assay_job *, const char *name); /* [judge] */
const struct assay_ports *assay_param_ports(
    struct assay_job *, const char *name); /* [judge] */
/* An undeclared name or a wrong type is fatal to the job: a bug of the probe.
 */

/* The job's clock in ns: monotonic when live, capture time when replayed. */
uint64_t assay_now_ns(struct assay_job *);
/* 64 bits that no device can foresee. */
uint64_t assay_random(struct assay_job *);
/* One-shot; rearmed with assay_timer_set, also from its own callback. */
struct assay_timer *assay_timer_new(struct assay_job *,
    void (*on_time)(struct assay_job *, void *arg), void *arg);
void assay_timer_set(struct assay_timer *, uint64_t delay_ns);
void assay_timer_stop(struct assay_timer *);
void assay_timer_free(struct assay_timer *); /* NULL is fine */
/* Frames come from a file: run is not called, there is nobody to talk to. */
bool assay_frames_are_stored(struct assay_job *);
/* For libraries that bring their own glue (bufferevent, libmosquitto). */
struct event_base *assay_event_base(struct assay_job *);

/* run is over: judge comes next.  Callable from run itself. */
void assay_finish(struct assay_job *);
/* The bench could not do it (never the device's fault): error, with text. */
void assay_fail(struct assay_job *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* For the person watching: "31,000 of 65,535 ports". Cheap; rate-limited. */
void assay_progress(
    struct assay_job *, uint64_t done, uint64_t total, const char *what);
void assay_log(struct assay_job *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Going on from an earlier job.
 *
 * What a long job has settled, kept by the engine for the next one of the same
 * probe and method, parameters, device, firmware, state, mode and profile,
 * and given to it when its step says `resume: true`.  What was settled then is
 * no evidence now: a verdict rests on this job's frames, names the run that
 * it goes on from, and does not pass on what it did not see itself.  What was
 * given then may be compared with what is given now (tcp.isn). */
#define ASSAY_CHECKPOINT_MAX 20480 /* bytes */
/* The newest counts; call it every few seconds.  Size 0: there is nothing left
 * to go on from, once the job has ended well. */
void assay_checkpoint(struct assay_job *, const void *bytes, size_t size);
/* What an earlier job left, and its run (0: none, size 0).  Whether it can be
 * read is for the probe to find out: it may be of any other version. */
size_t assay_resumed(struct assay_job *, const void **bytes, uint64_t *run);

/* The same of ports: settled[i] is of assay_target_at(i).  What does not fit
 * is left out, to be asked again. */
void assay_checkpoint_ports(
    struct assay_job *, const struct assay_ports *settled, size_t n);
/* The run in which these were settled; 0: none were, *out is empty. */
uint64_t assay_resumed_ports(
    struct assay_job *, const struct assay_target *, struct assay_ports *out);
/* What is left of *ports to ask, when there is something to go on from: all but
 * *earlier, which is what was settled then.  Declared ports are asked again,
 * and a few others: they tell silence from loss when little else is left. Notes
 * "resumed.run" and "resumed.asked".  Returns the run; 0: all of *ports is
 * asked, *earlier is empty. */
uint64_t assay_resume_ports(struct assay_job *, const struct assay_target *,
    const struct assay_ports *declared, struct assay_ports *ports,
    struct assay_ports *earlier);

#pragma GCC visibility pop

#endif
