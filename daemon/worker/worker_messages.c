/*
 * worker_messages: what the engine says to the worker.
 *
 * The engine is trusted (it started this process): what cannot be read is
 * fatal.  What a person wrote in a scenario is not its fault, and is answered
 * with ENGINE_FAILED.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/wire.h"
#include "daemon/worker/worker_check.h"
#include "daemon/worker/worker_describe.h"
#include "daemon/shared/worker_exit.h"
#include "daemon/worker/worker_frames.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_wire.h"
#include "scenarios/profile_tables.h"

typedef int handler(struct assay_job *, struct msg_in *);

static int
handle_describe(struct assay_job *job, struct msg_in *m)
{
	json_t *description;
	char *text;

	if (msg_end(m) == -1)
		return -1;
	description = worker_describe(job->probe);
	text = json_dumps(description, JSON_COMPACT | JSON_SORT_KEYS);
	msg_start(&job->out, ENGINE_DESCRIPTION);
	msg_put_string(&job->out, text);
	worker_job_send(job);
	worker_job_exit(job, WORKER_EXIT_DONE);
}

/* It ends the job, but not before the other end can have sent all: the loop
 * sees failed when it starts. */
static int
handle_param(struct assay_job *job, struct msg_in *m)
{
	char *name = msg_dup_string(m), *value = msg_dup_string(m);
	int r = msg_end(m);
	struct err e;

	if (r == 0 && worker_params_set(job->params, name, value, &e) == -1) {
		err_prefix(&e, "parameter %s", name);
		worker_job_failed(job, e.text);
	}
	free(name);
	free(value);
	return r;
}

static int
get_sized(struct msg_in *m, uint8_t *out, size_t size)
{
	const uint8_t *p;
	size_t n;

	if (msg_get_bytes(m, &p, &n) == -1 || n != size)
		return -1;
	memcpy(out, p, size);
	return 0;
}

static int
handle_target(struct assay_job *job, struct msg_in *m)
{
	struct assay_target t;
	char text[64];
	uint8_t scope;
	size_t size;

	memset(&t, 0, sizeof(t));
	msg_get_u8(m, &t.family);
	msg_get_u8(m, &scope);
	if ((t.family != 4 && t.family != 6) || scope > ASSAY_IPV6_GLOBAL ||
	    job->facts.ntargets == WORKER_TARGETS_MAX)
		return -1;
	t.scope = scope;
	size = t.family == 4 ? 4 : 16;
	if (get_sized(m, t.addr, size) == -1 ||
	    get_sized(m, t.mac, sizeof(t.mac)) == -1 ||
	    get_sized(m, t.source, size) == -1 ||
	    get_sized(m, t.source_mac, sizeof(t.source_mac)) == -1)
		return -1;
	msg_get_u32(m, &t.ifindex);
	msg_get_string(m, text, sizeof(text));
	t.text = text;
	if (msg_end(m) == -1)
		return -1;
	worker_facts_add_target(&job->facts, &t);
	return 0;
}

static int
handle_sources(struct assay_job *job, struct msg_in *m)
{
	const struct assay_target *t;
	uint8_t family, addr[16];
	uint16_t i, n;
	size_t size;

	if (msg_get_u8(m, &family) == -1 || (family != 4 && family != 6))
		return -1;
	size = family == 4 ? 4 : 16;
	if (get_sized(m, addr, size) == -1 || msg_get_u16(m, &n) == -1 ||
	    n > WORKER_SOURCES_MAX)
		return -1;
	t = worker_facts_find_target(&job->facts, family, addr);
	if (t == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if (get_sized(m, addr, size) == -1)
			return -1;
		worker_facts_add_source(&job->facts, t, addr);
	}
	return msg_end(m);
}

static bool
is_transport(uint8_t transport)
{
	return transport == ASSAY_TCP || transport == ASSAY_UDP;
}

