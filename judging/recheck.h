/*
 * recheck: a run judged again on what it recorded, with no device.
 *
 * Each verdict that a probe said is held against what the same probe, as it is
 * here, says of the same observations, parameters and profile.  What the bench
 * made of a verdict afterwards (loss, controls) is no judgement and is not
 * judged again; verdicts that the bench itself made are only counted.
 */
#ifndef ASSAY_RECHECK_H
#define ASSAY_RECHECK_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

struct recheck {
	const json_t *records; /* of one run, decoded, in order */
	/* The text of the document with this SHA-256, or NULL with *e; caller
	 * frees. */
	char *(*document)(
	    void *arg, const char *sha256, size_t *size, struct err *e);
	void *arg;
	const char *worker;    /* assay-worker's path */
	const char *probe_dir; /* "tcp.ports" is tcp_ports.so there */
};

/*
 * {run, bench, agrees, differs, not_judged, left_out: counts, verdicts: [{
 *   outcome "agrees" | "differs" | "not judged", why, seq, probe, check, claim,
 *   subject, then, now: {verdict, reason, values, observations} or null,
 *   differs_in [names of these], method {then, now}, abi {then, now}}],
 *   sandbox}
 * seq is the verdict record's; null where only now there is a verdict.  A
 * verdict is "not judged" for one of these reasons, in `why`: see why_texts.
 * NULL with *e: these are not the records of a run.
 */
json_t *recheck_run(const struct recheck *r, struct err *e);

/* 0: all agree; 1: one differs; 2: some, or all, could not be judged. */
int recheck_exit_status(const json_t *report);
/* A verdict differs though the probe's method is the same: a probe that breaks
 * its word. */
size_t recheck_broken_methods(const json_t *report);

#endif
