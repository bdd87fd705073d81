/*
 * attest: what a person says of a document, as sealed evidence.
 */
#include "daemon/engine/attest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/utf8.h"
#include "daemon/engine/bench_clock.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_catalogue.h"
#include "daemon/engine/engine_segment.h"
#include "documents/document_gate.h"
#include "probes/probe.h"
#include "records/record.h"

#define SCENARIO "attestation" /* what lists of runs call it */

static const char *const conclusions[] = { "conforms", "does-not-conform",
	"insufficient" };

/* ---- what may be said ---- */

static int
check_text(
    const char *what, const char *text, size_t min, size_t max, struct err *e)
{
	size_t n = strlen(text);

	if (n >= min && n <= max && utf8_is_plain(text, n))
		return 0;
	return err_set(
	    e, "%s: a text of %zu to %zu bytes, on one line", what, min, max);
}

static int
check_conclusion(const struct attest_given *g, struct err *e)
{
	size_t i;

	if (g->conclusion == NULL)
		return 0;
	for (i = 0; i < sizeof(conclusions) / sizeof(conclusions[0]); i++)
		if (strcmp(conclusions[i], g->conclusion) == 0)
			return 0;
	return err_set(e,
	    "conclusion: one of conforms, does-not-conform and insufficient");
}

/* Each with its good and its detail, and not so many that a record is full. */
static int
check_checks(const struct attest_given *g, bool *has_bad, struct err *e)
{
	json_t *checks = (json_t *)(uintptr_t)g->checks; /* only read */
	const json_t *good;
	const char *detail;
	void *at;

	*has_bad = false;
	if (json_object_size(checks) > ATTEST_CHECKS_MAX)
		return err_set(e, "checks: more than %d", ATTEST_CHECKS_MAX);
	for (at = json_object_iter(checks); at != NULL;
	     at = json_object_iter_next(checks, at)) {
		good = json_object_get(json_object_iter_value(at), "good");
		detail = json_string_value(
		    json_object_get(json_object_iter_value(at), "detail"));
		if ((!json_is_boolean(good) && !json_is_null(good)) ||
		    json_object_size(json_object_iter_value(at)) != 2 ||
		    detail == NULL)
			return err_set(e, "checks: not {name: {good, detail}}");
		if (check_text("a check's name", json_object_iter_key(at), 1,
			60, e) == -1 ||
		    check_text("a check's detail", detail, 0, 600, e) == -1)
			return -1;
		*has_bad |= json_is_false(good);
	}
	return 0;
}

int
attest_check(const struct attest_given *g, struct err *e)
{
	bool has_bad;

	if (check_text("requirement", g->requirement, 3, 100, e) == -1 ||
	    check_text("file", g->file, 1, ATTEST_NAME_MAX, e) == -1 ||
	    check_text("by", g->by, 1, ATTEST_NAME_MAX, e) == -1 ||
	    check_text("clause", g->clause, 0, ATTEST_NAME_MAX, e) == -1 ||
	    check_text("note", g->note, 1, ATTEST_TEXT_MAX, e) == -1 ||
	    check_conclusion(g, e) == -1 || check_checks(g, &has_bad, e) == -1)
		return -1;
	if (strchr(g->requirement, ':') == NULL)
		return err_set(
		    e, "requirement: with its scheme, as USCTM:DOC-1F");
	if (g->covers[0] != '\0' && !document_gate_covers(g->covers))
		return err_set(e, "covers: of manual, access and identifiers");
	if (has_bad && !g->is_despite && g->conclusion != NULL &&
	    strcmp(g->conclusion, "conforms") == 0)
		return err_set(e,
		    "a check of the document says no: it is not taken to "
		    "conform unless it is said so despite that");
	return 0;
}

/* ---- the records ---- */

static json_t *
text_or_null(const char *text)
{
	return text == NULL || text[0] == '\0' ? json_null()
					       : json_string(text);
}

static json_t *
run_fields(const struct engine *en, const struct attest_given *g)
{
	json_t *o = json_object();

	json_object_set_new(o, "device", json_string(g->device->name));
	json_object_set_new(
	    o, "segment", json_string(g->device->seg->conf->name));
	json_object_set_new(
	    o, "scenario", json_pack("{s:s,s:n}", "name", SCENARIO, "sha256"));
	json_object_set_new(o, "kind", json_string(SCENARIO));
	json_object_set_new(o, "profile",
	    json_pack("{s:s}", "sha256", g->device->profile->sha256));
	json_object_set_new(o, "catalogue", engine_catalogue(en));
	json_object_set_new(o, "steps", json_integer(0));
	json_object_set_new(o, "quiet_ns", json_integer(0));
	json_object_set_new(o, "by",
	    json_pack("{s:I,s:I}", "uid", (json_int_t)g->uid, "gid",
		(json_int_t)g->gid));
	json_object_set_new(o, "versions",
	    json_pack("{s:s,s:i}", "assay", ASSAY_VERSION, "abi", ASSAY_ABI));
	json_object_set_new(o, "clock", bench_clock());
	return o;
}

