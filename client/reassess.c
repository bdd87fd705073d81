/*
 * reassess: assayctl reassess: what another catalogue makes of an order's
 * verdicts, without a new test.
 *
 * The exit status says whether it could be made; nothing is kept.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "catalogue/coverage_changes.h"
#include "client/catalogue.h"
#include "client/gather.h"
#include "scenarios/messages.h"

#define COLUMNS 4
#define DIGEST_SHOWN 12

struct assessed {
	struct catalogue *catalogue;
	struct coverage *coverage;
};

/* ---- for people ---- */

static char *
word_of(const struct client *c, const struct coverage_requirement *row)
{
	char *code, *word, *all;

	if (row == NULL)
		return xstrdup("-");
	code = xasprintf(
	    "requirement.%s", requirement_word_name(row->conclusion.word));
	word = messages_format(c->messages, code, NULL);
	all = xasprintf("%s %zu/%zu", word, row->conclusion.passed,
	    row->conclusion.required);
	free(word);
	free(code);
	return all;
}

static const char *
what_changed(const struct coverage_change *change)
{
	if (change->before == NULL)
		return "the requirement is new";
	if (change->after == NULL)
		return "the requirement is gone";
	return change->is_asked_otherwise ? "other checks, or levels" : "";
}

static void
print_table(
    const struct client *c, const struct coverage_change *changes, size_t n)
{
	static const char *const head[COLUMNS] = { "REQUIREMENT", "BEFORE",
		"AFTER", "WHAT CHANGED" };
	char **cells = xcalloc((n + 1) * COLUMNS, sizeof(*cells)), *table;
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		cells[i] = xstrdup(head[i]);
	for (i = 0; i < n; i++) {
		char **cell = cells + (i + 1) * COLUMNS;

		cell[0] = text_quote(changes[i].requirement);
		cell[1] = word_of(c, changes[i].before);
		cell[2] = word_of(c, changes[i].after);
		cell[3] = xstrdup(what_changed(&changes[i]));
	}
	table = text_table((const char *const *)cells, n + 1, COLUMNS);
	fputs(table, stdout);
	free(table);
	for (i = 0; i < (n + 1) * COLUMNS; i++)
		free(cells[i]);
	free(cells);
}

static void
print_edition(const char *what, const struct catalogue *catalogue)
{
	char *edition = text_quote(catalogue_edition(catalogue));

	printf("%-7s%s  %.*s\n", what, edition, DIGEST_SHOWN,
	    catalogue_digest(catalogue));
	free(edition);
}

/* ---- for programs ---- */

static json_t *
row_json(const struct coverage_requirement *row)
{
	if (row == NULL)
		return json_null();
	return json_pack("{s:s, s:I, s:I}", "result",
	    requirement_word_name(row->conclusion.word), "passed",
	    (json_int_t)row->conclusion.passed, "required",
	    (json_int_t)row->conclusion.required);
}

static json_t *
edition_json(const struct catalogue *catalogue)
{
	return json_pack("{s:s, s:s}", "edition", catalogue_edition(catalogue),
	    "digest", catalogue_digest(catalogue));
}

static void
print_json(const struct assessed *before, const struct assessed *after,
    const struct coverage_change *changes, size_t n)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:o, s:o, s:b}", "requirement",
			changes[i].requirement, "before",
			row_json(changes[i].before), "after",
			row_json(changes[i].after), "asked_otherwise",
			(int)changes[i].is_asked_otherwise));
	o = json_pack("{s:o, s:o, s:o}", "before",
	    edition_json(before->catalogue), "after",
	    edition_json(after->catalogue), "changed", list);
	client_print_json(o);
	json_decref(o);
}

/* ---- the command ---- */

static void
show(const struct client *c, const struct assessed *before,
    const struct assessed *after)
{
	size_t n;
	struct coverage_change *changes =
	    coverage_changes(before->coverage, after->coverage, &n);

	if (c->is_json) {
		print_json(before, after, changes, n);
	} else {
		print_edition("before", before->catalogue);
		print_edition("after", after->catalogue);
		if (n == 0)
			puts("no requirement says anything else");
		else
			print_table(c, changes, n);
	}
	free(changes);
}

int
client_reassess(struct client *c)
{
	const char *dir = args_value(&c->args, "catalogue");
	struct assessed before = { NULL, NULL }, after = { NULL, NULL };
	struct gathered g = { .nsaid = 0 };
	int status = CLIENT_USAGE;

	if (dir == NULL)
		return client_complainf(CLIENT_USAGE,
		    "reassess: --catalogue DIR says under which catalogue");
	before.catalogue = client_catalogue(c);
	if (before.catalogue != NULL)
		after.catalogue = client_catalogue_in(c, dir);
	if (after.catalogue != NULL)
		status = gather_order(c, c->args.words[0], &g);
	if (status == 0) {
		before.coverage =
		    gather_coverage(&g, before.catalogue, NULL, NULL);
		after.coverage =
		    gather_coverage(&g, after.catalogue, NULL, NULL);
		show(c, &before, &after);
	}
	coverage_free(before.coverage);
	coverage_free(after.coverage);
	gather_clear(&g);
	catalogue_free(before.catalogue);
	catalogue_free(after.catalogue);
	return status;
}
