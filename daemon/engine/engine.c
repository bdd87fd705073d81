/*
 * engine: the role: what the warden says, and the loop.
 */
#include "daemon/engine/engine.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/attest_files.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_catalogue.h"
#include "daemon/engine/engine_probes.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/orders.h"
#include "daemon/engine/prune.h"
#include "daemon/engine/job.h"
#include "daemon/engine/publish.h"
#include "daemon/engine/signer.h"
#include "daemon/shared/role.h"
#include "daemon/shared/role_start.h"
#include "daemon/engine/run.h"
#include "daemon/engine/run_cloud.h"
#include "daemon/engine/stamping.h"

#define CONF_MAX (1 << 20)

typedef int handler(struct engine *, struct msg_in *, int fd);

/* ---- the configuration and what comes with it ---- */

static char *
read_all(int fd, size_t *size)
{
	char *text = xcalloc(1, CONF_MAX + 1);
	ssize_t n;

	*size = 0;
	lseek(fd, 0, SEEK_SET);
	for (;;) {
		n = read(fd, text + *size, CONF_MAX - *size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*size += (size_t)n;
	}
	close(fd);
	return text;
}

static int64_t
group_number(const char *group)
{
	const struct group *g;
	char *end;
	long n;

	if (group == NULL || group[0] == '\0')
		return -1;
	n = strtol(group, &end, 10);
	if (*end == '\0' && n >= 0)
		return n;
	g = getgrnam(group);
	if (g == NULL)
		log_warn("group %s: there is none: root only", group);
	return g == NULL ? -1 : (int64_t)g->gr_gid;
}

static void
on_record(void *arg, uint64_t seq, uint64_t run, const char *sha256,
    const json_t *record)
{
	struct engine *en = arg;
	const char *type = json_string_value(json_object_get(record, "type"));

	publish_record(en->publish, seq, run, sha256, record);
	if (type != NULL && strcmp(type, "manifest") == 0)
		stamping_add(en->stamping, seq, sha256);
}

static void
on_refused(void *arg, uint64_t run_id, const char *error)
{
	struct engine *en = arg;
	struct run *run = run_find(en, run_id);

	if (run != NULL)
		run_on_refused(run, error);
	else
		run_note_refused(en, run_id, error);
}

static void on_replay(void *arg, struct control_replay *r, uint64_t from,
    uint64_t to, uint64_t run);

static void
start_control(struct engine *en)
{
	if (en->control != NULL || en->conf == NULL || en->control_fd == -1)
		return;
	en->control = control_new(en->base, en->control_fd, control_methods,
	    group_number(en->conf->run_group),
	    group_number(en->conf->view_group), en);
	control_set_replay(en->control, on_replay);
	en->control_fd = -1;
}

static int
handle_start(struct engine *en, struct msg_in *m, int fd)
{
	struct role_start start;

	(void)en;
	(void)fd;
	return role_start_read(m, &start);
}

static int
handle_config(struct engine *en, struct msg_in *m, int fd)
{
	static const struct journal_hooks hooks = { on_record, on_refused };
	static struct msg_out out;
	char path[1024], text[800];
	struct err e;
	size_t size;
	uint32_t i;
	char *conf;

	msg_get_string(m, path, sizeof(path));
	if (msg_end(m) == -1 || fd == -1 || en->conf != NULL)
		return -1;
	conf = read_all(fd, &size);
	en->conf = conf_parse(conf, size, path, &e);
	free(conf);
	if (en->conf == NULL)
		fatal("configuration: %s", err_format(&e, text, sizeof(text)));
	en->segments = xcalloc(en->conf->nsegments, sizeof(*en->segments));
	for (i = 0; i < en->conf->nsegments; i++)
		seg_init(&en->segments[i], en, i);
	en->journal = journal_new(en->store, en->conf->bench, &hooks, en);
	en->probes = probes_new(en);
	en->stamping = stamping_new(en);
	en->prune = prune_new(en);
	engine_catalogue_load(en);
	start_control(en);
	msg_start(&out, WARDEN_READY);
	peer_send(en->warden, &out, -1);
	if (en->store_up)
		engine_load(en);
	return 0;
}

static int
handle_control_socket(struct engine *en, struct msg_in *m, int fd)
{
	if (msg_end(m) == -1 || fd == -1)
		return -1;
	en->control_fd = fd;
	start_control(en);
	return 0;
}

static int
handle_evidence_dir(struct engine *en, struct msg_in *m, int fd)
{
	if (msg_end(m) == -1 || fd == -1)
		return -1;
	if (en->evidence_dir != -1)
		close(en->evidence_dir);
	en->evidence_dir = fd;
	return 0;
}

static int
handle_key(struct engine *en, struct msg_in *m, int fd)
{
	(void)fd;
	return signer_on_key(en->signer, m);
}

/* ---- segments and roles ---- */

/* Index of the segment a message speaks of; NULL: malformed. */
static struct seg *
read_segment(struct engine *en, struct msg_in *m)
{
	uint32_t index;

	if (msg_get_u32(m, &index) == -1 || en->conf == NULL ||
	    index >= en->conf->nsegments)
		return NULL;
	return &en->segments[index];
}

static int
handle_peer(struct engine *en, struct msg_in *m, int fd)
{
	struct seg *seg;
	uint32_t index;
	uint8_t role;

	msg_get_u8(m, &role);
	msg_get_u32(m, &index);
	if (msg_end(m) == -1 || fd == -1)
		return -1;
	if (role == ROLE_STORE) {
		store_attach(en->store, fd);
		en->store_up = true;
		if (en->conf != NULL && !en->ready)
			engine_load(en);
		return 0;
	}
	if (role == ROLE_STAMP) {
		stamping_attach(en->stamping, fd);
		return 0;
	}
	if (en->conf == NULL || index >= en->conf->nsegments)
		return -1;
	seg = &en->segments[index];
	if (role != ROLE_CAPTURE && role != ROLE_WATCH && role != ROLE_SERVICES)
		return -1;
	seg_attach(seg, (enum role)role, fd);
	return 0;
}

static int
handle_segment_up(struct engine *en, struct msg_in *m, int fd)
{
	struct seg *seg = read_segment(en, m);

	(void)fd;
	return seg == NULL ? -1 : seg_set_up(seg, m);
}

static int
handle_segment_down(struct engine *en, struct msg_in *m, int fd)
{
	struct seg *seg = read_segment(en, m);
	char why[256];

	(void)fd;
	msg_get_string(m, why, sizeof(why));
	if (seg == NULL || msg_end(m) == -1)
		return -1;
	seg_set_down(seg, why);
	return 0;
}

static int
handle_role_lost(struct engine *en, struct msg_in *m, int fd)
{
	enum role role = m->type == ENGINE_CAPTURE_LOST ? ROLE_CAPTURE
	    : m->type == ENGINE_WATCH_LOST              ? ROLE_WATCH
							: ROLE_SERVICES;
	struct seg *seg = read_segment(en, m);
	char why[256];

	(void)fd;
	msg_get_string(m, why, sizeof(why));
	if (seg == NULL || msg_end(m) == -1)
		return -1;
	log_warn("segment %s: %s: %s", seg->conf->name, role_name(role), why);
	seg_detach(seg, role, why);
	return 0;
}

static int
handle_fence_lost(struct engine *en, struct msg_in *m, int fd)
{
	struct seg *seg = read_segment(en, m);
	char why[256];

	(void)fd;
	msg_get_string(m, why, sizeof(why));
	if (seg == NULL || msg_end(m) == -1)
		return -1;
	if (seg->run != NULL)
		run_on_fence_lost(seg->run, why);
	return 0;
}

static int
handle_stamp_lost(struct engine *en, struct msg_in *m, int fd)
{
	char why[256];

	(void)fd;
	msg_get_string(m, why, sizeof(why));
	if (msg_end(m) == -1)
		return -1;
	log_warn("stamp: %s", why);
	stamping_detach(en->stamping);
	return 0;
}

static int
handle_store_lost(struct engine *en, struct msg_in *m, int fd)
{
	char why[256];

	(void)fd;
	msg_get_string(m, why, sizeof(why));
	if (msg_end(m) == -1)
		return -1;
	log_error("store: %s", why);
	en->store_up = false;
	store_detach(en->store);
	return 0;
}

/* ---- workers and hooks ---- */

static int
handle_answer(struct engine *en, struct msg_in *m, int fd)
{
	uint32_t request;

	if (msg_get_u32(m, &request) == -1)
		return -1;
	if (requests_answer(en->requests, request, m, fd, true) == -1 &&
	    fd != -1)
		close(fd); /* nobody wants it any more: the worker sees EOF */
	return 0;
}

/* Asked for, or said again for the case that an earlier life did not keep it.
 */
static int
handle_rotated(struct engine *en, struct msg_in *m, int fd)
{
	if (signer_is_rotating(en->signer))
		return handle_answer(en, m, fd);
	return signer_on_rotated(en->signer, m);
}

static int
handle_worker_stderr(struct engine *en, struct msg_in *m, int fd)
{
	struct job *job;
	uint32_t worker;

	msg_get_u32(m, &worker);
	if (msg_end(m) == -1)
		return -1;
	job = job_by_worker(en, worker);
	if (fd == -1)
		log_warn(
		    "worker %u: out of descriptors for its last words", worker);
	else if (job != NULL)
		job_on_stderr(job, fd);
	else
		close(fd);
	return 0;
}

static int
handle_worker_exited(struct engine *en, struct msg_in *m, int fd)
{
	uint32_t worker, status;
	struct job *job;
	uint8_t how;

	(void)fd;
	msg_get_u32(m, &worker);
	msg_get_u8(m, &how);
	msg_get_u32(m, &status);
	if (msg_end(m) == -1)
		return -1;
	if (probes_on_exit(en->probes, worker) == 0)
		return 0;
	job = job_by_worker(en, worker);
	if (job != NULL)
		job_on_exit(job, how, status);
	return 0;
}

static int
handle_stop(struct engine *en, struct msg_in *m, int fd)
{
	(void)fd;
	if (msg_end(m) == -1)
		return -1;
	event_base_loopbreak(en->base);
	return 0;
}

static int
on_warden_message(void *arg, struct msg_in *m, int fd)
{
	static const struct {
		uint16_t type;
		handler *handle;
	} handlers[] = {
		{ ROLE_START, handle_start },
		{ ENGINE_CONFIG, handle_config },
		{ ENGINE_CONTROL_SOCKET, handle_control_socket },
		{ ENGINE_EVIDENCE_DIR, handle_evidence_dir },
		{ ROLE_PEER, handle_peer },
		{ ENGINE_SEGMENT_UP, handle_segment_up },
		{ ENGINE_SEGMENT_DOWN, handle_segment_down },
		{ ENGINE_CAPTURE_LOST, handle_role_lost },
		{ ENGINE_WATCH_LOST, handle_role_lost },
		{ ENGINE_SERVICES_LOST, handle_role_lost },
		{ ENGINE_STORE_LOST, handle_store_lost },
		{ ENGINE_STAMP_LOST, handle_stamp_lost },
		{ ENGINE_WORKER, handle_answer },
		{ ENGINE_REFUSED, handle_answer },
		{ ENGINE_FENCE, handle_answer },
		{ ENGINE_FENCE_LOST, handle_fence_lost },
		{ ENGINE_CANARY_SENT, handle_answer },
		{ ENGINE_HOOK_DONE, handle_answer },
		{ ENGINE_SIGNED, handle_answer },
		{ ENGINE_SECRET, handle_answer },
		{ ENGINE_KEY, handle_key },
		{ ENGINE_ROTATED, handle_rotated },
		{ ENGINE_WORKER_STDERR, handle_worker_stderr },
		{ ENGINE_WORKER_EXITED, handle_worker_exited },
		{ ROLE_STOP, handle_stop },
	};
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].handle(arg, m, fd);
	return -1;
}

