/*
 * net.flows: the device calls nobody but whom its maker declares.
 *
 * NET-36 (RFC 8520's idea of a declaration; EN 303 645 provision 5.6, IAC 2b):
 * every outbound flow over a day and at boot.  Passive: it reads what the
 * segment has recorded, in capture time, so that the device need not be held
 * and a restart of the bench is a hole that can be stated.
 *
 * A flow is a TCP SYN of the device, or a datagram of its that answers none.
 * A name that it asks for is a destination, too, whether or not it is told an
 * address: on a sealed segment it may not get any further.  What cannot leave
 * the link (multicast, broadcast) and what the segment itself offers (DHCP, the
 * resolver and the clock it was given) is no destination.  The hard truth:
 * what is not in the recording may have happened all the same, so every doubt
 * about its being whole is inconclusive.
 */
#include <stdio.h>
#include <string.h>

#include "probes/net_flows/parts.h"
#include "protocols/dhcp.h"
#include "protocols/dns.h"
#include "protocols/packet.h"

#define NTP_PORT 123
#define DHCPV6_SERVER 547

static size_t
addr_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static bool
is_dut(struct assay_job *job, const uint8_t *mac)
{
	return assay_target_count(job) > 0 &&
	    memcmp(assay_target_at(job, 0)->mac, mac, 6) == 0;
}

/* ---- who answers whom ---- */

static struct flows_heard
heard_of(const struct packet *p, bool outgoing)
{
	struct flows_heard h;

	memset(&h, 0, sizeof(h));
	h.proto = p->proto;
	h.family = p->family;
	memcpy(h.peer, outgoing ? p->dst : p->src, addr_size(p->family));
	h.peer_port = outgoing ? p->port_dst : p->port_src;
	h.own_port = outgoing ? p->port_src : p->port_dst;
	return h;
}

/* The device was spoken to from there: what it sends back is an answer. */
static bool
is_answer(const struct flows *s, const struct packet *p)
{
	struct flows_heard h = heard_of(p, true);
	size_t i, n = s->nheard < FLOWS_HEARD_MAX ? s->nheard : FLOWS_HEARD_MAX;

	for (i = 1; i <= n; i++)
		if (memcmp(&s->heard[(s->nheard - i) % FLOWS_HEARD_MAX], &h,
			sizeof(h)) == 0)
			return true;
	return false;
}

static void
remember_heard(struct flows *s, const struct packet *p)
{
	struct flows_heard h = heard_of(p, false);

	if (s->nheard > 0 &&
	    memcmp(&s->heard[(s->nheard - 1) % FLOWS_HEARD_MAX], &h,
		sizeof(h)) == 0)
		return;
	s->heard[s->nheard++ % FLOWS_HEARD_MAX] = h;
}

/* ---- names ---- */

