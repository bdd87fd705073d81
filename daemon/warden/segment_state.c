/*
 * segment_state: how an interface was before we took it, on disk.
 *
 * One "key value" a line.  The file is root's alone, but it survived a crash,
 * so it is read with suspicion: an unknown or malformed line spoils it.
 */
#include "daemon/warden/segment_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"

#define STATE_MAX 8192 /* bytes of a file */
#define FIRST_LINE "assay-interface 1"

static void
format_state(const struct segment_state *s, char *out, size_t size)
{
	char text[INET6_ADDRSTRLEN], mac[13];
	size_t i, n;

	n = (size_t)snprintf(out, size,
	    FIRST_LINE "\nname %s\nkind %s\nindex %u\nmac %s\nmtu %u\nup %d\n",
	    s->link.name, s->link.kind[0] == '\0' ? "-" : s->link.kind,
	    s->link.index, hex_encode(s->link.mac, 6, mac), s->link.mtu,
	    s->link.is_up ? 1 : 0);
	for (i = 0; i < SEGMENT_OFFLOADS; i++)
		n += (size_t)snprintf(out + n, size - n, "offload %s %u\n",
		    segment_offload_name(i), s->offloads.value[i]);
	for (i = 0; i < s->naddresses; i++)
		n += (size_t)snprintf(out + n, size - n, "address %s/%u\n",
		    inet_ntop(s->addresses[i].family == 4 ? AF_INET : AF_INET6,
			s->addresses[i].addr, text, sizeof(text)),
		    s->addresses[i].prefix);
}

static int
write_durably(const char *directory, const char *path, const char *text)
{
	char *part = xasprintf("%s.part", path);
	size_t size = strlen(text);
	int fd, d, r = -1;

	fd = open(
	    part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd != -1 && write(fd, text, size) == (ssize_t)size &&
	    fsync(fd) == 0)
		r = rename(part, path);
	if (fd != -1)
		close(fd);
	d = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d == -1 || fsync(d) == -1)
		r = -1;
	if (d != -1)
		close(d);
	free(part);
	return r;
}

int
segment_state_write(
    const char *directory, const struct segment_state *s, struct err *e)
{
	char *path = xasprintf("%s/%s", directory, s->link.name);
	char text[STATE_MAX];
	int r;

	format_state(s, text, sizeof(text));
	r = write_durably(directory, path, text);
	if (r == -1)
		err_set(e, "%s: %s", path, strerror(errno));
	free(path);
	return r;
}

static int
parse_number(const char *s, uint32_t max, uint32_t *v)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || *end != '\0' || errno != 0 || n > max)
		return -1;
	*v = (uint32_t)n;
	return 0;
}

static int
parse_address(char *v, struct segment_state *s)
{
	struct netlink_address *a;
	char *slash = strchr(v, '/');
	uint32_t prefix;

	if (slash == NULL || s->naddresses == SEGMENT_STATE_ADDRESSES_MAX)
		return -1;
	*slash = '\0';
	a = &s->addresses[s->naddresses];
	memset(a, 0, sizeof(*a));
	a->family = strchr(v, ':') == NULL ? 4 : 6;
	if (inet_pton(a->family == 4 ? AF_INET : AF_INET6, v, a->addr) != 1 ||
	    parse_number(slash + 1, a->family == 4 ? 32 : 128, &prefix) == -1)
		return -1;
	a->prefix = (uint8_t)prefix;
	a->is_permanent = true;
	s->naddresses++;
	return 0;
}

static int
parse_offload(char *v, struct segment_state *s)
{
	char *space = strchr(v, ' ');
	size_t i;

	if (space == NULL)
		return -1;
	*space = '\0';
	for (i = 0; i < SEGMENT_OFFLOADS; i++)
		if (strcmp(v, segment_offload_name(i)) == 0)
			return parse_number(
			    space + 1, UINT32_MAX, &s->offloads.value[i]);
	return -1;
}

static int
parse_text(char *to, size_t size, const char *v)
{
	if (v[0] == '\0' || strlen(v) >= size)
		return -1;
	memcpy(to, strcmp(v, "-") == 0 ? "" : v,
	    strcmp(v, "-") == 0 ? 1 : strlen(v) + 1);
	return 0;
}

