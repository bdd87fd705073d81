/*
 * impostor_way: how a device's own connections come to a listener of the bench.
 */
#include "daemon/warden/impostor_way.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

#include "base/alloc.h"
#include "daemon/shared/address.h"
#include "daemon/warden/impostor_authority.h"
#include "daemon/warden/nft.h"
#include "daemon/warden/segment_guard.h"
#include "daemon/warden/spawn.h"

#define TABLE "inet assay_impostor"
#define BACKLOG 64

enum {
	FD_LISTENER,
	FD_AUTHORITY,
};

char *
impostor_way_format(const char *interface, const uint8_t mac[6], uint16_t port)
{
	char text[18];

	mac_text(mac, text);
	/* What is for a group, or no first packet, is left as it is. */
	return xasprintf("add table " TABLE "\ndelete table " TABLE "\n"
			 "table " TABLE " {\n"
			 "chain come {\n"
			 "type nat hook prerouting priority -100\n"
			 "iifname \"%s\" ether saddr %s "
			 "tcp flags & (fin | syn | rst | ack) == syn "
			 "redirect to :%u\n"
			 "}\n"
			 "chain enter {\n"
			 "type filter hook input priority 0\n"
			 "tcp dport %u ct status & dnat == 0 drop\n"
			 "}\n"
			 "}\n",
	    interface, text, port, port);
}

/* ---- within the namespace ---- */

/* Empties the table of connections.  A kernel that cannot has an older one go
 * on as it was, which comes to nobody here: no harm is done. */
static void
forget_connections(void)
{
	struct {
		struct nlmsghdr h;
		struct nfgenmsg g;
	} m;
	char answer[512];
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd == -1)
		return;
	memset(&m, 0, sizeof(m));
	m.h.nlmsg_len = sizeof(m);
	m.h.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m.g.version = NFNETLINK_V0;
	if (send(fd, &m, sizeof(m), 0) == (ssize_t)sizeof(m))
		(void)recv(fd, answer, sizeof(answer), 0);
	close(fd);
}

/* The guard's mark goes on to each connection: nobody but the device is sent
 * a frame of one. */
static int
open_listener(struct err *e)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	const uint32_t mark = SEGMENT_GUARD_MARK;
	const int off = 0;
	int fd;

	fd = socket(
	    AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	if (fd != -1 &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == 0 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0 &&
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	err_set(e, "listener: %s", strerror(errno));
	if (fd != -1)
		close(fd);
	return -1;
}

static int
begin_inside(void *arg, int *fds, struct err *e)
{
	forget_connections();
	fds[FD_AUTHORITY] = impostor_authority_open(arg, e);
	if (fds[FD_AUTHORITY] == -1)
		return -1;
	fds[FD_LISTENER] = open_listener(e);
	return fds[FD_LISTENER] == -1 ? -1 : 0;
}

static int
end_inside(void *arg, int *fds, struct err *e)
{
	(void)arg;
	(void)fds;
	(void)e;
	forget_connections();
	return 0;
}

/* ---- */

static int
set_rules(int netns, const char *interface, const uint8_t mac[6], int listener,
    struct err *e)
{
	struct sockaddr_in6 in6 = { .sin6_port = 0 };
	socklen_t size = sizeof(in6);
	char *text;
	int r;

	if (getsockname(listener, (struct sockaddr *)&in6, &size) == -1)
		return err_set(e, "listener: %s", strerror(errno));
	text = impostor_way_format(interface, mac, ntohs(in6.sin6_port));
	r = nft_set(netns, text, e);
	free(text);
	return r;
}

int
impostor_way_open(struct impostor_way *way, int netns, const char *interface,
    const uint8_t mac[6], const char *keys, struct err *e)
{
	int fds[SPAWN_INSIDE_FDS_MAX];
	char *directory = xstrdup(keys);
	int r = spawn_inside(netns, begin_inside, directory, fds, e);

	free(directory);
	if (r == -1)
		return -1;
	way->listener = fds[FD_LISTENER];
	way->authority = fds[FD_AUTHORITY];
	if (set_rules(netns, interface, mac, way->listener, e) == 0)
		return 0;
	close(way->listener);
	close(way->authority);
	return -1;
}

int
impostor_way_shut(int netns, struct err *e)
{
	int fds[SPAWN_INSIDE_FDS_MAX];

	if (nft_set(netns, "add table " TABLE "\ndelete table " TABLE "\n",
		e) == -1)
		return -1;
	return spawn_inside(netns, end_inside, NULL, fds, e);
}
