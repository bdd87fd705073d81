/*
 * peer: the other end of a SOCK_SEQPACKET socket, on libevent.
 */
#include "base/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/util.h>

#include "base/alloc.h"
#include "base/log.h"

#define PEER_MAGIC 0x9ee41c03u
#define READS_PER_TURN 64 /* then others get a turn */

struct queued {
	STAILQ_ENTRY(queued) entry;
	int fd;
	size_t size;
	uint8_t datagram[];
};

struct peer {
	unsigned magic;
	int fd;
	struct event *readable, *writable;
	struct peer_hooks hooks;
	void *arg;
	STAILQ_HEAD(, queued) queue;
	size_t nqueued;
	bool was_reset;
	bool closed; /* on_close was called */
	bool busy;   /* in a callback */
	bool freed;  /* peer_free() came in a callback */
};

static struct peer *
peer_check(void *arg)
{
	struct peer *p = arg;

	if (p == NULL || p->magic != PEER_MAGIC)
		fatal("peer: not a peer");
	return p;
}

static void
drop_queue(struct peer *p)
{
	struct queued *q;

	while ((q = STAILQ_FIRST(&p->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&p->queue, entry);
		if (q->fd != -1)
			close(q->fd);
		free(q);
	}
	p->nqueued = 0;
}

static void
close_peer(struct peer *p, const char *why)
{
	bool was_busy = p->busy;

	if (p->closed)
		return;
	p->closed = true;
	event_del(p->readable);
	event_del(p->writable);
	drop_queue(p);
	p->busy = true;
	if (p->hooks.on_close != NULL)
		p->hooks.on_close(p->arg, why);
	p->busy = was_busy;
}

/* One datagram of n parts: 1 sent, 0 the socket is full, -1 the other end is
 * gone. */
static int
send_parts(int socket, struct iovec *parts, size_t n, int fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct msghdr h;
	struct cmsghdr *c;

	memset(&h, 0, sizeof(h));
	h.msg_iov = parts;
	h.msg_iovlen = n;
	if (fd != -1) {
		memset(control, 0, sizeof(control));
		h.msg_control = control;
		h.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	for (;;) {
		if (sendmsg(socket, &h, MSG_NOSIGNAL | MSG_DONTWAIT) != -1)
			return 1;
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == ENOBUFS)
			return 0;
		return -1;
	}
}

/* Sends what is queued. 0, or -1 if the other end is gone. */
static int
send_queue(struct peer *p)
{
	struct queued *q;
	struct iovec whole;
	int r;

	while ((q = STAILQ_FIRST(&p->queue)) != NULL) {
		whole.iov_base = q->datagram;
		whole.iov_len = q->size;
		r = send_parts(p->fd, &whole, 1, q->fd);
		if (r == 0)
			return 0;
		if (r == -1)
			return -1;
		STAILQ_REMOVE_HEAD(&p->queue, entry);
		p->nqueued--;
		if (q->fd != -1)
			close(q->fd);
		free(q);
	}
	event_del(p->writable);
	return 0;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = peer_check(arg);

	(void)fd;
	(void)what;
	/* What the other end said before it went is still to be read, so a
	 * failed send closes nothing: end of file will. */
	if (send_queue(p) == -1) {
		event_del(p->writable);
		drop_queue(p);
	}
}

static int
take_fd(struct msghdr *h)
{
	struct cmsghdr *c;
	int fd = -1, one;
	size_t i, n;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(
			    &one, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (fd == -1)
				fd = one;
			else
				close(one);
		}
	}
	return fd;
}

/* Handles one datagram. False: no more for now (or for ever). */
static bool
read_one(struct peer *p)
{
	static uint8_t datagram[MSG_MAX + 1];
	char control[CMSG_SPACE(4 * sizeof(int))], why[64];
	struct iovec iov = { datagram, sizeof(datagram) };
	struct msghdr h;
	struct msg_in m;
	ssize_t n;
	int fd;

	memset(&h, 0, sizeof(h));
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	h.msg_control = control;
	h.msg_controllen = sizeof(control);
	n = recvmsg(p->fd, &h, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return false;
		/* The other end closed with something unread.  The kernel says
		 * so before it hands out what is still queued: read on. */
		if (errno == ECONNRESET && !p->was_reset) {
			p->was_reset = true;
			return true;
		}
		close_peer(p, strerror(errno));
		return false;
	}
	if (n == 0) {
		close_peer(p, "end of file");
		return false;
	}
	fd = take_fd(&h);
	if (h.msg_flags & MSG_TRUNC || msg_read(&m, datagram, (size_t)n)) {
		if (fd != -1)
			close(fd);
		close_peer(p,
		    h.msg_flags & MSG_TRUNC ? "oversized message"
					    : "half a message");
		return false;
	}
	if (p->hooks.on_message(p->arg, &m, fd) == -1 && !p->freed) {
		snprintf(why, sizeof(why), "malformed message %u", m.type);
		close_peer(p, why);
	}
	return !p->freed && !p->closed &&
	    event_pending(p->readable, EV_READ, NULL);
}

