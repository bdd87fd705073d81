/*
 * capture_census: who is in a capture.
 */
#include "judging/capture_census.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/shared/address.h"
#include "protocols/dns.h"
#include "protocols/ndp.h"
#include "protocols/packet.h"

#define ARP_SENDER_MAC 8 /* RFC 826, Ethernet and IPv4 */
#define ARP_SENDER_ADDRESS 14

static struct census_sender *
find(const struct census *x, const uint8_t mac[6])
{
	size_t i;

	for (i = 0; i < x->nsenders; i++)
		if (memcmp(x->senders[i].mac, mac, 6) == 0)
			return &x->senders[i];
	return NULL;
}

const struct census_sender *
census_find(const struct census *x, const uint8_t mac[6])
{
	return find(x, mac);
}

/* NULL: no single host's MAC, or no room. */
static struct census_sender *
find_or_add(struct census *x, const uint8_t mac[6])
{
	static const uint8_t zero[6];
	struct census_sender *s = find(x, mac);

	if (s != NULL)
		return s;
	if ((mac[0] & 1) != 0 || memcmp(mac, zero, 6) == 0 ||
	    x->nsenders == CENSUS_SENDERS_MAX) {
		x->unlisted++;
		return NULL;
	}
	s = &x->senders[x->nsenders++];
	memcpy(s->mac, mac, 6);
	return s;
}

static bool
is_host(uint8_t family, const uint8_t *addr)
{
	static const uint8_t zero[16];

	if (family == 4)
		return addr[0] != 0 && addr[0] != 127 && addr[0] < 224;
	return addr[0] != 0xff && memcmp(addr, zero, 15) != 0;
}

static void
add_address(struct census_sender *s, uint8_t family, const uint8_t *addr)
{
	size_t i, n = family == 4 ? 4 : 16;
	struct census_address *a;

	if (!is_host(family, addr))
		return;
	for (i = 0; i < s->naddresses; i++)
		if (s->addresses[i].family == family &&
		    memcmp(s->addresses[i].addr, addr, n) == 0)
			return;
	if (s->naddresses == CENSUS_ADDRESSES_MAX) {
		s->more_addresses++;
		return;
	}
	a = &s->addresses[s->naddresses++];
	a->family = family;
	memcpy(a->addr, addr, n);
}

/* What a sender says of itself; Ethernet's word and the other must agree. */
static void
read_addresses(struct census_sender *s, const struct packet *p)
{
	struct ndp n;

	if (p->arp != NULL &&
	    memcmp(p->arp + ARP_SENDER_MAC, p->mac_src, 6) == 0)
		add_address(s, 4, p->arp + ARP_SENDER_ADDRESS);
	if (p->family != 0)
		add_address(s, p->family, p->src);
	if (ndp_parse(&n, p) == 0 && n.type == NDP_NEIGHBOUR_ADVERTISEMENT &&
	    (n.target_mac == NULL || memcmp(n.target_mac, p->mac_src, 6) == 0))
		add_address(s, 6, n.target);
}

static void
count(struct census *x, const struct frame *f)
{
	struct census_sender *s;
	struct packet p;

	if (x->frames++ - x->other == 0)
		x->stamp_first = f->stamp_ns;
	x->stamp_last = f->stamp_ns;
	x->cut += f->size < f->wire_size;
	if (packet_dissect(&p, f->data, f->size) == -1)
		return;
	s = find_or_add(x, p.mac_src);
	if (s == NULL)
		return;
	s->frames++;
	s->is_bench = s->is_bench || f->direction == FRAME_OUT;
	read_addresses(s, &p);
}

int
census_take(struct census *x, struct capture_file *c, struct err *e)
{
	struct capture_frame f;
	int got;

	memset(x, 0, sizeof(*x));
	x->senders = xcalloc(CENSUS_SENDERS_MAX, sizeof(*x->senders));
	capture_file_rewind(c);
	while ((got = capture_file_next(c, &f, e)) == 1) {
		if (f.frame.link_type == LINKTYPE_ETHERNET_NUMBER) {
			count(x, &f.frame);
			continue;
		}
		x->frames++;
		x->other++;
	}
	x->end = capture_file_cut(c);
	return got;
}

void
census_clear(struct census *x)
{
	free(x->senders);
	memset(x, 0, sizeof(*x));
}

static json_t *
addresses_json(const struct census_sender *s)
{
	json_t *list = json_array();
	char text[46];
	size_t i;

	for (i = 0; i < s->naddresses; i++)
		json_array_append_new(list,
		    json_string(address_text(
			s->addresses[i].family, s->addresses[i].addr, text)));
	return list;
}

json_t *
census_json(const struct census *x)
{
	json_t *list = json_array();
	char mac[18];
	size_t i;

	for (i = 0; i < x->nsenders; i++)
		json_array_append_new(list,
		    json_pack("{s:s,s:I,s:b,s:o}", "mac",
			mac_text(x->senders[i].mac, mac), "frames",
			(json_int_t)x->senders[i].frames, "bench",
			(int)x->senders[i].is_bench, "addresses",
			addresses_json(&x->senders[i])));
	return list;
}

/* ---- names ---- */

static void
read_questions(json_t *names, const struct packet *p)
{
	struct dns_record r;
	struct dns d;

	if (dns_parse(&d, p->payload, p->payload_size) == -1 || d.response)
		return;
	while (dns_next(&d, &r) == 1 && r.section == DNS_QUESTION)
		if (json_object_size(names) < CENSUS_NAMES_MAX)
			json_object_set_new(names, r.name, json_true());
}

static int
compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static json_t *
sorted(json_t *names)
{
	size_t n = json_object_size(names), i = 0;
	const char **list = xcalloc(n, sizeof(*list)), *name;
	json_t *out = json_array(), *value;

	json_object_foreach (names, name, value)
		list[i++] = name;
	qsort(list, n, sizeof(*list), compare);
	for (i = 0; i < n; i++)
		json_array_append_new(out, json_string(list[i]));
	free(list);
	json_decref(names);
	return out;
}

json_t *
census_names(struct capture_file *c, const uint8_t mac[6], struct err *e)
{
	json_t *names = json_object();
	struct capture_frame f;
	struct packet p;
	int got;

	capture_file_rewind(c);
	while ((got = capture_file_next(c, &f, e)) == 1) {
		if (f.frame.link_type != LINKTYPE_ETHERNET_NUMBER ||
		    packet_dissect(&p, f.frame.data, f.frame.size) == -1 ||
		    (p.layers & PACKET_UDP) == 0 || p.payload == NULL ||
		    memcmp(p.mac_src, mac, 6) != 0)
			continue;
		if (p.port_dst == DNS_PORT || p.port_dst == MDNS_PORT)
			read_questions(names, &p);
	}
	if (got == -1) {
		json_decref(names);
		return NULL;
	}
	return sorted(names);
}
