/*
 * stored_frames: captures that a test makes.
 */
#include "tests/unit/stored_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "protocols/bytes.h"
#include "protocols/packet.h"

#define ETHERNET 14u
#define IPV4 20u

const uint8_t stored_dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
const uint8_t stored_peer_mac[6] = { 2, 0, 0, 0, 0, 0x09 };
const uint8_t stored_dut_ip[4] = { 10, 77, 0, 10 };
const uint8_t stored_peer_ip[4] = { 10, 77, 0, 9 };

static size_t
put_transport(
    uint8_t *t, const struct stored_flow *flow, const void *payload, size_t n)
{
	size_t header = flow->proto == 6 ? 20 : 8;

	memset(t, 0, header);
	put_u16(t, flow->from_dut ? flow->port_dut : flow->port_peer);
	put_u16(t + 2, flow->from_dut ? flow->port_peer : flow->port_dut);
	if (flow->proto == 6) {
		t[12] = 5 << 4;
		t[13] = TCP_ACK | TCP_PSH;
		put_u16(t + 14, 65535);
	} else {
		put_u16(t + 4, (uint16_t)(header + n));
	}
	memcpy(t + header, payload, n);
	return header + n;
}

size_t
stored_frame(uint8_t *out, const struct stored_flow *flow, const void *payload,
    size_t size)
{
	uint8_t *ip = out + ETHERNET, *t = ip + IPV4;
	size_t n = put_transport(t, flow, payload, size);
	bool dut = flow->from_dut;

	memcpy(out, dut ? stored_peer_mac : stored_dut_mac, 6);
	memcpy(out + 6, dut ? stored_dut_mac : stored_peer_mac, 6);
	put_u16(out + 12, 0x0800);
	memset(ip, 0, IPV4);
	ip[0] = 0x45;
	put_u16(ip + 2, (uint16_t)(IPV4 + n));
	ip[8] = 64;
	ip[9] = flow->proto;
	memcpy(ip + 12, dut ? stored_dut_ip : stored_peer_ip, 4);
	memcpy(ip + 16, dut ? stored_peer_ip : stored_dut_ip, 4);
	put_u16(ip + 10, packet_checksum(0, NULL, NULL, 0, ip, IPV4));
	put_u16(t + (flow->proto == 6 ? 16 : 6),
	    packet_checksum(4, ip + 12, ip + 16, flow->proto, t, n));
	return ETHERNET + IPV4 + n;
}

static void
append(struct stored *s, const void *p, size_t n)
{
	s->bytes = xrealloc(s->bytes, s->size + n + 1, 1);
	memcpy(s->bytes + s->size, p, n);
	s->size += n;
}

static void
append32(struct stored *s, uint32_t v)
{
	const uint8_t p[4] = { (uint8_t)v, (uint8_t)(v >> 8),
		(uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	append(s, p, 4);
}

void
stored_begin(struct stored *s, uint32_t link_type)
{
	const uint32_t head[] = { 0xa1b23c4d, 4u << 16 | 2, 0, 0, 262144,
		link_type };
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < 6; i++)
		append32(s, head[i]);
}

void
stored_add(struct stored *s, const void *frame, size_t size, size_t wire_size,
    uint64_t stamp_ns)
{
	append32(s, (uint32_t)(stamp_ns / 1000000000u));
	append32(s, (uint32_t)(stamp_ns % 1000000000u));
	append32(s, (uint32_t)size);
	append32(s, (uint32_t)wire_size);
	append(s, frame, size);
}

void
stored_add_flow(struct stored *s, const struct stored_flow *flow,
    const char *payload, size_t size, uint64_t stamp_ns)
{
	uint8_t frame[STORED_FRAME_MAX];
	size_t n = stored_frame(frame, flow, payload, size);

	stored_add(s, frame, n, n, stamp_ns);
}

void
stored_write(const struct stored *s, const char *path)
{
	FILE *out = fopen(path, "wb");

	if (out == NULL || fwrite(s->bytes, 1, s->size, out) != s->size ||
	    fclose(out) == EOF)
		fatal("test: cannot write %s", path);
}

void
stored_end(struct stored *s)
{
	free(s->bytes);
	memset(s, 0, sizeof(*s));
}
