/*
 * netlink: one network namespace's interfaces and addresses, asked and set.
 *
 * A thin layer on libnl-route that blocks for one answer of the kernel.  The
 * socket belongs to the namespace it was made in, wherever the process is:
 * a helper opens it inside, and the warden uses it from outside.
 */
#ifndef ASSAY_NETLINK_H
#define ASSAY_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct netlink;

struct netlink_link {
	uint32_t index;
	char name[16];
	char kind[16];   /* "veth", "bridge" …; "": hardware */
	uint8_t mac[6];  /* zero if it has none of this size */
	uint32_t mtu;    /* bytes */
	uint32_t master; /* index of its bridge or bond; 0: none */
	bool is_up;      /* administratively */
	bool is_loopback;
};

struct netlink_address {
	uint8_t family; /* 4, 6 */
	uint8_t addr[16];
	uint8_t prefix;    /* bits */
	bool is_permanent; /* not from DHCP or a router */
};

/* An unconnected routing socket of this process's namespace, and one that
 * hears of links (readable when something changed).  -1 with *e. */
int netlink_open(struct err *e);
int netlink_open_monitor(struct err *e);
/* Reads all there is. True if any link changed or events were lost. */
bool netlink_drain_monitor(int fd);

/* Takes over fd (from netlink_open). */
struct netlink *netlink_new(int fd);
void netlink_free(struct netlink *nl);    /* NULL is fine */
int netlink_fd(const struct netlink *nl); /* borrowed; netlink_hosts.c's */

/* By name, or by index when name is NULL.  0; or -1 with *e: "no such
 * interface". */
int netlink_get_link(struct netlink *nl, const char *name, uint32_t index,
    struct netlink_link *link, struct err *e);
/* Carries a default route of the namespace, v4 or v6, in any table: *yes. */
int netlink_has_default_route(
    struct netlink *nl, uint32_t index, bool *yes, struct err *e);
/* At most max; *n: how many. */
int netlink_get_addresses(struct netlink *nl, uint32_t index,
    struct netlink_address *list, size_t max, size_t *n, struct err *e);

/* Adds with no duplicate detection; one that is there already is fine. */
int netlink_add_address(struct netlink *nl, uint32_t index,
    const struct netlink_address *from, struct err *e);
/* Many host addresses at once (one message to the kernel): their prefix is the
 * whole address, so no route comes with them, and they are deprecated (RFC 4862
 * section 5.5.4), so that nothing speaks from them unless it asks to.  Ones
 * that are there already, or are gone, are fine.  -1: some may be there. */
int netlink_add_hosts(struct netlink *nl, uint32_t index,
    const struct netlink_address *list, size_t n, struct err *e);
int netlink_delete_hosts(struct netlink *nl, uint32_t index,
    const struct netlink_address *list, size_t n, struct err *e);
int netlink_set_up(struct netlink *nl, uint32_t index, bool up, struct err *e);
int netlink_set_mtu(
    struct netlink *nl, uint32_t index, uint32_t mtu, struct err *e);
/* Moves the interface to the namespace that netns is open on. */
int netlink_move(struct netlink *nl, uint32_t index, int netns, struct err *e);

/* A veth pair: name here, peer in the namespace that netns is open on. */
int netlink_add_cable(struct netlink *nl, const char *name, const char *peer,
    int netns, struct err *e);
int netlink_delete_link(struct netlink *nl, uint32_t index, struct err *e);
/* A default route of the gateway's family in a table of its own, and what comes
 * in by this interface looks there.  A rule that is there already is fine. */
int netlink_add_default(struct netlink *nl, uint32_t index,
    const struct netlink_address *gateway, uint32_t table, struct err *e);
int netlink_add_rule(struct netlink *nl, const char *interface, uint8_t family,
    uint32_t table, struct err *e);
int netlink_delete_rule(struct netlink *nl, const char *interface,
    uint8_t family, uint32_t table, struct err *e);

#endif
