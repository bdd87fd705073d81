/*
 * ethernet_source: frames of one interface, from the kernel's own ring.
 *
 * Frames of the ring that was used before are handed on before those of the
 * one that is used now: when the program was replaced, the kernel has waited
 * for everybody who still ran the old one, so the count of the ring before is
 * then final.
 */
#include "captures/ethernet_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "base/alloc.h"
#include "captures/packet_ring.h"

#define TAG_BYTES 4  /* IEEE 802.1Q */
#define MAC_BYTES 12 /* both addresses; the tag stands behind them */
#define NO_FRAME 0   /* what a socket's filter says to take none */

enum which {
	NARROW,
	WIDE,
	RINGS
};

struct ethernet_source {
	int poll_fd, ifindex;
	char interface[IFNAMSIZ];
	struct packet_ring rings[RINGS];
	size_t wide_bytes;
	enum which now;  /* gets the frames */
	bool is_turning; /* the other one's come first */
	struct ethernet_counts counts;
	uint8_t *retagged;           /* a frame with its tag put back */
	ethernet_on_frame *on_frame; /* while reading */
	void *arg;
};

static enum which
other(enum which w)
{
	return w == NARROW ? WIDE : NARROW;
}

static int
find_interface(int fd, const char *name, int *ifindex)
{
	struct ifreq r;

	memset(&r, 0, sizeof(r));
	if (strlen(name) >= sizeof(r.ifr_name)) {
		errno = ENODEV;
		return -1;
	}
	memcpy(r.ifr_name, name, strlen(name));
	if (ioctl(fd, SIOCGIFINDEX, &r) == -1)
		return -1;
	*ifindex = r.ifr_ifindex;
	return 0;
}

/* ---- who gets a frame ---- */

/* A program that says the same of every frame, for what option sets. */
static int
set_program(int fd, int level, int option, uint32_t verdict)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, verdict);
	struct sock_fprog program = { 1, &code };

	return setsockopt(fd, level, option, &program, sizeof(program));
}

/* Returns when no frame is on its way to the other ring any more. */
static int
steer(struct ethernet_source *s, enum which to)
{
	return set_program(
	    s->rings[NARROW].fd, SOL_PACKET, PACKET_FANOUT_DATA, (uint32_t)to);
}

/* The socket is bound and takes no frame yet. */
static int
bind_quietly(const struct ethernet_source *s, int fd)
{
	struct sockaddr_ll a;

	if (set_program(fd, SOL_SOCKET, SO_ATTACH_FILTER, NO_FRAME) == -1)
		return -1;
	memset(&a, 0, sizeof(a));
	a.sll_family = AF_PACKET;
	a.sll_protocol = htons(ETH_P_ALL);
	a.sll_ifindex = s->ifindex;
	return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static int
take_frames(int fd)
{
	const int nothing = 0;

	return setsockopt(
	    fd, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof(nothing));
}

/* Both sockets in one group, in which the narrow ring is the first. */
static int
share(struct ethernet_source *s)
{
	const int a = s->rings[NARROW].fd, b = s->rings[WIDE].fd;
	int group = (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
	socklen_t n = sizeof(group);

	if (setsockopt(a, SOL_PACKET, PACKET_FANOUT, &group, n) == -1 ||
	    getsockopt(a, SOL_PACKET, PACKET_FANOUT, &group, &n) == -1 ||
	    steer(s, NARROW) == -1 || bind_quietly(s, b) == -1 ||
	    setsockopt(b, SOL_PACKET, PACKET_FANOUT, &group, n) == -1)
		return -1;
	return take_frames(b);
}

/* From the end of it on frames come in. */
static int
open_link(struct ethernet_source *s)
{
	const int fd = s->rings[NARROW].fd;
	struct packet_mreq m;

	memset(&m, 0, sizeof(m));
	m.mr_ifindex = s->ifindex;
	m.mr_type = PACKET_MR_PROMISC;
	/* Best effort: what goes to and from the bench is seen anyhow. */
	(void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m));
	if (bind_quietly(s, fd) == -1)
		return -1;
	if (s->wide_bytes > 0 && share(s) == -1)
		return -1;
	return take_frames(fd);
}

/* ---- life ---- */

static int
watch(const struct ethernet_source *s, enum which w, int operation)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(s->poll_fd, operation, s->rings[w].fd, &e);
}

static void
release(struct ethernet_source *s)
{
	if (s->poll_fd != -1)
		close(s->poll_fd);
	free(s->retagged);
	free(s);
}

