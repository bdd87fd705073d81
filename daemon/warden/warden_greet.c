/*
 * warden_greet: what a new process is told, and who it talks with.
 */
#include "daemon/warden/warden_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/shared/role.h"
#include "daemon/warden/warden_fence.h"
#include "daemon/warden/warden_impostor.h"
#include "daemon/warden/warden_key.h"

static int
duplicate(int fd, struct err *e)
{
	int d = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return d == -1 ? err_set(e, "descriptor: %s", strerror(errno)) : d;
}

static void
put_address(struct msg_out *m, uint8_t family, const uint8_t *addr)
{
	msg_put_u8(m, family);
	msg_put_bytes(m, addr, family == 4 ? 4 : 16);
}

static void
put_addresses(struct msg_out *m, const struct netlink_address *list, size_t n)
{
	size_t i;

	msg_put_u16(m, (uint16_t)n);
	for (i = 0; i < n; i++) {
		put_address(m, list[i].family, list[i].addr);
		msg_put_u8(m, list[i].prefix);
	}
}

static void
send_start(struct warden_role *r)
{
	struct warden *w = r->w;
	struct msg_out m;
	char name[48];

	snprintf(name, sizeof(name), "%s%s%s", role_name(r->role),
	    r->segment == WIRE_NO_SEGMENT ? "" : " ",
	    r->segment == WIRE_NO_SEGMENT ? ""
					  : w->conf->segments[r->segment].name);
	msg_start(&m, ROLE_START);
	msg_put_string(&m, name);
	msg_put_u8(&m, (uint8_t)w->options->level);
	msg_put_string(&m, w->conf->state_dir);
	msg_put_string(&m, w->conf->run_dir);
	peer_send(r->peer, &m, -1);
}

void
warden_pair(struct warden_role *a, struct warden_role *b)
{
	struct warden_role *ends[2] = { a, b };
	uint32_t segment;
	struct msg_out m;
	int fds[2], i;

	if (a->peer == NULL || b->peer == NULL || !a->is_wanted ||
	    !b->is_wanted)
		return;
	segment = a->segment == WIRE_NO_SEGMENT ? b->segment : a->segment;
	if (peer_try_pair(fds) == -1) {
		struct warden_role *other = b->role == ROLE_ENGINE ? a : b;

		log_error("%s: cannot be connected: %s, is started again",
		    role_name(other->role), strerror(errno));
		if (other->pid != 0)
			kill(other->pid, SIGKILL);
		return;
	}
	for (i = 0; i < 2; i++) {
		msg_start(&m, ROLE_PEER);
		msg_put_u8(&m, (uint8_t)ends[1 - i]->role);
		msg_put_u32(&m, segment);
		peer_send(ends[i]->peer, &m, fds[i]);
	}
}

void
warden_tell_engine(struct warden *w, const struct msg_out *m, int fd)
{
	if (w->engine.peer != NULL)
		peer_send(w->engine.peer, m, fd);
	else if (fd != -1)
		close(fd);
}

void
warden_tell_segment_up(struct warden_segment *s)
{
	const struct netlink_link *link = segment_link(s->segment);
	const struct netlink_address *list;
	struct msg_out m;
	size_t n;

	list = segment_addresses(s->segment, &n);
	msg_start(&m, ENGINE_SEGMENT_UP);
	msg_put_u32(&m, s->index);
	msg_put_string(&m, link->name);
	msg_put_bytes(&m, link->mac, sizeof(link->mac));
	msg_put_u32(&m, link->mtu);
	msg_put_u32(&m, link->index);
	put_addresses(&m, list, n);
	warden_tell_engine(s->w, &m, -1);
}

void
warden_tell_segment_down(struct warden_segment *s)
{
	struct msg_out m;

	msg_start(&m, ENGINE_SEGMENT_DOWN);
	msg_put_u32(&m, s->index);
	msg_put_string(&m, s->why);
	warden_tell_engine(s->w, &m, -1);
}

static int
send_fd(struct warden_role *r, uint16_t type, int fd, struct err *e)
{
	struct msg_out m;
	int d = duplicate(fd, e);

	if (d == -1)
		return -1;
	msg_start(&m, type);
	peer_send(r->peer, &m, d);
	return 0;
}

/* Every life reads the same bytes, from their start: the offset is shared. */
static int
send_config(struct warden_role *r, struct err *e)
{
	struct msg_out m;
	int fd;

	if (lseek(r->w->conf_fd, 0, SEEK_SET) == -1)
		return err_set(e, "configuration: %s", strerror(errno));
	fd = duplicate(r->w->conf_fd, e);
	if (fd == -1)
		return -1;
	msg_start(&m, ENGINE_CONFIG);
	msg_put_string(&m, r->w->options->conf_path);
	peer_send(r->peer, &m, fd);
	return 0;
}

static int
greet_engine(struct warden_role *r, struct err *e)
{
	struct warden *w = r->w;
	struct warden_segment *s;
	size_t i;

	if (send_config(r, e) == -1 ||
	    send_fd(r, ENGINE_CONTROL_SOCKET, w->control_fd, e) == -1 ||
	    send_fd(r, ENGINE_EVIDENCE_DIR, w->evidence_fd, e) == -1)
		return -1;
	warden_key_tell(w);
	warden_pair(&w->store, r);
	warden_pair(&w->stamp, r);
	for (i = 0; i < w->conf->nsegments; i++) {
		s = &w->segments[i];
		warden_pair(&s->capture, r);
		warden_pair(&s->watch, r);
		warden_pair(&s->services, r);
		if (s->segment != NULL && s->why[0] == '\0')
			warden_tell_segment_up(s);
		else if (s->why[0] != '\0') /* else it is yet to be tried */
			warden_tell_segment_down(s);
	}
	return 0;
}

