/*
 * fence_way: the cable of an open fence, and who may take it.
 */
#include "daemon/warden/fence_way.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/warden/fence.h"
#include "daemon/warden/fence_log.h"
#include "daemon/warden/netlink.h"
#include "daemon/warden/nft.h"
#include "daemon/warden/spawn.h"

#define WAY_PREFIX 30
#define WAY_PREFIX_SIX 126
#define ADDRESSES_MAX 64

/* What is done within the namespace, by a child. */
struct inside {
	const char *interface;
	struct fence_subnet net;
	bool has_six;
};

void
fence_way_name(uint32_t segment, char *out, size_t size)
{
	snprintf(out, size, "assay%u", segment);
}

static int
write_conf(uint8_t family, const char *interface, const char *key,
    const char *value, struct err *e)
{
	char path[128];
	int fd, r;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%u/conf/%s/%s", family,
	    interface, key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	r = write(fd, value, 1) == 1
	    ? 0
	    : err_set(e, "%s: %s", path, strerror(errno));
	close(fd);
	return r;
}

static int
read_conf(uint8_t family, const char *interface, const char *key, char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%u/conf/%s/%s", family,
	    interface, key);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (read(fd, value, 1) != 1)
		*value = '?';
	close(fd);
	return 0;
}

int
fence_way_check(const char *uplink, struct err *e)
{
	char value;

	if (read_conf(4, uplink, "forwarding", &value) == -1)
		return err_set(e, "uplink %s: %s", uplink, strerror(errno));
	if (value != '1')
		return err_set(e,
		    "uplink %s: this machine does not forward there: sysctl "
		    "net.ipv4.conf.%s.forwarding=1",
		    uplink, uplink);
	return 0;
}

/* RFC 4291 section 2.4: neither unspecified, loopback, nor of one link. */
static bool
leads_on(const struct netlink_address *a)
{
	static const uint8_t none[15];

	return a->family == 6 && memcmp(a->addr, none, 15) != 0 &&
	    a->addr[0] != 0xff &&
	    !(a->addr[0] == 0xfe && (a->addr[1] & 0xc0) == 0x80);
}

static int
check_address(struct netlink *nl, const char *uplink, struct err *e)
{
	struct netlink_address list[ADDRESSES_MAX];
	struct netlink_link link;
	size_t i, n;

	if (netlink_get_link(nl, uplink, 0, &link, e) == -1 ||
	    netlink_get_addresses(nl, link.index, list, ADDRESSES_MAX, &n, e) ==
		-1)
		return -1;
	for (i = 0; i < n; i++)
		if (leads_on(&list[i]))
			return 0;
	return err_set(e, "uplink %s has no IPv6 address", uplink);
}

int
fence_way_check_six(const char *uplink, struct err *e)
{
	struct netlink *nl;
	char value;
	int fd, r;

	/* The kernel asks "all" of IPv6 whether it forwards. */
	if (read_conf(6, "all", "forwarding", &value) == -1)
		return err_set(e, "this machine has no IPv6");
	if (value != '1')
		return err_set(e,
		    "this machine does not forward IPv6: sysctl "
		    "net.ipv6.conf.all.forwarding=1");
	if (read_conf(6, "default", "disable_ipv6", &value) == -1 ||
	    value != '0')
		return err_set(
		    e, "net.ipv6.conf.default.disable_ipv6 is set here");
	fd = netlink_open(e);
	if (fd == -1)
		return -1;
	nl = netlink_new(fd);
	r = check_address(nl, uplink, e);
	netlink_free(nl);
	return r;
}

static struct netlink_address
address_of(uint8_t family, const uint8_t *addr)
{
	struct netlink_address a;

	memset(&a, 0, sizeof(a));
	a.family = family;
	a.prefix = family == 4 ? WAY_PREFIX : WAY_PREFIX_SIX;
	a.is_permanent = true;
	memcpy(a.addr, addr, family == 4 ? 4 : 16);
	return a;
}

/* six: NULL when there is no way by IPv6. */
static int
add_addresses(struct netlink *nl, const char *name, const uint8_t *four,
    const uint8_t *six, struct netlink_link *link, struct err *e)
{
	struct netlink_address a = address_of(4, four);

	if (netlink_get_link(nl, name, 0, link, e) == -1 ||
	    netlink_add_address(nl, link->index, &a, e) == -1)
		return -1;
	if (six != NULL) {
		a = address_of(6, six);
		if (netlink_add_address(nl, link->index, &a, e) == -1)
			return -1;
	}
	return netlink_set_up(nl, link->index, true, e);
}

/* What comes in from the device, and nothing else, goes out by the way. */
static int
add_way(struct netlink *nl, const char *interface, uint32_t index,
    uint8_t family, const uint8_t *machine, struct err *e)
{
	struct netlink_address gateway = address_of(family, machine);

	if (netlink_add_default(nl, index, &gateway, FENCE_ROUTES, e) == -1)
		return -1;
	return netlink_add_rule(nl, interface, family, FENCE_ROUTES, e);
}