struct ethernet_source *
ethernet_source_new(
    const int fds[2], const char *interface, size_t wide_bytes, struct err *e)
{
	struct ethernet_source *s = xcalloc(1, sizeof(*s));
	const char *what = "interface";
	size_t narrow = wide_bytes;
	int error;

	if (wide_bytes > ETHERNET_NARROW_BYTES) {
		narrow = ETHERNET_NARROW_BYTES;
		s->wide_bytes = wide_bytes;
	}
	snprintf(s->interface, sizeof(s->interface), "%s", interface);
	s->retagged = xcalloc(1, PACKET_RING_BLOCK + TAG_BYTES);
	s->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->poll_fd == -1 ||
	    find_interface(fds[0], interface, &s->ifindex) == -1)
		goto fail;
	what = "ring";
	if (packet_ring_begin(&s->rings[NARROW], fds[0]) == -1 ||
	    packet_ring_begin(&s->rings[WIDE], fds[1]) == -1 ||
	    packet_ring_make(&s->rings[NARROW], narrow) == -1 ||
	    watch(s, NARROW, EPOLL_CTL_ADD) == -1)
		goto fail;
	what = "bind";
	if (open_link(s) == -1)
		goto fail;
	return s;
fail:
	error = errno;
	packet_ring_unmake(&s->rings[NARROW]); /* the socket is the caller's */
	release(s);
	err_set(e, "capture on %s: %s: %s", interface, what, strerror(error));
	return NULL;
}

void
ethernet_source_free(struct ethernet_source *s)
{
	if (s == NULL)
		return;
	packet_ring_end(&s->rings[NARROW]);
	packet_ring_end(&s->rings[WIDE]);
	release(s);
}

int
ethernet_source_fd(const struct ethernet_source *s)
{
	return s->poll_fd;
}

/* ---- narrow and wide ---- */

static void
give_wide_back(struct ethernet_source *s)
{
	(void)watch(s, WIDE, EPOLL_CTL_DEL);
	packet_ring_unmake(&s->rings[WIDE]);
}

/* All that the ring before was given is handed on. */
static void
end_turning(struct ethernet_source *s)
{
	const struct packet_ring *before = &s->rings[other(s->now)];

	if (!s->is_turning || before->handed < before->accepted)
		return;
	s->is_turning = false;
	if (s->now == NARROW)
		give_wide_back(s);
}

static void
turn(struct ethernet_source *s, enum which to)
{
	packet_ring_count(&s->rings[s->now]); /* its last */
	s->now = to;
	s->is_turning = true;
	end_turning(s);
}

int
ethernet_source_prepare(struct ethernet_source *s)
{
	struct packet_ring *wide = &s->rings[WIDE];
	int error;

	if (s->wide_bytes == 0 || wide->at != NULL)
		return 0;
	if (packet_ring_make(wide, s->wide_bytes) == -1)
		return -1;
	if (watch(s, WIDE, EPOLL_CTL_ADD) == 0)
		return 0;
	error = errno;
	packet_ring_unmake(wide);
	errno = error;
	return -1;
}

int
ethernet_source_widen(struct ethernet_source *s)
{
	int error;

	if (s->wide_bytes == 0 || s->now == WIDE)
		return 0;
	if (s->is_turning) {
		errno = EBUSY;
		return -1;
	}
	if (ethernet_source_prepare(s) == -1)
		return -1;
	if (steer(s, WIDE) == -1) {
		error = errno;
		give_wide_back(s);
		errno = error;
		return -1;
	}
	turn(s, WIDE);
	return 0;
}

bool
ethernet_source_is_wide(const struct ethernet_source *s)
{
	return s->now == WIDE;
}

int
ethernet_source_narrow(struct ethernet_source *s)
{
	if (s->now == NARROW)
		return 0;
	if (s->is_turning) {
		errno = EBUSY;
		return -1;
	}
	if (steer(s, NARROW) == -1)
		return -1;
	turn(s, NARROW);
	return 0;
}

/* ---- frames ---- */

/* The kernel takes a VLAN tag off the frame and says it beside. */
static void
put_tag_back(
    struct ethernet_source *s, const struct tpacket3_hdr *h, struct frame *f)
{
	uint16_t tpid = ETH_P_8021Q, tci = (uint16_t)h->hv1.tp_vlan_tci;
	uint8_t *to = s->retagged;

