/*
 * segment: one interface in a network namespace of its own.
 */
#include "daemon/warden/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/warden/segment_inside.h"
#include "daemon/warden/segment_state.h"
#include "daemon/warden/spawn.h"

struct segment {
	const struct conf_segment *conf;
	const char *state_dir;
	struct segment_state before; /* as the machine had it */
	struct netlink_link link;    /* as it is inside */
	int netns, monitor, ioctl_fd;
	struct netlink *inside;
	struct netlink_address own[SEGMENT_ADDRESSES_MAX];
	size_t nown;
	struct netlink_address watch[CONF_ADDRESSES_MAX];
	size_t nwatch;
};

/* The machine's own side of things, for as long as one step takes. */
struct machine {
	struct netlink *nl;
	int ioctl_fd, netns;
};

static void
machine_close(struct machine *m)
{
	netlink_free(m->nl);
	if (m->ioctl_fd != -1)
		close(m->ioctl_fd);
	if (m->netns != -1)
		close(m->netns);
}

static int
machine_open(struct machine *m, struct err *e)
{
	int fd = netlink_open(e);

	m->nl = NULL;
	m->ioctl_fd = -1;
	m->netns = -1;
	if (fd == -1)
		return -1;
	m->nl = netlink_new(fd);
	m->ioctl_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	m->netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (m->ioctl_fd == -1 || m->netns == -1) {
		err_set(e, "own namespace: %s", strerror(errno));
		machine_close(m);
		return -1;
	}
	return 0;
}

static int
refuse_unfit(struct machine *m, const char *interface, struct err *e)
{
	struct netlink_link link;
	bool yes;

	if (netlink_get_link(m->nl, interface, 0, &link, e) == -1)
		return err_prefix(e, "%s", interface);
	if (link.is_loopback)
		return err_set(e, "%s: it is the loopback", interface);
	if (strcmp(link.kind, "bridge") == 0)
		return err_set(e, "%s: it is a bridge", interface);
	if (link.master != 0)
		return err_set(
		    e, "%s: it is a port of a bridge or a bond", interface);
	if (netlink_has_default_route(m->nl, link.index, &yes, e) == -1)
		return err_prefix(e, "%s", interface);
	if (yes)
		return err_set(e, "%s: it carries this machine's default route",
		    interface);
	return 0;
}

static int
make_namespace(struct segment *s, struct err *e)
{
	int fds[SPAWN_INSIDE_FDS_MAX];

	if (spawn_inside(-1, segment_inside_prepare, NULL, fds, e) == -1)
		return -1;
	s->netns = fds[SEGMENT_INSIDE_NETNS];
	s->monitor = fds[SEGMENT_INSIDE_MONITOR];
	s->ioctl_fd = fds[SEGMENT_INSIDE_IOCTL];
	s->inside = netlink_new(fds[SEGMENT_INSIDE_NETLINK]);
	return 0;
}

/* RFC 4291 appendix A: the link-local address that the MAC gives. */
static void
link_local(const uint8_t mac[6], struct netlink_address *a)
{
	memset(a, 0, sizeof(*a));
	a->family = 6;
	a->prefix = 64;
	a->is_permanent = true;
	a->addr[0] = 0xfe;
	a->addr[1] = 0x80;
	a->addr[8] = mac[0] ^ 0x02;
	a->addr[9] = mac[1];
	a->addr[10] = mac[2];
	a->addr[11] = 0xff;
	a->addr[12] = 0xfe;
	a->addr[13] = mac[3];
	a->addr[14] = mac[4];
	a->addr[15] = mac[5];
}

static void
list_addresses(struct segment *s)
{
	const struct conf_address *c;
	struct netlink_address *a;
	size_t i, j;

	for (i = 0; i < s->conf->naddresses; i++) {
		c = &s->conf->addresses[i];
		a = &s->own[s->nown++];
		memset(a, 0, sizeof(*a));
		a->family = c->family;
		memcpy(a->addr, c->addr, sizeof(a->addr));
		a->prefix = c->prefix;
		a->is_permanent = true;
		s->watch[s->nwatch] = *a;
		j = a->family == 4 ? 4 : 16;
		while (j-- > 0) {
			s->watch[s->nwatch].addr[j]++;
			if (s->watch[s->nwatch].addr[j] != 0)
				break;
		}
		s->nwatch++;
	}
	link_local(s->link.mac, &s->own[s->nown++]);
}