/* The kernel asks each interface for IPv4, and "all" for IPv6. */
static int
forward(const struct inside *in, struct err *e)
{
	if (write_conf(4, FENCE_LINK, "forwarding", "1", e) == -1 ||
	    write_conf(4, in->interface, "forwarding", "1", e) == -1)
		return -1;
	return in->has_six ? write_conf(6, "all", "forwarding", "1", e) : 0;
}

static int
open_inside(void *arg, int *fds, struct err *e)
{
	const struct inside *in = arg;
	struct netlink_link link;
	struct netlink *nl;
	int fd = netlink_open(e), r = -1;

	if (fd == -1)
		return -1;
	nl = netlink_new(fd);
	fds[0] = fence_log_open(FENCE_LOG_GROUP, e);
	/* The reverse path goes by another table than the kernel would ask. */
	if (fds[0] != -1 && write_conf(4, "all", "rp_filter", "0", e) == 0 &&
	    write_conf(4, FENCE_LINK, "rp_filter", "0", e) == 0 &&
	    write_conf(4, in->interface, "rp_filter", "0", e) == 0 &&
	    add_addresses(nl, FENCE_LINK, in->net.inside,
		in->has_six ? in->net.inside_six : NULL, &link, e) == 0 &&
	    add_way(nl, in->interface, link.index, 4, in->net.machine, e) ==
		0 &&
	    (!in->has_six ||
		add_way(nl, in->interface, link.index, 6, in->net.machine_six,
		    e) == 0))
		r = forward(in, e);
	netlink_free(nl);
	return r;
}

/* All of it is tried: what is not there any more is fine. */
static int
shut_inside(void *arg, int *fds, struct err *e)
{
	const struct inside *in = arg;
	struct err ignored;
	struct netlink *nl;
	int fd = netlink_open(e), r;

	(void)fds;
	if (fd == -1)
		return -1;
	nl = netlink_new(fd);
	r = write_conf(4, in->interface, "forwarding", "0", e);
	(void)netlink_delete_rule(nl, in->interface, 4, FENCE_ROUTES, &ignored);
	if (in->has_six) {
		if (write_conf(6, "all", "forwarding", "0", e) == -1)
			r = -1;
		(void)netlink_delete_rule(
		    nl, in->interface, 6, FENCE_ROUTES, &ignored);
	}
	netlink_free(nl);
	return r;
}

static int
open_machine(struct fence_way *way, struct netlink *nl, uint32_t segment,
    int netns, struct err *e)
{
	struct fence_subnet net;
	struct netlink_link link;
	char name[16];

	fence_way_name(segment, name, sizeof(name));
	fence_subnet(segment, &net);
	if (netlink_add_cable(nl, name, FENCE_LINK, netns, e) == -1)
		return -1;
	if (netlink_get_link(nl, name, 0, &link, e) == -1)
		return -1;
	way->index = link.index;
	if (add_addresses(nl, name, net.machine,
		way->has_six ? net.machine_six : NULL, &link, e) == -1)
		return -1;
	return write_conf(4, name, "forwarding", "1", e);
}

int
fence_way_open(struct fence_way *way, uint32_t segment, int netns,
    const struct fence *rules, struct err *e)
{
	struct inside in = { .interface = way->interface,
		.has_six = rules->has_six };
	int fds[SPAWN_INSIDE_FDS_MAX], fd = netlink_open(e), r;
	struct netlink *nl;

	if (fd == -1)
		return -1;
	snprintf(
	    way->interface, sizeof(way->interface), "%s", rules->interface);
	way->has_six = rules->has_six;
	fence_subnet(segment, &in.net);
	nl = netlink_new(fd);
	r = open_machine(way, nl, segment, netns, e);
	netlink_free(nl);
	if (r == 0)
		r = spawn_inside(netns, open_inside, &in, fds, e);
	if (r == 0)
		way->log_fd = fds[0];
	return r;
}

void
fence_way_shut(struct fence_way *way, int netns)
{
	struct inside in = { .interface = way->interface,
		.has_six = way->has_six };
	int fds[SPAWN_INSIDE_FDS_MAX], fd;
	struct netlink *nl;
	struct err e;

	if (way->index != 0) {
		if (spawn_inside(netns, shut_inside, &in, fds, &e) == -1)
			log_error("%s: %s", way->interface, e.text);
		fd = netlink_open(&e);
		nl = fd == -1 ? NULL : netlink_new(fd);
		if (nl != NULL)
			(void)netlink_delete_link(nl, way->index, &e);
		netlink_free(nl);
	}
	if (way->has_rules &&
	    nft_set(netns, "delete table inet assay_fence\n", &e) == -1)
		log_error("%s: %s", way->interface, e.text);
	if (way->log_fd != -1)
		close(way->log_fd);
	way->index = 0;
	way->log_fd = -1;
	way->has_rules = false;
	way->has_six = false;
}