static int
handle_declared(struct assay_job *job, struct msg_in *m)
{
	struct assay_declared_port port;
	uint8_t transport, optional;
	char service[64];

	memset(&port, 0, sizeof(port));
	msg_get_u8(m, &transport);
	msg_get_u16(m, &port.first);
	msg_get_u16(m, &port.last);
	msg_get_u8(m, &port.family);
	msg_get_string(m, service, sizeof(service));
	msg_get_u8(m, &optional);
	if (msg_end(m) == -1 || !is_transport(transport) ||
	    port.last < port.first ||
	    job->facts.ndeclared == WORKER_DECLARED_MAX)
		return -1;
	port.transport = transport;
	port.service = service;
	port.optional = optional != 0;
	worker_facts_add_declared(&job->facts, &port);
	return 0;
}

static int
handle_declares(struct assay_job *job, struct msg_in *m)
{
	uint8_t transport;

	msg_get_u8(m, &transport);
	if (msg_end(m) == -1 || !is_transport(transport))
		return -1;
	worker_facts_declares(&job->facts, transport);
	return 0;
}

/* Cells' names and texts, as pairs; the profile's loader bounds both. */
static int
handle_declared_row(struct assay_job *job, struct msg_in *m)
{
	char *cells[2 * PROFILE_CELLS_MAX], *table = msg_dup_string(m);
	uint8_t n = 0;
	size_t i;
	int r;

	if (msg_get_u8(m, &n) == -1 || n > PROFILE_CELLS_MAX ||
	    job->facts.nrows == WORKER_DECLARED_MAX) {
		free(table);
		return -1;
	}
	for (i = 0; i < 2 * (size_t)n; i++)
		cells[i] = msg_dup_string(m);
	r = msg_end(m);
	if (r == 0)
		worker_facts_add_row(
		    &job->facts, table, (const char *const *)cells, n);
	for (i = 0; i < 2 * (size_t)n; i++)
		free(cells[i]);
	free(table);
	return r;
}

static int
handle_declares_table(struct assay_job *job, struct msg_in *m)
{
	char *table = msg_dup_string(m);
	int r = msg_end(m);

	if (r == 0)
		worker_facts_declares_table(&job->facts, table);
	free(table);
	return r;
}

/* What comes behind it (health, a cancel) is for run, and waits for it. */
static int
start(struct assay_job *job, enum worker_start start_as)
{
	job->start = start_as;
	peer_pause(job->engine);
	event_base_loopbreak(job->base);
	return 0;
}

static int
handle_resumed(struct assay_job *job, struct msg_in *m)
{
	const uint8_t *p;
	size_t n;

	msg_get_u64(m, &job->resumed_run);
	if (msg_get_bytes(m, &p, &n) == -1 || msg_end(m) == -1 || n == 0 ||
	    n > ASSAY_CHECKPOINT_MAX || job->resumed != NULL)
		return -1;
	job->resumed = xcalloc(n, 1);
	memcpy(job->resumed, p, n);
	job->nresumed = n;
	return 0;
}

static int
handle_go(struct assay_job *job, struct msg_in *m)
{
	char state[32];

	msg_get_u64(m, &job->id);
	msg_get_string(m, state, sizeof(state));
	if (msg_end(m) == -1 || job->start != WORKER_START_NONE)
		return -1;
	return start(job, WORKER_START_GO);
}

static int
handle_judge(struct assay_job *job, struct msg_in *m)
{
	if (msg_end(m) == -1 || job->start != WORKER_START_NONE)
		return -1;
	return start(job, WORKER_START_JUDGE);
}

static int
handle_replay(struct assay_job *job, struct msg_in *m)
{
	if (worker_frames_begin(job, m) == -1)
		return -1;
	return start(job, WORKER_START_REPLAY);
}

