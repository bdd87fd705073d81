/*
 * attest_list: assayctl attestations; and what coverage takes of them.
 */
#include "client/attest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "documents/document_gate.h"
#include "reports/text_out.h"

#define COLUMNS 6

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- assayctl attestations ---- */

/* "2 checks good, 1 bad": the rest could not be looked at. */
static char *
count_checks(const json_t *checks)
{
	json_t *object = (json_t *)(uintptr_t)checks; /* only read */
	size_t good = 0, bad = 0;
	const json_t *value;
	void *at;

	for (at = json_object_iter(object); at != NULL;
	     at = json_object_iter_next(object, at)) {
		value = json_object_get(json_object_iter_value(at), "good");
		good += json_is_true(value);
		bad += json_is_false(value);
	}
	return xasprintf("%zu good, %zu bad", good, bad);
}

static void
fill_row(const json_t *record, char **row)
{
	const char *conclusion = text_of(record, "conclusion");

	row[0] = text_quote_json(json_object_get(record, "run"));
	row[1] = text_quote(text_of(record, "device"));
	row[2] = text_quote(text_of(record, "requirement"));
	row[3] =
	    text_quote(conclusion[0] == '\0' ? "no conclusion" : conclusion);
	row[4] = text_quote(text_of(json_object_get(record, "by"), "name"));
	row[5] = count_checks(json_object_get(record, "checks"));
}

/* Is there all without which no order runs? */
static int
print_gate(struct client *c, const char *device)
{
	json_t *result;
	char *lacks, *name;
	int status = client_call(c, "attestation.gate",
	    json_pack("{s:s}", "device", device), &result);

	if (status != 0)
		return status;
	name = text_quote(text_of(result, "requirement"));
	lacks = text_quote(text_of(result, "lacks"));
	printf("the gate of an order (%s) %s%s\n", name,
	    json_is_true(json_object_get(result, "open")) ? "is open"
							  : "lacks: ",
	    lacks);
	free(name);
	free(lacks);
	json_decref(result);
	return CLIENT_PASSED;
}

int
client_attestations(struct client *c)
{
	static const char *const head[COLUMNS] = { "RUN", "DEVICE",
		"REQUIREMENT", "CONCLUSION", "BY", "CHECKS OF THE DOCUMENT" };
	json_t *params = json_object(), *result;
	const json_t *list, *one;
	size_t i;
	int status;

	if (c->args.nwords > 0)
		json_object_set_new(
		    params, "device", json_string(c->args.words[0]));
	status = client_call(c, "attestation.list", params, &result);
	if (status != 0)
		return status;
	list = json_object_get(result, "attestations");
	if (c->is_json)
		json_array_foreach (list, i, one)
			client_print_json(one);
	else
		client_print_table(head, COLUMNS, list, fill_row);
	json_decref(result);
	if (c->args.nwords > 0 && !c->is_json)
		return print_gate(c, c->args.words[0]);
	return CLIENT_PASSED;
}

/* ---- for coverage ---- */

static enum requirement_documents
conclusion_of(const json_t *record)
{
	static const struct {
		const char *name;
		enum requirement_documents conclusion;
	} names[] = {
		{ "conforms", REQUIREMENT_DOCUMENTS_CONFORM },
		{ "does-not-conform", REQUIREMENT_DOCUMENTS_DO_NOT_CONFORM },
		{ "insufficient", REQUIREMENT_DOCUMENTS_INSUFFICIENT },
	};
	const char *said = text_of(record, "conclusion");
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, said) == 0)
			return names[i].conclusion;
	return REQUIREMENT_DOCUMENTS_NONE;
}

/* A gate of which parts are missing does not hold, whatever was concluded. */
static bool
is_shut(const struct catalogue *catalogue, const json_t *list,
    const char *requirement)
{
	const struct catalogue_requirement *r =
	    catalogue_requirement(catalogue, requirement, NULL);
	struct document_gate gate = { .given = 0 };
	char lacks[DOCUMENT_GATE_TEXT_MAX];
	const json_t *one;
	size_t i;

	if (r == NULL || !r->is_gate)
		return false;
	json_array_foreach (list, i, one)
		if (strcmp(text_of(one, "requirement"), requirement) == 0)
			document_gate_take(&gate, one);
	return document_gate_lacks(&gate, lacks, sizeof(lacks));
}

struct coverage_reviewed *
attest_reviewed(
    const struct catalogue *catalogue, const json_t *list, size_t *n)
{
	struct coverage_reviewed *reviewed =
	    xcalloc(json_array_size(list) + 1, sizeof(*reviewed));
	const json_t *one;
	size_t i;

	*n = 0;
	json_array_foreach (list, i, one) {
		reviewed[*n].requirement = text_of(one, "requirement");
		reviewed[*n].conclusion = conclusion_of(one);
		if (reviewed[*n].conclusion == REQUIREMENT_DOCUMENTS_NONE)
			continue;
		if (reviewed[*n].conclusion == REQUIREMENT_DOCUMENTS_CONFORM &&
		    is_shut(catalogue, list, reviewed[*n].requirement))
			reviewed[*n].conclusion =
			    REQUIREMENT_DOCUMENTS_INSUFFICIENT;
		(*n)++;
	}
	return reviewed;
}
