/*
 * ip_payload: the first message of an IP protocol.
 *
 * Most numbers get plain bytes.  A message is written out where a stack that
 * knows the protocol drops what does not parse: its silence would hide it.
 */
#include "protocols/ip_payload.h"

#include <string.h>

#include "protocols/bytes.h"
#include "protocols/packet.h"

#define MARK_SIZE 8
#define NO_NEXT_HEADER 59

/* A checksum of RFC 1071 at this place, over all of it. */
static size_t
with_checksum(uint8_t *out, size_t size, size_t at)
{
	put_u16(out + at, packet_checksum(0, NULL, NULL, 0, out, size));
	return size;
}

/* RFC 2236 section 2: a general query. */
static size_t
put_igmp(const uint8_t *mark, uint8_t *out)
{
	(void)mark;
	put_u32(out, 0x11640000);
	put_u32(out + 4, 0);
	return with_checksum(out, 8, 2);
}

/* RFC 4303 section 2: an SPI that nobody agreed on. */
static size_t
put_esp(const uint8_t *mark, uint8_t *out)
{
	put_u32(out, 0x00000101);
	put_u32(out + 4, 1);
	memcpy(out + 8, mark, MARK_SIZE);
	memset(out + 16, 0, 16);
	return 32;
}

/* RFC 4302 section 2: 24 bytes, in words of four less two. */
static size_t
put_ah(const uint8_t *mark, uint8_t *out)
{
	put_u32(out, 0x3b040000); /* no next header */
	put_u32(out + 4, 0x00000101);
	put_u32(out + 8, 1);
	memset(out + 12, 0, 12);
	memcpy(out + 12, mark, MARK_SIZE);
	return 24;
}

/* RFC 2328 sections A.3.1 and A.3.2: a hello of backbone area. */
static size_t
put_ospf(const uint8_t *mark, uint8_t *out)
{
	memset(out, 0, 44);
	put_u32(out, 0x0201002c);
	memcpy(out + 4, mark, 4); /* router id */
	put_u32(out + 24, 0xffffff00);
	put_u32(out + 28, 0x000a0201); /* 10 s, external routes, priority */
	put_u32(out + 32, 40);
	return with_checksum(out, 44, 12);
}

/* RFC 7761 section 4.9.2: hello, hold time 105 s. */
static size_t
put_pim(const uint8_t *mark, uint8_t *out)
{
	(void)mark;
	put_u32(out, 0x20000000);
	put_u32(out + 4, 0x00010002);
	put_u16(out + 8, 105);
	return with_checksum(out, 10, 2);
}

/* RFC 3768 section 5.1: an advertisement of router 1, priority 1. */
static size_t
put_vrrp(const uint8_t *mark, uint8_t *out)
{
	memset(out, 0, 20);
	put_u32(out, 0x21010101);
	put_u16(out + 4, 1);
	memcpy(out + 8, mark, 4);
	return with_checksum(out, 20, 6);
}

/* RFC 3931 sections 4.1.1.2 and 5.4.1: start of a control connection. */
static size_t
put_l2tp(const uint8_t *mark, uint8_t *out)
{
	memset(out, 0, 24);
	put_u32(out + 4, 0xc8030014); /* control, 20 bytes */
	put_u32(out + 16, 0x80080000);
	put_u32(out + 20, 0x00000001); /* message type: SCCRQ */
	(void)mark;
	return 24;
}

/* RFC 9260 appendix A: CRC32c, reflected. */
static uint32_t
crc32c(const uint8_t *p, size_t size)
{
	uint32_t crc = 0xffffffff;
	size_t i;
	int k;

	for (i = 0; i < size; i++) {
		crc ^= p[i];
		for (k = 0; k < 8; k++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* RFC 9260 section 3.3.2: INIT; a closed port answers ABORT (section 8.4). */
static size_t
put_sctp(const uint8_t *mark, uint8_t *out)
{
	uint32_t sum;

	memset(out, 0, 32);
	put_u16(out, 61000);
	put_u16(out + 2, 7);
	put_u32(out + 12, 0x01000014);
	memcpy(out + 16, mark, 4); /* initiate tag */
	out[16] |= 1;              /* it must not be zero */
	put_u32(out + 20, 0x00010000);
	put_u32(out + 24, 0x00010001);
	memcpy(out + 28, mark + 4, 4);
	sum = crc32c(out, 32); /* least significant byte first */
	put_u16(out + 8, (uint16_t)((sum & 0xff) << 8 | (sum >> 8 & 0xff)));
	put_u16(
	    out + 10, (uint16_t)((sum >> 16 & 0xff) << 8 | (sum >> 24 & 0xff)));
	return 32;
}

/* RFC 3828 section 3.1: all of it is covered.  (A coverage beyond the packet
 * stops lwIP 2.1.3 at an assertion.)  The checksum needs the addresses. */
static size_t
put_udplite(const uint8_t *mark, uint8_t *out)
{
	memset(out, 0, 8);
	put_u16(out, 61000);
	put_u16(out + 2, 7);
	memcpy(out + 8, mark, MARK_SIZE);
	return 8 + MARK_SIZE;
}

/* IPv6's own headers (RFC 8200 section 4), whole and with nothing behind: a
 * host walks over them and is silent.  PadN fills the options. */
static size_t
put_extension(uint8_t proto, const uint8_t *mark, uint8_t *out)
{
	memset(out, 0, 8);
	out[0] = NO_NEXT_HEADER;
	if (proto == 0 || proto == 60) {
		out[2] = 1;
		out[3] = 4;
		memcpy(out + 4, mark, 4);
	} else if (proto == 44) {
		memcpy(out + 4, mark, 4); /* an atomic fragment, RFC 6946 */
	} else {
		out[2] = 253; /* routing type for experiments, RFC 4727 */
	}
	return 8;
}

static const struct {
	uint8_t proto;
	size_t (*put)(const uint8_t *mark, uint8_t *out);
} messages[] = {
	{ 2, put_igmp },
	{ 50, put_esp },
	{ 51, put_ah },
	{ 89, put_ospf },
	{ 103, put_pim },
	{ 112, put_vrrp },
	{ 115, put_l2tp },
	{ 132, put_sctp },
	{ IP_PAYLOAD_UDPLITE, put_udplite },
};

size_t
ip_payload_put(
    uint8_t family, uint8_t proto, const uint8_t mark[8], uint8_t *out)
{
	size_t i;

	if (family == 6 &&
	    (proto == 0 || proto == 43 || proto == 44 || proto == 60))
		return put_extension(proto, mark, out);
	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].proto == proto)
			return messages[i].put(mark, out);
	memcpy(out, mark, MARK_SIZE);
	memset(out + MARK_SIZE, 0, 8);
	return MARK_SIZE + 8;
}
