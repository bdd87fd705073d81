/*
 * tcp_talks: the first bytes of TCP conversations, put together from frames.
 */
#include "protocols/tcp_talks.h"

#include <string.h>

static bool
is_address(uint8_t family, const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, family == 4 ? 4 : 16) == 0;
}

/* from_server: the frame goes this way. */
static struct tcp_talk *
find(struct tcp_talks *s, const struct packet *p, bool *from_server)
{
	struct tcp_talk *t;
	size_t i;

	for (i = 0; i < TCP_TALKS_MAX; i++) {
		t = &s->talks[i];
		if (!t->used || t->family != p->family)
			continue;
		*from_server = t->server_port == p->port_src &&
		    t->client_port == p->port_dst &&
		    is_address(t->family, t->server, p->src) &&
		    is_address(t->family, t->client, p->dst);
		if (*from_server ||
		    (t->server_port == p->port_dst &&
			t->client_port == p->port_src &&
			is_address(t->family, t->server, p->dst) &&
			is_address(t->family, t->client, p->src)))
			return t;
	}
	return NULL;
}

static bool
is_tcp(const struct packet *p)
{
	return (p->layers & PACKET_TCP) != 0 &&
	    (p->layers & PACKET_FIRST_FRAGMENT) == 0;
}

/* A SYN or SYN-ACK begins one, or begins it anew. */
static void
begin(struct tcp_talks *s, const struct packet *p)
{
	const bool is_answer = (p->flags & TCP_ACK) != 0;
	const size_t size = p->family == 4 ? 4 : 16;
	bool from_server;
	struct tcp_talk *t = find(s, p, &from_server);
	struct tcp_talk_side *side;

	if (t != NULL && !is_answer) /* ports used again */
		memset(t, 0, sizeof(*t));
	if (t == NULL) {
		t = &s->talks[s->next++ % TCP_TALKS_MAX];
		memset(t, 0, sizeof(*t));
	}
	t->used = true;
	t->family = p->family;
	memcpy(t->server, is_answer ? p->src : p->dst, size);
	memcpy(t->client, is_answer ? p->dst : p->src, size);
	t->server_port = is_answer ? p->port_src : p->port_dst;
	t->client_port = is_answer ? p->port_dst : p->port_src;
	side = is_answer ? &t->heard : &t->sent;
	side->next = p->seq + 1;
	side->known = true;
	if (is_answer && !t->sent.known) {
		t->sent.next = p->ack;
		t->sent.known = true;
	}
}

/* False: nothing new. */
static bool
append(struct tcp_talk_side *side, const struct packet *p)
{
	const uint8_t *data = p->payload;
	size_t n = p->payload_size, room;
	uint32_t ahead;

	if (!side->known || n == 0)
		return false;
	ahead = side->next - p->seq; /* seen already, of this frame */
	if (ahead >= n)              /* all of it, or there is a gap */
		return false;
	data += ahead;
	n -= ahead;
	side->next += (uint32_t)n;
	room = sizeof(side->bytes) - side->n;
	if (n > room)
		n = room;
	memcpy(side->bytes + side->n, data, n);
	side->n += n;
	return n > 0;
}

const struct tcp_talk *
tcp_talks_take(struct tcp_talks *s, const struct packet *p)
{
	struct tcp_talk *t;
	bool from_server;

	if (!is_tcp(p))
		return NULL;
	if ((p->flags & TCP_SYN) != 0) {
		begin(s, p);
		return NULL;
	}
	t = find(s, p, &from_server);
	if (t == NULL || p->payload == NULL)
		return NULL;
	return append(from_server ? &t->heard : &t->sent, p) ? t : NULL;
}

bool
tcp_talks_knows(const struct tcp_talks *s, const struct packet *p)
{
	bool from_server;

	return is_tcp(p) &&
	    find((struct tcp_talks *)(uintptr_t)s, p, &from_server) != NULL;
}
