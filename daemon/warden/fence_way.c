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

/* What is done within the namespace, by a child. */
struct inside {
	const char *interface;
	uint8_t machine[4], inside[4];
};

void
fence_way_name(uint32_t segment, char *out, size_t size)
{
	snprintf(out, size, "assay%u", segment);
}

static int
write_ipv4_conf(
    const char *interface, const char *key, const char *value, struct err *e)
{
	char path[128];
	int fd, r;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", interface,
	    key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	r = write(fd, value, 1) == 1
	    ? 0
	    : err_set(e, "%s: %s", path, strerror(errno));
	close(fd);
	return r;
}

int
fence_way_check(const char *uplink, struct err *e)
{
	char path[128], value = '0';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding",
	    uplink);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_set(e, "uplink %s: %s", uplink, strerror(errno));
	if (read(fd, &value, 1) != 1)
		value = '0';
	close(fd);
	if (value != '1')
		return err_set(e,
		    "uplink %s: this machine does not forward there: sysctl "
		    "net.ipv4.conf.%s.forwarding=1",
		    uplink, uplink);
	return 0;
}

static int
add_address(struct netlink *nl, const char *name, const uint8_t addr[4],
    struct netlink_link *link, struct err *e)
{
	struct netlink_address a;

	memset(&a, 0, sizeof(a));
	a.family = 4;
	a.prefix = WAY_PREFIX;
	a.is_permanent = true;
	memcpy(a.addr, addr, 4);
	if (netlink_get_link(nl, name, 0, link, e) == -1 ||
	    netlink_add_address(nl, link->index, &a, e) == -1)
		return -1;
	return netlink_set_up(nl, link->index, true, e);
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
	if (fds[0] != -1 && write_ipv4_conf("all", "rp_filter", "0", e) == 0 &&
	    write_ipv4_conf(FENCE_LINK, "rp_filter", "0", e) == 0 &&
	    write_ipv4_conf(in->interface, "rp_filter", "0", e) == 0 &&
	    add_address(nl, FENCE_LINK, in->inside, &link, e) == 0 &&
	    netlink_add_default(nl, link.index, in->machine, FENCE_ROUTES, e) ==
		0 &&
	    netlink_add_rule(nl, in->interface, FENCE_ROUTES, e) == 0 &&
	    write_ipv4_conf(FENCE_LINK, "forwarding", "1", e) == 0)
		r = write_ipv4_conf(in->interface, "forwarding", "1", e);
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
	r = write_ipv4_conf(in->interface, "forwarding", "0", e);
	(void)netlink_delete_rule(nl, in->interface, FENCE_ROUTES, &ignored);
	netlink_free(nl);
	return r;
}

static int
open_machine(struct fence_way *way, struct netlink *nl, uint32_t segment,
    int netns, struct err *e)
{
	uint8_t machine[4], inside[4];
	struct netlink_link link;
	char name[16];

	fence_way_name(segment, name, sizeof(name));
	fence_subnet(segment, machine, inside);
	if (netlink_add_cable(nl, name, FENCE_LINK, netns, e) == -1)
		return -1;
	if (netlink_get_link(nl, name, 0, &link, e) == -1)
		return -1;
	way->index = link.index;
	if (add_address(nl, name, machine, &link, e) == -1)
		return -1;
	return write_ipv4_conf(name, "forwarding", "1", e);
}

int
fence_way_open(struct fence_way *way, uint32_t segment, int netns,
    const char *interface, struct err *e)
{
	struct inside in = { .interface = way->interface };
	int fds[SPAWN_INSIDE_FDS_MAX], fd = netlink_open(e), r;
	struct netlink *nl;

	if (fd == -1)
		return -1;
	snprintf(way->interface, sizeof(way->interface), "%s", interface);
	fence_subnet(segment, in.machine, in.inside);
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
	struct inside in = { .interface = way->interface };
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
}
