/*
 * packet_ring: one AF_PACKET socket and its ring of blocks (TPACKET_V3).
 *
 * Small blocks, many of them: each wakeup of a quiet link uses up a block,
 * however few frames are in it, and a reader held up by a disk must find room
 * left for seconds of that.
 */
#include "captures/packet_ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>

#define BLOCKS_LEAST 2u
#define AHEAD_BYTES 1024 /* the kernel wrote it on another core */
#define RETIRE_MS 4      /* how old a block may get before it is given to us */
#define RETIRE_MOST_MS 8
#define LASTS_MS 256 /* a whole ring, however few frames each block gets */

int
packet_ring_begin(struct packet_ring *r, int fd)
{
	const int version = TPACKET_V3;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
		sizeof(version)) == -1)
		return -1;
	r->fd = fd;
	packet_ring_count(r); /* reading sets it to zero */
	r->accepted = r->dropped = 0;
	return 0;
}

void
packet_ring_end(struct packet_ring *r)
{
	if (r->at != NULL)
		munmap(r->at, r->size);
	if (r->fd != -1)
		close(r->fd);
	r->at = NULL;
	r->fd = -1;
}

/* Few blocks must not all be taken by a frame each while the disk makes us
 * wait. */
static unsigned
retire_ms(unsigned nblocks)
{
	unsigned ms = LASTS_MS / nblocks;

	return ms < RETIRE_MS     ? RETIRE_MS
	    : ms > RETIRE_MOST_MS ? RETIRE_MOST_MS
				  : ms;
}

static int
set_ring(const struct packet_ring *r, unsigned nblocks)
{
	struct tpacket_req3 q;

	memset(&q, 0, sizeof(q));
	if (nblocks > 0) {
		q.tp_block_size = PACKET_RING_BLOCK;
		q.tp_block_nr = nblocks;
		q.tp_frame_size = 2048; /* V3 packs; it must divide a block */
		q.tp_frame_nr = PACKET_RING_BLOCK / q.tp_frame_size * nblocks;
		q.tp_retire_blk_tov = retire_ms(nblocks);
	}
	return setsockopt(r->fd, SOL_PACKET, PACKET_RX_RING, &q, sizeof(q));
}

int
packet_ring_make(struct packet_ring *r, size_t bytes)
{
	unsigned nblocks = (unsigned)(bytes / PACKET_RING_BLOCK);
	int error;
	void *p;

	if (nblocks < BLOCKS_LEAST)
		nblocks = BLOCKS_LEAST;
	if (set_ring(r, nblocks) == -1)
		return -1;
	r->size = (size_t)PACKET_RING_BLOCK * nblocks;
	p = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (p == MAP_FAILED) {
		error = errno;
		(void)set_ring(r, 0);
		errno = error;
		return -1;
	}
	r->at = p;
	r->nblocks = nblocks;
	r->next = 0;
	return 0;
}

void
packet_ring_unmake(struct packet_ring *r)
{
	if (r->at == NULL)
		return;
	packet_ring_count(r);
	munmap(r->at, r->size);
	r->at = NULL;
	(void)set_ring(r, 0); /* fails only of one that is mapped */
}

static struct tpacket_block_desc *
next_block(const struct packet_ring *r)
{
	return (void *)(r->at + (size_t)r->next * PACKET_RING_BLOCK);
}

bool
packet_ring_has_more(const struct packet_ring *r)
{
	return r->at != NULL &&
	    (__atomic_load_n(
		 &next_block(r)->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
		TP_STATUS_USER) != 0;
}

size_t
packet_ring_read(struct packet_ring *r, unsigned max_blocks,
    packet_ring_on_packet *on_packet, void *arg)
{
	struct tpacket_block_desc *b;
	const struct tpacket3_hdr *h;
	const uint8_t *p;
	size_t packets = 0;
	uint32_t n, i;

	for (; max_blocks > 0 && packet_ring_has_more(r); max_blocks--) {
		b = next_block(r);
		n = b->hdr.bh1.num_pkts;
		p = (const uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
		for (i = 0; i < n; i++) {
			__builtin_prefetch(p + AHEAD_BYTES);
			h = (const void *)p;
			on_packet(arg, h);
			p += h->tp_next_offset;
		}
		packets += n;
		r->handed += n;
		__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL,
		    __ATOMIC_RELEASE);
		r->next = (r->next + 1) % r->nblocks;
	}
	return packets;
}

void
packet_ring_count(struct packet_ring *r)
{
	struct tpacket_stats_v3 k;
	socklen_t n = sizeof(k);

	/* Reading resets them; tp_packets has the drops in it. */
	memset(&k, 0, sizeof(k));
	if (getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &k, &n) == -1)
		return;
	if (r->at == NULL) {
		r->dropped += k.tp_packets;
		return;
	}
	r->accepted += k.tp_packets - k.tp_drops;
	r->dropped += k.tp_drops;
}
