/*
 * control: the JSON-RPC 2.0 socket: who may call what, and each call answered
 * once.
 *
 * A client is anybody on this machine: nothing it sends is believed, and it
 * can use up no more than its own few buffers and one of 64 places.
 */
#include "daemon/control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/control/control_creds.h"
#include "daemon/control/control_internal.h"
#include "daemon/control/control_rpc.h"

#define ACCEPTS_PER_TURN 16

static void
send_line(struct control_client *client, char *line)
{
	if (control_conn_send(client->conn, line, strlen(line)) == -1)
		control_client_end(
		    client, "closed: more than 8 MiB waits to be read");
	free(line);
}

static void
send_error(struct control_client *client, const json_t *id, int code,
    const struct err *e)
{
	send_line(client, control_rpc_error(id, code, e));
}

void
control_client_end(struct control_client *client, const char *why)
{
	struct err e;
	char *line;

	if (control_conn_is_ending(client->conn))
		return;
	log_info("control: client of uid %u: %s", client->uid, why);
	err_set(&e, "%s", why);
	line = control_rpc_error(NULL, CONTROL_REFUSED, &e);
	control_conn_end(client->conn, line);
	free(line);
}

/* A client that will send no more goes once it has all its answers. */
static void
end_if_done(struct control_client *client)
{
	if (client->is_eof && client->ncalls == 0 &&
	    client->subscription == NULL)
		control_conn_end(client->conn, NULL);
}

static void
control_client_free(struct control_client *client)
{
	struct control_call *call;

	while ((call = TAILQ_FIRST(&client->calls)) != NULL) {
		TAILQ_REMOVE(&client->calls, call, entry);
		call->client = NULL;
	}
	control_subscription_free(client->subscription);
	TAILQ_REMOVE(&client->control->clients, client, entry);
	client->control->nclients--;
	control_conn_free(client->conn);
	free(client);
}

static struct control_call *
control_call_new(struct control_client *client, json_t *root, json_t *id)
{
	struct control_call *call = xcalloc(1, sizeof(*call));

	call->client = client;
	call->root = json_incref(root);
	call->id = id;
	call->uid = client->uid;
	call->gid = client->gid;
	TAILQ_INSERT_TAIL(&client->calls, call, entry);
	client->ncalls++;
	if (client->ncalls >= CONTROL_CALLS_MAX)
		control_conn_pause(client->conn);
	return call;
}

static void
control_call_end(struct control_call *call)
{
	struct control_client *client = call->client;

	if (client != NULL) {
		TAILQ_REMOVE(&client->calls, call, entry);
		client->ncalls--;
		if (client->ncalls < CONTROL_CALLS_MAX)
			control_conn_resume(client->conn);
		end_if_done(client);
	}
	json_decref(call->root);
	free(call);
}

/* 0, or an error code with *e set. */
static int
admit(const struct control_client *client, const struct control_request *r,
    const struct control_method **method, struct err *e)
{
	char name[80];

	*method = control_rpc_find(client->control->methods, r->method);
	if (*method == NULL) {
		log_quote(r->method, strlen(r->method), name, sizeof(name));
		err_set(e, "unknown method %s", name);
		return CONTROL_RPC_NO_METHOD;
	}
	if ((*method)->right == CONTROL_RUN && client->right != CONTROL_RUN) {
		err_set(
		    e, "%s: not allowed: you may only look", (*method)->name);
		return CONTROL_NOT_ALLOWED;
	}
	if (control_rpc_check((*method)->params, r->params, e) != 0) {
		err_prefix(e, "%s", (*method)->name);
		return CONTROL_INVALID_PARAMS;
	}
	return 0;
}

static void
on_line(void *arg, const char *line, size_t size)
{
	struct control_client *client = arg;
	const struct control_method *method;
	struct control_request r;
	struct err e;
	int code;

	if (size == 0 || (size == 1 && line[0] == '\r'))
		return; /* a person at a terminal pressed return */
	code = control_rpc_parse(&r, line, size, &e);
	if (code != 0) {
		send_error(client, r.id, code, &e);
		control_rpc_free(&r);
		return;
	}
	code = admit(client, &r, &method, &e);
	if (code == 0) {
		if (r.params == NULL) {
			r.params = json_object();
			json_object_set_new(r.root, "params", r.params);
		}
		method->call(client->control->engine,
		    control_call_new(client, r.root, r.id), r.params);
	} else if (r.id != NULL) {
		send_error(client, r.id, code, &e);
	}
	control_rpc_free(&r);
}

