/*
 * record: the canonical bytes of everything that a run leaves.
 *
 * A record is one JSON object in canonical form: keys sorted bytewise, no
 * space, UTF-8, integers only (no fraction, no exponent), at most
 * RECORD_MAX bytes.  It is stored verbatim and hashed; whatever a reader
 * wants to search by is an index that can be rebuilt from it.
 *
 * Every record has:
 *   "v"     format version, 1
 *   "type"  one of enum record_type's names
 *   "bench" bench name;  "seq" number on this bench: (bench, seq) is its id
 *   "time"  ns since 1970 at sealing
 *   "run"   seq of the run's first record (its own seq for type "run")
 *   "prev"  SHA-256 (hex) of the record before it in this run; null for "run"
 * Those about one run also have, in all types (null where not known):
 *   "order" "product" "sample" "state" "firmware" "mode" (segment mode)
 *   "step" (number from 1) "job" (seq of the job record) "repeat" (from 1)
 *
 * Types and their own fields:
 *   run       device, segment, scenario {name, sha256}, profile {sha256},
 *             catalogue {edition, sha256, overlaid: a lab added to it; null:
 *             not known, and in runs of older versions}, steps (count), by
 *             {uid, gid, name}, quiet_ns
 *             (for so long it was to be observed at rest before the first
 * step), versions {assay, abi}, clock {source ("synchronised" or not),
 * offset_ns, bound_ns, estimate_ns: null when nobody knows} canary good, facts
 * [{name, value, good}] event     what ("health", "link", "participant",
 * "capture", "services", "foreign", "action", "manual", "wait", "confirm",
 * "queue", "baseline"), code, detail, stamp, values {}.  "baseline": how the
 * device was at rest (code "rest", once, before the first step), that it
 * rebooted there
 *             ("dut_rebooted"), that a reboot later on has a precedent there
 *   job       probe, method, abi, params {}, targets [{addr, mac, source: the
 *             bench's}], sandbox, span {from} — written when the job begins
 *   observed  observations [{id, field, subject, value, frames[], raw: hex, of
 *             a text that is shown otherwise}], controls [{phase, good,
 *             observation}], notes [{name, value}] — split over several
 *             records when large
 *   verdict   check, claim (kind), method, probe, profile, catalogue, subject
 *             {addr, port}, verdict, said (what the probe said, if it was
 *             lowered), said_values {} (then: the probe's own, if they are
 *             few), reason, values {}, observations [ids],
 *             evidence [{source, file, first, last, count, stamp_first,
 *             stamp_last, select {}, sha256, observation}], frames (total),
 *             slice {file, size, sha256}, controls {before, during, after:
 *             {good, rtt_ns, how}}, span {from, to, dropped, stamp_from,
 *             stamp_to}, lowered [codes: why a pass became inconc], pace {},
 *             deviations []
 *   attestation  (in a run of kind "attestation", which has it, no job and no
 *             verdict: nothing was tested) device, requirement, document {file,
 *             sha256, size}, by {name (as was said), uid, gid}, conclusion
 *             ("conforms", "does-not-conform", "insufficient"; null: none yet),
 *             despite (true: conforms though a check says no), clause, covers
 *             (of a gate: "manual,access"), note, checks {name: {good: true,
 *             false or null, detail}}: what a program saw of the document
 *             A report signed by a person (requirement "REPORT:reviewed",
 *             "REPORT:authorised", "REPORT:amends:NUMBER"; clause: its number)
 *             and two samples compared ("CHECK:LIF-11") are such, too
 *   jobend    outcome ("done", "error", …), reason, exit {how, status},
 *             last_words, took_ns, verdicts (count), late {worker_ns,
 *             engine_ns, bound_ns}: by how much timers fired late, at worst
 *   manifest  outcome, head (SHA-256 of the record before it), records
 *             (count), prev_manifest (SHA-256 of the bench's manifest before,
 *             or null), verdicts {pass, fail, …}, captures (every raw capture
 *             file of the run, in order) [{segment, file, size, sha256 (of the
 *             whole file), frames, dropped, cut: true when its capture was
 *             killed or the disk refused; sha256 is then of what it left}],
 *             what is not known null; clock (as in run, at the end); rest (the
 * baseline's values, and rebooted: how often it did so by itself in this run;
 * null when nothing is known); captures_omitted: further files that have no
 * room here, numbered on from the last; in runs of older versions one entry
 * {segment, file, frames, dropped} alone; signer (id of the key whose signature
 * stands beside the record and covers its SHA-256, signing/sign_key.h; null in
 * runs of before there was a key)
 */
#ifndef ASSAY_RECORD_H
#define ASSAY_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/hex.h"

#define RECORD_FORMAT 1
#define RECORD_MAX 49152 /* bytes; so that it fits one message */
#define RECORD_DEPTH 16u /* objects and arrays within each other */

enum record_type {
	RECORD_RUN,
	RECORD_CANARY,
	RECORD_EVENT,
	RECORD_JOB,
	RECORD_OBSERVED,
	RECORD_VERDICT,
	RECORD_JOBEND,
	RECORD_ATTESTATION,
	RECORD_MANIFEST,
	RECORD_TYPE_COUNT,
};

const char *record_type_name(enum record_type type);
/* -1 when there is no such type. */
int record_type_by_name(const char *name);

/* The canonical bytes of o, NUL-terminated; caller frees.  *size: without the
 * NUL.  NULL with *e set if it is too large or has a real number in it. */
char *record_encode(const json_t *o, size_t *size, struct err *e);

/* Parses canonical bytes; refuses what is not canonical, so that equal
 * records have equal hashes.  Caller decrefs. */
json_t *record_decode(const char *bytes, size_t size, struct err *e);

/* The seven verdicts of the algebra, in their order. */
enum verdict {
	VERDICT_NONE,
	VERDICT_NA,
	VERDICT_INFO,
	VERDICT_PASS,
	VERDICT_INCONC,
	VERDICT_FAIL,
	VERDICT_ERROR,
	VERDICT_COUNT,
};

const char *verdict_name(enum verdict v);
int verdict_by_name(const char *name);

#endif
