/*
 * worker_tcp_sweep: which TCP ports of one address are open, by SYNs.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code against a device of its own making.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"
#include "protocols/syn_probe.h"

#define ALL_PORTS 65535u
#define SERIALS (ASSAY_TCP_SWEEP_SOURCE_LAST - ASSAY_TCP_SWEEP_SOURCE_FIRST + 1)

struct assay_tcp_sweep {
	struct assay_sweep *sweep;
	struct syn_probe syn;
	uint16_t ask[65536]; /* question -> port */
	uint32_t nask;
	uint32_t question[65536]; /* port -> question + 1 */
	struct assay_tcp_swept swept;
	void (*on_end)(
	    struct assay_job *, void *, const struct assay_tcp_swept *);
	void *arg;
};

static size_t
build(struct assay_job *job, void *arg, uint32_t q, uint16_t serial,
    uint8_t *frame)
{
	const struct assay_tcp_sweep *s = arg;

	(void)job;
	return syn_probe_build(&s->syn, s->ask[q], serial, frame);
}

void
assay_tcp_sweep_result(
    const struct assay_tcp_sweep *s, struct assay_tcp_swept *swept)
{
	enum assay_sweep_state state;
	uint32_t q;

	*swept = s->swept;
	assay_sweep_stats(s->sweep, &swept->stats);
	swept->asked = swept->stats.asked;
	swept->answered = swept->stats.answered;
	assay_ports_subtract(&swept->closed, &swept->open);
	for (q = 0; q < s->nask; q++) {
		state = assay_sweep_state(s->sweep, q);
		swept->silent += state == ASSAY_SWEEP_SILENT;
		swept->unsettled += state < ASSAY_SWEEP_ANSWERED;
	}
}

static void
on_swept(struct assay_job *job, void *arg, enum assay_sweep_end end)
{
	struct assay_tcp_sweep *s = arg;
	struct assay_tcp_swept swept;

	s->swept.end = end;
	assay_tcp_sweep_result(s, &swept);
	s->on_end(job, s->arg, &swept);
}

struct assay_tcp_sweep *
assay_tcp_sweep_start(
    struct assay_job *job, const struct assay_tcp_sweep_spec *spec)
{
	const struct assay_target *t = spec->target;
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	struct assay_tcp_sweep *s = xcalloc(1, sizeof(*s));
	uint32_t *first = xcalloc(ALL_PORTS, sizeof(*first));
	struct assay_sweep_spec sweep = { .first = first,
		.serials = SERIALS,
		.max_pps = spec->max_pps,
		.patience_ns = spec->patience_ns,
		.build = build,
		.on_end = on_swept,
		.arg = s };
	uint32_t port;

	for (port = 1; port <= ALL_PORTS; port++) {
		if (!assay_ports_has(spec->ports, (uint16_t)port))
			continue;
		if (spec->first != NULL &&
		    assay_ports_has(spec->first, (uint16_t)port))
			first[sweep.nfirst++] = s->nask;
		s->question[port] = s->nask + 1;
		s->ask[s->nask++] = (uint16_t)port;
	}
	s->on_end = spec->on_end;
	s->arg = spec->arg;
	syn_probe_init(&s->syn, &e, assay_random(job),
	    ASSAY_TCP_SWEEP_SOURCE_FIRST, SERIALS);
	sweep.count = s->nask;
	s->sweep = assay_sweep_new(job, &sweep);
	free(first); /* the sweep has put it in order by now */
	return s;
}

struct assay_tcp_sweep *
assay_tcp_sweep_new(struct assay_job *job, const struct assay_target *t,
    const struct assay_ports *ports, uint64_t max_pps,
    void (*on_end)(
	struct assay_job *, void *arg, const struct assay_tcp_swept *),
    void *arg)
{
	const struct assay_tcp_sweep_spec spec = { .target = t,
		.ports = ports,
		.max_pps = max_pps,
		.patience_ns = UINT64_C(10000000000),
		.on_end = on_end,
		.arg = arg };

	return assay_tcp_sweep_start(job, &spec);
}

void
assay_tcp_sweep_frame(
    struct assay_tcp_sweep *s, const struct assay_frame *frame)
{
	enum syn_answer answer;
	uint16_t port, serial;
	bool open;

	if (s == NULL)
		return;
	answer =
	    syn_probe_read(&s->syn, frame->data, frame->size, &port, &serial);
	if (answer == SYN_NO_ANSWER || s->question[port] == 0)
		return;
	open = answer == SYN_OPEN;
	if (s->swept.responder == 0 ||
	    (open && !assay_ports_has(&s->swept.open, s->swept.responder)))
		s->swept.responder = port;
	assay_ports_add(open           ? &s->swept.open
		: answer == SYN_CLOSED ? &s->swept.closed
				       : &s->swept.unreachable,
	    port, port);
	assay_sweep_answer(s->sweep, s->question[port] - 1, serial, open);
}

void
assay_tcp_sweep_health(struct assay_tcp_sweep *s, enum assay_health health)
{
	if (s == NULL)
		return;
	/* Another address: what was seen is of another time. */
	if (health == ASSAY_ADDRESS_CHANGED)
		assay_sweep_stop(s->sweep);
	else
		assay_sweep_health(s->sweep, health);
}

void
assay_tcp_sweep_stop(struct assay_tcp_sweep *s)
{
	if (s != NULL)
		assay_sweep_stop(s->sweep);
}

void
assay_tcp_sweep_free(struct assay_tcp_sweep *s)
{
	if (s == NULL)
		return;
	assay_sweep_free(s->sweep);
	free(s);
}
