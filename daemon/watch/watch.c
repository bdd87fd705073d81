/*
 * watch: who is on a segment and how its devices are.
 *
 * One process per segment, in the segment's namespace: participants exist
 * before any run does.  It sees what the capture hands on, asks from its own
 * addresses, and answers nobody (the kernel does that for it).  The hard truth:
 * everything it reads off the segment was made by strangers; all judgement is
 * in files that are tested without this loop.
 */
#include "daemon/watch/watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/role.h"
#include "daemon/shared/role_start.h"

#define ROUND_S 1
#define STEP_US 20000

uint64_t
watch_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void
watch_send(struct watch *w)
{
	if (w->engine != NULL)
		peer_send(w->engine, &w->out, -1);
}

static void
on_link_event(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	struct watch_netlink_link now = { 0 };
	int r;

	(void)fd;
	(void)what;
	while ((r = watch_netlink_next_event(
		    &w->netlink, w->link.ifindex, &now)) != 0) {
		if (r == 1) {
			/* A deleted one carries no count. */
			if (!now.up && now.changes == 0)
				now.changes = w->carrier.changes;
			watch_on_carrier(w, &now, false);
		} else if (r == -1) {
			log_warn("netlink: events were lost");
			if (watch_netlink_get_link(
				&w->netlink, w->link.ifindex, &now) == -1)
				memset(&now, 0, sizeof(now));
			watch_on_carrier(w, &now, true);
		}
	}
}

void
watch_arm_step(struct watch *w)
{
	const struct timeval step = { 0, STEP_US };

	event_add(w->step_timer, &step);
}

static void
on_round(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	uint64_t now = watch_now_ns();
	size_t i;

	(void)fd;
	(void)what;
	for (i = 0; i < w->nduts; i++) {
		if (!watch_dut_is_due(&w->duts[i], now))
			continue;
		if (watch_dut_round(&w->duts[i], &w->link, w->participants,
			w->exercises.seq++, now))
			watch_tell_health(w, &w->duts[i], now);
	}
}

static void
on_step(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	uint64_t now = watch_now_ns();
	bool again = false;
	size_t i;

	(void)fd;
	(void)what;
	watch_exercises_on_time(&w->exercises, now);
	for (i = 0; i < WATCH_DISCOVERS_MAX; i++) {
		if (watch_discover_on_time(&w->discovers[i], &w->link, now))
			watch_tell_discovered(w, &w->discovers[i]);
		again = again || w->discovers[i].active;
	}
	if (again || w->exercises.n > 0)
		watch_arm_step(w);
}

static void
on_inward_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	watch_take_inward_turn(arg);
}

static void
on_claims_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	watch_take_claims_turn(arg);
}

