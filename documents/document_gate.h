/*
 * document_gate: the documents without which no order runs (USCTM DOC-1C): a
 * manual, access for the test environment, and unique identifiers.
 *
 * Open when a reviewer's newest conclusion is that they conform and each of
 * the three was given.  Pure: attestations in, in the order of their records.
 */
#ifndef ASSAY_DOCUMENT_GATE_H
#define ASSAY_DOCUMENT_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define DOCUMENT_GATE_TEXT_MAX 120

struct document_gate {
	unsigned given; /* bits of what the documents cover */
	bool is_reviewed, conforms;
};

/* Begins as zeroes.  attestation: a record of type attestation, of the gate's
 * requirement. */
void document_gate_take(struct document_gate *g, const json_t *attestation);
/* What is missing, in words ("access, identifiers; no conclusion"), into text;
 * false: nothing, the gate is open. */
bool document_gate_lacks(
    const struct document_gate *g, char *text, size_t size);
/* "manual,access" names parts of it and nothing else. */
bool document_gate_covers(const char *covers);

#endif
