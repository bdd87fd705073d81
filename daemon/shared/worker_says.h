/*
 * worker_says: what a worker says (daemon/shared/wire.h, ENGINE_*), read into
 * plain structs.
 *
 * A worker is not trusted: everything is bounded and checked field by field.
 * Whether it fits the probe's descriptor and what was said before is the
 * caller's to check.  Each reader returns 0, or -1 when the message is
 * malformed, with nothing left to free.
 */
#ifndef ASSAY_WORKER_SAYS_H
#define ASSAY_WORKER_SAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/msg.h"
#include "daemon/shared/wire_frames.h"
#include "records/record.h"

#define SAID_OBSERVATIONS_MAX 4096
#define SAID_CONTROLS_MAX 4096
#define SAID_VERDICTS_MAX 1024
#define SAID_NOTES_MAX 64
#define SAID_NOTES_BYTES 8000 /* of JSON */
#define SAID_FRAMES_MAX 8     /* selectors of one observation */
#define SAID_CITED_MAX SAID_OBSERVATIONS_MAX

struct said_observation {
	uint32_t id;
	char field[64];
	const char *type; /* "u64" …, static */
	struct wire_subject subject;
	uint8_t nframes;
	struct wire_frames frames[SAID_FRAMES_MAX];
	json_t *json; /* as in an observed record; the reader's */
};

struct said_control {
	uint8_t phase; /* enum assay_phase */
	bool good;
	uint32_t observation; /* 0: none */
};

struct said_note {
	char name[64];
	json_t *value; /* the reader's */
};

struct said_progress {
	uint64_t done, total; /* at most INT64_MAX */
	char what[64];
};

struct said_verdict {
	char check[32], reason[64];
	uint8_t kind; /* enum assay_kind, if it is claimed */
	uint8_t said; /* enum verdict: info, pass, inconc, fail */
	struct wire_subject subject;
	json_t *values;         /* the reader's */
	uint32_t *observations; /* ids it cites; the reader's */
	size_t nobservations;
};

int worker_says_observation(struct msg_in *m, struct said_observation *o);
int worker_says_control(struct msg_in *m, struct said_control *c);
int worker_says_note(struct msg_in *m, struct said_note *n);
/* Into the notes so far; -1 also when there are too many. */
int worker_says_note_into(struct msg_in *m, json_t *notes);
int worker_says_progress(struct msg_in *m, struct said_progress *p);
int worker_says_verdict(struct msg_in *m, struct said_verdict *v);
/* ENGINE_LOG, ENGINE_FAILED: one line of text. */
int worker_says_line(struct msg_in *m, char line[512]);
/* ENGINE_SANDBOX.  NULL when malformed; caller frees. */
char *worker_says_sandbox(struct msg_in *m);
/* ENGINE_DESCRIPTION: an object, whatever it holds.  NULL when malformed. */
json_t *worker_says_description(struct msg_in *m);

void said_verdict_clear(struct said_verdict *v);
/* {check, claim, verdict, subject, reason, values, observations} */
json_t *said_verdict_json(const struct said_verdict *v);
/* {phase, good, observation} */
json_t *said_control_json(const struct said_control *c);
/* "completeness" …; "unknown" */
const char *claim_kind_name(uint8_t kind);
/* The check and kind are one of the descriptor's claims. */
bool said_verdict_is_claimed(
    const struct said_verdict *v, const json_t *descriptor);
/* The row of one of the descriptor's tables whose key is name, or NULL. */
const json_t *descriptor_row(const json_t *descriptor, const char *table,
    const char *key, const char *name);

#endif
