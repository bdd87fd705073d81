/*
 * warden_stand_in: processes in the place of the warden's roles.
 */
#include "warden_stand_in.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/msg.h"
#include "daemon/shared/wire.h"

/* ---- both sides of the relay ---- */

int
warden_stand_in_send(int to, const void *p, size_t n, int fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr h;
	struct cmsghdr *c;

	memset(&h, 0, sizeof(h));
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
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
	return sendmsg(to, &h, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

ssize_t
warden_stand_in_receive(int from, void *p, size_t n, int flags, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { p, n };
	struct msghdr h;
	struct cmsghdr *c;
	ssize_t r;

	memset(&h, 0, sizeof(h));
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	h.msg_control = control;
	h.msg_controllen = sizeof(control);
	*fd = -1;
	r = recvmsg(from, &h, flags | MSG_CMSG_CLOEXEC);
	c = r > 0 ? CMSG_FIRSTHDR(&h) : NULL;
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return r;
}

/* ---- stand-ins ---- */

static uint16_t
type_of(const uint8_t *datagram)
{
	return (uint16_t)(datagram[0] << 8 | datagram[1]);
}

/* Everything that is not the engine: waits for its end. */
static int
idle_main(void)
{
	static uint8_t datagram[MSG_MAX];
	ssize_t n;

	for (;;) {
		n = recv(WIRE_FD, datagram, sizeof(datagram), 0);
		if (n <= 0)
			return 5;
		if (type_of(datagram) == ROLE_STOP)
			return 0;
	}
}

static int
relay_up(int to)
{
	static uint8_t datagram[MSG_MAX];
	struct warden_stand_in_head head;
	ssize_t n;
	int fd;

	n = warden_stand_in_receive(
	    WIRE_FD, datagram, sizeof(datagram), 0, &fd);
	if (n <= 0 || type_of(datagram) == ROLE_STOP)
		return n <= 0 ? 5 : 0;
	head.size = (uint32_t)n;
	head.has_fd = fd != -1;
	if (warden_stand_in_send(to, &head, sizeof(head), fd) == -1 ||
	    warden_stand_in_send(to, datagram, (size_t)n, -1) == -1)
		return 6;
	if (fd != -1)
		close(fd);
	return -1;
}

static int
relay_down(int from)
{
	static uint8_t datagram[MSG_MAX];
	struct warden_stand_in_head head;
	int fd;

	if (warden_stand_in_receive(from, &head, sizeof(head), MSG_WAITALL,
		&fd) != (ssize_t)sizeof(head) ||
	    recv(from, datagram, head.size, MSG_WAITALL) !=
		(ssize_t)head.size ||
	    send(WIRE_FD, datagram, head.size, 0) != (ssize_t)head.size)
		return 7;
	return -1;
}

static int
engine_stand_in(void)
{
	static uint8_t datagram[MSG_MAX];
	struct pollfd p[2];
	int fd, listener = -1, r;
	ssize_t n;

	while (listener == -1) {
		n = warden_stand_in_receive(
		    WIRE_FD, datagram, sizeof(datagram), 0, &fd);
		if (n <= 0)
			return 5;
		if (type_of(datagram) == ENGINE_CONTROL_SOCKET)
			listener = fd;
	}
	p[0].fd = listener;
	p[0].events = POLLIN;
	p[1].fd = WIRE_FD;
	p[1].events = 0; /* the test hears all that comes after it connects */
	poll(p, 2, -1);
	if ((p[0].revents & POLLIN) == 0)
		return 5;
	p[0].fd = accept(listener, NULL, NULL);
	p[1].events = POLLIN;
	for (;;) {
		poll(p, 2, -1);
		r = p[1].revents != 0 ? relay_up(p[0].fd) : relay_down(p[0].fd);
		if (r != -1)
			return r;
	}
}

/* A worker that says what it has, and does as it is told. */
int
warden_stand_in_worker(const char *probe)
{
	char line[128];
	int n;

	n = snprintf(line, sizeof(line), "%s uid %d pid %d link %d probe %d",
	    probe, (int)getuid(), (int)getpid(),
	    fcntl(WIRE_WORKER_LINK_FD, F_GETFD) != -1,
	    fcntl(WIRE_WORKER_PROBE_FD, F_GETFD) != -1);
	if (write(2, line, (size_t)n) != n)
		return 9;
	if (strcmp(probe, "quick.end") == 0)
		return 42;
	for (;;)
		pause();
}

int
warden_stand_in_role(const char *name)
{
	if (strcmp(name, "engine") == 0)
		return engine_stand_in();
	return idle_main();
}
