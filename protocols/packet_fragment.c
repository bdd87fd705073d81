/*
 * packet_fragment: an IPv6 packet in fragments, and its identification.
 */
#include "protocols/packet_fragment.h"

#include <string.h>

#include "protocols/bytes.h"

#define ETHERNET 14
#define IPV6 40
#define FRAGMENT 8
#define NEXT_FRAGMENT 44

size_t
packet_build_fragment6(uint8_t *out, const uint8_t *frame, size_t size,
    uint32_t id, size_t *offset)
{
	const size_t head = ETHERNET + IPV6;
	size_t left, n;
	bool more;

	if (size <= head || *offset >= size - head || *offset % 8 != 0)
		return 0;
	left = size - head - *offset;
	more = left > PACKET_FRAGMENT_SIZE;
	n = more ? PACKET_FRAGMENT_SIZE : left;
	memcpy(out, frame, head);
	put_u16(out + ETHERNET + 4, (uint16_t)(FRAGMENT + n));
	out[head] = out[ETHERNET + 6];
	out[ETHERNET + 6] = NEXT_FRAGMENT;
	out[head + 1] = 0;
	put_u16(out + head + 2, (uint16_t)(*offset | more));
	put_u32(out + head + 4, id);
	memcpy(out + head + FRAGMENT, frame + head + *offset, n);
	*offset += n;
	return head + FRAGMENT + n;
}

int
packet_id(const struct packet *p, struct packet_id *id)
{
	struct reader r;

	if (!p->whole)
		return -1;
	if ((p->layers & PACKET_IPV4) != 0) {
		r = reader_over(p->ip + 4, 4);
		id->id = reader_u16(&r);
		id->dont_fragment = (reader_u16(&r) & 0x4000) != 0;
		return 0;
	}
	if ((p->layers & PACKET_IPV6) == 0 ||
	    (p->layers & PACKET_FIRST_FRAGMENT) == 0 ||
	    p->ip[6] != NEXT_FRAGMENT)
		return -1;
	r = reader_over(p->ip + IPV6 + 4, 4);
	id->id = reader_u32(&r);
	id->dont_fragment = false;
	return 0;
}
