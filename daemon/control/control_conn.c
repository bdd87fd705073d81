/*
 * control_conn: one client's socket as lines in and lines out.
 *
 * An event is armed exactly when its work is wanted: reading while not paused
 * and not at the end, writing while something waits.
 */
#include "daemon/control/control_conn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"

#define READ_SIZE 65536
#define LINES_PER_TURN 64 /* so that one client cannot hold the loop */
#define WRITE_VECTORS 8

struct control_conn {
	int fd;
	struct event *reading, *writing, *again;
	struct evbuffer *in, *out;
	size_t scanned; /* of in: no newline before here */
	bool is_paused, is_eof, has_said_eof, is_ending;
	uint64_t read_ms; /* the peer last took something, or all was taken */
	uint64_t half_ms; /* since when a line is half here; 0: none */
	uint64_t ending_ms;
	const struct control_conn_hooks *hooks;
	void *arg;
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
arm(struct control_conn *c)
{
	if (c->is_paused || c->is_eof || c->is_ending)
		event_del(c->reading);
	else
		event_add(c->reading, NULL);
	/* An ending conn with nothing left to write closes from there. */
	if (evbuffer_get_length(c->out) > 0 || c->is_ending)
		event_add(c->writing, NULL);
	else
		event_del(c->writing);
}

static void
run_again(struct control_conn *c)
{
	static const struct timeval soon = { 0, 0 };

	event_add(c->again, &soon);
}

/* The offset of the first newline, or -1. */
static ssize_t
find_newline(struct control_conn *c)
{
	struct evbuffer_ptr start, found;
	size_t have = evbuffer_get_length(c->in);

	if (c->scanned >= have)
		return -1;
	evbuffer_ptr_set(c->in, &start, c->scanned, EVBUFFER_PTR_SET);
	found = evbuffer_search(c->in, "\n", 1, &start);
	if (found.pos == -1)
		c->scanned = have;
	return found.pos;
}

static void
end_too_long(struct control_conn *c)
{
	control_conn_end(c,
	    "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":"
	    "\"a line is longer than 1 MiB\"},\"id\":null}");
}

static void
take_lines(struct control_conn *c)
{
	int left = LINES_PER_TURN;
	ssize_t size = -1;

	while (!c->is_paused && !c->is_ending && left-- > 0) {
		size = find_newline(c);
		if (size == -1)
			break;
		if ((size_t)size > CONTROL_LINE_MAX) {
			end_too_long(c);
			break;
		}
		c->hooks->on_line(c->arg,
		    (const char *)evbuffer_pullup(c->in, size + 1),
		    (size_t)size);
		evbuffer_drain(c->in, (size_t)size + 1);
		c->scanned = 0;
	}
	if (size != -1 && !c->is_paused && !c->is_ending)
		run_again(c);
	if (size == -1 && c->scanned > CONTROL_LINE_MAX && !c->is_ending)
		end_too_long(c);
	if (size != -1 || evbuffer_get_length(c->in) == 0)
		c->half_ms = 0;
	else if (c->half_ms == 0)
		c->half_ms = now_ms();
}

/* Once every whole line has been taken. */
static void
say_eof(struct control_conn *c)
{
	if (!c->is_eof || c->has_said_eof || c->is_ending ||
	    find_newline(c) != -1)
		return;
	c->has_said_eof = true;
	c->hooks->on_eof(c->arg);
}

static bool
is_gone(const struct control_conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = 0 };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct control_conn *c = arg;

	(void)fd;
	(void)what;
	take_lines(c);
	arm(c);
	say_eof(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct control_conn *c = arg;
	char bytes[READ_SIZE];
	ssize_t n;

	(void)what;
	n = recv(fd, bytes, sizeof(bytes), 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		c->hooks->on_close(c->arg, strerror(errno));
		return;
	}
	if (n > 0) {
		evbuffer_add(c->in, bytes, (size_t)n);
		take_lines(c);
		arm(c);
		return;
	}
	if (is_gone(c)) {
		c->hooks->on_close(c->arg, "closed by the client");
		return;
	}
	c->is_eof = true;
	arm(c);
	say_eof(c);
}

static ssize_t
write_some(struct control_conn *c)
{
	struct evbuffer_iovec v[WRITE_VECTORS];
	struct iovec iov[WRITE_VECTORS];
	struct msghdr m = { .msg_iov = iov };
	int i, n;

	n = evbuffer_peek(c->out, -1, NULL, v, WRITE_VECTORS);
	if (n > WRITE_VECTORS)
		n = WRITE_VECTORS;
	for (i = 0; i < n; i++) {
		iov[i].iov_base = v[i].iov_base;
		iov[i].iov_len = v[i].iov_len;
	}
	m.msg_iovlen = (size_t)n;
	return sendmsg(c->fd, &m, MSG_NOSIGNAL);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct control_conn *c = arg;
	ssize_t n = 0;

	(void)fd;
	(void)what;
	if (evbuffer_get_length(c->out) > 0)
		n = write_some(c);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		c->hooks->on_close(c->arg, strerror(errno));
		return;
	}
	evbuffer_drain(c->out, (size_t)n);
	c->read_ms = now_ms();
	if (evbuffer_get_length(c->out) > 0)
		return;
	if (c->is_ending) {
		c->hooks->on_close(c->arg, "ended");
		return;
	}
	arm(c);
	c->hooks->on_drained(c->arg);
}

