/*
 * net.source_ports: nobody can guess the device's next source port or DNS id.
 *
 * NET-09: RFC 6056 section 3.3, RFC 5452 section 9.2.  Passive: what the device
 * itself sends, in what the segment has recorded: the SYNs of its TCP
 * connections, its DNS queries.  A counter towards one destination may be a
 * counter of all or one that a secret sets off (RFC 6056 section 3.3.3), so
 * for TCP the steps between *different* destinations decide.  A resolver has
 * but one or two, and its ports and ids must not count at all.
 */
#include <stdio.h>
#include <string.h>

#include "probes/net_source_ports/ports.h"
#include "protocols/dns.h"
#include "protocols/number_sequence.h"
#include "protocols/packet.h"

#define SAMPLES_MAX 1024
#define DESTINATIONS_MAX 64
#define SMALL 16 /* steps of less count as counting */
#define FRAMES_MAX 8
#define AGAIN_NS UINT64_C(15000000000) /* the same once more: sent again */

struct sample {
	uint32_t value;
	uint32_t mark; /* TCP's sequence number; DNS's port and id */
	size_t destination;
	uint16_t own, peer; /* ports */
	uint64_t at_ns;
};

struct destination { /* without a hole: compared as bytes */
	uint16_t family, port;
	uint8_t addr[16];
};

struct state {
	size_t n[SERIES];
	struct sample samples[SERIES][SAMPLES_MAX];
	size_t ndestinations;
	struct destination destinations[DESTINATIONS_MAX];
};

static size_t
destination_of(struct state *s, const struct packet *p)
{
	struct destination d;
	size_t i;

	memset(&d, 0, sizeof(d));
	d.family = p->family;
	d.port = p->port_dst;
	memcpy(d.addr, p->dst, p->family == 4 ? 4 : 16);
	for (i = 0; i < s->ndestinations; i++)
		if (memcmp(&s->destinations[i], &d, sizeof(d)) == 0)
			return i;
	if (i < DESTINATIONS_MAX)
		s->destinations[s->ndestinations++] = d;
	return i; /* all others are one, which can only hide a pass */
}

/* Sent again, because no answer came. */
static bool
is_again(const struct state *s, enum series series, const struct sample *v)
{
	const struct sample *old;
	size_t i;

	for (i = s->n[series]; i > 0; i--) {
		old = &s->samples[series][i - 1];
		if (old->value == v->value && old->mark == v->mark &&
		    old->destination == v->destination &&
		    v->at_ns - old->at_ns < AGAIN_NS)
			return true;
	}
	return false;
}

static void
keep(struct assay_job *job, enum series series, const struct packet *p,
    uint32_t value, uint32_t mark)
{
	struct state *s = assay_state(job);
	const struct sample v = { value, mark, destination_of(s, p),
		p->port_src, p->port_dst, assay_now_ns(job) };

	if (s->n[series] < SAMPLES_MAX && !is_again(s, series, &v))
		s->samples[series][s->n[series]++] = v;
}