static struct flows_name *
name_of(struct flows *s, const char *text)
{
	struct flows_name *n;
	size_t i;

	for (i = 0; i < s->nnames; i++)
		if (strcmp(s->names[i].text, text) == 0)
			return &s->names[i];
	if (s->nnames == FLOWS_NAMES_MAX) {
		s->overflowed = true;
		return NULL;
	}
	n = &s->names[s->nnames++];
	memcpy(n->text, text, strlen(text) + 1); /* it fits: ask_name() */
	return n;
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* A pointer record asks for a name, it is no destination. */
static bool
is_reverse(const char *name)
{
	size_t n = strlen(name);

	return n >= 5 && strcmp(name + n - 5, ".arpa") == 0;
}

static bool
ask_name(struct flows *s, const struct packet *p, struct dns *d)
{
	struct dns_record r;
	struct flows_name *n;
	int got;

	while ((got = dns_next(d, &r)) == 1 && r.section == DNS_QUESTION) {
		lower(r.name);
		if (is_reverse(r.name) || strcmp(r.name, ".") == 0)
			continue;
		if (strlen(r.name) >= FLOWS_NAME_SIZE) {
			s->overflowed = true;
			continue;
		}
		n = name_of(s, r.name);
		if (n != NULL && n->count++ == 0) {
			n->own_port = p->port_src;
			n->proto = p->proto;
		}
	}
	return got != -1;
}

/* An address in an answer belongs to the name that was asked for, whatever
 * aliases lie between. */
static bool
learn_addresses(struct flows *s, struct dns *d)
{
	char asked[DNS_NAME_SIZE] = "";
	struct flows_address *a;
	struct dns_record r;
	int got;

	while ((got = dns_next(d, &r)) == 1) {
		if (r.section == DNS_QUESTION) {
			memcpy(asked, r.name, sizeof(asked));
			lower(asked);
		}
		if (r.section != DNS_ANSWER || r.addr == NULL ||
		    strlen(asked) >= FLOWS_NAME_SIZE)
			continue;
		if (s->naddresses == FLOWS_ADDRESSES_MAX) {
			s->overflowed = true;
			continue;
		}
		a = &s->addresses[s->naddresses++];
		a->family = r.type == DNS_A ? 4 : 6;
		memcpy(a->addr, r.addr, addr_size(a->family));
		snprintf(a->name, sizeof(a->name), "%.*s", FLOWS_NAME_SIZE - 1,
		    asked);
	}
	return got != -1;
}

/* Over TCP a message may be in pieces: only the flow is seen. */
static void
read_dns(struct flows *s, const struct packet *p, bool outgoing)
{
	struct dns d;
	bool good;

	if (p->proto != ASSAY_UDP || p->payload_size == 0)
		return;
	good = p->whole && dns_parse(&d, p->payload, p->payload_size) == 0;
	if (good && outgoing && !d.response)
		good = ask_name(s, p, &d);
	else if (good && !outgoing && d.response)
		good = learn_addresses(s, &d);
	if (!good && outgoing)
		s->unread++;
}

/* ---- what the segment offers ---- */

static void
learn_offer(struct flows *s, const struct packet *p)
{
	struct dhcp d;
	size_t i;

	if (p->payload == NULL ||
	    dhcp_parse(&d, p->payload, p->payload_size) == -1 || d.op != 2)
		return;
	for (i = 0; i + 4 <= d.dns_size && s->nresolvers < FLOWS_RESOLVERS_MAX;
	     i += 4)
		memcpy(s->resolvers[s->nresolvers++], d.dns + i, 4);
}

static bool
is_bench(struct assay_job *job, uint8_t family, const uint8_t *addr)
{
	const struct assay_target *t;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		if (t->family == family &&
		    memcmp(t->source, addr, addr_size(family)) == 0)
			return true;
	}
	return false;
}

static bool
is_offered_resolver(struct assay_job *job, const struct packet *p)
{
	const struct flows *s = assay_state(job);
	size_t i;

	for (i = 0; p->family == 4 && i < s->nresolvers; i++)
		if (memcmp(s->resolvers[i], p->dst, 4) == 0)
			return true;
	return is_bench(job, p->family, p->dst);
}

/* ---- flows ---- */

static bool
stays_on_link(const struct packet *p)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };

	if ((p->mac_dst[0] & 1) != 0) /* multicast and broadcast */
		return true;
	return p->family == 4
	    ? (p->dst[0] & 0xf0) == 0xe0 || memcmp(p->dst, all, 4) == 0
	    : p->dst[0] == 0xff;
}

static bool
is_dhcp(const struct packet *p)
{
	return p->proto == ASSAY_UDP &&
	    (p->port_dst == DHCP_PORT_SERVER || p->port_dst == DHCPV6_SERVER);
}

/* The bench itself, by any of its addresses on this link. */
static bool
is_bench_on_link(struct assay_job *job, const struct packet *p)
{
	const struct assay_target *t;
	size_t i, n = p->family == 4 ? 3 : 8;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		if (t->family == p->family &&
		    memcmp(t->source_mac, p->mac_dst, 6) == 0 &&
		    memcmp(t->source, p->dst, n) == 0)
			return true;
	}
	return false;
}

/* A SYN; or a segment of a connection whose beginning was not seen, unless it
 * is one of the bench's own. */
static bool
is_tcp_call(struct assay_job *job, const struct packet *p)
{
	if ((p->layers & PACKET_TCP) == 0 || (p->flags & TCP_RST) != 0)
		return false;
	if ((p->flags & TCP_SYN) != 0)
		return (p->flags & TCP_ACK) == 0;
	return !is_bench_on_link(job, p) && !is_answer(assay_state(job), p);
}

