/*
 * fake_talk: assay_talk() over a fake job; the test's callback is the device.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/unit/fake_job_internal.h"

struct fake_talk {
	struct fake_talk *next;
	struct assay_talk_spec spec;
	uint8_t say[ASSAY_TALK_SAY_MOST];
	uint8_t heard[ASSAY_TALK_HEAR_MOST];
	struct assay_talked talked;
};

static void
remove_talk(struct assay_job *job, struct fake_talk *t)
{
	struct fake_talk **at;

	for (at = &job->talks; *at != t; at = &(*at)->next)
		;
	*at = t->next;
}

static void
on_over(struct assay_job *job, void *arg)
{
	struct fake_talk *t = arg;

	remove_talk(job, t);
	t->spec.on_end(job, t->spec.arg, &t->talked);
	free(t);
}

void
fake_job_free_talks(struct assay_job *job)
{
	struct fake_talk *t;

	while ((t = job->talks) != NULL) {
		job->talks = t->next;
		free(t);
	}
}

void
fake_job_on_talk(struct assay_job *job, fake_job_talk_with *on_talk, void *arg)
{
	job->on_talk = on_talk;
	job->talk_arg = arg;
}

static void
check(struct assay_job *job, const struct assay_talk_spec *spec)
{
	const uint32_t need =
	    spec->transport == ASSAY_UDP ? ASSAY_NEED_UDP : ASSAY_NEED_TCP;
	const size_t most = spec->transport == ASSAY_TCP && !spec->tls
	    ? ASSAY_TALK_SAY_MOST
	    : ASSAY_TALK_SAY_MAX;

	if (job->judging)
		fake_job_misuse("assay_talk in judge", NULL);
	if ((job->probe->needs & need) == 0)
		fake_job_misuse("assay_talk without the need", NULL);
	if (spec->on_end == NULL || spec->nsay > most ||
	    spec->max > ASSAY_TALK_HEAR_MOST ||
	    ((spec->nsay == 0 || spec->tls) && spec->transport == ASSAY_UDP) ||
	    spec->target == NULL ||
	    worker_facts_find_target(
		&job->facts, spec->target->family, spec->target->addr) == NULL)
		fake_job_misuse("assay_talk", NULL);
	fake_job_check_source(job, spec->target, spec->source);
}

void
assay_talk(struct assay_job *job, const struct assay_talk_spec *spec)
{
	struct fake_talk *t = xcalloc(1, sizeof(*t));
	struct fake_job_talk f = {
		.spec = &t->spec,
		.end = ASSAY_TALK_TIMEOUT,
		.heard = t->heard,
		.local_port = job->next_local_port++,
		.remote_port = spec->port,
		.took_ns = 200000,
		.tls = { .version = "", .keys = "", .public_key = "" },
	};

	check(job, spec);
	t->spec = *spec;
	if (spec->nsay > 0)
		memcpy(t->say, spec->say, spec->nsay);
	t->spec.say = t->say;
	f.said = spec->nsay > 0 && !spec->hear_first;
	if (job->next_local_port > 60999)
		job->next_local_port = 32768;
	if (job->on_talk != NULL)
		job->on_talk(job->talk_arg, job, &f);
	t->talked = (struct assay_talked){ f.end, t->heard, f.nheard, f.said,
		f.local_port, f.remote_port, f.took_ns, f.tls, f.withheld };
	t->next = job->talks;
	job->talks = t;
	fake_job_at(job, f.took_ns, on_over, t);
}
