/*
 * job_brief: what a worker is told before it begins: parameters, targets, what
 * the profile declares.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/device.h"
#include "daemon/engine/job.h"
#include "probes/probe.h"

static uint8_t
scope_of(uint8_t family, const uint8_t *addr)
{
	if (family == 4)
		return ASSAY_IPV4;
	if (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80)
		return ASSAY_IPV6_LINK;
	return (addr[0] & 0xfe) == 0xfc ? ASSAY_IPV6_ULA : ASSAY_IPV6_GLOBAL;
}

static int
compare_targets(const void *a, const void *b)
{
	const struct job_target *x = a, *y = b;

	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	return memcmp(x->addr, y->addr, 16);
}

/* Every address of the device from which it can be spoken to. */
void
job_choose_targets(struct job *job)
{
	const struct participant *p = seg_find(job->seg, job->run->device->mac);
	const struct seg_address *a;
	struct job_target *t;
	unsigned i;

	for (i = 0; p != NULL && i < p->naddresses; i++) {
		a = &p->addresses[i];
		if (job->ntargets == JOB_TARGETS_MAX ||
		    seg_source(job->seg, a->family, a->addr) == NULL)
			continue;
		t = &job->targets[job->ntargets++];
		t->family = a->family;
		memcpy(t->addr, a->addr, 16);
		t->scope = scope_of(a->family, a->addr);
		address_text(a->family, a->addr, t->text);
	}
	qsort(job->targets, job->ntargets, sizeof(job->targets[0]),
	    compare_targets);
}

static void
send_params(struct job *job)
{
	static struct msg_out m;
	size_t i;

	for (i = 0; i < job->step->nparams; i++) {
		msg_start(&m, WORKER_PARAM);
		msg_put_string(&m, job->step->params[i].name);
		msg_put_string(&m, job->step->params[i].value);
		peer_send(job->peer, &m, -1);
	}
}

static void
send_targets(struct job *job)
{
	const struct conf_address *source;
	const struct job_target *t;
	static struct msg_out m;
	unsigned i;

	for (i = 0; i < job->ntargets; i++) {
		t = &job->targets[i];
		source = seg_source(job->seg, t->family, t->addr);
		msg_start(&m, WORKER_TARGET);
		msg_put_u8(&m, t->family);
		msg_put_u8(&m, t->scope);
		msg_put_bytes(&m, t->addr, t->family == 4 ? 4 : 16);
		msg_put_bytes(&m, job->run->device->mac, 6);
		msg_put_bytes(&m, source->addr, t->family == 4 ? 4 : 16);
		msg_put_bytes(&m, job->seg->mac, 6);
		msg_put_u32(&m, job->seg->ifindex);
		msg_put_string(&m, t->text);
		peer_send(job->peer, &m, -1);
	}
}

static void
send_declared(struct job *job)
{
	const struct profile *profile = job->run->device->profile;
	const struct profile_port *p;
	static struct msg_out m;
	size_t i;

	if (!profile->has_ports)
		return;
	msg_start(&m, WORKER_DECLARES);
	msg_put_u8(&m, ASSAY_TCP);
	peer_send(job->peer, &m, -1);
	msg_start(&m, WORKER_DECLARES);
	msg_put_u8(&m, ASSAY_UDP);
	peer_send(job->peer, &m, -1);
	for (i = 0; i < profile->nports; i++) {
		p = &profile->ports[i];
		if ((p->states >> job->run->scenario->state & 1) == 0)
			continue;
		msg_start(&m, WORKER_DECLARED);
		msg_put_u8(&m, p->transport);
		msg_put_u16(&m, p->first);
		msg_put_u16(&m, p->last);
		msg_put_u8(&m, p->family);
		msg_put_string(&m, p->service);
		msg_put_u8(&m, p->optional);
		peer_send(job->peer, &m, -1);
	}
}

void
job_send_brief(struct job *job)
{
	static struct msg_out m;

	send_params(job);
	send_targets(job);
	send_declared(job);
	msg_start(&m, WORKER_GO);
	msg_put_u64(&m, job->seq);
	msg_put_string(&m, state_name(job->run->scenario->state));
	peer_send(job->peer, &m, -1);
}
