/*
 * udp_device: a device with UDP ports for tests of sweeps.
 *
 * Its limits are Linux's: a bucket for each peer and one for all, and what is
 * not said does not count (net/ipv4/inetpeer.c, net/ipv4/icmp.c).
 */
#include "tests/unit/udp_device.h"

#include <string.h>

#include <check.h>

#include "daemon/worker/worker_chance.h"
#include "protocols/bytes.h"
#include "protocols/packet.h"

void
udp_device_init(struct udp_device *d, uint64_t seed)
{
	memset(d, 0, sizeof(*d));
	d->seed = seed * 0x9e3779b97f4a7c15ull + 1;
	d->rtt_ns = 200000;
}

/* Takes one from the bucket, if there is one.  rate 0: there is no bucket. */
static bool
takes(struct udp_bucket *b, double rate, double burst, uint64_t now)
{
	if (rate == 0)
		return true;
	if (!b->used) {
		b->used = true;
		b->tokens = burst;
	} else {
		b->tokens += rate * (double)(now - b->last_ns) / 1e9;
		b->tokens = b->tokens > burst ? burst : b->tokens;
	}
	b->last_ns = now;
	if (b->tokens < 1)
		return false;
	b->tokens--;
	return true;
}

static struct udp_bucket *
peer_of(struct udp_device *d, const struct packet *p)
{
	const size_t n = p->family == 4 ? 4 : 16;
	unsigned i;

	for (i = 0; i < d->npeers; i++)
		if (memcmp(d->peers[i].addr, p->src, n) == 0)
			return &d->peers[i];
	ck_assert_uint_lt(d->npeers, UDP_DEVICE_PEERS);
	memcpy(d->peers[d->npeers].addr, p->src, n);
	return &d->peers[d->npeers++];
}

static bool
may_complain(struct udp_device *d, struct udp_bucket *peer, uint64_t now)
{
	/* Both must have one, or none is taken. */
	if (!takes(&d->all, d->all_pps, d->all_burst, now))
		return false;
	if (takes(peer, d->peer_pps, d->peer_burst, now))
		return true;
	d->all.tokens++;
	return false;
}

/* RFC 792, RFC 4443: the packet quoted behind eight bytes. */
static size_t
build_error(uint8_t *out, const struct packet *p, uint8_t code, bool lies)
{
	const size_t header = p->family == 4 ? 20 : 40;
	uint8_t quoted[128], *t = out + 14 + header;
	const struct packet_ends e = { p->mac_dst, p->mac_src, p->family,
		p->dst, p->src };
	size_t n = header + 8, size;

	memcpy(quoted, p->ip, n);
	if (lies)
		quoted[header + 2] ^= 1;
	size = packet_build_echo(out, &e, 0, 0, quoted, n);
	put_u32(t, p->family == 4 ? 0x03000000 : 0x01000000);
	t[1] = code;
	put_u32(t + 4, 0);
	put_u16(t + 2,
	    packet_checksum(
		p->family == 4 ? 0 : 6, e.src, e.dst, 58, t, 8 + n));
	return size;
}

static void
complain(struct udp_device *d, struct assay_job *job, const struct packet *p,
    bool filtered)
{
	uint8_t out[PACKET_BUILD_MAX + 128];
	uint8_t code = p->family == 4 ? (filtered ? 13 : 3) : filtered ? 1 : 4;

	if (d->mute_icmp || !may_complain(d, peer_of(d, p), assay_now_ns(job)))
		return;
	fake_job_feed(job, out, build_error(out, p, code, d->lies), d->rtt_ns);
}

static void
reply(struct udp_device *d, struct assay_job *job, const struct packet *p)
{
	static const uint8_t payload[1400] = "pong";
	uint8_t out[PACKET_BUILD_MAX + sizeof(payload)];
	const struct packet_ends e = { p->mac_dst, p->mac_src, p->family,
		p->dst, p->src };
	bool elsewhere = assay_ports_has(&d->elsewhere, p->port_dst);
	size_t size, n = d->answer_size == 0 ? 4 : d->answer_size;
	unsigned i;

	size = packet_build_udp(out, &e,
	    elsewhere ? (uint16_t)(40000 + d->asked % 999) : p->port_dst,
	    p->port_src, payload, n);
	for (i = 0; i < d->answers || i == 0; i++)
		fake_job_feed(job, out, size, d->rtt_ns);
}

