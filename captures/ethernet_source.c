/*
 * ethernet_source: frames of one interface, from the kernel's own ring.
 *
 * Small blocks, many of them: each wakeup of a quiet link uses up a block,
 * however few frames are in it, and a reader held up by a disk must find room
 * left for seconds of that.
 */
#include "captures/ethernet_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "base/alloc.h"

#define BLOCK_BYTES (64u << 10)
#define BLOCKS_LEAST 2u
#define RETIRE_MS 4  /* how old a block may get before it is given to us */
#define TAG_BYTES 4  /* IEEE 802.1Q */
#define MAC_BYTES 12 /* both addresses; the tag stands behind them */

struct ethernet_source {
	int fd, ifindex;
	char interface[IFNAMSIZ];
	uint8_t *ring;
	size_t ring_size;
	unsigned nblocks, next;
	struct ethernet_counts counts;
	uint8_t *retagged; /* a frame with its tag put back */
};

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

static int
make_ring(struct ethernet_source *s, size_t bytes)
{
	const int version = TPACKET_V3;
	struct tpacket_req3 q;
	void *p;

	memset(&q, 0, sizeof(q));
	s->nblocks = (unsigned)(bytes / BLOCK_BYTES);
	if (s->nblocks < BLOCKS_LEAST)
		s->nblocks = BLOCKS_LEAST;
	q.tp_block_size = BLOCK_BYTES;
	q.tp_block_nr = s->nblocks;
	q.tp_frame_size = 2048; /* V3 packs frames; it must divide a block */
	q.tp_frame_nr = BLOCK_BYTES / q.tp_frame_size * s->nblocks;
	q.tp_retire_blk_tov = RETIRE_MS;
	if (setsockopt(s->fd, SOL_PACKET, PACKET_VERSION, &version,
		sizeof(version)) == -1 ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_RX_RING, &q, sizeof(q)) == -1)
		return -1;
	s->ring_size = (size_t)BLOCK_BYTES * s->nblocks;
	p = mmap(
	    NULL, s->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (p == MAP_FAILED)
		return -1;
	s->ring = p;
	return 0;
}

/* From here on frames come in. */
static int
bind_to(struct ethernet_source *s)
{
	struct sockaddr_ll a;
	struct packet_mreq m;

	memset(&m, 0, sizeof(m));
	m.mr_ifindex = s->ifindex;
	m.mr_type = PACKET_MR_PROMISC;
	/* Best effort: what goes to and from the bench is seen anyhow. */
	(void)setsockopt(
	    s->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m));
	memset(&a, 0, sizeof(a));
	a.sll_family = AF_PACKET;
	a.sll_protocol = htons(ETH_P_ALL);
	a.sll_ifindex = s->ifindex;
	return bind(s->fd, (struct sockaddr *)&a, sizeof(a));
}

static void
release(struct ethernet_source *s)
{
	if (s->ring != NULL)
		munmap(s->ring, s->ring_size);
	free(s->retagged);
	free(s);
}

struct ethernet_source *
ethernet_source_new(
    int fd, const char *interface, size_t ring_bytes, struct err *e)
{
	struct ethernet_source *s = xcalloc(1, sizeof(*s));
	struct ethernet_counts nothing;
	const char *what = "interface";

	s->fd = fd;
	snprintf(s->interface, sizeof(s->interface), "%s", interface);
	s->retagged = xcalloc(1, BLOCK_BYTES + TAG_BYTES);
	if (find_interface(fd, interface, &s->ifindex) == -1)
		goto fail;
	what = "ring";
	if (make_ring(s, ring_bytes) == -1)
		goto fail;
	ethernet_source_count(s, &nothing); /* reading sets it to zero */
	memset(&s->counts, 0, sizeof(s->counts));
	what = "bind";
	if (bind_to(s) == -1)
		goto fail;
	return s;
fail:
	err_set(e, "capture on %s: %s: %s", interface, what, strerror(errno));
	release(s);
	return NULL;
}

void
ethernet_source_free(struct ethernet_source *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	release(s);
}

int
ethernet_source_fd(const struct ethernet_source *s)
{
	return s->fd;
}

/* The kernel takes a VLAN tag off the frame and says it beside. */
static void
put_tag_back(
    struct ethernet_source *s, const struct tpacket3_hdr *h, struct frame *f)
{
	uint16_t tpid = ETH_P_8021Q, tci = (uint16_t)h->hv1.tp_vlan_tci;
	uint8_t *to = s->retagged;

	if ((h->tp_status & TP_STATUS_VLAN_VALID) == 0 || f->size < MAC_BYTES ||
	    f->size > BLOCK_BYTES)
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
hand_on(struct ethernet_source *s, const struct tpacket3_hdr *h,
    ethernet_on_frame *on_frame, void *arg)
{
	const struct sockaddr_ll *from = (const void *)((const uint8_t *)h +
	    TPACKET_ALIGN(sizeof(struct tpacket3_hdr)));
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
	s->counts.handed++;
	on_frame(arg, &f);
}

size_t
ethernet_source_read(struct ethernet_source *s, unsigned max_blocks,
    ethernet_on_frame *on_frame, void *arg)
{
	struct tpacket_block_desc *b;
	const uint8_t *p;
	size_t frames = 0;
	uint32_t n, i;

	for (; max_blocks > 0; max_blocks--) {
		b = (void *)(s->ring + (size_t)s->next * BLOCK_BYTES);
		if ((__atomic_load_n(
			 &b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
			TP_STATUS_USER) == 0)
			break;
		n = b->hdr.bh1.num_pkts;
		p = (const uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
		for (i = 0; i < n; i++) {
			hand_on(s, (const void *)p, on_frame, arg);
			p += ((const struct tpacket3_hdr *)(const void *)p)
				 ->tp_next_offset;
		}
		frames += n;
		__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL,
		    __ATOMIC_RELEASE);
		s->next = (s->next + 1) % s->nblocks;
	}
	return frames;
}

int
ethernet_source_error(struct ethernet_source *s)
{
	int error = 0, ifindex;
	socklen_t n = sizeof(error);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n) == -1)
		return errno;
	if (error == 0)
		return 0;
	if (find_interface(s->fd, s->interface, &ifindex) == -1 ||
	    ifindex != s->ifindex)
		return ENODEV;
	return error;
}

void
ethernet_source_count(struct ethernet_source *s, struct ethernet_counts *out)
{
	struct tpacket_stats_v3 k;
	socklen_t n = sizeof(k);

	/* Reading resets them; tp_packets has the drops in it. */
	memset(&k, 0, sizeof(k));
	if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &k, &n) == 0) {
		s->counts.accepted += k.tp_packets - k.tp_drops;
		s->counts.dropped += k.tp_drops;
	}
	*out = s->counts;
}

const struct ethernet_counts *
ethernet_source_counts(const struct ethernet_source *s)
{
	return &s->counts;
}
