/*
 * job_brief: what a worker is told before it begins: parameters, targets, what
 * the profile declares.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/device.h"
#include "daemon/engine/job.h"
#include "daemon/engine/job_checkpoint.h"
#include "daemon/shared/worker_brief.h"

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
		t->scope = worker_brief_scope(a->family, a->addr);
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
		worker_brief_param(
		    &m, job->step->params[i].name, job->step->params[i].value);
		peer_send(job->peer, &m, -1);
	}
}

static void
send_targets(struct job *job)
{
	const struct conf_address *source;
	const struct job_target *t;
	struct brief_target brief;
	static struct msg_out m;
	unsigned i;

	for (i = 0; i < job->ntargets; i++) {
		t = &job->targets[i];
		source = seg_source(job->seg, t->family, t->addr);
		memset(&brief, 0, sizeof(brief));
		brief.family = t->family;
		memcpy(brief.addr, t->addr, 16);
		memcpy(brief.mac, job->run->device->mac, 6);
		memcpy(brief.source, source->addr, 16);
		memcpy(brief.source_mac, job->seg->mac, 6);
		brief.ifindex = job->seg->ifindex;
		brief.text = t->text;
		worker_brief_target(&m, &brief);
		peer_send(job->peer, &m, -1);
	}
}

void
job_send_brief(struct job *job)
{
	enum state state = job->run->scenario->state;
	static struct msg_out m;
	size_t next = 0;

	send_params(job);
	send_targets(job);
	job_send_sources(job);
	while (
	    worker_brief_declared(&m, job->run->device->profile, state, &next))
		peer_send(job->peer, &m, -1);
	if (job->stored.wanted) {
		job_start_stored(job);
		return;
	}
	job_checkpoint_send(job);
	worker_brief_go(&m, job->seq, state_name(state));
	peer_send(job->peer, &m, -1);
}
