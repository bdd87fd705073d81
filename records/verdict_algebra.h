/*
 * verdict_algebra: the one table of verdicts, as pure functions.
 *
 * What ended a job, what happened in a verdict's span, what its repeats said,
 * how a run ends: each rule stands here once.  None of them can turn anything
 * into a pass; a pass is what is left when nothing speaks against it.
 */
#ifndef ASSAY_VERDICT_ALGEBRA_H
#define ASSAY_VERDICT_ALGEBRA_H

#include <stdbool.h>
#include <stddef.h>

#include "records/record.h"

/* How a job came to its end; several may hold. */
struct verdict_job {
	bool restarted;    /* engine or store failed in mid-job */
	bool cancelled;    /* by a person */
	bool deadline;     /* deadline and grace were over */
	bool malformed;    /* the worker sent what is no message */
	bool bench_failed; /* the probe said that the bench could not */
	bool done;         /* it said its last word */
	bool signalled;    /* killed by signal `status`, else exited with it */
	int status;
	size_t verdicts; /* it said, and were not refused */
};

/* What a job's end does to its verdicts that are not sealed yet. */
enum verdict_effect {
	VERDICT_EFFECT_KEEP,
	VERDICT_EFFECT_LOWER_PASSES, /* each pass becomes inconc */
	/* each pass or fail without its closing control becomes inconc */
	VERDICT_EFFECT_LOWER_UNCONTROLLED,
};

struct verdict_job_end {
	bool error;         /* outcome of the job: "error", else "done" */
	const char *reason; /* code; "" when done */
	enum verdict_effect effect;
};

struct verdict_job_end verdict_judge_job(const struct verdict_job *job);

/* What may be held against one verdict, as bits; each has a reason code. */
enum verdict_flaw {
	/* the verdict is refused: error */
	VERDICT_FLAW_NO_EVIDENCE = 1 << 0, /* held against pass and fail only */
	VERDICT_FLAW_FOREIGN_EVIDENCE = 1 << 1,
	VERDICT_FLAW_UNCOVERED_CHECK = 1 << 2,
	/* a pass becomes inconc; a fail stands on the frames that show it */
	VERDICT_FLAW_LOST_FRAMES = 1 << 3,
	VERDICT_FLAW_CAPTURE_DIED = 1 << 4,
	VERDICT_FLAW_LINK_LOST = 1 << 5,
	VERDICT_FLAW_ADDRESS_LOST = 1 << 6,
	VERDICT_FLAW_DEVICE_DOWN = 1 << 7,
	VERDICT_FLAW_OPENING_CONTROL = 1 << 8,
	VERDICT_FLAW_CLOSING_CONTROL = 1 << 9,
	VERDICT_FLAW_JOB_ERROR = 1 << 10, /* EFFECT_LOWER_PASSES */
	/* a pass or a fail becomes inconc: it may not be the device's doing */
	VERDICT_FLAW_UNCONTROLLED = 1 << 11, /* EFFECT_LOWER_UNCONTROLLED */
	VERDICT_FLAW_ISOLATION_VOID = 1 << 12,
	VERDICT_FLAW_CANARY = 1 << 13,
	/* a pass becomes inconc */
	VERDICT_FLAW_HOLE = 1 << 14, /* in a recording that was judged */
	VERDICT_FLAW_BENCH_LATE = 1 << 15,
	VERDICT_FLAW_SOURCE_TAKEN = 1 << 16, /* it was somebody else's, too */
	/* a pass or a fail becomes inconc: of which firmware is it? */
	VERDICT_FLAW_FIRMWARE = 1 << 17,
	VERDICT_FLAW_ALL = (1 << 18) - 1,
};

/* A run whose manifest has this outcome is void for this reason (a code in
 * etc/messages): what its records say was sealed before that was known. */
#define VERDICT_VOID_OUTCOME "void"
#define VERDICT_VOID_REASON "firmware_changed"
/* What a verdict of such a run is worth: no pass, no fail. */
enum verdict verdict_of_void_run(enum verdict sealed);

/* The code in etc/messages; "" for JOB_ERROR, whose code is the job's own. */
const char *verdict_flaw_code(enum verdict_flaw flaw);

/* What is sealed when a probe said `said`.  Anything but info, pass, inconc
 * and fail is not a probe's to say: error. */
enum verdict verdict_seal(enum verdict said, unsigned flaws);

/* One check over its repeats (one sample, one state): the verdict they share,
 * inconc when they disagree, none when there are none.  counts: of each
 * verdict, filled in. */
enum verdict verdict_over_repeats(
    const enum verdict *repeats, size_t n, size_t counts[VERDICT_COUNT]);

/* Exit status of a run: 0 everything planned ran and passed, 1 a fail, 3 the
 * bench failed, 2 incomplete or inconclusive; the first that holds of 1, 3, 2.
 * info and na do not hurt. */
struct verdict_run {
	size_t counts[VERDICT_COUNT]; /* of the checks */
	bool complete;                /* every planned step ran to its end */
	bool bench_failed; /* a job in error, an action that failed */
};

int verdict_exit_status(const struct verdict_run *run);

#endif
