/*
 * attest_send: a document and what somebody says of it, to the bench, which
 * seals both as a run of their own.
 */
#ifndef ASSAY_ATTEST_SEND_H
#define ASSAY_ATTEST_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "client/client.h"

struct attest_said {
	const char *device, *requirement;
	const uint8_t *bytes; /* of the document; NULL: they are read from fd */
	uint64_t size;
	int fd;
	const char *file; /* its name */
	const char *by, *note;
	/* NULL: none */
	const char *order, *conclusion, *clause, *covers;
	bool is_despite;
	const json_t *rows; /* [{check, good, detail}] */
};

/* To the end of its records, and the line of its seal.  0, or the exit status
 * after saying why not. */
int attest_send(struct client *c, const struct attest_said *said);

#endif
