/*
 * attest: what a person says of a document, as sealed evidence.
 *
 * An attestation is a run of its own without jobs: a run record, a record of
 * type attestation, a manifest, signed as every other.  So it is verified,
 * bundled and held as tests are; and since it holds no verdict, nothing in it
 * can be taken for tested.
 */
#ifndef ASSAY_ATTEST_H
#define ASSAY_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "daemon/engine/engine.h"

#define ATTEST_TEXT_MAX 2000 /* bytes of a note */
#define ATTEST_NAME_MAX 200
#define ATTEST_CHECKS_MAX 24
/* The requirement that is the gate of an order. */
#define ATTEST_GATE "USCTM:DOC-1C"

struct attest_given {
	const struct device *device;
	const char *order;       /* NULL: the device's */
	const char *requirement; /* "USCTM:DOC-1F" */
	const char *sha256, *file;
	uint64_t size;
	const char *by;
	const char *conclusion;             /* NULL: none yet */
	const char *clause, *note, *covers; /* "": none */
	/* {name: {good, detail}}: what a program saw of the document; NULL */
	const json_t *checks;
	bool is_despite; /* conforms, though a check says no */
	uint32_t uid, gid;
};

/* 0, or -1 with *e: not as it must be. */
int attest_check(const struct attest_given *g, struct err *e);
/* Three records on their way to the store.  The run's number; 0 with *e. */
uint64_t attest_add(
    struct engine *en, const struct attest_given *g, struct err *e);

/* A run that is an attestation, by its first record. */
bool attest_is_run(const json_t *first);
/* One that an earlier life of the engine left open: closed.  prev: the last
 * record's SHA-256. */
void attest_restore(struct engine *en, const json_t *records, const char *prev);

/* Is the gate open for what is tested under this order, or, order NULL, for
 * this device?  lacks NULL: it is; else what is missing, or that the store
 * does not answer. */
typedef void attest_on_gate(void *arg, const char *lacks);
void attest_ask_gate(struct engine *en, const char *device, const char *order,
    attest_on_gate *on_gate, void *arg);

#endif
