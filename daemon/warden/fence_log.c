/*
 * fence_log: the socket on which the kernel tells of packets that a rule logs.
 */
#include "daemon/warden/fence_log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#define COPY_SIZE 96 /* an IPv4 header at its longest, and the ports */
#define BUFFER_SIZE (1 << 20)

struct request {
	struct nlmsghdr h;
	struct nfgenmsg g;
	uint8_t attributes[96];
};

static void
add(struct request *q, uint16_t type, const void *p, size_t size)
{
	struct nlattr *a = (void *)((uint8_t *)q + q->h.nlmsg_len);

	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((uint8_t *)a + NLA_HDRLEN, p, size);
	q->h.nlmsg_len += NLA_ALIGN(a->nla_len);
}

static int
ask(int fd, struct request *q)
{
	union {
		struct nlmsghdr h;
		uint8_t bytes[512];
	} answer;
	const struct nlmsgerr *result;
	ssize_t n;

	if (send(fd, q, q->h.nlmsg_len, 0) == -1)
		return errno;
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n == -1)
		return errno;
	if (!NLMSG_OK(&answer.h, (size_t)n) ||
	    answer.h.nlmsg_type != NLMSG_ERROR)
		return EPROTO;
	result = NLMSG_DATA(&answer.h);
	return -result->error;
}

int
fence_log_open(uint16_t group, struct err *e)
{
	const struct nfulnl_msg_config_cmd bind_it = { NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode copy = {
		.copy_range = htonl(COPY_SIZE),
		.copy_mode = NFULNL_COPY_PACKET,
	};
	const uint32_t at_once = htonl(1);
	const uint16_t counted = htons(NFULNL_CFG_F_SEQ);
	const int size = BUFFER_SIZE;
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	struct request q;
	int fd, r;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1) {
		r = errno;
	} else {
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		memset(&q, 0, sizeof(q));
		q.h.nlmsg_len = NLMSG_LENGTH(sizeof(q.g));
		q.h.nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
		q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		q.g.res_id = htons(group);
		add(&q, NFULA_CFG_CMD, &bind_it, sizeof(bind_it));
		add(&q, NFULA_CFG_MODE, &copy, sizeof(copy));
		add(&q, NFULA_CFG_QTHRESH, &at_once, sizeof(at_once));
		add(&q, NFULA_CFG_FLAGS, &counted, sizeof(counted));
		r = ask(fd, &q);
	}
	if (r == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return err_set(e, "log of flows: %s", strerror(r));
}