static json_t *
attestation_fields(const struct attest_given *g)
{
	json_t *o = json_object();

	json_object_set_new(o, "device", json_string(g->device->name));
	json_object_set_new(o, "requirement", json_string(g->requirement));
	json_object_set_new(o, "document",
	    json_pack("{s:s,s:s,s:I}", "file", g->file, "sha256", g->sha256,
		"size", (json_int_t)g->size));
	json_object_set_new(o, "by",
	    json_pack("{s:s,s:I,s:I}", "name", g->by, "uid", (json_int_t)g->uid,
		"gid", (json_int_t)g->gid));
	json_object_set_new(o, "conclusion", text_or_null(g->conclusion));
	json_object_set_new(o, "despite", json_boolean(g->is_despite));
	json_object_set_new(o, "clause", text_or_null(g->clause));
	json_object_set_new(o, "covers", text_or_null(g->covers));
	json_object_set_new(o, "note", json_string(g->note));
	json_object_set_new(o, "checks",
	    g->checks == NULL ? json_object() : json_deep_copy(g->checks));
	return o;
}

/* Nothing was tested, so there is nothing to count. */
static json_t *
manifest_fields(bool is_whole)
{
	json_t *o = json_object();

	json_object_set_new(
	    o, "outcome", json_string(is_whole ? "complete" : "failed"));
	json_object_set_new(o, "reason",
	    is_whole ? json_null() : json_string("daemon_restarted"));
	json_object_set_new(o, "detail", json_string(""));
	json_object_set_new(o, "exit", json_integer(is_whole ? 0 : 3));
	json_object_set_new(o, "verdicts", json_object());
	json_object_set_new(o, "skipped", json_integer(0));
	json_object_set_new(o, "clock", bench_clock());
	json_object_set_new(o, "rest", json_null());
	json_object_set_new(o, "captures", json_array());
	return o;
}

uint64_t
attest_add(struct engine *en, const struct attest_given *g, struct err *e)
{
	struct chain chain = { .run = 0 };
	uint64_t run = 0;

	if (attest_check(g, e) == -1)
		return 0;
	chain.common = device_common(g->device, g->order, 0);
	/* A document is of no state of the device, and of no network. */
	json_object_set_new(chain.common, "state", json_null());
	json_object_set_new(chain.common, "mode", json_null());
	if (journal_add(en->journal, &chain, RECORD_RUN, run_fields(en, g)) !=
		0 &&
	    journal_add(en->journal, &chain, RECORD_ATTESTATION,
		attestation_fields(g)) != 0 &&
	    journal_close(en->journal, &chain, manifest_fields(true)) != 0)
		run = chain.run;
	else
		err_set(e, "the records cannot be made");
	json_decref(chain.common);
	return run;
}

/* ---- one that was cut off ---- */

bool
attest_is_run(const json_t *first)
{
	const char *kind = json_string_value(json_object_get(first, "kind"));

	return kind != NULL && strcmp(kind, SCENARIO) == 0;
}

void
attest_restore(struct engine *en, const json_t *records, const char *prev)
{
	static const char *const common[] = { "order", "product", "sample",
		"state", "firmware", "mode" };
	const json_t *first = json_array_get(records, 0);
	struct chain chain = { .records = json_array_size(records) };
	size_t i;

	chain.run = (uint64_t)json_integer_value(json_object_get(first, "seq"));
	snprintf(chain.prev, sizeof(chain.prev), "%s", prev);
	chain.common = json_object();
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		json_object_set(
		    chain.common, common[i], json_object_get(first, common[i]));
	/* The attestation itself is the second. */
	journal_close(en->journal, &chain, manifest_fields(chain.records > 1));
	json_decref(chain.common);
}

/* ---- the gate ---- */

struct asking {
	struct document_gate gate;
	attest_on_gate *on_gate;
	void *arg;
};

static void
on_attestation(void *arg, const json_t *row, const char *error)
{
	const json_t *record = json_object_get(row, "record");
	const char *requirement =
	    json_string_value(json_object_get(record, "requirement"));
	char lacks[DOCUMENT_GATE_TEXT_MAX];
	struct asking *a = arg;

	if (row != NULL) {
		if (requirement != NULL &&
		    strcmp(requirement, ATTEST_GATE) == 0)
			document_gate_take(&a->gate, record);
		return;
	}
	if (error != NULL)
		a->on_gate(a->arg, error);
	else if (document_gate_lacks(&a->gate, lacks, sizeof(lacks)))
		a->on_gate(a->arg, lacks);
	else
		a->on_gate(a->arg, NULL);
	free(a);
}

void
attest_ask_gate(struct engine *en, const char *device, const char *order,
    attest_on_gate *on_gate, void *arg)
{
	struct asking *a = xcalloc(1, sizeof(*a));
	json_t *args = order != NULL ? json_pack("{s:s}", "order", order)
				     : json_pack("{s:s}", "device", device);

	a->on_gate = on_gate;
	a->arg = arg;
	store_query(en->store, "attestations", args, on_attestation, a);
	json_decref(args);
}
