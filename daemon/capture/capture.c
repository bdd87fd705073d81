/*
 * capture: one segment's packets in, immutable files, barriers and evidence
 * out.
 *
 * It loses no frame for anybody's sake: every longer piece of work is done in
 * steps, and the ring is drained between two of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "daemon/capture/capture_state.h"
#include "daemon/shared/role.h"

#define CAPTURE_MAGIC 0x5ca97e01u

struct capture *
capture_check(void *arg)
{
	struct capture *c = arg;

	if (c == NULL || c->magic != CAPTURE_MAGIC)
		fatal("capture: not a capture");
	return c;
}

void
capture_tell(struct capture *c, enum capture_event what, uint64_t value,
    const char *detail)
{
	if (c->engine == NULL)
		return;
	msg_start(&c->out, ENGINE_CAPTURE_EVENT);
	msg_put_u8(&c->out, (uint8_t)what);
	msg_put_u64(&c->out, value);
	msg_put_string(&c->out, detail);
	peer_send(c->engine, &c->out, -1);
}

void
capture_stop(struct capture *c, int status)
{
	c->is_stopping = true;
	if (status != 0)
		c->status = status;
	event_base_loopbreak(c->base);
}

/* ---- the warden ---- */

static int
take_start(struct capture *c, struct msg_in *m, int fd)
{
	char name[CAPTURE_STRING_SIZE], state[4096], run[4096];
	uint8_t level;

	(void)c;
	msg_get_string(m, name, sizeof(name));
	msg_get_u8(m, &level);
	msg_get_string(m, state, sizeof(state));
	msg_get_string(m, run, sizeof(run));
	if (msg_end(m) == -1 || fd != -1 || level > LOG_LEVEL_DEBUG)
		return -1;
	log_init(name, (enum log_level)level);
	return 0;
}

static int
take_open(struct capture *c, struct msg_in *m, int fd)
{
	char segment[CAPTURE_STRING_SIZE];

	if (fd == -1 || c->packets[0] != -1)
		return -1;
	msg_get_u32(m, &c->segment);
	msg_get_string(m, segment, sizeof(segment));
	msg_get_string(m, c->interface, sizeof(c->interface));
	msg_get_u32(m, &c->ring_mib);
	msg_get_u32(m, &c->file_mib);
	msg_get_u32(m, &c->first_file);
	if (msg_end(m) == -1 || c->file_mib == 0)
		return -1;
	c->packets[0] = fd;
	return 0;
}

static int
take_second(struct capture *c, struct msg_in *m, int fd)
{
	if (msg_end(m) == -1 || fd == -1 || c->packets[0] == -1 ||
	    c->packets[1] != -1)
		return -1;
	c->packets[1] = fd;
	capture_link_begin(c);
	return 0;
}

static int
take_dir(struct capture *c, struct msg_in *m, int fd)
{
	uint8_t which;
	int *dir;

	if (msg_get_u8(m, &which) == -1 || msg_end(m) == -1 || fd == -1 ||
	    which > 1)
		return -1;
	dir = which == 0 ? &c->captures : &c->evidence;
	if (*dir != -1)
		return -1;
	*dir = fd;
	capture_link_begin(c);
	return 0;
}

static int
take_peer(struct capture *c, struct msg_in *m, int fd)
{
	uint8_t role;
	uint32_t segment;

	msg_get_u8(m, &role);
	msg_get_u32(m, &segment);
	if (msg_end(m) == -1 || fd == -1)
		return -1;
	if (role == ROLE_ENGINE)
		capture_engine_attach(c, fd);
	else if (role == ROLE_WATCH)
		capture_watch_attach(c, fd);
	else
		return -1;
	return 0;
}

static int
take_stop(struct capture *c, struct msg_in *m, int fd)
{
	if (msg_end(m) == -1 || fd != -1)
		return -1;
	capture_stop(c, 0);
	return 0;
}

static int
on_parent_message(void *arg, struct msg_in *m, int fd)
{
	static const struct {
		uint16_t type;
		int (*take)(struct capture *, struct msg_in *, int);
	} handlers[] = {
		{ ROLE_START, take_start },
		{ ROLE_PEER, take_peer },
		{ ROLE_STOP, take_stop },
		{ CAPTURE_OPEN, take_open },
		{ CAPTURE_SECOND, take_second },
		{ CAPTURE_DIR, take_dir },
	};
	struct capture *c = capture_check(arg);
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].take(c, m, fd);
	return -1;
}

static void
on_parent_close(void *arg, const char *why)
{
	struct capture *c = capture_check(arg);

	capture_peer_gone("warden", why);
	capture_stop(c, 0);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	capture_stop(capture_check(arg), 0);
}

/* ---- life ---- */

static struct capture *
new_capture(void)
{
	static const struct peer_hooks hooks = { on_parent_message,
		on_parent_close };
	struct capture *c = xcalloc(1, sizeof(*c));

	c->magic = CAPTURE_MAGIC;
	c->packets[0] = c->packets[1] = -1;
	c->captures = -1;
	c->evidence = -1;
	c->base = event_base_new();
	if (c->base == NULL)
		fatal("capture: no event base");
	c->sigterm = evsignal_new(c->base, SIGTERM, on_signal, c);
	c->sigint = evsignal_new(c->base, SIGINT, on_signal, c);
	if (c->sigterm == NULL || c->sigint == NULL)
		fatal("capture: cannot make events");
	event_add(c->sigterm, NULL);
	event_add(c->sigint, NULL);
	c->parent = peer_new(c->base, WIRE_FD, &hooks, c);
	return c;
}

static void
free_event(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

static void
close_packets(const struct capture *c)
{
	int i;

	for (i = 0; i < 2; i++)
		if (c->packets[i] != -1)
			close(c->packets[i]);
}

/* Ends the file in good order. */
static void
end(struct capture *c)
{
	if (c->source != NULL)
		capture_link_drain_last(c);
	capture_hash_drop(&c->hash);
	segment_hash_free(capture_hash_take_ahead(&c->hash));
	recording_free(c->recording);
	capture_keep_free(&c->keep);
	segment_index_free(&c->stored);
	if (c->not_forwarded > 0)
		log_warn("capture: %" PRIu64 " frames not forwarded",
		    c->not_forwarded);
	capture_engine_forget(c);
	peer_free(c->watch);
	peer_free(c->parent);
	free_event(c->readable);
	free_event(c->pause);
	free_event(c->tick);
	free_event(c->work);
	free_event(c->sigterm);
	free_event(c->sigint);
	if (c->source != NULL)
		ethernet_source_free(c->source);
	else
		close_packets(c);
	if (c->captures != -1)
		close(c->captures);
	if (c->evidence != -1)
		close(c->evidence);
	event_base_free(c->base);
	free(c);
}

int
capture_main(void)
{
	struct capture *c;
	int status;

	log_init("capture", LOG_LEVEL_INFO);
	umask(027);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("capture: no new privileges: %s", strerror(errno));
	c = new_capture();
	if (event_base_dispatch(c->base) == -1)
		fatal("capture: the event loop failed");
	if (!c->is_stopping)
		fatal("capture: the event loop ended by itself");
	status = c->status;
	end(c);
	return status;
}
