/*
 * tls_declared: what the profile says of the device's TLS servers, and how what
 * was found compares.
 *
 * A row of the profile's `crypto` with the role "server" and a version of SSL
 * or TLS is for its port, or for those declared for the service that it names.
 */
#ifndef ASSAY_CONTRACT_TLS_DECLARED_H
#define ASSAY_CONTRACT_TLS_DECLARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/targets.h"
#include "probes/contract/values.h"

#pragma GCC visibility push(default)

#define ASSAY_TLS_TAKEN_MAX 1024 /* pairs of a port and a word */
#define ASSAY_TLS_WORD_MAX 72    /* bytes of one, with its end */
#define ASSAY_TLS_TOLD_MAX 40    /* observations that one verdict cites */

/* TCP ports where TLS is expected from the first byte: declared for a service
 * that is TLS by its name (https, mqtts …), or in `crypto`.  Not those that are
 * optional. [judge] */
void assay_tls_expected(
    struct assay_job *, const struct assay_target *, struct assay_ports *out);

struct assay_tls_row { /* one of `crypto`, for servers of SSL and TLS */
	struct assay_ports ports; /* at this address */
	/* As the profile writes them, with a blank between; "": not said. */
	const char *versions, *suites, *names;
};
/* The next one from *index on, which is left behind it. [judge] */
bool assay_tls_row_next(struct assay_job *, const struct assay_target *,
    size_t *index, struct assay_tls_row *out);

/* What ports were seen to take, in the profile's words ("tls1.2", "TLS_…"). */
struct assay_tls_taken {
	struct {
		uint16_t port;
		char word[ASSAY_TLS_WORD_MAX];
		uint32_t id; /* of the observation */
	} pairs[ASSAY_TLS_TAKEN_MAX];
	size_t n;
	bool is_cut; /* there were more */
};
void assay_tls_taken_add(
    struct assay_tls_taken *, uint16_t port, const char *word, uint32_t id);

struct assay_tls_told { /* "443 tls1.2, 8883 tls1.3", as far as it fits */
	char text[400];
	struct assay_ports ports;
	uint32_t ids[ASSAY_TLS_TOLD_MAX];
	size_t nids, n;
};
struct assay_tls_compared {
	bool is_declared;           /* there is a table `crypto` */
	size_t nrequired;           /* pairs that are declared */
	struct assay_tls_told fits; /* declared and taken */
	struct assay_tls_told undeclared;
	struct assay_tls_told missing;   /* at a port of which all is known */
	struct assay_tls_told uncertain; /* missing, but at another */
};
/* cell: "versions", or "suites", where a row without any allows all.  known:
 * ports of which all that they take is known. [judge] */
void assay_tls_compare(struct assay_job *, const struct assay_target *,
    const char *cell, const struct assay_tls_taken *,
    const struct assay_ports *known, struct assay_tls_compared *out);

#pragma GCC visibility pop

#endif
