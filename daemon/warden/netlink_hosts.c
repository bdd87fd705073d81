/*
 * netlink_hosts: many addresses set or taken away with one message.
 *
 * The kernel does a whole message's requests before send() returns, and only
 * the last one asks for an answer; each that failed answers too.  So a few
 * hundred addresses take milliseconds, where one by one each costs a turn.
 */
#include "daemon/warden/netlink.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#define TURN_MAX 128          /* requests of one message: what a socket takes */
#define FIRST_SEQ 0x61737361u /* libnl counts from the time of day */

struct request {
	struct nlmsghdr head;
	struct ifaddrmsg address;
	uint8_t attributes[64];
};

struct hosts {
	int fd;
	uint32_t index;
	uint16_t type; /* RTM_NEWADDR, RTM_DELADDR */
	int fine;      /* the error that is none */
};

static void
add_attribute(
    struct request *r, uint16_t type, const void *value, uint16_t size)
{
	struct rtattr a = { .rta_len = (uint16_t)RTA_LENGTH(size),
		.rta_type = type };
	uint8_t *at = (uint8_t *)r + NLMSG_ALIGN(r->head.nlmsg_len);

	memcpy(at, &a, sizeof(a));
	memcpy(at + RTA_LENGTH(0), value, size);
	r->head.nlmsg_len =
	    (uint32_t)(NLMSG_ALIGN(r->head.nlmsg_len) + RTA_ALIGN(a.rta_len));
}

static void
write_request(const struct hosts *h, const struct netlink_address *from,
    struct request *r)
{
	const struct ifa_cacheinfo deprecated = { .ifa_prefered = 0,
		.ifa_valid = UINT32_MAX };
	const uint16_t size = from->family == 4 ? 4 : 16;
	const uint32_t flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE;

	memset(r, 0, sizeof(*r));
	r->head.nlmsg_len = NLMSG_LENGTH(sizeof(r->address));
	r->head.nlmsg_type = h->type;
	r->head.nlmsg_flags = NLM_F_REQUEST;
	if (h->type == RTM_NEWADDR)
		r->head.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	r->address.ifa_family = from->family == 4 ? AF_INET : AF_INET6;
	r->address.ifa_prefixlen = (uint8_t)(8 * size);
	r->address.ifa_index = h->index;
	add_attribute(r, IFA_LOCAL, from->addr, size);
	if (h->type != RTM_NEWADDR || from->family == 4)
		return;
	add_attribute(r, IFA_FLAGS, &flags, sizeof(flags));
	add_attribute(r, IFA_CACHEINFO, &deprecated, sizeof(deprecated));
}

/* What the kernel said to the requests up to seq. */
static int
read_answers(const struct hosts *h, uint32_t last, struct err *e)
{
	static union {
		struct nlmsghdr head; /* for its alignment */
		uint8_t bytes[32768];
	} buffer;
	const struct nlmsgerr *said;
	struct nlmsghdr *m;
	int error = 0;
	ssize_t n;

	for (;;) {
		n = recv(h->fd, buffer.bytes, sizeof(buffer), MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, "addresses: no answer: %s",
			    n == 0 ? "end of file" : strerror(errno));
		for (m = &buffer.head; NLMSG_OK(m, (size_t)n);
		     m = NLMSG_NEXT(m, n)) {
			if (m->nlmsg_type != NLMSG_ERROR)
				continue;
			said = NLMSG_DATA(m);
			if (said->error != 0 && -said->error != h->fine)
				error = -said->error;
			if (m->nlmsg_seq != last)
				continue;
			return error == 0
			    ? 0
			    : err_set(e, "addresses: %s", strerror(error));
		}
	}
}

static int
ask(const struct hosts *h, const struct netlink_address *list, size_t n,
    struct err *e)
{
	static uint8_t all[TURN_MAX * sizeof(struct request)];
	struct request r;
	size_t i, size = 0;
	uint32_t seq = FIRST_SEQ;

	for (i = 0; i < n; i++) {
		write_request(h, &list[i], &r);
		r.head.nlmsg_seq = ++seq;
		if (i == n - 1)
			r.head.nlmsg_flags |= NLM_F_ACK;
		memcpy(all + size, &r, r.head.nlmsg_len);
		size += NLMSG_ALIGN(r.head.nlmsg_len);
	}
	if (send(h->fd, all, size, 0) != (ssize_t)size)
		return err_set(e, "addresses: %s", strerror(errno));
	return read_answers(h, seq, e);
}

static int
ask_all(const struct hosts *h, const struct netlink_address *list, size_t n,
    struct err *e)
{
	size_t turn;

	for (; n > 0; list += turn, n -= turn) {
		turn = n < TURN_MAX ? n : TURN_MAX;
		if (ask(h, list, turn, e) == -1)
			return -1;
	}
	return 0;
}

int
netlink_add_hosts(struct netlink *nl, uint32_t index,
    const struct netlink_address *list, size_t n, struct err *e)
{
	const struct hosts h = { .fd = netlink_fd(nl),
		.index = index,
		.type = RTM_NEWADDR,
		.fine = EEXIST };

	return ask_all(&h, list, n, e);
}

int
netlink_delete_hosts(struct netlink *nl, uint32_t index,
    const struct netlink_address *list, size_t n, struct err *e)
{
	const struct hosts h = { .fd = netlink_fd(nl),
		.index = index,
		.type = RTM_DELADDR,
		.fine = EADDRNOTAVAIL };

	return ask_all(&h, list, n, e);
}