static void
on_warden_close(void *arg, const char *why)
{
	(void)arg;
	if (strcmp(why, "end of file") != 0)
		fatal("warden: %s", why);
	exit(0); /* the warden has ended: nothing is left to do */
}

/* ---- catching up for a subscriber ---- */

struct replaying {
	struct engine *en;
	struct control_replay *replay;
};

static void
on_replay_row(void *arg, const json_t *row, const char *error)
{
	struct replaying *r = arg;
	uint64_t seq;

	if (row == NULL) {
		control_replay_end(r->replay, error);
		free(r);
		return;
	}
	seq = (uint64_t)json_integer_value(json_object_get(row, "seq"));
	/* What is not published yet comes when it is. */
	if (publish_may_show(r->en->publish, seq))
		control_replay_record(r->replay, seq,
		    json_string_value(json_object_get(row, "sha256")),
		    json_object_get(row, "record"));
}

static void
on_replay(void *arg, struct control_replay *r, uint64_t from, uint64_t to,
    uint64_t run)
{
	struct engine *en = arg;
	struct replaying *q;
	json_t *args = json_pack("{s:I,s:I}", "from", (json_int_t)from, "to",
	    (json_int_t)(to > INT64_MAX ? INT64_MAX : to));

	if (run != 0)
		json_object_set_new(args, "run", json_integer((json_int_t)run));
	q = xcalloc(1, sizeof(*q));
	q->en = en;
	q->replay = r;
	store_query(en->store, "records", args, on_replay_row, q);
	json_decref(args);
}