static void
release(struct peer *p)
{
	event_free(p->readable);
	event_free(p->writable);
	drop_queue(p);
	close(p->fd);
	p->magic = 0;
	free(p);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = peer_check(arg);
	int i;

	(void)fd;
	(void)what;
	p->busy = true;
	for (i = 0; i < READS_PER_TURN; i++)
		if (!read_one(p))
			break;
	p->busy = false;
	if (p->freed)
		release(p);
}

struct peer *
peer_new(
    struct event_base *base, int fd, const struct peer_hooks *hooks, void *arg)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	int size = 1 << 20;

	p->magic = PEER_MAGIC;
	p->fd = fd;
	p->hooks = *hooks;
	p->arg = arg;
	STAILQ_INIT(&p->queue);
	evutil_make_socket_nonblocking(fd);
	evutil_make_socket_closeonexec(fd);
	/* Best effort: the kernel's default still takes a whole message. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	p->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, p);
	p->writable =
	    event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, p);
	if (p->readable == NULL || p->writable == NULL)
		fatal("peer: cannot make events");
	event_add(p->readable, NULL);
	return p;
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	peer_check(p);
	if (p->busy) {
		p->freed = true;
		p->closed = true;
		event_del(p->readable);
		event_del(p->writable);
		return;
	}
	release(p);
}

static void
put_header(uint8_t header[MSG_HEADER], const struct msg_out *m)
{
	memset(header, 0, MSG_HEADER);
	header[0] = (uint8_t)(m->type >> 8);
	header[1] = (uint8_t)m->type;
}

/* What nothing waits before needs no queue.  False: the socket is full. */
static bool
send_at_once(struct peer *p, const struct msg_out *m, int fd)
{
	uint8_t header[MSG_HEADER];
	struct iovec parts[2] = {
		{ header, sizeof(header) },
		{ (void *)(uintptr_t)m->body, m->size },
	};

	put_header(header, m);
	/* To one who has gone it is dropped, as on_writable() says. */
	if (send_parts(p->fd, parts, 2, fd) == 0)
		return false;
	if (fd != -1)
		close(fd);
	return true;
}

void
peer_send(struct peer *p, const struct msg_out *m, int fd)
{
	struct queued *q;

	peer_check(p);
	if (msg_is_overfull(m))
		fatal("peer: message %u does not fit", m->type);
	if (p->closed) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (p->nqueued == 0 && send_at_once(p, m, fd))
		return;
	q = xcalloc(1, sizeof(*q) + MSG_HEADER + m->size);
	q->fd = fd;
	q->size = MSG_HEADER + m->size;
	put_header(q->datagram, m);
	memcpy(q->datagram + MSG_HEADER, m->body, m->size);
	STAILQ_INSERT_TAIL(&p->queue, q, entry);
	p->nqueued++;
	event_add(p->writable, NULL);
}

int
peer_dup(const struct peer *p)
{
	return fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
}

size_t
peer_queued(const struct peer *p)
{
	return p->nqueued;
}

void
peer_flush(struct peer *p)
{
	struct pollfd pfd = { p->fd, POLLOUT, 0 };

	while (!p->closed && p->nqueued > 0) {
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return;
		on_writable(p->fd, EV_WRITE, p);
	}
}

void
peer_pause(struct peer *p)
{
	event_del(p->readable);
}

void
peer_resume(struct peer *p)
{
	if (!p->closed)
		event_add(p->readable, NULL);
}

int
peer_try_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

void
peer_pair(int fds[2])
{
	if (peer_try_pair(fds) == -1)
		fatal("socketpair: %s", strerror(errno));
}