static void
read_query(struct assay_job *job, const struct packet *p)
{
	uint32_t both;
	struct dns d;

	if (p->payload == NULL || !p->whole ||
	    dns_parse(&d, p->payload, p->payload_size) == -1 || d.response)
		return;
	both = (uint32_t)p->port_src << 16 | d.id;
	keep(job, DNS_PORTS, p, p->port_src, both);
	keep(job, DNS_IDS, p, d.id, both);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct packet p;

	if (assay_target_count(job) == 0 ||
	    packet_dissect(&p, frame->data, frame->size) == -1 ||
	    p.family == 0 ||
	    memcmp(p.mac_src, assay_target_at(job, 0)->mac, 6) != 0)
		return;
	if ((p.layers & PACKET_TCP) != 0 &&
	    (p.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
		keep(job, TCP_PORTS, &p, p.port_src, p.seq);
	else if ((p.layers & PACKET_UDP) != 0 && p.port_dst == DNS_PORT)
		read_query(job, &p);
}

/* ---- observations, once the frames are over ---- */

static uint32_t
observe(struct assay_job *job, enum series series, const char *name,
    uint64_t value, const struct assay_frames *frames, size_t n)
{
	char field[48];
	struct assay_observation o = { .field = field,
		.value = ASSAY_U64(value),
		.frames = frames,
		.nframes = n };

	snprintf(
	    field, sizeof(field), "%s.%.32s", net_source_series[series], name);
	return assay_observe(job, &o);
}

/* Of the steps with use[i] true. */
static void
observe_steps(struct assay_job *job, enum series series, const char *name,
    const uint32_t *values, const bool *use, size_t n)
{
	char field[48];
	size_t steps, small;

	small = number_small_steps(values, use, n, 16, SMALL, &steps);
	snprintf(field, sizeof(field), "%.16s_steps", name);
	observe(job, series, field, steps, NULL, 0);
	snprintf(field, sizeof(field), "%.16s_small", name);
	observe(job, series, field, small, NULL, 0);
}

/* Sorted by destination, in the order of time within each: steps of one and
 * the same. */
static void
observe_own_steps(struct assay_job *job, enum series series)
{
	struct state *s = assay_state(job);
	const struct sample *v = s->samples[series];
	uint32_t values[SAMPLES_MAX];
	bool own[SAMPLES_MAX];
	size_t i, d, n = 0, first;

	for (d = 0; d <= s->ndestinations; d++) {
		first = n;
		for (i = 0; i < s->n[series]; i++)
			if (v[i].destination == d) {
				own[n] = n > first;
				values[n++] = v[i].value;
			}
	}
	observe_steps(job, series, "own", values, own, n);
}

static void
observe_series(struct assay_job *job, enum series series)
{
	static const char *const comments[SERIES] = { "a connection of its own",
		"a query of its own", "a query of its own" };
	struct state *s = assay_state(job);
	const struct sample *v = s->samples[series];
	struct assay_frames frames[FRAMES_MAX];
	uint32_t values[SAMPLES_MAX];
	bool cross[SAMPLES_MAX], moved[SAMPLES_MAX];
	size_t i, k, distinct = 0, n = s->n[series];

	for (i = 0; i < n; i++) {
		values[i] = v[i].value;
		cross[i] = i > 0 && v[i].destination != v[i - 1].destination;
		moved[i] = i > 0 && v[i].value != v[i - 1].value;
		for (k = 0; k < i && values[k] != values[i]; k++)
			;
		distinct += k == i;
		if (i < FRAMES_MAX)
			frames[i] = (struct assay_frames){
				series == TCP_PORTS ? ASSAY_TCP : ASSAY_UDP,
				NULL, v[i].peer, v[i].peer, v[i].own, v[i].own,
				comments[series]
			};
	}
	observe(
	    job, series, "samples", n, frames, n < FRAMES_MAX ? n : FRAMES_MAX);
	observe(job, series, "distinct", distinct, NULL, 0);
	observe(job, series, "narrow", number_narrow_mbit(values, n), NULL, 0);
	observe_steps(job, series, "cross", values, cross, n);
	observe_steps(job, series, "all", values, moved, n);
	observe_own_steps(job, series);
}

static void
on_end(struct assay_job *job)
{
	enum series series;

	for (series = TCP_PORTS; series < SERIES; series++)
		observe_series(job, series);
}

static const struct assay_claim claims[] = {
	{ "NET-09", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "over", ASSAY_PARAM_DURATION, "25h", 0, 0, NULL,
	    "How far back the recording of the segment is read." },
	{ .name = NULL },
};

#define COUNT(name, what) \
	{ \
		name, ASSAY_TYPE_U64, "", what \
	}
#define FIELDS(name, what) \
	COUNT(name ".samples", what), \
	    COUNT(name ".distinct", "different ones"), \
	    COUNT(name ".narrow", \
		"1/1000 bit: the narrowest range that holds half of them"), \
	    COUNT(name ".cross_steps", "steps between two destinations"), \
	    COUNT(name ".cross_small", "of these, small"), \
	    COUNT(name ".all_steps", "steps to another number"), \
	    COUNT(name ".all_small", "of these, small"), \
	    COUNT(name ".own_steps", "steps for one destination"), \
	    COUNT(name ".own_small", "of these, small")

static const struct assay_field fields[] = {
	FIELDS("tcp", "source ports of TCP connections"),
	FIELDS("dns_port", "source ports of DNS queries"),
	FIELDS("dns_id", "ids of DNS queries"),
	{ .name = NULL },
};

#define VALUES \
	"series samples distinct cross_steps cross_small steps small tcp " \
	"queries bits"
static const struct assay_reason reasons[] = {
	{ "ports.unpredictable", VALUES },
	{ "ports.fixed", VALUES },
	{ "ports.sequential", VALUES },
	{ "ports.one_destination", VALUES },
	{ "ports.unclear", VALUES },
	{ "ports.few", VALUES },
	{ .code = NULL },
};

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "net.source_ports",
	.title = "Nobody can guess the device's next source port or DNS id.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = fields,
	.reasons = reasons,
	.needs = ASSAY_NEED_LINK,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_PASSIVE,
	.timeout_ms = 600000,
	.state_size = sizeof(struct state),
	.filter = "tcp or udp",
	.on_frame = on_frame,
	.on_end = on_end,
	.judge = net_source_ports_judge,
};
