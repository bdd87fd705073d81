/*
 * watch_netlink: what the kernel says of the segment's namespace.
 */
#include "daemon/watch/watch_netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/netconf.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define BUFFER_SIZE 32768 /* the kernel's dump skbs are no larger */

static int
open_socket(uint32_t groups, int flags)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	struct timeval limit = { 1, 0 };
	int fd, strict = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
	if (fd == -1)
		return -1;
	sa.nl_groups = groups;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ==
		-1) {
		close(fd);
		return -1;
	}
	/* Best effort: an old kernel checks requests less. */
	(void)setsockopt(
	    fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict));
	return fd;
}

int
watch_netlink_open(struct watch_netlink *nl)
{
	nl->seq = 0;
	nl->fd = open_socket(0, 0);
	nl->event_fd = open_socket(RTMGRP_LINK, SOCK_NONBLOCK);
	if (nl->fd != -1 && nl->event_fd != -1)
		return 0;
	watch_netlink_close(nl);
	return -1;
}

void
watch_netlink_close(struct watch_netlink *nl)
{
	if (nl->fd != -1)
		close(nl->fd);
	if (nl->event_fd != -1)
		close(nl->event_fd);
	nl->fd = nl->event_fd = -1;
}

static int
error_of(struct nlmsghdr *m)
{
	struct nlmsgerr *e = NLMSG_DATA(m);

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
		return -EIO;
	return e->error;
}

/* A dump that fails says so at its end: an empty one is not always one. */
static int
end_of(struct nlmsghdr *m)
{
	int r = 0;

	if (m->nlmsg_len >= NLMSG_LENGTH(sizeof(r)))
		memcpy(&r, NLMSG_DATA(m), sizeof(r));
	return r < 0 ? r : 0;
}

/* One datagram of an answer. 1: more comes, else as watch_netlink_ask. */
static int
read_answer(uint32_t seq, uint8_t *buffer, size_t n,
    void (*on_message)(void *arg, struct nlmsghdr *m), void *arg)
{
	struct nlmsghdr *m = (void *)buffer;
	int left = (int)n;

	for (; NLMSG_OK(m, (unsigned)left); m = NLMSG_NEXT(m, left)) {
		if (m->nlmsg_seq != seq)
			continue;
		if (m->nlmsg_type == NLMSG_DONE)
			return end_of(m);
		if (m->nlmsg_type == NLMSG_ERROR)
			return error_of(m);
		/* A dump that changed meanwhile is no proof of anything. */
		if ((m->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
			return -EIO;
		on_message(arg, m);
		if ((m->nlmsg_flags & NLM_F_MULTI) == 0)
			return 0;
	}
	return 1;
}

int
watch_netlink_ask(struct watch_netlink *nl, struct nlmsghdr *request,
    void (*on_message)(void *arg, struct nlmsghdr *m), void *arg)
{
	_Alignas(8) uint8_t buffer[BUFFER_SIZE];
	ssize_t n;
	int r = 1;

	request->nlmsg_seq = ++nl->seq;
	if (send(nl->fd, request, request->nlmsg_len, 0) == -1)
		return -errno;
	while (r == 1) {
		n = recv(nl->fd, buffer, sizeof(buffer), MSG_TRUNC);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || (size_t)n > sizeof(buffer))
			return -EIO;
		r = read_answer(nl->seq, buffer, (size_t)n, on_message, arg);
	}
	return r;
}

static size_t
fixed_size(uint16_t type)
{
	switch (type) {
	case RTM_GETLINK:
		return sizeof(struct ifinfomsg);
	case RTM_GETADDR:
		return sizeof(struct ifaddrmsg);
	case RTM_GETNETCONF:
		return sizeof(struct netconfmsg);
	default:
		return sizeof(struct rtmsg);
	}
}

int
watch_netlink_dump(struct watch_netlink *nl, uint16_t type, uint8_t family,
    void (*on_message)(void *arg, struct nlmsghdr *m), void *arg)
{
	struct {
		struct nlmsghdr h;
		uint8_t fixed[32];
	} request;

	memset(&request, 0, sizeof(request));
	request.h.nlmsg_len =
	    (uint32_t)NLMSG_LENGTH(NLMSG_ALIGN(fixed_size(type)));
	request.h.nlmsg_type = type;
	request.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request.fixed[0] = family; /* first in each of the four */
	return watch_netlink_ask(nl, &request.h, on_message, arg);
}

const void *
watch_netlink_attribute(
    struct nlmsghdr *m, size_t fixed, uint16_t type, size_t size)
{
	struct rtattr *a;
	int left;

	if (m->nlmsg_len < NLMSG_LENGTH(fixed))
		return NULL;
	a = (void *)((uint8_t *)NLMSG_DATA(m) + NLMSG_ALIGN(fixed));
	left = (int)(m->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(fixed)));
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return RTA_PAYLOAD(a) < size ? NULL : RTA_DATA(a);
	return NULL;
}

struct looking {
	unsigned ifindex;
	struct watch_netlink_link *link;
	bool found;
};

static void
take_link(void *arg, struct nlmsghdr *m)
{
	const unsigned needed = IFF_UP | IFF_RUNNING | IFF_LOWER_UP;
	struct ifinfomsg *i = NLMSG_DATA(m);
	struct looking *l = arg;
	const void *changes;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*i)) ||
	    (unsigned)i->ifi_index != l->ifindex)
		return;
	if (m->nlmsg_type != RTM_NEWLINK && m->nlmsg_type != RTM_DELLINK)
		return;
	l->found = true;
	l->link->up =
	    m->nlmsg_type == RTM_NEWLINK && (i->ifi_flags & needed) == needed;
	changes = watch_netlink_attribute(
	    m, sizeof(*i), IFLA_CARRIER_CHANGES, sizeof(uint32_t));
	if (changes != NULL)
		memcpy(&l->link->changes, changes, sizeof(uint32_t));
}

int
watch_netlink_get_link(
    struct watch_netlink *nl, unsigned ifindex, struct watch_netlink_link *link)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} request;
	struct looking l = { ifindex, link, false };

	memset(&request, 0, sizeof(request));
	memset(link, 0, sizeof(*link));
	request.h.nlmsg_len = sizeof(request);
	request.h.nlmsg_type = RTM_GETLINK;
	request.h.nlmsg_flags = NLM_F_REQUEST;
	request.i.ifi_index = (int)ifindex;
	if (watch_netlink_ask(nl, &request.h, take_link, &l) != 0)
		return -1;
	return l.found ? 0 : -1;
}

int
watch_netlink_next_event(
    struct watch_netlink *nl, unsigned ifindex, struct watch_netlink_link *link)
{
	_Alignas(8) uint8_t buffer[BUFFER_SIZE];
	struct looking l = { ifindex, link, false };
	struct nlmsghdr *m = (void *)buffer;
	ssize_t n;
	int left;

	memset(link, 0, sizeof(*link));
	n = recv(nl->event_fd, buffer, sizeof(buffer), MSG_TRUNC);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if ((size_t)n > sizeof(buffer))
		return -1;
	left = (int)n;
	for (; NLMSG_OK(m, (unsigned)left); m = NLMSG_NEXT(m, left)) {
		take_link(&l, m);
		/* One state at a time: the caller must see each. */
		if (l.found)
			return 1;
	}
	return 2;
}
