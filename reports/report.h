/*
 * report: all that a report says of a run, a device or an order, as one value.
 *
 * Made of sealed records, the catalogue and what the maker declared, so that
 * an old run can be reported again; every format is made of it alone.  Its
 * shape is published: etc/schemas/report.schema.json.  Nothing here tests or
 * judges: a verdict is shown as it was sealed, and what has none is a gap with
 * its reason.
 *
 * Times are ns since 1970, as in the records.  What a device, a maker or a lab
 * supplied is in the value as they wrote it: each format escapes it by its own
 * rules.
 */
#ifndef ASSAY_REPORT_H
#define ASSAY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "catalogue/catalogue.h"
#include "catalogue/coverage.h"
#include "records/record_rows.h"
#include "scenarios/messages.h"
#include "scenarios/profile.h"

#define REPORT_FORMAT 1

struct report_spool;

struct report_given {              /* all of it must outlive the report */
	const char *bench, *assay; /* its name; the daemon's version */
	int64_t created;           /* ns since 1970 */
	const struct catalogue *catalogue;
	const struct catalogue_scheme *scheme; /* only this; NULL: all */
	const struct profile *profile;
	const json_t *device; /* what device.show says, or NULL */
	const json_t *probes; /* descriptors, of probe.list */
	const json_t *cards;  /* {probe: method_card_json()}, or NULL */
	const struct messages *en, *ja;
	uint32_t media;    /* the bench's, as coverage_given has it */
	const json_t *lab; /* report_lab.h; NULL: no template */
	/* The verdicts that count, ascending; NULL: all that are added. */
	const uint64_t *wanted;
	size_t nwanted;
	const json_t *attestations; /* [attestation records], or NULL */
	/* What reviewers have concluded on documents. */
	const struct coverage_reviewed *reviewed;
	size_t nreviewed;
	/* The order that it is over, as order.show says, with the MAC address
	 * ("mac") of each device; NULL: none. */
	const json_t *order;
	/* Of the order, as coverage_given has them. */
	const char *const *samples, *const *states;
	size_t nsamples, nstates;
	const char *day;
	/* Of verdicts that come as rows only what any format but JSON says of
	 * them: "evidence" is a text (frames_text.h), and no probe's
	 * parameters, values and controls. */
	bool is_brief;
	/* Where such verdicts go at length; NULL: nowhere. */
	struct report_spool *spool;
};

struct report;

struct report *report_new(const struct report_given *given);
void report_free(struct report *r); /* NULL is fine */

/* The records of a run in their order, each once; run after run.  sha256: of
 * its bytes.  0, or -1: its verdict is none of the seven. */
int report_add(struct report *r, const json_t *record, const char *sha256);
/* The same as it lies in a list.  -1 also: no JSON. */
int report_add_row(struct report *r, const struct record_rows *row);
/* What run.seal says of the run that was added last. */
void report_add_seal(struct report *r, const json_t *seal);

/* What a sealed comparison of the order's samples says of a check: record as it
 * was sealed, said as coverage has it.  Behind all records. */
void report_add_comparison(struct report *r, const json_t *record,
    const struct coverage_said *said, size_t n);

/* The report: {format: 1, …}.  Once; caller decrefs. */
json_t *report_end(struct report *r);

#endif
