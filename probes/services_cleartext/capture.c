/*
 * capture: what others said to the device's services, and these to them.
 *
 * Only what the device answered counts.  A capture asks nothing, so what it
 * does not show may still be there.
 */
#include <string.h>

#include "probes/services_cleartext/parts.h"
#include "protocols/packet.h"

static const struct assay_target *
find_target(struct assay_job *job, uint8_t family, const uint8_t *addr)
{
	const struct assay_target *t;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		if (t->family == family &&
		    memcmp(t->addr, addr, family == 4 ? 4 : 16) == 0)
			return t;
	}
	return NULL;
}

struct sighting {
	enum assay_transport transport;
	const struct assay_target *target;
	uint16_t port;          /* that was asked */
	uint16_t peer, answers; /* the peer's; the one that answered */
	struct cleartext_seen seen;
};

static void
tell(
    struct assay_job *job, struct services_capture *c, const struct sighting *g)
{
	const struct assay_frames f[] = {
		{ (uint8_t)g->transport, g->target, g->peer, g->peer, g->port,
		    g->port, "conversation" },
		{ (uint8_t)g->transport, g->target, g->peer, g->peer,
		    g->answers, g->answers, "answer" },
	};
	const struct assay_observation o = {
		.field = g->transport == ASSAY_TCP ? "service" : "udp.service",
		.target = g->target,
		.port = g->port,
		.value = ASSAY_STRING(cleartext_name(g->seen.kind)),
		.frames = f,
		.nframes = g->answers == g->port ? 1 : 2,
	};
	size_t i;

	for (i = 0; i < c->ntold; i++)
		if (c->told[i].target == g->target &&
		    c->told[i].port == g->port &&
		    c->told[i].kind == g->seen.kind)
			return;
	if (c->ntold == SERVICES_TOLD_MAX)
		return;
	c->told[c->ntold++] =
	    (struct services_told){ g->target, g->port, g->seen.kind };
	assay_observe(job, &o);
}

/* Without its beginning only a status line is proof. */
static void
read_later_segment(
    struct assay_job *job, struct services_capture *c, const struct packet *p)
{
	const struct cleartext_talk t = { NULL, 0, p->payload,
		p->payload_size };
	struct sighting g = { .transport = ASSAY_TCP,
		.target = find_target(job, p->family, p->src),
		.port = p->port_src,
		.peer = p->port_dst,
		.answers = p->port_src };

	if (g.target == NULL || p->payload == NULL)
		return;
	cleartext_read(&t, &g.seen);
	if ((g.seen.kind == CLEARTEXT_HTTP || g.seen.kind == CLEARTEXT_RTSP) &&
	    g.seen.status != 0)
		tell(job, c, &g);
}

/* A TLS port's own error in clear is none of its services; without an
 * interview it cannot be told from a port that serves both. */
static bool
is_error_only(const struct cleartext_seen *seen)
{
	return seen->kind == CLEARTEXT_HTTP && seen->status == 400;
}

static void
read_segment(
    struct assay_job *job, struct services_capture *c, const struct packet *p)
{
	const struct tcp_talk *talk;
	struct cleartext_talk t;
	struct sighting g = { .transport = ASSAY_TCP };

	c->conversations += p->flags == TCP_SYN;
	if (!tcp_talks_knows(&c->talks, p) && (p->flags & TCP_SYN) == 0) {
		read_later_segment(job, c, p);
		return;
	}
	talk = tcp_talks_take(&c->talks, p);
	if (talk == NULL)
		return;
	g.target = find_target(job, talk->family, talk->server);
	if (g.target == NULL)
		return;
	t = (struct cleartext_talk){ talk->sent.bytes, talk->sent.n,
		talk->heard.bytes, talk->heard.n };
	cleartext_read(&t, &g.seen);
	g.port = g.answers = talk->server_port;
	g.peer = talk->client_port;
	if (cleartext_is_clear(g.seen.kind) && !is_error_only(&g.seen))
		tell(job, c, &g);
}

static struct services_request *
find_request(struct services_capture *c, const struct assay_target *t,
    const struct packet *p)
{
	struct services_request *r;
	size_t i;

	for (i = 0; i < SERVICES_REQUESTS_MAX; i++) {
		r = &c->requests[i];
		if (r->target == t && r->from_port == p->port_dst &&
		    memcmp(r->from, p->dst, p->family == 4 ? 4 : 16) == 0)
			return r;
	}
	return NULL;
}

static void
read_datagram(
    struct assay_job *job, struct services_capture *c, const struct packet *p)
{
	struct sighting g = { .transport = ASSAY_UDP };
	struct cleartext_talk t = { .heard = p->payload,
		.nheard = p->payload_size };
	const struct assay_target *to = find_target(job, p->family, p->dst);
	struct services_request *r;

	if (p->payload == NULL)
		return;
	if (to != NULL) {
		r = &c->requests[c->next_request++ % SERVICES_REQUESTS_MAX];
		r->target = to;
		memcpy(r->from, p->src, p->family == 4 ? 4 : 16);
		r->from_port = p->port_src;
		r->port = p->port_dst;
		r->n = p->payload_size < sizeof(r->bytes) ? p->payload_size
							  : sizeof(r->bytes);
		memcpy(r->bytes, p->payload, r->n);
		return;
	}
	g.target = find_target(job, p->family, p->src);
	if (g.target == NULL)
		return;
	r = find_request(c, g.target, p);
	if (r == NULL)
		return;
	t.sent = r->bytes;
	t.nsent = r->n;
	cleartext_read_udp(&t, &g.seen);
	g.port = r->port;
	g.answers = p->port_src;
	g.peer = p->port_dst;
	if (cleartext_is_clear(g.seen.kind))
		tell(job, c, &g);
}

void
services_capture_take(struct assay_job *job, struct services_capture *c,
    const struct assay_frame *frame)
{
	struct packet p;

	if (frame->link_type != 1 ||
	    packet_dissect(&p, frame->data, frame->size) == -1)
		return;
	if ((p.layers & PACKET_TCP) != 0)
		read_segment(job, c, &p);
	else if ((p.layers & PACKET_UDP) != 0)
		read_datagram(job, c, &p);
}

void
services_capture_end(struct assay_job *job, const struct services_capture *c)
{
	const struct assay_observation o = { .field = "capture.conversations",
		.value = ASSAY_U64(c->conversations) };

	assay_observe(job, &o);
}