static int
handle_health(struct assay_job *job, struct msg_in *m)
{
	uint8_t health;

	msg_get_u8(m, &health);
	if (msg_end(m) == -1 || health < ASSAY_UP || health > ASSAY_LINK_LOST)
		return -1;
	if (job->phase == WORKER_PHASE_RUN && !job->finished &&
	    job->on_health != NULL)
		job->on_health(job, health);
	return 0;
}

/* What was seen so far is still judged: the probe says that it is partial. */
static int
handle_cancel(struct assay_job *job, struct msg_in *m)
{
	if (msg_end(m) == -1)
		return -1;
	if (job->start == WORKER_START_NONE) {
		worker_job_failed(job, "cancelled before it began");
		return start(job, WORKER_START_GO);
	}
	if (job->phase != WORKER_PHASE_RUN || job->finished)
		return 0;
	if (job->probe->cancel != NULL)
		job->probe->cancel(job);
	if (job->frames != NULL)
		worker_frames_stop(job);
	worker_job_finish(job);
	return 0;
}

static int
handle_recorded(struct assay_job *job, struct msg_in *m)
{
	struct worker_recorded r;
	struct err e;
	int ok = worker_wire_get_observation(m, &r, &job->facts);

	/* The descriptor may have changed since; that is no protocol error but
	 * an old run that cannot be judged again. */
	if (ok == 0 && r.id != job->trail.nobservations + 1)
		ok = -1;
	if (ok == 0 &&
	    worker_check_observation(job->probe, &r.observation, &e) == -1) {
		err_prefix(&e, "cannot be judged again");
		worker_job_failed(job, e.text);
	} else if (ok == 0)
		worker_trail_add(&job->trail, &r.observation, false);
	free(r.text);
	return ok;
}

static int
handle_recorded_control(struct assay_job *job, struct msg_in *m)
{
	uint8_t phase, good;
	uint32_t observation;

	msg_get_u8(m, &phase);
	msg_get_u8(m, &good);
	msg_get_u32(m, &observation);
	if (msg_end(m) == -1 || phase < ASSAY_BEFORE || phase > ASSAY_AFTER)
		return -1;
	worker_trail_control(&job->trail, phase, good != 0);
	return 0;
}

int
worker_on_message(void *arg, struct msg_in *m, int fd)
{
	static const struct {
		enum wire_type type;
		bool is_setup; /* only before GO, JUDGE or REPLAY */
		handler *handle;
	} handlers[] = {
		{ WORKER_DESCRIBE, true, handle_describe },
		{ WORKER_PARAM, true, handle_param },
		{ WORKER_TARGET, true, handle_target },
		{ WORKER_DECLARED, true, handle_declared },
		{ WORKER_DECLARES, true, handle_declares },
		{ WORKER_DECLARED_ROW, true, handle_declared_row },
		{ WORKER_DECLARES_TABLE, true, handle_declares_table },
		{ WORKER_SOURCES, true, handle_sources },
		{ WORKER_RESUMED, true, handle_resumed },
		{ WORKER_GO, true, handle_go },
		{ WORKER_RECORDED, true, handle_recorded },
		{ WORKER_RECORDED_CONTROL, true, handle_recorded_control },
		{ WORKER_JUDGE, true, handle_judge },
		{ WORKER_REPLAY, true, handle_replay },
		{ WORKER_FRAME, false, worker_frames_take },
		{ WORKER_FRAMES_END, false, worker_frames_end },
		{ WORKER_HEALTH, false, handle_health },
		{ WORKER_CANCEL, false, handle_cancel },
	};
	struct assay_job *job = arg;
	size_t i;

	if (fd != -1)
		close(fd);
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if ((int)handlers[i].type != m->type)
			continue;
		if (handlers[i].is_setup && job->start != WORKER_START_NONE)
			return -1;
		return handlers[i].handle(job, m);
	}
	return -1;
}

void
worker_on_close(void *arg, const char *why)
{
	(void)arg;
	if (strncmp(why, "malformed", 9) == 0)
		fatal("engine: %s", why);
	_exit(WORKER_EXIT_ENGINE_GONE);
}
