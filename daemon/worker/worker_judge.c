/*
 * worker_judge: what judge reads, and the verdicts it says.
 *
 * Only here and in the [judge] part of worker_contract.c is there anything
 * that judge may call: with the same observations, parameters and profile it
 * has to come to the same verdicts, today and in ten years.
 */
#include <stddef.h>

#include "records/record.h"
#include "daemon/shared/wire.h"
#include "daemon/worker/worker_check.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_wire.h"
#include "probes/probe.h"

/* On the wire the two are one number. */
_Static_assert((int)ASSAY_INFO == (int)VERDICT_INFO &&
	(int)ASSAY_PASS == (int)VERDICT_PASS &&
	(int)ASSAY_INCONC == (int)VERDICT_INCONC &&
	(int)ASSAY_FAIL == (int)VERDICT_FAIL,
    "a probe's verdicts are the algebra's");

size_t
assay_observation_count(struct assay_job *job)
{
	return job->trail.nobservations;
}

const struct assay_observation *
assay_observation_at(struct assay_job *job, size_t index)
{
	return index < job->trail.nobservations ? job->trail.observations[index]
						: NULL;
}

bool
assay_control_is_good(struct assay_job *job, enum assay_phase phase)
{
	return phase >= ASSAY_BEFORE && phase <= ASSAY_AFTER &&
	    job->trail.good[phase];
}

void
assay_say(struct assay_job *job, const struct assay_verdict *v)
{
	struct msg_out *m = &job->out;
	struct err e;
	size_t i;

	if (job->phase != WORKER_PHASE_JUDGE)
		worker_job_bug(job, "assay_say was called outside of judge");
	if (worker_check_verdict(job->probe, v, job->trail.nobservations, &e) ==
	    -1)
		worker_job_bug(job, "%s", e.text);
	if (job->nverdicts++ == WORKER_VERDICTS_MAX)
		worker_job_bug(job, "over %d verdicts", WORKER_VERDICTS_MAX);
	msg_start(m, ENGINE_VERDICT);
	msg_put_string(m, v->check);
	msg_put_u8(m, (uint8_t)v->kind);
	msg_put_u8(m, (uint8_t)v->value);
	worker_wire_put_subject(m, worker_job_target(job, v->target), v->port);
	msg_put_string(m, v->reason);
	msg_put_u8(m, (uint8_t)v->nvalues);
	for (i = 0; i < v->nvalues; i++) {
		msg_put_string(m, v->values[i].name);
		worker_wire_put_value(m, &v->values[i].value);
	}
	msg_put_u16(m, (uint16_t)v->nobservations);
	for (i = 0; i < v->nobservations; i++)
		msg_put_u32(m, v->observations[i]);
	worker_job_send(job);
}