static void
engine_free(struct engine *en)
{
	size_t i;

	prune_stop(en->prune);
	control_free(en->control);
	run_free_all(en);
	for (i = 0; en->conf != NULL && i < en->conf->nsegments; i++)
		seg_free(&en->segments[i]);
	free(en->segments);
	device_free_all(en);
	orders_free(en->orders);
	probes_free(en->probes);
	stamping_free(en->stamping);
	journal_free(en->journal);
	publish_free(en->publish);
	store_free(en->store);
	requests_free(en->requests);
	signer_free(en->signer);
	prune_free(en->prune);
	attest_files_free(en->attest_files);
	peer_free(en->warden);
	json_decref(en->catalogue);
	if (en->conf != NULL)
		conf_free(en->conf);
	if (en->evidence_dir != -1)
		close(en->evidence_dir);
	if (en->control_fd != -1)
		close(en->control_fd);
	event_base_free(en->base);
	free(en);
}

int
engine_main(void)
{
	static const struct peer_hooks hooks = { on_warden_message,
		on_warden_close };
	struct engine *en = xcalloc(1, sizeof(*en));

	en->base = event_base_new();
	if (en->base == NULL)
		fatal("engine: cannot make an event base");
	en->started_ns = now_monotonic_ns();
	en->evidence_dir = -1;
	en->control_fd = -1;
	TAILQ_INIT(&en->devices);
	en->orders = orders_new();
	TAILQ_INIT(&en->runs);
	en->requests = requests_new(en->base);
	en->signer = signer_new(en);
	en->publish = publish_new(en);
	en->store = store_new(en->base);
	en->warden = peer_new(en->base, WIRE_FD, &hooks, en);
	event_base_dispatch(en->base);
	/* In good order: nobody waits for answers that will not come, and what
	 * was appended is the store's to keep. */
	engine_free(en);
	return 0;
}