static void
on_eof(void *arg)
{
	struct control_client *client = arg;

	client->is_eof = true;
	end_if_done(client);
}

static void
on_drained(void *arg)
{
	struct control_client *client = arg;

	control_subscription_drained(client->subscription);
}

static void
on_close(void *arg, const char *why)
{
	struct control_client *client = arg;

	log_debug("control: client of uid %u: %s", client->uid, why);
	control_client_free(client);
}

static const struct control_conn_hooks conn_hooks = {
	.on_line = on_line,
	.on_eof = on_eof,
	.on_drained = on_drained,
	.on_close = on_close,
};

/* 0 with the right and the ids, or -1 with *e set. */
static int
identify(const struct control *c, int fd, struct control_client *client,
    struct err *e)
{
	struct control_creds creds;
	int r = 0;

	if (control_creds_get(&creds, fd) == -1)
		return err_set(e, "cannot tell who calls: %s", strerror(errno));
	client->uid = creds.uid;
	client->gid = creds.gid;
	client->pid = creds.pid;
	if (creds.uid == 0 || control_creds_has(&creds, c->run_gid))
		client->right = CONTROL_RUN;
	else if (control_creds_has(&creds, c->view_gid))
		client->right = CONTROL_VIEW;
	else
		r = err_set(e,
		    "not allowed: uid %u is in neither the run group nor the "
		    "view group of this bench",
		    (unsigned)creds.uid);
	control_creds_clear(&creds);
	return r;
}

static void
accept_client(struct control *c, int fd)
{
	struct control_client *client = xcalloc(1, sizeof(*client));
	struct err e;
	bool is_welcome = identify(c, fd, client, &e) == 0;
	char *line;

	client->control = c;
	TAILQ_INIT(&client->calls);
	client->conn = control_conn_new(c->base, fd, &conn_hooks, client);
	TAILQ_INSERT_TAIL(&c->clients, client, entry);
	c->nclients++;
	if (is_welcome)
		return;
	log_info("control: %s", e.text);
	line = control_rpc_error(NULL, CONTROL_NOT_ALLOWED, &e);
	control_conn_end(client->conn, line);
	free(line);
}

/* Too many: told so if the socket takes it at once, which a new one does. */
static void
turn_away(int fd, const struct err *e)
{
	char *line, *text;

	log_debug("control: %s", e->text);
	line = control_rpc_error(NULL, CONTROL_UNAVAILABLE, e);
	text = xasprintf("%s\n", line);
	if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
		log_debug("control: %s", strerror(errno));
	free(text);
	free(line);
	close(fd);
}

/* 0, or -1 with *e: all the room, or one process's share of it, is taken. */
static int
find_room(const struct control *c, int fd, struct err *e)
{
	const struct control_client *client;
	struct control_creds creds;
	size_t own = 0;

	if (c->nclients >= CONTROL_CLIENTS_MAX)
		return err_set(e, "closed: %d clients are connected already",
		    CONTROL_CLIENTS_MAX);
	if (control_creds_get(&creds, fd) == -1)
		return 0; /* it is told when it is identified */
	TAILQ_FOREACH (client, &c->clients, entry)
		own += client->pid == creds.pid;
	if (own >= CONTROL_CLIENTS_OF_ONE)
		err_set(e, "closed: process %d has %d connections open already",
		    (int)creds.pid, CONTROL_CLIENTS_OF_ONE);
	control_creds_clear(&creds);
	return own >= CONTROL_CLIENTS_OF_ONE ? -1 : 0;
}

/* Without a descriptor for it a client would wait for ever: the spare one is
 * lent to it for as long as it takes to say so. */
static bool
turn_away_with_spare(struct control *c, int listener)
{
	struct err e;
	int fd;

	if (c->spare_fd == -1)
		return false;
	close(c->spare_fd);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd != -1) {
		err_set(&e, "closed: the bench is out of file descriptors");
		turn_away(fd, &e);
	}
	c->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd != -1;
}