	if ((h->tp_status & TP_STATUS_VLAN_VALID) == 0 || f->size < MAC_BYTES ||
	    f->size > PACKET_RING_BLOCK)
		return;
	if ((h->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0)
		tpid = h->hv1.tp_vlan_tpid;
	memcpy(to, f->data, MAC_BYTES);
	to[MAC_BYTES] = (uint8_t)(tpid >> 8);
	to[MAC_BYTES + 1] = (uint8_t)tpid;
	to[MAC_BYTES + 2] = (uint8_t)(tci >> 8);
	to[MAC_BYTES + 3] = (uint8_t)tci;
	memcpy(to + MAC_BYTES + TAG_BYTES, f->data + MAC_BYTES,
	    f->size - MAC_BYTES);
	f->data = to;
	f->size += TAG_BYTES;
	f->wire_size += TAG_BYTES;
}

static void
hand_on(void *arg, const struct tpacket3_hdr *h)
{
	const struct sockaddr_ll *from = (const void *)((const uint8_t *)h +
	    TPACKET_ALIGN(sizeof(struct tpacket3_hdr)));
	struct ethernet_source *s = arg;
	struct frame f;

	f.data = (const uint8_t *)h + h->tp_mac;
	f.size = h->tp_snaplen;
	f.wire_size = h->tp_len;
	f.stamp_ns = (uint64_t)h->tp_sec * 1000000000u + h->tp_nsec;
	f.link_type = LINKTYPE_ETHERNET_NUMBER;
	f.direction =
	    from->sll_pkttype == PACKET_OUTGOING ? FRAME_OUT : FRAME_IN;
	if (f.size < f.wire_size)
		s->counts.truncated++;
	if ((h->tp_status & TP_STATUS_CSUMNOTREADY) != 0)
		s->counts.offloaded++;
	put_tag_back(s, h, &f);
	s->on_frame(s->arg, &f);
}

size_t
ethernet_source_read(struct ethernet_source *s, unsigned max_blocks,
    ethernet_on_frame *on_frame, void *arg)
{
	struct packet_ring *now, *before = &s->rings[other(s->now)];
	size_t frames = 0;

	s->on_frame = on_frame;
	s->arg = arg;
	/* Also when nothing turns: a link that came up anew gives the narrow
	 * ring what it brings until the wide one is there again. */
	if (before->at != NULL)
		frames += packet_ring_read(before, max_blocks, hand_on, s);
	end_turning(s);
	now = &s->rings[s->now];
	if (!s->is_turning)
		frames += packet_ring_read(now, max_blocks, hand_on, s);
	s->counts.handed = s->rings[NARROW].handed + s->rings[WIDE].handed;
	return frames;
}

bool
ethernet_source_has_more(const struct ethernet_source *s)
{
	return packet_ring_has_more(&s->rings[s->now]);
}

bool
ethernet_source_is_gone(const struct ethernet_source *s)
{
	int ifindex;

	return find_interface(s->rings[NARROW].fd, s->interface, &ifindex) ==
	    -1 ||
	    ifindex != s->ifindex;
}

int
ethernet_source_error(struct ethernet_source *s)
{
	int error = 0, which;
	socklen_t n = sizeof(error);

	/* Both have the same interface, and each tells once. */
	for (which = RINGS - 1; which >= 0; which--)
		if (getsockopt(s->rings[which].fd, SOL_SOCKET, SO_ERROR, &error,
			&n) == -1)
			return errno;
	return error != 0 && ethernet_source_is_gone(s) ? ENODEV : error;
}

void
ethernet_source_count(struct ethernet_source *s, struct ethernet_counts *out)
{
	const struct packet_ring *narrow = &s->rings[NARROW];
	const struct packet_ring *wide = &s->rings[WIDE];

	packet_ring_count(&s->rings[NARROW]);
	packet_ring_count(&s->rings[WIDE]);
	s->counts.accepted = narrow->accepted + wide->accepted;
	s->counts.dropped = narrow->dropped + wide->dropped;
	*out = s->counts;
}

const struct ethernet_counts *
ethernet_source_counts(const struct ethernet_source *s)
{
	return &s->counts;
}

void
ethernet_source_mark(const struct ethernet_source *s, struct ethernet_mark *out)
{
	out->accepted[NARROW] = s->rings[NARROW].accepted;
	out->accepted[WIDE] = s->rings[WIDE].accepted;
}

bool
ethernet_source_has_passed(
    const struct ethernet_source *s, const struct ethernet_mark *m)
{
	return s->rings[NARROW].handed >= m->accepted[NARROW] &&
	    s->rings[WIDE].handed >= m->accepted[WIDE];
}
