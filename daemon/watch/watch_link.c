/*
 * watch_link: the segment as the watch stands in it.
 */
#include "daemon/watch/watch_link.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "protocols/packet.h"

void
watch_link_echo_payload(
    const struct watch_link *l, uint8_t out[WATCH_ECHO_SIZE])
{
	static const char word[] = "assay watch ";

	memcpy(out, l->nonce, sizeof(l->nonce));
	memcpy(out + sizeof(l->nonce), word, sizeof(word) - 1);
}

size_t
watch_addr_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

bool
watch_addr_equals(
    const struct watch_address *a, uint8_t family, const uint8_t *addr)
{
	return a->family == family &&
	    memcmp(a->addr, addr, watch_addr_size(family)) == 0;
}

bool
watch_addr_is_link_local6(const uint8_t *addr)
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

bool
watch_addr_in_prefix(const uint8_t *addr, const uint8_t *prefix, uint8_t bits)
{
	uint8_t mask = (uint8_t)(0xff00 >> bits % 8);

	if (memcmp(addr, prefix, bits / 8) != 0)
		return false;
	return bits % 8 == 0 ||
	    ((addr[bits / 8] ^ prefix[bits / 8]) & mask) == 0;
}

bool
watch_addr_is_unicast(uint8_t family, const uint8_t *addr)
{
	static const uint8_t zero[15] = { 0 };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == 4)
		return addr[0] != 0 && addr[0] != 127 && addr[0] < 224;
	if (addr[0] == 0xff || memcmp(addr, mapped, sizeof(mapped)) == 0)
		return false;
	return memcmp(addr, zero, sizeof(zero)) != 0 || addr[15] > 1;
}

char *
watch_addr_format(uint8_t family, const uint8_t *addr, char *out)
{
	if (inet_ntop(family == 4 ? AF_INET : AF_INET6, addr, out,
		INET6_ADDRSTRLEN) == NULL)
		out[0] = '\0';
	return out;
}

char *
watch_mac_format(const uint8_t *mac, char out[18])
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
	    mac[2], mac[3], mac[4], mac[5]);
	return out;
}

bool
watch_link_owns(const struct watch_link *l, uint8_t family, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < l->naddresses; i++)
		if (watch_addr_equals(&l->addresses[i], family, addr))
			return true;
	return false;
}

void
watch_link_add(struct watch_link *l, uint8_t family, const uint8_t *addr,
    uint8_t prefix, bool borrowed)
{
	struct watch_address *a;

	if (watch_link_owns(l, family, addr) ||
	    l->naddresses == WATCH_LINK_ADDRESSES_MAX)
		return;
	a = &l->addresses[l->naddresses++];
	memset(a, 0, sizeof(*a));
	a->family = family;
	memcpy(a->addr, addr, watch_addr_size(family));
	a->prefix = prefix;
	a->borrowed = borrowed;
}

/* All host bits set: everyone's address, no one's own (RFC 919). */
static bool
is_subnet_broadcast(const struct watch_address *a, const uint8_t *addr)
{
	uint32_t host, v;

	if (a->family != 4 || a->prefix >= 31)
		return false;
	host = 0xffffffffu >> a->prefix;
	memcpy(&v, addr, 4);
	return (ntohl(v) & host) == host;
}

bool
watch_link_is_on_link(
    const struct watch_link *l, uint8_t family, const uint8_t *addr)
{
	const struct watch_address *a;
	size_t i;

	if (family == 6 && watch_addr_is_link_local6(addr))
		return true;
	for (i = 0; i < l->naddresses; i++) {
		a = &l->addresses[i];
		if (a->family == family &&
		    watch_addr_in_prefix(addr, a->addr, a->prefix))
			return !is_subnet_broadcast(a, addr);
	}
	return false;
}

const uint8_t *
watch_link_source(
    const struct watch_link *l, uint8_t family, const uint8_t *addr)
{
	const struct watch_address *a, *best = NULL;
	size_t i;

	for (i = 0; i < l->naddresses; i++) {
		a = &l->addresses[i];
		if (a->family != family || a->borrowed)
			continue;
		if (watch_addr_in_prefix(addr, a->addr, a->prefix))
			return a->addr;
		if (best == NULL)
			best = a;
	}
	return best == NULL ? NULL : best->addr;
}

bool
watch_link_ask(const struct watch_link *l, uint8_t family, const uint8_t *addr,
    const uint8_t *mac)
{
	const uint8_t *source = watch_link_source(l, family, addr);
	uint8_t frame[PACKET_BUILD_MAX];
	size_t n;

	if (source == NULL)
		return false;
	if (family == 4)
		n = packet_build_arp(frame, mac, 1, l->mac, source, NULL, addr);
	else
		n = packet_build_solicitation(frame, l->mac, mac, source, addr);
	l->send(l->arg, frame, n);
	return true;
}

static void
ping_from(const struct watch_link *l, struct packet_ends *e, uint16_t seq)
{
	uint8_t frame[PACKET_BUILD_MAX + WATCH_ECHO_SIZE];
	uint8_t payload[WATCH_ECHO_SIZE];
	size_t n;

	watch_link_echo_payload(l, payload);
	n = packet_build_echo(
	    frame, e, l->echo_id, seq, payload, sizeof(payload));
	l->send(l->arg, frame, n);
}

bool
watch_link_ping(const struct watch_link *l, uint8_t family, const uint8_t *addr,
    const uint8_t *mac, uint16_t seq)
{
	struct packet_ends e = { l->mac, mac, family, NULL, addr };

	e.src = watch_link_source(l, family, addr);
	if (e.src == NULL)
		return false;
	ping_from(l, &e, seq);
	return true;
}

void
watch_link_ping_all(const struct watch_link *l, uint16_t seq)
{
	static const uint8_t all[16] = { 0xff, 2, [15] = 1 };
	static const uint8_t all_mac[6] = { 0x33, 0x33, [5] = 1 };
	struct packet_ends e = { l->mac, all_mac, 6, NULL, all };
	size_t i;

	for (i = 0; i < l->naddresses; i++)
		if (l->addresses[i].family == 6 && !l->addresses[i].borrowed) {
			e.src = l->addresses[i].addr;
			ping_from(l, &e, seq);
		}
}