/* UDP: a datagram that answers none.  ICMP: an echo request. */
static bool
is_call(struct assay_job *job, const struct packet *p)
{
	switch (p->proto) {
	case ASSAY_TCP:
		return is_tcp_call(job, p);
	case ASSAY_UDP:
		return (p->layers & PACKET_UDP) != 0 &&
		    !is_answer(assay_state(job), p);
	case 1:
		return (p->layers & PACKET_ICMP) != 0 && p->icmp_type == 8 &&
		    !is_bench_on_link(job, p);
	case 58:
		return (p->layers & PACKET_ICMPV6) != 0 &&
		    p->icmp_type == 128 && !is_bench_on_link(job, p);
	default:
		return (p->layers & (PACKET_FRAGMENT | PACKET_ICMP)) == 0 &&
		    p->proto != 2; /* IGMP */
	}
}

static void
add_flow(struct assay_job *job, const struct packet *p, bool is_resolver)
{
	struct flows *s = assay_state(job);
	struct flows_call c, *old;
	size_t i;

	memset(&c, 0, sizeof(c));
	c.proto = p->proto;
	c.family = p->family;
	c.port = p->port_dst;
	memcpy(c.addr, p->dst, addr_size(p->family));
	for (i = 0; i < s->ncalls; i++) {
		old = &s->calls[i];
		if (old->proto == c.proto && old->family == c.family &&
		    old->port == c.port && memcmp(old->addr, c.addr, 16) == 0) {
			old->count++;
			return;
		}
	}
	if (s->ncalls == FLOWS_CALLS_MAX) {
		s->overflowed = true;
		return;
	}
	c.count = 1;
	c.own_port = p->port_src;
	c.is_resolver = is_resolver;
	s->calls[s->ncalls++] = c;
}

static void
on_call(struct assay_job *job, const struct packet *p)
{
	bool is_dns = p->port_dst == DNS_PORT &&
	    (p->proto == ASSAY_UDP || p->proto == ASSAY_TCP);

	if (is_dns && is_offered_resolver(job, p))
		return;
	if (p->proto == ASSAY_UDP && p->port_dst == NTP_PORT &&
	    is_bench(job, p->family, p->dst))
		return;
	add_flow(job, p, is_dns);
}

/* ---- frames ---- */

static void
note_life(struct assay_job *job, uint64_t stamp_ns)
{
	struct flows *s = assay_state(job);

	if (s->sent++ == 0)
		s->first_ns = s->last_ns = stamp_ns;
	if (stamp_ns > s->last_ns && stamp_ns - s->last_ns > s->silence_ns)
		s->silence_ns = stamp_ns - s->last_ns;
	if (stamp_ns > s->last_ns)
		s->last_ns = stamp_ns;
}

/* DHCP's first words and claims on an address: a host does so when it starts
 * (RFC 2131 section 4.4.1, RFC 5227 section 2.1.1, RFC 4862 section 5.4). */
static bool
is_boot(const struct packet *p)
{
	static const uint8_t none[16];
	struct dhcp d;

	if (p->arp != NULL)
		return memcmp(p->arp + 14, none, 4) == 0;
	if (p->family == 6 && (p->layers & PACKET_ICMPV6) != 0)
		return p->icmp_type == 135 && memcmp(p->src, none, 16) == 0;
	return p->proto == ASSAY_UDP && p->port_dst == DHCP_PORT_SERVER &&
	    p->payload != NULL &&
	    dhcp_parse(&d, p->payload, p->payload_size) == 0 &&
	    (d.type == DHCP_DISCOVER ||
		(d.type == DHCP_REQUEST && memcmp(d.ciaddr, none, 4) == 0));
}

static void
on_sent(struct assay_job *job, const struct packet *p, uint64_t stamp_ns)
{
	struct flows *s = assay_state(job);

	note_life(job, stamp_ns);
	s->boots += is_boot(p);
	if (p->family == 0 || is_dhcp(p))
		return;
	if (p->port_dst == DNS_PORT)
		read_dns(s, p, true);
	if (stays_on_link(p)) {
		s->on_link++;
		return;
	}
	if (is_call(job, p))
		on_call(job, p);
}

