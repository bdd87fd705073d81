/*
 * netlink: one network namespace's interfaces and addresses, asked and set.
 */
#include "daemon/warden/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/warden/netlink_socket.h"

struct netlink {
	struct nl_sock *socket;
};

static int
open_socket(uint32_t groups, int flags, struct err *e)
{
	struct sockaddr_nl sa;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
	if (fd == -1)
		return err_set(e, "netlink: %s", strerror(errno));
	memset(&sa, 0, sizeof(sa));
	sa.nl_family = AF_NETLINK;
	sa.nl_groups = groups;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1) {
		err_set(e, "netlink: %s", strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

int
netlink_open(struct err *e)
{
	return open_socket(0, 0, e);
}

int
netlink_open_monitor(struct err *e)
{
	return open_socket(RTMGRP_LINK, SOCK_NONBLOCK, e);
}

bool
netlink_drain_monitor(int fd)
{
	static uint8_t buffer[32768];
	bool changed = false;
	ssize_t n;

	for (;;) {
		n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == ENOBUFS) { /* events were lost */
			changed = true;
			continue;
		}
		if (n <= 0)
			return changed;
		changed = true;
	}
}

struct netlink *
netlink_new(int fd)
{
	struct netlink *nl = xcalloc(1, sizeof(*nl));

	nl->socket = nl_socket_alloc();
	if (nl->socket == NULL ||
	    nl_socket_set_fd(nl->socket, NETLINK_ROUTE, fd) < 0)
		fatal("netlink: cannot use a socket");
	return nl;
}

struct nl_sock *
netlink_socket(struct netlink *nl)
{
	return nl->socket;
}

void
netlink_free(struct netlink *nl)
{
	if (nl == NULL)
		return;
	nl_socket_free(nl->socket); /* closes the descriptor */
	free(nl);
}

int
netlink_fd(const struct netlink *nl)
{
	return nl_socket_get_fd(nl->socket);
}

int
netlink_get_link(struct netlink *nl, const char *name, uint32_t index,
    struct netlink_link *link, struct err *e)
{
	struct rtnl_link *l;
	struct nl_addr *mac;
	const char *text;
	int r;

	memset(link, 0, sizeof(*link));
	r = rtnl_link_get_kernel(
	    nl->socket, name != NULL ? 0 : (int)index, name, &l);
	if (r == -NLE_NODEV || r == -NLE_OBJ_NOTFOUND)
		return err_set(e, "no such interface");
	if (r < 0)
		return err_set(e, "%s", nl_geterror(r));
	link->index = (uint32_t)rtnl_link_get_ifindex(l);
	text = rtnl_link_get_name(l);
	if (text != NULL)
		memcpy(link->name, text, strnlen(text, sizeof(link->name) - 1));
	text = rtnl_link_get_type(l);
	if (text != NULL)
		memcpy(link->kind, text, strnlen(text, sizeof(link->kind) - 1));
	mac = rtnl_link_get_addr(l);
	if (mac != NULL && nl_addr_get_len(mac) == sizeof(link->mac))
		memcpy(
		    link->mac, nl_addr_get_binary_addr(mac), sizeof(link->mac));
	link->mtu = rtnl_link_get_mtu(l);
	link->master = (uint32_t)rtnl_link_get_master(l);
	link->is_up = (rtnl_link_get_flags(l) & IFF_UP) != 0;
	link->is_loopback = (rtnl_link_get_flags(l) & IFF_LOOPBACK) != 0;
	rtnl_link_put(l);
	return 0;
}

static bool
is_default_through(struct rtnl_route *route, uint32_t index)
{
	struct nl_addr *to = rtnl_route_get_dst(route);
	int i, n = rtnl_route_get_nnexthops(route);
	struct rtnl_nexthop *hop;

	if (rtnl_route_get_type(route) != RTN_UNICAST ||
	    (to != NULL && nl_addr_get_prefixlen(to) != 0))
		return false;
	for (i = 0; i < n; i++) {
		hop = rtnl_route_nexthop_n(route, i);
		if ((uint32_t)rtnl_route_nh_get_ifindex(hop) == index)
			return true;
	}
	return false;
}

int
netlink_has_default_route(
    struct netlink *nl, uint32_t index, bool *yes, struct err *e)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct nl_cache *cache;
	struct nl_object *o;
	size_t i;
	int r;

	*yes = false;
	for (i = 0; i < sizeof(families) / sizeof(*families); i++) {
		r = rtnl_route_alloc_cache(nl->socket, families[i], 0, &cache);
		if (r < 0)
			return err_set(e, "routes: %s", nl_geterror(r));
		for (o = nl_cache_get_first(cache); o != NULL;
		     o = nl_cache_get_next(o))
			if (is_default_through((struct rtnl_route *)o, index))
				*yes = true;
		nl_cache_free(cache);
	}
	return 0;
}

