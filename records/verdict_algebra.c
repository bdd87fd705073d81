/*
 * verdict_algebra: the one table of verdicts, as pure functions.
 */
#include "records/verdict_algebra.h"

#include <string.h>

#define REFUSING (VERDICT_FLAW_FOREIGN_EVIDENCE | VERDICT_FLAW_UNCOVERED_CHECK)
#define LOWERING_BOTH \
	(VERDICT_FLAW_UNCONTROLLED | VERDICT_FLAW_ISOLATION_VOID | \
	    VERDICT_FLAW_CANARY | VERDICT_FLAW_FIRMWARE)

/* The first that holds: what happened to the job before what it said. */
struct verdict_job_end
verdict_judge_job(const struct verdict_job *job)
{
	struct verdict_job_end end = { true, "", VERDICT_EFFECT_LOWER_PASSES };

	if (job->restarted)
		end.reason = "daemon_restarted";
	else if (job->cancelled)
		end.reason = "cancelled";
	else if (job->deadline) {
		end.reason = "deadline";
		end.effect = VERDICT_EFFECT_LOWER_UNCONTROLLED;
	} else if (job->malformed)
		end.reason = "malformed_message";
	else if (job->signalled)
		end.reason = "crashed";
	else if (job->bench_failed)
		end.reason = "bench_failed";
	else if (!job->done || job->status != 0)
		end.reason = "exit_status";
	else {
		end.effect = VERDICT_EFFECT_KEEP;
		if (job->verdicts == 0)
			end.reason = "said_nothing";
		else
			end.error = false;
	}
	return end;
}

const char *
verdict_flaw_code(enum verdict_flaw flaw)
{
	switch (flaw) {
	case VERDICT_FLAW_NO_EVIDENCE:
		return "no_evidence";
	case VERDICT_FLAW_FOREIGN_EVIDENCE:
		return "foreign_evidence";
	case VERDICT_FLAW_UNCOVERED_CHECK:
		return "uncovered_check";
	case VERDICT_FLAW_LOST_FRAMES:
		return "lost_frames";
	case VERDICT_FLAW_CAPTURE_DIED:
		return "capture_died";
	case VERDICT_FLAW_LINK_LOST:
		return "link_lost";
	case VERDICT_FLAW_ADDRESS_LOST:
		return "address_lost";
	case VERDICT_FLAW_DEVICE_DOWN:
		return "device_down";
	case VERDICT_FLAW_OPENING_CONTROL:
		return "opening_control_bad";
	case VERDICT_FLAW_CLOSING_CONTROL:
		return "closing_control_bad";
	case VERDICT_FLAW_UNCONTROLLED:
		return "deadline";
	case VERDICT_FLAW_ISOLATION_VOID:
		return "isolation_void";
	case VERDICT_FLAW_CANARY:
		return "canary_bad";
	case VERDICT_FLAW_HOLE:
		return "capture_hole";
	case VERDICT_FLAW_BENCH_LATE:
		return "bench_late";
	case VERDICT_FLAW_SOURCE_TAKEN:
		return "source_taken";
	case VERDICT_FLAW_FIRMWARE:
		return VERDICT_VOID_REASON;
	case VERDICT_FLAW_JOB_ERROR:
	case VERDICT_FLAW_ALL:
		break;
	}
	return "";
}

enum verdict
verdict_seal(enum verdict said, unsigned flaws)
{
	bool claims = said == VERDICT_PASS || said == VERDICT_FAIL;

	if (!claims && said != VERDICT_INFO && said != VERDICT_INCONC)
		return VERDICT_ERROR;
	if ((flaws & REFUSING) != 0)
		return VERDICT_ERROR;
	if (!claims)
		return said;
	if ((flaws & VERDICT_FLAW_NO_EVIDENCE) != 0)
		return VERDICT_ERROR;
	if ((flaws & LOWERING_BOTH) != 0)
		return VERDICT_INCONC;
	if (said == VERDICT_PASS && flaws != 0)
		return VERDICT_INCONC;
	return said;
}

enum verdict
verdict_of_void_run(enum verdict sealed)
{
	return sealed == VERDICT_PASS || sealed == VERDICT_FAIL ? VERDICT_INCONC
								: sealed;
}

enum verdict
verdict_over_repeats(
    const enum verdict *repeats, size_t n, size_t counts[VERDICT_COUNT])
{
	size_t i;

	memset(counts, 0, VERDICT_COUNT * sizeof(*counts));
	for (i = 0; i < n; i++)
		counts[repeats[i]]++;
	if (n == 0)
		return VERDICT_NONE;
	return counts[repeats[0]] == n ? repeats[0] : VERDICT_INCONC;
}

int
verdict_exit_status(const struct verdict_run *run)
{
	if (run->counts[VERDICT_FAIL] > 0)
		return 1;
	if (run->bench_failed || run->counts[VERDICT_ERROR] > 0)
		return 3;
	if (!run->complete || run->counts[VERDICT_INCONC] > 0 ||
	    run->counts[VERDICT_NONE] > 0)
		return 2;
	return 0;
}