struct control_conn *
control_conn_new(struct event_base *base, int fd,
    const struct control_conn_hooks *hooks, void *arg)
{
	struct control_conn *c = xcalloc(1, sizeof(*c));

	evutil_make_socket_nonblocking(fd);
	c->fd = fd;
	c->hooks = hooks;
	c->arg = arg;
	c->read_ms = now_ms();
	c->in = evbuffer_new();
	c->out = evbuffer_new();
	c->reading = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writing = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	c->again = evtimer_new(base, on_again, c);
	if (c->in == NULL || c->out == NULL || c->reading == NULL ||
	    c->writing == NULL || c->again == NULL)
		fatal("control: cannot make events");
	arm(c);
	return c;
}

void
control_conn_free(struct control_conn *c)
{
	if (c == NULL)
		return;
	event_free(c->reading);
	event_free(c->writing);
	event_free(c->again);
	evbuffer_free(c->in);
	evbuffer_free(c->out);
	close(c->fd);
	free(c);
}

int
control_conn_send(struct control_conn *c, const char *line, size_t size)
{
	size_t waiting = evbuffer_get_length(c->out);

	if (c->is_ending || waiting + size + 1 > CONTROL_PILE_MAX)
		return -1;
	if (waiting == 0)
		c->read_ms = now_ms();
	evbuffer_add(c->out, line, size);
	evbuffer_add(c->out, "\n", 1);
	arm(c);
	return 0;
}

size_t
control_conn_waiting(const struct control_conn *c)
{
	return evbuffer_get_length(c->out);
}

bool
control_conn_is_ending(const struct control_conn *c)
{
	return c->is_ending;
}

void
control_conn_pause(struct control_conn *c)
{
	c->is_paused = true;
	arm(c);
}

void
control_conn_resume(struct control_conn *c)
{
	if (!c->is_paused)
		return;
	c->is_paused = false;
	arm(c);
	run_again(c); /* not from here: the caller may be inside on_line */
}

void
control_conn_end(struct control_conn *c, const char *last_line)
{
	struct evbuffer_ptr newline;

	if (c->is_ending)
		return;
	if (last_line != NULL &&
	    evbuffer_get_length(c->out) > CONTROL_LINE_MAX) {
		/* What waits may begin in the middle of a line. */
		newline = evbuffer_search(c->out, "\n", 1, NULL);
		if (newline.pos != -1) {
			struct evbuffer *head = evbuffer_new();

			if (head == NULL)
				fatal("control: out of memory");
			evbuffer_remove_buffer(
			    c->out, head, (size_t)newline.pos + 1);
			evbuffer_free(c->out);
			c->out = head;
		}
	}
	if (last_line != NULL) {
		evbuffer_add(c->out, last_line, strlen(last_line));
		evbuffer_add(c->out, "\n", 1);
	}
	c->is_ending = true;
	c->ending_ms = now_ms();
	arm(c);
}

const char *
control_conn_check(struct control_conn *c, uint64_t limit_ms)
{
	uint64_t now = now_ms();

	if ((c->is_eof && is_gone(c)) ||
	    (c->is_ending && now - c->ending_ms > limit_ms)) {
		c->hooks->on_close(c->arg, "gone");
		return NULL;
	}
	if (c->is_ending)
		return NULL;
	if (evbuffer_get_length(c->out) > 0 && now - c->read_ms > limit_ms)
		return "it does not read";
	if (c->half_ms != 0 && now - c->half_ms > limit_ms)
		return "it left a line half sent";
	return NULL;
}
