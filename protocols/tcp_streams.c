/*
 * tcp_streams: how TCP conversations begin, put together from frames.
 */
#include "protocols/tcp_streams.h"

#include <string.h>

static size_t
addr_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static bool
is_end(uint8_t family, const uint8_t *addr, uint16_t port,
    const uint8_t *packet_addr, uint16_t packet_port)
{
	return port == packet_port &&
	    memcmp(addr, packet_addr, addr_size(family)) == 0;
}

static struct tcp_stream *
find(struct tcp_streams *s, const struct packet *p, bool *from_server)
{
	struct tcp_stream *t;
	size_t i;

	for (i = 0; i < TCP_STREAMS_MAX; i++) {
		t = &s->streams[i];
		if (!t->is_used || t->family != p->family)
			continue;
		*from_server = is_end(t->family, t->server, t->server_port,
				   p->src, p->port_src) &&
		    is_end(t->family, t->client, t->client_port, p->dst,
			p->port_dst);
		if (*from_server ||
		    (is_end(t->family, t->server, t->server_port, p->dst,
			 p->port_dst) &&
			is_end(t->family, t->client, t->client_port, p->src,
			    p->port_src)))
			return t;
	}
	return NULL;
}

static void
finish(struct tcp_streams *s, struct tcp_stream *t)
{
	if (t->is_used && s->on_done != NULL)
		s->on_done(s->arg, t);
	t->is_used = false;
}

/* A free one, or the one that said nothing for longest. */
static struct tcp_stream *
make_room(struct tcp_streams *s)
{
	struct tcp_stream *oldest = &s->streams[0];
	size_t i;

	for (i = 0; i < TCP_STREAMS_MAX; i++) {
		if (!s->streams[i].is_used)
			return &s->streams[i];
		if (s->streams[i].touched < oldest->touched)
			oldest = &s->streams[i];
	}
	finish(s, oldest);
	return oldest;
}

static void
begin_side(struct tcp_stream_side *side, uint32_t first)
{
	side->first = first;
	side->nranges = 0;
	side->is_cut = side->is_longer = false;
}

/* p is a SYN-ACK. */
static void
begin(struct tcp_streams *s, const struct packet *p, int tag)
{
	const size_t size = addr_size(p->family);
	bool from_server = false;
	struct tcp_stream *t = find(s, p, &from_server);

	if (t != NULL) {
		if (from_server && t->heard.first == p->seq + 1 &&
		    t->sent.first == p->ack)
			return; /* sent again */
		finish(s, t);   /* ports used again */
	} else {
		t = make_room(s);
	}
	t->is_used = true;
	t->tag = tag;
	t->family = p->family;
	memset(t->server, 0, sizeof(t->server));
	memset(t->client, 0, sizeof(t->client));
	memcpy(t->server, p->src, size);
	memcpy(t->client, p->dst, size);
	t->server_port = p->port_src;
	t->client_port = p->port_dst;
	t->touched = ++s->touches;
	begin_side(&t->heard, p->seq + 1);
	begin_side(&t->sent, p->ack);
}

/* ---- bytes ---- */

/* Copies what of *fresh is in none of the ranges. */
static void
copy_new(uint8_t *out, const struct tcp_stream_range *ranges, size_t n,
    struct tcp_stream_range fresh, const uint8_t *data)
{
	uint32_t at = fresh.from, until;
	size_t i = 0;

	while (at < fresh.to) {
		while (i < n && ranges[i].to <= at)
			i++;
		if (i < n && ranges[i].from <= at) {
			at = ranges[i].to;
			continue;
		}
		until = i < n && ranges[i].from < fresh.to ? ranges[i].from
							   : fresh.to;
		memcpy(out + at, data + (at - fresh.from), until - at);
		at = until;
	}
}

/* from..to joins those that it touches.  False: one range too many. */
static bool
join(struct tcp_stream_side *side, uint32_t from, uint32_t to)
{
	struct tcp_stream_range *r = side->ranges;
	size_t at = 0, end, n = side->nranges;

	while (at < n && r[at].to < from)
		at++;
	end = at;
	while (end < n && r[end].from <= to)
		end++;
	if (end == at && n == TCP_STREAM_RANGES)
		return false;
	if (end > at) {
		from = r[at].from < from ? r[at].from : from;
		to = r[end - 1].to > to ? r[end - 1].to : to;
	}
	memmove(&r[at + 1], &r[end], (n - end) * sizeof(*r));
	r[at].from = from;
	r[at].to = to;
	side->nranges = n - (end - at) + 1;
	return true;
}

static enum tcp_streams_taken
keep(struct tcp_stream_side *side, const struct packet *p)
{
	const uint8_t *data = p->payload;
	size_t n = p->payload_size;
	uint32_t from = p->seq - side->first, before;
	struct tcp_stream_range old[TCP_STREAM_RANGES];
	const size_t nold = side->nranges;

	if (from >= UINT32_C(0x80000000)) { /* before the first: keep-alive */
		before = side->first - p->seq;
		if (before >= n)
			return TCP_STREAMS_NOTHING;
		data += before;
		n -= before;
		from = 0;
	}
	if (from >= TCP_STREAM_BYTES || n > TCP_STREAM_BYTES - from)
		side->is_longer = true;
	if (from >= TCP_STREAM_BYTES)
		return TCP_STREAMS_NOTHING;
	if (n > TCP_STREAM_BYTES - from)
		n = TCP_STREAM_BYTES - from;
	memcpy(old, side->ranges, sizeof(old));
	if (!join(side, from, from + (uint32_t)n)) {
		side->is_cut = true;
		return TCP_STREAMS_NOTHING;
	}
	copy_new(side->bytes, old, nold,
	    (struct tcp_stream_range){ from, from + (uint32_t)n }, data);
	return TCP_STREAMS_KEPT;
}

static bool
has_data(const struct packet *p)
{
	return (p->layers & PACKET_TCP) != 0 &&
	    (p->layers & PACKET_FIRST_FRAGMENT) == 0 && p->payload != NULL &&
	    p->payload_size > 0;
}

enum tcp_streams_taken
tcp_streams_take(struct tcp_streams *s, const struct packet *p, int tag)
{
	enum tcp_streams_taken taken;
	struct tcp_stream *t;
	bool from_server = false;

	if ((p->layers & PACKET_TCP) == 0)
		return TCP_STREAMS_NOTHING;
	if ((p->flags & TCP_SYN) != 0) {
		if ((p->flags & (TCP_ACK | TCP_RST)) == TCP_ACK)
			begin(s, p, tag);
		return TCP_STREAMS_NOTHING;
	}
	if (!has_data(p) || (p->flags & TCP_RST) != 0)
		return TCP_STREAMS_NOTHING;
	t = find(s, p, &from_server);
	if (t == NULL)
		return TCP_STREAMS_MIDWAY;
	taken = keep(from_server ? &t->heard : &t->sent, p);
	if (taken == TCP_STREAMS_KEPT)
		t->touched = ++s->touches;
	return taken;
}

void
tcp_streams_end(struct tcp_streams *s)
{
	size_t i;

	for (i = 0; i < TCP_STREAMS_MAX; i++)
		finish(s, &s->streams[i]);
}

size_t
tcp_stream_size(const struct tcp_stream_side *side)
{
	return side->nranges > 0 && side->ranges[0].from == 0
	    ? side->ranges[0].to
	    : 0;
}

bool
tcp_stream_has_gap(const struct tcp_stream_side *side)
{
	return side->is_cut || side->nranges > 1 ||
	    (side->nranges == 1 && side->ranges[0].from > 0);
}
