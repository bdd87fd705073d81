/*
 * packet_ring: one AF_PACKET socket and its ring of blocks (TPACKET_V3).
 *
 * The kernel fills blocks of 64 KiB and gives each to us when it is full or a
 * few milliseconds old.  It counts each frame it accepts before it copies it.
 */
#ifndef ASSAY_PACKET_RING_H
#define ASSAY_PACKET_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_RING_BLOCK (64u << 10) /* bytes */

struct tpacket3_hdr;

struct packet_ring {
	int fd;      /* a packet socket; -1: none */
	uint8_t *at; /* NULL: no ring is made */
	size_t size;
	unsigned nblocks, next;
	/* since packet_ring_begin(), over all rings that were made */
	uint64_t accepted, dropped, handed;
};

typedef void packet_ring_on_packet(void *arg, const struct tpacket3_hdr *h);

/* fd: taken over; it has no ring yet.  0, or -1 with errno. */
int packet_ring_begin(struct packet_ring *r, int fd);
/* Closes. */
void packet_ring_end(struct packet_ring *r);
/* 0, or -1 with errno, and there is none. */
int packet_ring_make(struct packet_ring *r, size_t bytes);
/* Gives its memory back; what is in it is lost, and the socket stays. */
void packet_ring_unmake(struct packet_ring *r);

/* Hands on the packets of at most max_blocks blocks. Returns how many. */
size_t packet_ring_read(struct packet_ring *r, unsigned max_blocks,
    packet_ring_on_packet *on_packet, void *arg);
/* There is a block to read. */
bool packet_ring_has_more(const struct packet_ring *r);
/* Asks the kernel. accepted is exact; what came while no ring was made counts
 * as dropped. */
void packet_ring_count(struct packet_ring *r);

#endif