static void
on_listening(evutil_socket_t listener, short what, void *arg)
{
	struct control *c = arg;
	struct err e;
	int fd, i;

	(void)what;
	for (i = 0; i < ACCEPTS_PER_TURN; i++) {
		fd =
		    accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1 && (errno == EMFILE || errno == ENFILE)) {
			log_debug("control: accept: %s", strerror(errno));
			if (!turn_away_with_spare(c, listener))
				break;
			continue;
		}
		if (fd == -1)
			break;
		if (find_room(c, fd, &e) == -1)
			turn_away(fd, &e);
		else
			accept_client(c, fd);
	}
	if (i == 0 && (errno == EMFILE || errno == ENFILE)) {
		log_error("control: accept: %s", strerror(errno));
		event_del(c->listening); /* until the next tick */
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;
	struct control_client *client, *next;
	const char *why;
	char *text;

	(void)fd;
	(void)what;
	event_add(c->listening, NULL);
	for (client = TAILQ_FIRST(&c->clients); client != NULL; client = next) {
		next = TAILQ_NEXT(client, entry);
		why = control_conn_check(client->conn, c->stall_ms);
		if (why == NULL)
			continue;
		text = xasprintf(
		    "closed: %s for %u ms", why, (unsigned)c->stall_ms);
		control_client_end(client, text);
		free(text);
	}
}

void
control_set_stall_ms(struct control *c, uint64_t stall_ms)
{
	uint64_t every_ms = stall_ms / 8;
	struct timeval tv = { (time_t)(every_ms / 1000),
		(suseconds_t)(every_ms % 1000 * 1000) };

	c->stall_ms = stall_ms;
	event_add(c->tick, &tv);
}

struct control *
control_new(struct event_base *base, int fd,
    const struct control_method *methods, int64_t run_gid, int64_t view_gid,
    void *engine)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->base = base;
	c->fd = fd;
	c->methods = methods;
	c->run_gid = run_gid;
	c->view_gid = view_gid;
	c->engine = engine;
	c->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	TAILQ_INIT(&c->clients);
	evutil_make_socket_nonblocking(fd);
	c->listening =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_listening, c);
	c->tick = event_new(base, -1, EV_PERSIST, on_tick, c);
	if (c->listening == NULL || c->tick == NULL)
		fatal("control: cannot make events");
	event_add(c->listening, NULL);
	control_set_stall_ms(c, CONTROL_STALL_MS);
	return c;
}

void
control_free(struct control *c)
{
	struct control_client *client, *next;

	if (c == NULL)
		return;
	for (client = TAILQ_FIRST(&c->clients); client != NULL; client = next) {
		next = TAILQ_NEXT(client, entry);
		control_client_free(client);
	}
	event_free(c->listening);
	event_free(c->tick);
	close(c->fd);
	if (c->spare_fd != -1)
		close(c->spare_fd);
	free(c);
}

static bool
is_heard(const struct control_call *call)
{
	return call->client != NULL && call->id != NULL;
}

/* line is taken over. */
static void
reply_line(struct control_call *call, char *line)
{
	static const struct err too_large = {
		.text = "the answer is longer than 1 MiB: ask for less",
	};

	if (strlen(line) > CONTROL_LINE_MAX) {
		free(line);
		line = control_rpc_error(call->id, CONTROL_REFUSED, &too_large);
	}
	send_line(call->client, line);
}

void
control_reply(struct control_call *call, json_t *result)
{
	if (is_heard(call))
		reply_line(call, control_rpc_result(call->id, result));
	json_decref(result);
	control_call_end(call);
}

void
control_reply_text(struct control_call *call, const char *result)
{
	if (is_heard(call))
		reply_line(call, control_rpc_result_text(call->id, result));
	control_call_end(call);
}

void
control_refuse(
    struct control_call *call, enum control_error code, const struct err *e)
{
	if (call->client != NULL && call->id != NULL)
		send_error(call->client, call->id, (int)code, e);
	control_call_end(call);
}

void
control_refusef(
    struct control_call *call, enum control_error code, const char *format, ...)
{
	struct err e = { .line = 0 };
	va_list ap;

	va_start(ap, format);
	vsnprintf(e.text, sizeof(e.text), format, ap);
	va_end(ap);
	control_refuse(call, code, &e);
}

uint32_t
control_call_uid(const struct control_call *call)
{
	return call->uid;
}

uint32_t
control_call_gid(const struct control_call *call)
{
	return call->gid;
}

bool
control_call_may_run(const struct control_call *call)
{
	return call->client != NULL && call->client->right == CONTROL_RUN;
}
