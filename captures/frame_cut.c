/*
 * frame_cut: how much of a frame is kept where no payload may be.
 *
 * The hard truth: what cannot be taken apart may be anything, so of it only
 * the header is kept that was understood last.
 */
#include "captures/frame_cut.h"

#include <stdbool.h>
#include <stdio.h>

#include "protocols/packet.h"

#define LINK_HEADER 14u
#define TAG_SIZE 4u     /* IEEE 802.1Q */
#define ARP_SIZE 28     /* RFC 826, Ethernet and IPv4 */
#define IPV4_LEAST 20u  /* RFC 791 */
#define IPV6_HEADER 40u /* RFC 8200 */
#define TCP_LEAST 20u   /* RFC 9293 */
#define ND_FIRST 133    /* RFC 4861: router solicitation … */
#define ND_LAST 137     /* … to redirect */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The link header, VLAN tags included. */
static size_t
link_size(const uint8_t *frame, size_t size)
{
	size_t at = LINK_HEADER;

	while (size - at >= TAG_SIZE &&
	    ((frame[at - 2] == 0x81 && frame[at - 1] == 0x00) ||
		(frame[at - 2] == 0x88 && frame[at - 1] == 0xa8)))
		at += TAG_SIZE;
	return at;
}

static bool
is_read_port(uint16_t port)
{
	return port == 53 ||            /* RFC 1035 */
	    port == 67 || port == 68 || /* RFC 2131 */
	    port == 546 || port == 547; /* RFC 8415 */
}

/* The network is run by it, and probes over a recording read it. */
static bool
is_read_whole(const struct packet *p)
{
	if ((p->layers & PACKET_UDP) != 0)
		return is_read_port(p->port_src) || is_read_port(p->port_dst);
	return (p->layers & PACKET_ICMPV6) != 0 && p->icmp_type >= ND_FIRST &&
	    p->icmp_type <= ND_LAST;
}

/* Bytes from the transport header on. */
static size_t
transport_kept(const struct packet *p)
{
	const unsigned known =
	    PACKET_TCP | PACKET_UDP | PACKET_ICMP | PACKET_ICMPV6;

	if ((p->layers & known) == 0)
		return 0;       /* where its header ends we do not know */
	if (p->payload == NULL) /* not even the header is all there */
		return least(p->transport_size, TCP_LEAST);
	if (is_read_whole(p))
		return p->transport_size;
	return (size_t)(p->payload - p->transport);
}

size_t
frame_cut_size(const uint8_t *frame, size_t size)
{
	struct packet p;
	size_t at;

	if (packet_dissect(&p, frame, size) == -1)
		return size;
	if (p.arp != NULL)
		return (size_t)(p.arp - frame) + ARP_SIZE;
	if (p.ip == NULL)
		return link_size(frame, size);
	if (p.transport != NULL)
		return (size_t)(p.transport - frame) + transport_kept(&p);
	if (p.fragment != NULL)
		return (size_t)(p.fragment - frame);
	at = (size_t)(p.ip - frame);
	return least(size, at + (p.family == 4 ? IPV4_LEAST : IPV6_HEADER));
}

const char *
frame_cut_note(char out[FRAME_CUT_NOTE_SIZE], size_t size,
    const uint8_t sha256[SHA256_SIZE])
{
	char hex[SHA256_SIZE * 2 + 1];

	hex_encode(sha256, SHA256_SIZE, hex);
	snprintf(
	    out, FRAME_CUT_NOTE_SIZE, "whole: %zu bytes, sha256 %s", size, hex);
	return out;
}
