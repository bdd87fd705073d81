/*
 * job_sources: the addresses of the segment's pool that a job speaks from.
 *
 * A job that needs more than one source is lent all that are free, as far as
 * the profile allows; what it was lent stands in its record, none included.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_pool.h"
#include "daemon/engine/job.h"
#include "daemon/shared/wire_frames.h"
#include "probes/probe.h"

/* The bench's subnets that the device is in, each once. */
static size_t
list_subnets(const struct job *job, uint8_t family,
    const struct conf_address **list, size_t max)
{
	const struct conf_address *own;
	size_t n = 0, i, j;

	for (i = 0; i < job->ntargets && n < max; i++) {
		if (job->targets[i].family != family)
			continue;
		own = seg_source(job->seg, family, job->targets[i].addr);
		for (j = 0; j < n && list[j] != own; j++)
			continue;
		if (own != NULL && j == n)
			list[n++] = own;
	}
	return n;
}

static size_t
lend_family(struct job *job, uint8_t family, size_t max)
{
	const struct conf_address *subnets[JOB_TARGETS_MAX];
	size_t i, share, n = 0, nsubnets;

	nsubnets = list_subnets(job, family, subnets, JOB_TARGETS_MAX);
	for (i = 0; i < nsubnets; i++) { /* what one leaves, the next has */
		share = (max - n) / (nsubnets - i);
		n += seg_pool_lend(job->seg, subnets[i], share,
		    job->sources + job->nsources + n);
	}
	job->nsources += n;
	return n;
}

void
job_note_conflict(struct job *job, uint8_t family, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < job->nsources; i++)
		if (job->sources[i].family == family &&
		    memcmp(job->sources[i].addr, addr, 16) == 0)
			break;
	if (i == job->nsources)
		return;
	if (job->conflicts++ == 0) {
		address_text(family, addr, job->conflict);
		json_object_set_new(
		    job->notes, "sources.conflict", json_string(job->conflict));
	}
	json_object_set_new(
	    job->notes, "sources.conflicts", json_integer(job->conflicts));
}

static void
on_claims(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct job *job = arg;
	uint8_t mac[6], family, addr[16];
	uint16_t n = 0;

	(void)fd;
	(void)why;
	job->claims_are_open = false;
	if (m == NULL)
		job->watch_died = true; /* for what it would have said */
	else
		msg_get_u16(m, &n);
	while (n-- > 0 && !m->bad) {
		wire_get_mac(m, mac);
		wire_get_address(m, &family, addr);
		seg_pool_on_seen(job->seg, mac, family, addr);
	}
	if (m != NULL && msg_end(m) == -1)
		fatal("watch: malformed claims");
	job_check_end(job);
}

void
job_lend_sources(struct job *job, uint32_t needs)
{
	const struct profile *profile = job->run->device->profile;
	size_t max = profile->sources_max, n;

	if ((needs & ASSAY_NEED_SOURCES) == 0)
		return;
	job->sources = xcalloc(POOL_MAX, sizeof(*job->sources));
	if (max < CONF_POOL_MAX)
		json_object_set_new(
		    job->notes, "sources.max", json_integer((json_int_t)max));
	else
		max = CONF_POOL_MAX;
	n = lend_family(job, 4, max);
	json_object_set_new(
	    job->notes, "sources.ipv4", json_integer((json_int_t)n));
	n = lend_family(job, 6, max);
	json_object_set_new(
	    job->notes, "sources.ipv6", json_integer((json_int_t)n));
	if (job->nsources == 0)
		return;
	job->claims_are_open = true;
	seg_ask_claims(job->seg, job->sources, job->nsources, on_claims, job);
}

void
job_take_back_sources(struct job *job)
{
	seg_pool_take_back(job->seg, job->sources, job->nsources);
	free(job->sources);
	job->sources = NULL;
	job->nsources = 0;
}

void
job_put_sources(const struct job *job, struct msg_out *m)
{
	size_t i;

	msg_put_u16(m, (uint16_t)job->nsources);
	for (i = 0; i < job->nsources; i++)
		wire_put_address(
		    m, job->sources[i].family, job->sources[i].addr);
}

static void
send_for(struct job *job, const struct job_target *t)
{
	const struct conf_address *own =
	    seg_source(job->seg, t->family, t->addr);
	static struct msg_out m;
	const struct conf_address *s;
	size_t i, n = 0;

	for (i = 0; i < job->nsources; i++)
		if (pool_shares_subnet(
			own, job->sources[i].family, job->sources[i].addr))
			n++;
	if (n == 0)
		return;
	msg_start(&m, WORKER_SOURCES);
	wire_put_address(&m, t->family, t->addr);
	msg_put_u16(&m, (uint16_t)n);
	for (i = 0; i < job->nsources; i++) {
		s = &job->sources[i];
		if (pool_shares_subnet(own, s->family, s->addr))
			msg_put_bytes(&m, s->addr, s->family == 4 ? 4 : 16);
	}
	peer_send(job->peer, &m, -1);
}

void
job_send_sources(struct job *job)
{
	size_t i;

	for (i = 0; i < job->ntargets; i++)
		send_for(job, &job->targets[i]);
}