static void
on_received(struct assay_job *job, const struct packet *p)
{
	struct flows *s = assay_state(job);

	if ((p->layers & PACKET_TCP) != 0 &&
	    (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		remember_heard(s, p);
	if (p->proto != ASSAY_UDP || (p->layers & PACKET_UDP) == 0)
		return;
	if (p->port_src == DHCP_PORT_SERVER)
		learn_offer(s, p);
	else if (p->port_src == DNS_PORT)
		read_dns(s, p, false);
	/* An answer to its own question is not a question to it. */
	if (p->port_src != DNS_PORT && p->port_src != NTP_PORT)
		remember_heard(s, p);
}

static bool
is_read_port(uint16_t port)
{
	return port == DNS_PORT || port == DHCP_PORT_SERVER ||
	    port == DHCP_PORT_CLIENT;
}

/* Of a frame that was not kept whole: is anything missing that is read here?
 * A recording may hold headers alone, and names and offers. */
static bool
lacks_something(const struct packet *p)
{
	const unsigned known =
	    PACKET_TCP | PACKET_UDP | PACKET_ICMP | PACKET_ICMPV6;

	if ((p->layers & PACKET_ARP) != 0 || p->ethertype == 0x8100 ||
	    p->ethertype == 0x88a8) /* a VLAN tag that is not all there */
		return !p->whole;
	if ((p->layers & (PACKET_IPV4 | PACKET_IPV6)) == 0)
		return false;
	if (p->transport == NULL)
		return p->fragment == NULL;
	if ((p->layers & known) != 0 && p->payload == NULL)
		return true;
	return (p->layers & PACKET_UDP) != 0 && !p->whole &&
	    (is_read_port(p->port_src) || is_read_port(p->port_dst));
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct flows *s = assay_state(job);
	struct packet p;

	if (packet_dissect(&p, frame->data, frame->size) == -1)
		return;
	if (frame->size < frame->wire_size && lacks_something(&p))
		s->cut++;
	if (is_dut(job, p.mac_src))
		on_sent(job, &p, frame->stamp_ns);
	else if (is_dut(job, p.mac_dst) || (p.mac_dst[0] & 1) != 0)
		on_received(job, &p);
}

/* ---- the descriptor ---- */

static const struct assay_claim claims[] = {
	{ "NET-36", ASSAY_COMPLETENESS },
	{ "NET-36", ASSAY_BEHAVIOUR },
	{ NULL, 0 },
};

static const struct assay_param params[] = {
	{ "over", ASSAY_PARAM_DURATION, "25h", 0, 0, NULL,
	    "How far back the recording of the segment is read." },
	{ "least", ASSAY_PARAM_DURATION, "24h", 0, 0, NULL,
	    "For so long the device must have been seen." },
	{ "silence", ASSAY_PARAM_DURATION, "60s", 0, 0, NULL,
	    "The longest time it may be silent, answers to the bench "
	    "included." },
	{ "boot", ASSAY_PARAM_BOOL, "true", 0, 0, NULL,
	    "A boot of it must have been seen." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static const struct assay_field fields[] = {
	{ "seen", ASSAY_TYPE_DURATION, "ns",
	    "From its first frame to its last." },
	{ "silence", ASSAY_TYPE_DURATION, "ns",
	    "The longest time between two of its frames." },
	{ "boots", ASSAY_TYPE_U64, "frame", "Signs of a boot." },
	{ "on_link", ASSAY_TYPE_U64, "frame",
	    "Multicast and broadcast, which do not leave the link." },
	{ "doubt", ASSAY_TYPE_STRING, "",
	    "Why not all of it was understood: overflow, unread, cut." },
	{ "name", ASSAY_TYPE_STRING, "", "A name that it asked for." },
	{ "call", ASSAY_TYPE_STRING, "",
	    "Protocol, address and port that it called, and the names it was "
	    "given this address for." },
	{ "resolver", ASSAY_TYPE_STRING, "",
	    "A resolver it asked that nobody had offered it." },
	{ NULL, 0, NULL, NULL },
};

static const struct assay_reason reasons[] = {
	{ "flows.as_declared", "names calls seen" },
	{ "flows.undeclared", "destinations count" },
	{ "flows.not_declared", "count" },
	{ "flows.never_spoke", "" },
	{ "flows.too_short", "seen least" },
	{ "flows.silent", "silence limit" },
	{ "flows.no_boot", "" },
	{ "flows.doubt", "doubt" },
	{ "flows.hard_resolver", "resolvers" },
	{ "flows.offered_resolver", "" },
	{ NULL, NULL },
};

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "net.flows",
	.title = "the device calls nobody but whom its maker declares",
	.method = 2,
	.claims = claims,
	.params = params,
	.observations = fields,
	.reasons = reasons,
	.needs = ASSAY_NEED_LINK,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_PASSIVE,
	.timeout_ms = 600000,
	.state_size = sizeof(struct flows),
	.on_frame = on_frame,
	.on_end = flows_observe,
	.judge = flows_judge,
};