/* It holds this one, or has room for it. */
static bool
holds(struct udp_device *d, const struct packet *p)
{
	const size_t n = p->family == 4 ? 4 : 16;
	struct udp_handshake *h;
	unsigned i;

	if (d->shuns_first && peer_of(d, p) == &d->peers[0])
		return false;
	for (i = 0; i < d->nhandshakes; i++) {
		h = &d->handshakes[i];
		if (h->port == p->port_src && memcmp(h->addr, p->src, n) == 0 &&
		    memcmp(h->own, p->dst, n) == 0)
			return true;
	}
	if (d->nhandshakes >= d->holds_most ||
	    d->nhandshakes >= UDP_DEVICE_PEERS)
		return false;
	h = &d->handshakes[d->nhandshakes++];
	memcpy(h->addr, p->src, n);
	memcpy(h->own, p->dst, n);
	h->port = p->port_src;
	return true;
}

/* The service, not the device. */
static bool
is_overtaxed(struct udp_device *d, const struct packet *p)
{
	if (d->tires == p->port_dst && d->times[p->port_dst] > d->tires_after)
		return true;
	return d->holds == p->port_dst && !holds(d, p);
}

static bool
is_dead(const struct udp_device *d, uint64_t now)
{
	const uint64_t turn = d->awake_ns + d->asleep_ns;

	if (turn > 0 && now % turn >= d->awake_ns)
		return true;
	return d->dies_ns != 0 && now >= d->dies_ns &&
	    (d->back_ns == 0 || now < d->back_ns);
}

/* RFC 792, RFC 4443: the same with the addresses changed, and another type. */
static void
echo(struct udp_device *d, struct assay_job *job, const struct packet *p)
{
	uint8_t out[PACKET_BUILD_MAX];
	const struct packet_ends e = { p->mac_dst, p->mac_src, p->family,
		p->dst, p->src };
	const size_t size = packet_build_echo(out, &e,
	    (uint16_t)(p->transport[4] << 8 | p->transport[5]),
	    (uint16_t)(p->transport[6] << 8 | p->transport[7]), NULL, 0);
	uint8_t *t = out + 14 + (p->family == 4 ? 20 : 40);

	t[0] = p->family == 4 ? 0 : 129;
	put_u16(t + 2, 0);
	put_u16(t + 2,
	    packet_checksum(p->family == 4 ? 0 : 6, e.src, e.dst, 58, t, 8));
	fake_job_feed(job, out, size, d->rtt_ns);
}

static void
receive(struct udp_device *d, struct assay_job *job,
    const struct assay_buffer *frame)
{
	const uint64_t now = assay_now_ns(job);
	struct packet p;

	ck_assert_int_eq(packet_dissect(&p, frame->data, frame->size), 0);
	ck_assert(packet_checksums_are_good(&p));
	if ((p.layers & (PACKET_ICMP | PACKET_ICMPV6)) != 0) {
		if (!d->no_echo && !is_dead(d, now) &&
		    worker_chance_roll(&d->seed, 100) >= d->lose_percent)
			echo(d, job, &p);
		return;
	}
	ck_assert_uint_eq(p.layers & PACKET_UDP, PACKET_UDP);
	d->asked++;
	d->times[p.port_dst]++;
	if (is_dead(d, now) || !takes(&d->taken, d->takes_pps, 8, now) ||
	    worker_chance_roll(&d->seed, 100) < d->lose_percent)
		return;
	(void)peer_of(d, &p);
	if (d->neighbours != 0 && peer_of(d, &p) >= &d->peers[d->neighbours])
		return;
	if (is_overtaxed(d, &p))
		return;
	if (assay_ports_has(&d->open, p.port_dst) ||
	    assay_ports_has(&d->elsewhere, p.port_dst))
		reply(d, job, &p);
	else if (!assay_ports_has(&d->silent, p.port_dst))
		complain(d, job, &p, assay_ports_has(&d->filtered, p.port_dst));
}

int
udp_device_on_send(void *arg, struct assay_job *job,
    const struct assay_buffer *frames, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		receive(arg, job, &frames[i]);
	return (int)n;
}

void
udp_device_on_talk(void *arg, struct assay_job *job, struct fake_job_talk *t)
{
	const struct udp_device *d = arg;
	const uint16_t port = t->spec->port;

	t->said = true;
	t->remote_port = port;
	t->end = ASSAY_TALK_QUIET;
	if (is_dead(d, assay_now_ns(job)) ||
	    assay_ports_has(&d->silent, port)) {
		t->took_ns = t->spec->listen_ns;
		return;
	}
	if (!assay_ports_has(&d->open, port) &&
	    !assay_ports_has(&d->elsewhere, port)) {
		t->end = assay_ports_has(&d->filtered, port)
		    ? ASSAY_TALK_UNREACHABLE
		    : ASSAY_TALK_REFUSED;
		return;
	}
	t->end = ASSAY_TALK_ANSWERED;
	t->nheard = 4;
	memcpy(t->heard, "pong", 4);
}