/* Sockets: the first is for quiet times, the second for runs. */
static int
open_packets(const struct segment *s, int fds[2], struct err *e)
{
	fds[0] = segment_open_packet_socket(s, e);
	if (fds[0] == -1)
		return -1;
	fds[1] = segment_open_packet_socket(s, e);
	if (fds[1] != -1)
		return 0;
	close(fds[0]);
	return -1;
}

static int
greet_capture(struct warden_role *r, struct err *e)
{
	struct warden_segment *s = warden_segment_of(r);
	struct msg_out m;
	int packets[2], dirs[2], i;

	dirs[0] = warden_open_captures(r->w, s->conf->name, e);
	if (dirs[0] == -1)
		return -1;
	dirs[1] = warden_open_evidence(r->w, e);
	if (dirs[1] == -1 || open_packets(s->segment, packets, e) == -1) {
		close(dirs[0]);
		if (dirs[1] != -1)
			close(dirs[1]);
		return -1;
	}
	msg_start(&m, CAPTURE_OPEN);
	msg_put_u32(&m, s->index);
	msg_put_string(&m, s->conf->name);
	msg_put_string(&m, segment_link(s->segment)->name);
	msg_put_u32(&m, s->conf->ring_mib);
	msg_put_u32(&m, s->conf->file_mib);
	msg_put_u32(&m, warden_next_capture(dirs[0]));
	peer_send(r->peer, &m, packets[0]);
	msg_start(&m, CAPTURE_SECOND);
	peer_send(r->peer, &m, packets[1]);
	for (i = 0; i < 2; i++) {
		msg_start(&m, CAPTURE_DIR);
		msg_put_u8(&m, (uint8_t)i);
		peer_send(r->peer, &m, dirs[i]);
	}
	warden_pair(r, &r->w->engine);
	warden_pair(r, &s->watch);
	return 0;
}

static int
greet_watch(struct warden_role *r, struct err *e)
{
	struct warden_segment *s = warden_segment_of(r);
	const struct netlink_link *link = segment_link(s->segment);
	const struct netlink_address *list;
	struct msg_out m;
	int packets;
	size_t n;

	packets = segment_open_packet_socket(s->segment, e);
	if (packets == -1)
		return -1;
	list = segment_watch_addresses(s->segment, &n);
	msg_start(&m, WATCH_OPEN);
	msg_put_u32(&m, s->index);
	msg_put_string(&m, link->name);
	msg_put_u32(&m, link->index);
	msg_put_bytes(&m, link->mac, sizeof(link->mac));
	put_addresses(&m, list, n);
	peer_send(r->peer, &m, packets);
	warden_pair(r, &r->w->engine);
	warden_pair(r, &s->capture);
	if (s->fence != NULL)
		warden_fence_greet_watch(s);
	return 0;
}

static int
greet_services(struct warden_role *r)
{
	struct warden_segment *s = warden_segment_of(r);
	const struct netlink_address *list;
	struct msg_out m;
	size_t n;

	list = segment_addresses(s->segment, &n);
	msg_start(&m, SERVICES_OPEN);
	msg_put_u32(&m, s->index);
	msg_put_string(&m, s->conf->name);
	msg_put_string(&m, segment_link(s->segment)->name);
	put_addresses(&m, list, n);
	msg_put_string(&m, s->conf->dhcp_from);
	msg_put_string(&m, s->conf->dhcp_to);
	msg_put_u32(&m, s->conf->lease_s);
	msg_put_string(&m, s->conf->dhcpv6_from);
	msg_put_string(&m, s->conf->dhcpv6_to);
	msg_put_u32(&m, s->conf->lease6_s);
	msg_put_u8(&m, s->conf->uplink != NULL && s->conf->uplink[0] != '\0');
	peer_send(r->peer, &m, -1);
	if (s->fence != NULL)
		warden_fence_greet_services(s);
	if (s->impostor)
		warden_impostor_greet_services(s);
	warden_pair(r, &r->w->engine);
	return 0;
}

static int
greet_stamp(struct warden_role *r)
{
	struct msg_out m;

	msg_start(&m, STAMP_OPEN);
	msg_put_string(&m, r->w->conf->timestamp_url);
	msg_put_string(&m, r->w->conf->timestamp_trust);
	peer_send(r->peer, &m, -1);
	warden_pair(r, &r->w->engine);
	return 0;
}

int
warden_greet(struct warden_role *r, struct err *e)
{
	send_start(r);
	switch (r->role) {
	case ROLE_ENGINE:
		return greet_engine(r, e);
	case ROLE_STORE:
		warden_pair(r, &r->w->engine);
		return 0;
	case ROLE_CAPTURE:
		return greet_capture(r, e);
	case ROLE_WATCH:
		return greet_watch(r, e);
	case ROLE_SERVICES:
		return greet_services(r);
	case ROLE_STAMP:
		return greet_stamp(r);
	case ROLE_UPLINK:
		warden_fence_greet(warden_segment_of(r));
		return 0;
	case ROLE_WARDEN:
	case ROLE_WORKER:
		break;
	}
	return err_set(e, "no such role");
}
