/*
 * tls_matters: what is asked of every TLS port, and one verdict of all of it.
 *
 * A matter is a string observed of a port, which begins with one of four words:
 * "present" (the fault is there), "absent", "possible" (nobody can tell by
 * this, or it is for a person to weigh), "unknown" (it was not found out); what
 * was seen comes behind a colon.  A fault fails; a pass needs every matter of
 * every TLS port to be absent.
 */
#ifndef ASSAY_CONTRACT_TLS_MATTERS_H
#define ASSAY_CONTRACT_TLS_MATTERS_H

#include <stddef.h>

#include "probes/contract/judge.h"
#include "probes/contract/tls_ports.h"

#pragma GCC visibility push(default)

enum assay_tls_matter {
	ASSAY_TLS_PRESENT = 0,
	ASSAY_TLS_POSSIBLE,
	ASSAY_TLS_UNTOLD, /* "unknown" */
	ASSAY_TLS_ABSENT,
	ASSAY_TLS_MATTERS
};
/* One of them, of one exchange or several: the gravest word, what each came to,
 * and their frames.  It is absent until something else is added; told, it is
 * observed of that port. */
struct assay_tls_tally {
	enum assay_tls_matter is; /* begins as ASSAY_TLS_ABSENT */
	char text[400];
	size_t used;
	struct assay_frames frames[8];
	size_t nframes;
};
void assay_tls_tally_begin(struct assay_tls_tally *);
void assay_tls_tally_add(struct assay_tls_tally *, enum assay_tls_matter,
    const char *text, const struct assay_frames *);
void assay_tls_tally_tell(struct assay_job *, struct assay_subject port,
    const char *field, const struct assay_tls_tally *);

/* What every reason of these verdicts can show. */
#define ASSAY_TLS_MATTER_VALUES "said ports count open asked unsettled"

struct assay_tls_claim {
	const char *check;
	enum assay_kind kind;
	const char *const *fields; /* each of every TLS port; NULL ends it */
	/* Of a port that has it; in this order they outweigh each other, but
	 * for doubts of the sweep, which outweigh what is possible. */
	const char *reasons[ASSAY_TLS_MATTERS];
};
/* Says one verdict of each address for each claim.  Reads what
 * assay_tls_ports observed, too; reasons: those, and ASSAY_TLS_REASONS().
 * [judge] */
void assay_tls_claims_judge(
    struct assay_job *, const struct assay_tls_claim *, size_t n);

#pragma GCC visibility pop

#endif