static int
set_up_inside(struct segment *s, struct err *e)
{
	struct netlink_link lo;
	char left[128];
	size_t i;

	if (netlink_get_link(s->inside, "lo", 0, &lo, e) == -1 ||
	    netlink_set_up(s->inside, lo.index, true, e) == -1 ||
	    netlink_get_link(s->inside, s->conf->interface, 0, &s->link, e) ==
		-1)
		return -1;
	if (segment_offload_disable(
		s->ioctl_fd, s->link.name, left, sizeof(left)) != 0)
		log_warn("segment %s: %s keeps these offloads: %s",
		    s->conf->name, s->link.name, left);
	list_addresses(s);
	if (netlink_set_up(s->inside, s->link.index, true, e) == -1)
		return -1;
	for (i = 0; i < s->nown; i++)
		if (netlink_add_address(
			s->inside, s->link.index, &s->own[i], e) == -1)
			return -1;
	for (i = 0; i < s->nwatch; i++)
		if (netlink_add_address(
			s->inside, s->link.index, &s->watch[i], e) == -1)
			return -1;
	return netlink_get_link(s->inside, NULL, s->link.index, &s->link, e);
}

static void
give_back(struct segment *s, struct machine *m)
{
	const char *interface = s->conf->interface;
	struct netlink_link now;
	struct err e;

	/* One whose other end was taken away is no more: nothing is owed,
	 * unless it is hardware, which may come back when it is plugged in. */
	if (netlink_get_link(s->inside, NULL, s->link.index, &now, &e) == -1) {
		if (s->before.link.kind[0] != '\0')
			segment_state_remove(s->state_dir, interface);
		return;
	}
	if (netlink_move(s->inside, now.index, m->netns, &e) == -1 ||
	    netlink_get_link(m->nl, interface, 0, &now, &e) == -1 ||
	    segment_state_restore(m->nl, m->ioctl_fd, &now, &s->before, &e) !=
		0) {
		log_error("segment %s: %s is not given back as it was: %s",
		    s->conf->name, interface, e.text);
		return;
	}
	segment_state_remove(s->state_dir, interface);
}

static void
release(struct segment *s)
{
	netlink_free(s->inside);
	if (s->ioctl_fd != -1)
		close(s->ioctl_fd);
	if (s->monitor != -1)
		close(s->monitor);
	if (s->netns != -1)
		close(s->netns);
	free(s);
}

static int
take(struct segment *s, struct machine *m, struct err *e)
{
	const char *interface = s->conf->interface;

	segment_state_settle(m->nl, m->ioctl_fd, s->state_dir, interface);
	if (refuse_unfit(m, interface, e) == -1)
		return -1;
	if (make_namespace(s, e) == -1)
		return err_prefix(e, "%s: namespace", interface);
	if (segment_state_take(m->nl, m->ioctl_fd, interface, &s->before, e) ==
		-1 ||
	    segment_state_write(s->state_dir, &s->before, e) == -1)
		return err_prefix(e, "%s", interface);
	if (netlink_move(m->nl, s->before.link.index, s->netns, e) == -1) {
		segment_state_remove(s->state_dir, interface);
		return err_prefix(e, "%s", interface);
	}
	s->link = s->before.link;
	if (set_up_inside(s, e) == -1) {
		give_back(s, m);
		return err_prefix(e, "%s", interface);
	}
	return 0;
}

struct segment *
segment_open(
    const struct conf_segment *conf, const char *state_dir, struct err *e)
{
	struct segment *s = xcalloc(1, sizeof(*s));
	struct machine m;

	s->conf = conf;
	s->state_dir = state_dir;
	s->netns = -1;
	s->monitor = -1;
	s->ioctl_fd = -1;
	if (machine_open(&m, e) == -1) {
		release(s);
		return NULL;
	}
	if (take(s, &m, e) == -1) {
		release(s);
		s = NULL;
	}
	machine_close(&m);
	return s;
}

void
segment_close(struct segment *s)
{
	struct machine m;
	struct err e;

	if (s == NULL)
		return;
	if (machine_open(&m, &e) == -1) {
		log_error("segment %s: %s", s->conf->name, e.text);
	} else {
		give_back(s, &m);
		machine_close(&m);
	}
	release(s);
}

int
segment_netns(const struct segment *s)
{
	return s->netns;
}

int
segment_monitor(const struct segment *s)
{
	return s->monitor;
}

bool
segment_is_alive(struct segment *s)
{
	struct netlink_link now;

	(void)netlink_drain_monitor(s->monitor); /* asked in any case */
	return netlink_get_link(s->inside, NULL, s->link.index, &now, NULL) ==
	    0;
}

const struct netlink_link *
segment_link(const struct segment *s)
{
	return &s->link;
}

const struct netlink_address *
segment_addresses(const struct segment *s, size_t *n)
{
	*n = s->nown;
	return s->own;
}

const struct netlink_address *
segment_watch_addresses(const struct segment *s, size_t *n)
{
	*n = s->nwatch;
	return s->watch;
}

struct netlink *
segment_netlink(const struct segment *s)
{
	return s->inside;
}

int
segment_open_packet_socket(const struct segment *s, struct err *e)
{
	int fds[SPAWN_INSIDE_FDS_MAX];

	if (spawn_inside(s->netns, segment_inside_packet, NULL, fds, e) == -1)
		return -1;
	return fds[0];
}