static int
parse_line(char *line, struct segment_state *s)
{
	char *v = strchr(line, ' ');
	uint32_t up;

	if (v == NULL)
		return -1;
	*v++ = '\0';
	if (strcmp(line, "name") == 0)
		return parse_text(s->link.name, sizeof(s->link.name), v);
	if (strcmp(line, "kind") == 0)
		return parse_text(s->link.kind, sizeof(s->link.kind), v);
	if (strcmp(line, "index") == 0)
		return parse_number(v, UINT32_MAX, &s->link.index);
	if (strcmp(line, "mac") == 0)
		return hex_decode(v, s->link.mac, sizeof(s->link.mac));
	if (strcmp(line, "mtu") == 0)
		return parse_number(v, 65536, &s->link.mtu);
	if (strcmp(line, "offload") == 0)
		return parse_offload(v, s);
	if (strcmp(line, "address") == 0)
		return parse_address(v, s);
	if (strcmp(line, "up") != 0 || parse_number(v, 1, &up) == -1)
		return -1;
	s->link.is_up = up == 1;
	return 0;
}

static int
parse_state(char *text, struct segment_state *s)
{
	char *line, *rest = text;
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < SEGMENT_OFFLOADS; i++)
		s->offloads.value[i] = SEGMENT_OFFLOAD_UNKNOWN;
	line = strsep(&rest, "\n");
	if (strcmp(line, FIRST_LINE) != 0)
		return -1;
	while (rest != NULL && *rest != '\0') {
		line = strsep(&rest, "\n");
		if (parse_line(line, s) == -1)
			return -1;
	}
	return s->link.name[0] == '\0' || s->link.mtu == 0 ? -1 : 0;
}

int
segment_state_read(const char *directory, const char *interface,
    struct segment_state *s, struct err *e)
{
	char text[STATE_MAX + 1], *path;
	ssize_t n = -1;
	int fd, r = 1;

	path = xasprintf("%s/%s", directory, interface);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 && errno == ENOENT) {
		free(path);
		return 0;
	}
	if (fd != -1)
		n = read(fd, text, STATE_MAX);
	if (n == -1) {
		r = err_set(e, "%s: %s", path, strerror(errno));
	} else {
		text[n] = '\0';
		if (parse_state(text, s) == -1 ||
		    strcmp(s->link.name, interface) != 0)
			r = err_set(e, "%s: not an interface's state", path);
	}
	if (fd != -1)
		close(fd);
	free(path);
	return r;
}

void
segment_state_remove(const char *directory, const char *interface)
{
	char *path = xasprintf("%s/%s", directory, interface);

	(void)unlink(path); /* one that is not there is as good */
	free(path);
}

int
segment_state_take(struct netlink *nl, int fd, const char *interface,
    struct segment_state *s, struct err *e)
{
	struct netlink_address all[SEGMENT_STATE_ADDRESSES_MAX];
	size_t i, n;

	memset(s, 0, sizeof(*s));
	if (netlink_get_link(nl, interface, 0, &s->link, e) == -1 ||
	    netlink_get_addresses(nl, s->link.index, all,
		SEGMENT_STATE_ADDRESSES_MAX, &n, e) == -1)
		return -1;
	/* What DHCP or a router gave comes back from them. */
	for (i = 0; i < n; i++)
		if (all[i].is_permanent)
			s->addresses[s->naddresses++] = all[i];
	segment_offload_get(fd, interface, &s->offloads);
	return 0;
}

int
segment_state_restore(struct netlink *nl, int fd,
    const struct netlink_link *now, const struct segment_state *s,
    struct err *e)
{
	size_t i;
	int r = 0;

	segment_offload_set(fd, now->name, &s->offloads);
	if (now->mtu != s->link.mtu)
		r |= netlink_set_mtu(nl, now->index, s->link.mtu, e);
	if (now->is_up != s->link.is_up)
		r |= netlink_set_up(nl, now->index, s->link.is_up, e);
	for (i = 0; i < s->naddresses; i++)
		r |= netlink_add_address(nl, now->index, &s->addresses[i], e);
	return r;
}

void
segment_state_settle(
    struct netlink *nl, int fd, const char *directory, const char *interface)
{
	struct segment_state s;
	struct netlink_link now;
	struct err e;
	int r;

	memset(&s, 0, sizeof(s));
	memset(&now, 0, sizeof(now));
	r = segment_state_read(directory, interface, &s, &e);
	if (r == 0)
		return;
	if (r == -1) {
		log_warn("segment: %s; it is dropped", e.text);
	} else if (netlink_get_link(nl, interface, 0, &now, &e) == -1) {
		/* Hardware comes back; a virtual one is gone for good. */
		if (s.link.kind[0] == '\0')
			return;
	} else if (memcmp(now.mac, s.link.mac, sizeof(now.mac)) == 0) {
		if (segment_state_restore(nl, fd, &now, &s, &e) != 0)
			log_warn("segment: %s: not all is as it was: %s",
			    interface, e.text);
		else
			log_info("segment: %s: restored from an earlier life",
			    interface);
	}
	segment_state_remove(directory, interface);
}
