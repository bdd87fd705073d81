/*
 * worker_tcp_ports: handshakes with a whole set of ports, gently repeated.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code against a device of its own making.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"

struct tries {
	struct assay_tcp_plan plan;
	struct assay_ports left; /* to be tried in the next turn */
	unsigned pending;
	uint64_t turns; /* still to come */
};

struct one {
	struct tries *tries;
	uint16_t port;
};

static void turn(struct assay_job *job, struct tries *t);

static void
release(struct assay_job *job, struct tries *t)
{
	if (--t->pending > 0)
		return;
	if (assay_ports_count(&t->left) > 0) {
		turn(job, t);
		return;
	}
	t->plan.on_end(job, t->plan.arg);
	free(t);
}

static void
on_result(struct assay_job *job, void *arg, enum assay_tcp_result result,
    uint16_t local_port, uint64_t took_ns)
{
	struct one *o = arg;
	struct tries *t = o->tries;

	(void)took_ns;
	if (result != ASSAY_TCP_CONNECTED && t->turns > 0)
		assay_ports_add(&t->left, o->port, o->port);
	else
		t->plan.on_result(
		    job, t->plan.arg, o->port, result, local_port);
	free(o);
	release(job, t);
}

static void
turn(struct assay_job *job, struct tries *t)
{
	struct assay_ports now = t->left;
	struct one *o;
	uint32_t port;

	memset(&t->left, 0, sizeof(t->left));
	t->turns--;
	t->pending = 1; /* held until all are asked */
	for (port = 1; port <= 65535; port++) {
		if (!assay_ports_has(&now, (uint16_t)port))
			continue;
		o = xcalloc(1, sizeof(*o));
		o->tries = t;
		o->port = (uint16_t)port;
		t->pending++;
		assay_tcp_try(job, t->plan.target, o->port, t->plan.timeout_ns,
		    on_result, o);
	}
	release(job, t);
}

void
assay_tcp_try_ports(struct assay_job *job, const struct assay_ports *ports,
    const struct assay_tcp_plan *plan)
{
	struct tries *t = xcalloc(1, sizeof(*t));

	t->plan = *plan;
	t->left = *ports;
	t->turns = plan->tries;
	turn(job, t);
}