int
netlink_get_addresses(struct netlink *nl, uint32_t index,
    struct netlink_address *list, size_t max, size_t *n, struct err *e)
{
	struct nl_cache *cache;
	struct nl_object *o;
	struct rtnl_addr *a;
	struct nl_addr *local;
	struct netlink_address *to;
	int r;

	*n = 0;
	r = rtnl_addr_alloc_cache(nl->socket, &cache);
	if (r < 0)
		return err_set(e, "addresses: %s", nl_geterror(r));
	for (o = nl_cache_get_first(cache); o != NULL && *n < max;
	     o = nl_cache_get_next(o)) {
		a = (struct rtnl_addr *)o;
		local = rtnl_addr_get_local(a);
		if ((uint32_t)rtnl_addr_get_ifindex(a) != index ||
		    local == NULL || nl_addr_get_len(local) > 16)
			continue;
		to = &list[(*n)++];
		memset(to, 0, sizeof(*to));
		to->family = rtnl_addr_get_family(a) == AF_INET ? 4 : 6;
		memcpy(to->addr, nl_addr_get_binary_addr(local),
		    nl_addr_get_len(local));
		to->prefix = (uint8_t)rtnl_addr_get_prefixlen(a);
		to->is_permanent =
		    (rtnl_addr_get_flags(a) & IFA_F_PERMANENT) != 0;
	}
	nl_cache_free(cache);
	return 0;
}

/* With a prefix shorter than the address, the kernel would not know where
 * the subnet's broadcasts go unless it is told. */
static void
set_broadcast(struct rtnl_addr *a, const struct netlink_address *from)
{
	uint8_t b[4];
	struct nl_addr *nla;
	unsigned i;

	if (from->family != 4 || from->prefix > 30)
		return;
	memcpy(b, from->addr, sizeof(b));
	for (i = from->prefix; i < 32; i++)
		b[i / 8] |= (uint8_t)(0x80u >> i % 8);
	nla = nl_addr_build(AF_INET, b, sizeof(b));
	if (nla == NULL)
		fatal("netlink: out of memory");
	rtnl_addr_set_broadcast(a, nla);
	nl_addr_put(nla);
}

int
netlink_add_address(struct netlink *nl, uint32_t index,
    const struct netlink_address *from, struct err *e)
{
	struct rtnl_addr *a = rtnl_addr_alloc();
	struct nl_addr *local;
	int r;

	local = nl_addr_build(from->family == 4 ? AF_INET : AF_INET6,
	    from->addr, from->family == 4 ? 4 : 16);
	if (a == NULL || local == NULL)
		fatal("netlink: out of memory");
	nl_addr_set_prefixlen(local, from->prefix);
	rtnl_addr_set_ifindex(a, (int)index);
	r = rtnl_addr_set_local(a, local);
	set_broadcast(a, from);
	if (from->family == 6)
		rtnl_addr_set_flags(a, IFA_F_NODAD);
	if (r == 0)
		r = rtnl_addr_add(nl->socket, a, 0);
	nl_addr_put(local);
	rtnl_addr_put(a);
	if (r < 0 && r != -NLE_EXIST)
		return err_set(e, "address: %s", nl_geterror(r));
	return 0;
}

/* Asks the kernel to make the interface with this index as `change` says;
 * takes over change. */
static int
change_link(struct netlink *nl, uint32_t index, struct rtnl_link *change,
    const char *what, struct err *e)
{
	struct rtnl_link *is = rtnl_link_alloc();
	int r;

	if (is == NULL || change == NULL)
		fatal("netlink: out of memory");
	rtnl_link_set_ifindex(is, (int)index);
	r = rtnl_link_change(nl->socket, is, change, 0);
	rtnl_link_put(is);
	rtnl_link_put(change);
	if (r < 0)
		return err_set(e, "%s: %s", what, nl_geterror(r));
	return 0;
}

int
netlink_set_up(struct netlink *nl, uint32_t index, bool up, struct err *e)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change != NULL && up)
		rtnl_link_set_flags(change, IFF_UP);
	else if (change != NULL)
		rtnl_link_unset_flags(change, IFF_UP);
	return change_link(nl, index, change, "interface up or down", e);
}

int
netlink_set_mtu(struct netlink *nl, uint32_t index, uint32_t mtu, struct err *e)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change != NULL)
		rtnl_link_set_mtu(change, mtu);
	return change_link(nl, index, change, "mtu", e);
}

int
netlink_move(struct netlink *nl, uint32_t index, int netns, struct err *e)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change != NULL)
		rtnl_link_set_ns_fd(change, netns);
	return change_link(nl, index, change, "move to the namespace", e);
}
