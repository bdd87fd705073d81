/*
 * netlink: a way from one namespace to another, and who takes it.
 */
#include "daemon/warden/netlink.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <netlink/route/rule.h>

#include "base/log.h"
#include "daemon/warden/netlink_socket.h"

int
netlink_add_cable(struct netlink *nl, const char *name, const char *peer,
    int netns, struct err *e)
{
	struct rtnl_link *link = rtnl_link_veth_alloc(), *end;
	int r;

	if (link == NULL)
		fatal("netlink: out of memory");
	rtnl_link_set_name(link, name);
	end = rtnl_link_veth_get_peer(link);
	rtnl_link_set_name(end, peer);
	rtnl_link_set_ns_fd(end, netns);
	rtnl_link_put(end);
	r = rtnl_link_add(netlink_socket(nl), link, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(link);
	return r < 0 ? err_set(e, "%s: %s", name, nl_geterror(r)) : 0;
}

int
netlink_delete_link(struct netlink *nl, uint32_t index, struct err *e)
{
	struct rtnl_link *link = rtnl_link_alloc();
	int r;

	if (link == NULL)
		fatal("netlink: out of memory");
	rtnl_link_set_ifindex(link, (int)index);
	r = rtnl_link_delete(netlink_socket(nl), link);
	rtnl_link_put(link);
	return r < 0 ? err_set(e, "interface: %s", nl_geterror(r)) : 0;
}

int
netlink_add_default(struct netlink *nl, uint32_t index,
    const struct netlink_address *gateway, uint32_t table, struct err *e)
{
	static const uint8_t any[16];
	const uint8_t family = gateway->family == 4 ? AF_INET : AF_INET6;
	const size_t size = gateway->family == 4 ? 4 : 16;
	struct rtnl_route *route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *to = nl_addr_build(family, any, size),
		       *by = nl_addr_build(family, gateway->addr, size);
	int r;

	if (route == NULL || hop == NULL || to == NULL || by == NULL)
		fatal("netlink: out of memory");
	nl_addr_set_prefixlen(to, 0);
	rtnl_route_set_family(route, family);
	rtnl_route_set_table(route, table);
	rtnl_route_set_dst(route, to);
	rtnl_route_nh_set_ifindex(hop, (int)index);
	rtnl_route_nh_set_gateway(hop, by);
	rtnl_route_add_nexthop(route, hop);
	r = rtnl_route_add(netlink_socket(nl), route, 0);
	rtnl_route_put(route);
	nl_addr_put(to);
	nl_addr_put(by);
	return r < 0 ? err_set(e, "route: %s", nl_geterror(r)) : 0;
}

static struct rtnl_rule *
rule_of(const char *interface, uint8_t family, uint32_t table)
{
	struct rtnl_rule *rule = rtnl_rule_alloc();

	if (rule == NULL)
		fatal("netlink: out of memory");
	rtnl_rule_set_family(rule, family == 4 ? AF_INET : AF_INET6);
	rtnl_rule_set_table(rule, table);
	rtnl_rule_set_action(rule, FR_ACT_TO_TBL);
	rtnl_rule_set_iif(rule, interface);
	return rule;
}

int
netlink_add_rule(struct netlink *nl, const char *interface, uint8_t family,
    uint32_t table, struct err *e)
{
	struct rtnl_rule *rule = rule_of(interface, family, table);
	int r;

	r = rtnl_rule_add(netlink_socket(nl), rule, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_rule_put(rule);
	return r < 0 && r != -NLE_EXIST ? err_set(e, "rule: %s", nl_geterror(r))
					: 0;
}

int
netlink_delete_rule(struct netlink *nl, const char *interface, uint8_t family,
    uint32_t table, struct err *e)
{
	struct rtnl_rule *rule = rule_of(interface, family, table);
	int r;

	r = rtnl_rule_delete(netlink_socket(nl), rule, 0);
	rtnl_rule_put(rule);
	return r < 0 ? err_set(e, "rule: %s", nl_geterror(r)) : 0;
}
