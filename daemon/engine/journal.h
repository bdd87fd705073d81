/*
 * journal: gives every record its number, its place in its run's chain and
 * its canonical bytes, has it stored, and only when it is durable shows it.
 *
 * The one way to the stream: what the store has not confirmed, nobody sees.
 */
#ifndef ASSAY_JOURNAL_H
#define ASSAY_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/hex.h"
#include "records/record.h"

struct journal;
struct store;

/* A run's chain, and what all its records say alike. */
struct chain {
	uint64_t run; /* 0 before the first record */
	uint64_t records;
	char prev[SHA256_HEX_SIZE]; /* "" before the first */
	bool broken;    /* the store refused one: nothing more is taken */
	json_t *common; /* order product sample state firmware mode */
};

struct journal_hooks {
	/* A durable record: to the stream. */
	void (*on_record)(void *arg, uint64_t seq, uint64_t run,
	    const char *sha256, const json_t *record);
	/* The store refused one of this run: the run cannot go on. */
	void (*on_refused)(void *arg, uint64_t run, const char *error);
};

struct journal *journal_new(struct store *store, const char *bench,
    const struct journal_hooks *hooks, void *arg);
void journal_free(struct journal *j);
/* Before the first append: the newest seq there is, and the newest manifest's
 * hash ("" for none). */
void journal_resume(struct journal *j, uint64_t last_seq, const char *manifest);

/* fields is taken over.  Returns the record's seq, or 0 if the chain is broken
 * or the record cannot be encoded (logged; nothing was stored). */
uint64_t journal_add(
    struct journal *j, struct chain *c, enum record_type type, json_t *fields);
/* The last record of a run: adds prev_manifest, head and count to fields. */
uint64_t journal_close(struct journal *j, struct chain *c, json_t *fields);
uint64_t journal_last(const struct journal *j);
/* The newest manifest's hash, "" for none. */
const char *journal_manifest(const struct journal *j);
/* Whose signature manifests will bear from now on: a key id; "" for none. */
void journal_set_signer(struct journal *j, const char *key);
const char *journal_bench(const struct journal *j);

uint64_t now_realtime_ns(void);
uint64_t now_monotonic_ns(void);

#endif
