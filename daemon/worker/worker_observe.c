/*
 * worker_observe: what a probe says while it runs: observations, controls,
 * notes, progress and log lines.
 *
 * Each is checked against the descriptor before it is sent; an observation is
 * kept as well, since judge sees nothing else.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/shared/wire.h"
#include "daemon/worker/worker_check.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_wire.h"
#include "probes/probe.h"

#define LOG_LINES_MAX 1000
#define LOG_LINE_SIZE 512
#define PROGRESS_NS UINT64_C(100000000) /* at most ten a second */
#define PROGRESS_WHAT_SIZE 64

uint32_t
assay_observe(struct assay_job *job, const struct assay_observation *o)
{
	struct assay_frames frames[WORKER_FRAMES_MAX];
	struct assay_observation own = *o;
	struct err e;
	uint32_t id;
	size_t i;

	worker_job_enter(job, "assay_observe");
	if (worker_check_observation(job->probe, o, &e) == -1)
		worker_job_bug(job, "%s", e.text);
	if (job->trail.nobservations == WORKER_OBSERVATIONS_MAX)
		worker_job_bug(
		    job, "over %d observations", WORKER_OBSERVATIONS_MAX);
	own.target = worker_job_target(job, o->target);
	for (i = 0; i < o->nframes; i++) {
		frames[i] = o->frames[i];
		frames[i].target = worker_job_target(job, frames[i].target);
	}
	own.frames = frames;
	id = worker_trail_add(&job->trail, &own, false);
	msg_start(&job->out, ENGINE_OBSERVATION);
	worker_wire_put_observation(&job->out, id, &own);
	worker_job_send(job);
	return id;
}

void
assay_control(
    struct assay_job *job, enum assay_phase phase, bool good, uint32_t obs)
{
	worker_job_enter(job, "assay_control");
	if (phase < ASSAY_BEFORE || phase > ASSAY_AFTER)
		worker_job_bug(job, "a control in no phase");
	if (obs > job->trail.nobservations)
		worker_job_bug(job, "control: there is no observation %u", obs);
	if (good && obs == 0)
		worker_job_bug(job, "a good control without an observation");
	if (job->ncontrols++ == WORKER_CONTROLS_MAX)
		worker_job_bug(job, "over %d controls", WORKER_CONTROLS_MAX);
	worker_trail_control(&job->trail, phase, good);
	msg_start(&job->out, ENGINE_CONTROL);
	msg_put_u8(&job->out, (uint8_t)phase);
	msg_put_u8(&job->out, good ? 1 : 0);
	msg_put_u32(&job->out, obs);
	worker_job_send(job);
}

/* Each name once: a probe notes the same ones of each address. */
static void
count_note(struct assay_job *job, const char *name)
{
	size_t i;

	for (i = 0; i < job->nnoted; i++)
		if (strcmp(job->noted[i], name) == 0)
			return;
	if (job->nnoted == WORKER_NOTES_MAX)
		worker_job_bug(job, "over %d notes", WORKER_NOTES_MAX);
	snprintf(job->noted[job->nnoted++], sizeof(job->noted[0]), "%s", name);
}

void
assay_note(struct assay_job *job, const char *name, struct assay_value value)
{
	struct err e;

	worker_job_enter(job, "assay_note");
	if (name == NULL || *name == '\0' || strlen(name) > WORKER_NAME_MAX)
		worker_job_bug(job, "a note with a bad name");
	if (worker_check_value(&value, name, &e) == -1)
		worker_job_bug(job, "%s", e.text);
	count_note(job, name);
	msg_start(&job->out, ENGINE_NOTE);
	msg_put_string(&job->out, name);
	worker_wire_put_value(&job->out, &value);
	worker_job_send(job);
}

void
assay_progress(
    struct assay_job *job, uint64_t done, uint64_t total, const char *what)
{
	char text[PROGRESS_WHAT_SIZE];
	uint64_t now_ns;

	worker_job_enter(job, "assay_progress");
	now_ns = assay_now_ns(job);
	if (job->progress_ns != 0 && done < total &&
	    now_ns - job->progress_ns < PROGRESS_NS)
		return;
	job->progress_ns = now_ns;
	snprintf(text, sizeof(text), "%s", what == NULL ? "" : what);
	msg_start(&job->out, ENGINE_PROGRESS);
	msg_put_u64(&job->out, done);
	msg_put_u64(&job->out, total);
	msg_put_string(&job->out, text);
	worker_job_send(job);
}

static void
send_line(struct assay_job *job, const char *line)
{
	msg_start(&job->out, ENGINE_LOG);
	msg_put_string(&job->out, line);
	worker_job_send(job);
}

void
assay_log(struct assay_job *job, const char *format, ...)
{
	char line[LOG_LINE_SIZE];
	va_list ap;

	worker_job_enter(job, "assay_log");
	if (job->nlogged > LOG_LINES_MAX)
		return;
	if (job->nlogged++ == LOG_LINES_MAX) {
		send_line(job, "further lines are not shown");
		return;
	}
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	send_line(job, line);
}