/* A frame that the link does not take is a frame lost, as on any network. */
static void
send_frame(void *arg, const uint8_t *frame, size_t size)
{
	const struct watch *w = arg;

	if (send(w->packet_fd, frame, size, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		log_debug("link: cannot send: %s", strerror(errno));
}

/* ---- what the warden says ---- */

static void
on_address(void *arg, struct nlmsghdr *m)
{
	struct watch *w = arg;
	struct ifaddrmsg *a = NLMSG_DATA(m);
	uint8_t family = a->ifa_family == AF_INET ? 4 : 6;
	const void *addr;
	bool borrowed;

	if (m->nlmsg_type != RTM_NEWADDR || a->ifa_index != w->link.ifindex ||
	    (a->ifa_family != AF_INET && a->ifa_family != AF_INET6))
		return;
	/* Without a subnet: one that a job was lent for a while. */
	if (a->ifa_prefixlen == 8 * watch_addr_size(family))
		return;
	addr = watch_netlink_attribute(m, sizeof(*a),
	    family == 4 ? IFA_LOCAL : IFA_ADDRESS, watch_addr_size(family));
	if (addr == NULL)
		return;
	/* There is one link-local address, which all of the bench share. */
	borrowed = family == 4 || !watch_addr_is_link_local6(addr);
	watch_link_add(&w->link, family, addr, a->ifa_prefixlen, borrowed);
}

static void
start_timers(struct watch *w)
{
	const struct timeval second = { ROUND_S, 0 };

	w->link_event = event_new(w->base, w->netlink.event_fd,
	    EV_READ | EV_PERSIST, on_link_event, w);
	w->round_timer = event_new(w->base, -1, EV_PERSIST, on_round, w);
	w->step_timer = event_new(w->base, -1, 0, on_step, w);
	w->inward_timer = event_new(w->base, -1, 0, on_inward_turn, w);
	w->claims_timer = event_new(w->base, -1, 0, on_claims_turn, w);
	if (w->link_event == NULL || w->round_timer == NULL ||
	    w->step_timer == NULL || w->inward_timer == NULL ||
	    w->claims_timer == NULL)
		fatal("cannot make events");
	event_add(w->link_event, NULL);
	event_add(w->round_timer, &second);
}

static void
open_segment(struct watch *w)
{
	uint16_t random[6];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		fatal("getrandom: %s", strerror(errno));
	memcpy(w->link.nonce, random, sizeof(w->link.nonce));
	w->link.echo_id = random[4];
	w->exercises.seq = random[5];
	if (watch_netlink_open(&w->netlink) == -1)
		fatal("netlink: %s", strerror(errno));
	(void)watch_netlink_dump(
	    &w->netlink, RTM_GETADDR, AF_UNSPEC, on_address, w);
	w->link.send = send_frame;
	w->link.arg = w;
	w->exercises.link = &w->link;
	w->exercises.on_done = watch_on_exercised;
	w->exercises.arg = w;
	w->participants =
	    watch_participants_new(w->link.mac, &watch_participants_hooks, w);
	start_timers(w);
	if (watch_netlink_get_link(&w->netlink, w->link.ifindex, &w->carrier) ==
	    -1)
		memset(&w->carrier, 0, sizeof(w->carrier));
	w->open = true;
	if (w->engine != NULL) {
		watch_tell_link(w, w->carrier.up);
		peer_resume(w->engine);
	}
}

static int
handle_start(struct watch *w, struct msg_in *m, int fd)
{
	struct role_start start;

	(void)w;
	return fd != -1 ? -1 : role_start_read(m, &start);
}

/* Protocol 0: frames can be sent, and none are received. */
static void
bind_to_send(const struct watch *w)
{
	struct sockaddr_ll to;

	memset(&to, 0, sizeof(to));
	to.sll_family = AF_PACKET;
	to.sll_ifindex = (int)w->link.ifindex;
	if (bind(w->packet_fd, (const struct sockaddr *)&to, sizeof(to)) == -1)
		log_error("%s: cannot send frames: %s", w->link.interface,
		    strerror(errno));
}

static int
handle_open(struct watch *w, struct msg_in *m, int fd)
{
	uint8_t family, prefix;
	uint32_t segment, ifindex;
	const uint8_t *p;
	uint16_t i, n;
	size_t size;

	(void)msg_get_u32(m, &segment);
	(void)msg_get_string(m, w->link.interface, sizeof(w->link.interface));
	(void)msg_get_u32(m, &ifindex);
	(void)msg_get_bytes(m, &p, &size);
	if (msg_get_u16(m, &n) == -1 || size != 6 || fd == -1 || w->open)
		return -1;
	memcpy(w->link.mac, p, 6);
	w->link.ifindex = ifindex;
	for (i = 0; i < n; i++) {
		(void)msg_get_u8(m, &family);
		(void)msg_get_bytes(m, &p, &size);
		if (msg_get_u8(m, &prefix) == -1 ||
		    (family != 4 && family != 6) ||
		    size != watch_addr_size(family) || prefix > 8 * size)
			return -1;
		watch_link_add(&w->link, family, p, prefix, false);
	}
	if (msg_end(m) == -1)
		return -1;
	w->packet_fd = fd;
	bind_to_send(w);
	open_segment(w);
	return 0;
}

static int
handle_fence(struct watch *w, struct msg_in *m, int fd)
{
	uint8_t has_six = 0;

	msg_get_u8(m, &has_six);
	if (msg_end(m) == -1)
		return -1;
	w->fence_has_six = has_six != 0;
	watch_fence_set(w, fd);
	return 0;
}

static int
on_capture_message(void *arg, struct msg_in *m, int fd)
{
	if (fd != -1 || m->type != WATCH_FRAME || watch_on_frame(arg, m) == -1)
		fatal("capture: malformed message %u", m->type);
	return 0;
}

static int
on_engine_message(void *arg, struct msg_in *m, int fd)
{
	struct watch *w = arg;

	if (fd != -1 || !w->open || watch_on_asked(w, m) == -1)
		fatal("engine: malformed message %u", m->type);
	return 0;
}

/* The warden starts another one and sends its socket. */
static void
on_capture_close(void *arg, const char *why)
{
	struct watch *w = arg;

	log_info("capture: gone: %s", why);
	peer_free(w->capture);
	w->capture = NULL;
}

static void
on_engine_close(void *arg, const char *why)
{
	struct watch *w = arg;

	log_info("engine: gone: %s", why);
	peer_free(w->engine);
	w->engine = NULL;
	if (w->open)
		watch_forget_all(w);
}

static void
take_engine(struct watch *w, int fd)
{
	static const struct peer_hooks hooks = { on_engine_message,
		on_engine_close };

	peer_free(w->engine);
	w->engine = peer_new(w->base, fd, &hooks, w);
	if (!w->open) {
		peer_pause(w->engine);
		return;
	}
	watch_forget_all(w);
	watch_tell_link(w, w->carrier.up);
	watch_participants_tell_all(w->participants);
}

static int
handle_peer(struct watch *w, struct msg_in *m, int fd)
{
	static const struct peer_hooks hooks = { on_capture_message,
		on_capture_close };
	uint8_t role;
	uint32_t segment;

	(void)msg_get_u8(m, &role);
	(void)msg_get_u32(m, &segment);
	if (msg_end(m) == -1 || fd == -1)
		return -1;
	if (role == ROLE_ENGINE) {
		take_engine(w, fd);
		return 0;
	}
	if (role != ROLE_CAPTURE)
		return -1;
	peer_free(w->capture);
	w->capture = peer_new(w->base, fd, &hooks, w);
	return 0;
}

static int
handle_stop(struct watch *w, struct msg_in *m, int fd)
{
	if (fd != -1 || msg_end(m) == -1)
		return -1;
	event_base_loopexit(w->base, NULL);
	return 0;
}

static int
on_warden_message(void *arg, struct msg_in *m, int fd)
{
	static const struct {
		uint16_t type;
		int (*handle)(struct watch *w, struct msg_in *m, int fd);
	} handlers[] = {
		{ ROLE_START, handle_start },
		{ ROLE_PEER, handle_peer },
		{ ROLE_STOP, handle_stop },
		{ WATCH_OPEN, handle_open },
		{ WATCH_FENCE, handle_fence },
	};
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type) {
			if (handlers[i].handle(arg, m, fd) == -1)
				break;
			return 0;
		}
	fatal("warden: malformed message %u", m->type);
}

static void
on_warden_close(void *arg, const char *why)
{
	struct watch *w = arg;

	log_info("warden: gone: %s", why);
	event_base_loopexit(w->base, NULL);
}

static void
close_segment(struct watch *w)
{
	if (!w->open)
		return;
	event_free(w->link_event);
	event_free(w->round_timer);
	event_free(w->step_timer);
	event_free(w->inward_timer);
	event_free(w->claims_timer);
	watch_netlink_close(&w->netlink);
	watch_participants_free(w->participants);
	close(w->packet_fd);
}

int
watch_main(void)
{
	static const struct peer_hooks hooks = { on_warden_message,
		on_warden_close };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct watch *w = xcalloc(1, sizeof(*w));

	log_init("watch", LOG_LEVEL_INFO);
	/* A terminal's ^C reaches all of us; the warden decides. */
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	w->base = event_base_new();
	if (w->base == NULL)
		fatal("cannot make an event loop");
	w->packet_fd = -1;
	w->warden = peer_new(w->base, WIRE_FD, &hooks, w);
	event_base_dispatch(w->base);
	peer_free(w->capture);
	peer_free(w->engine);
	peer_free(w->warden);
	close_segment(w);
	event_base_free(w->base);
	free(w);
	return 0;
}
