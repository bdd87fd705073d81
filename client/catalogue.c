/*
 * catalogue: assayctl catalogue: what is asked of a device, and by whom.
 *
 * Needs no bench: it reads what was installed beside this program, and the
 * lab's overlay.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "catalogue/catalogue.h"
#include "client/catalogue.h"

#define SAID_COLUMNS 5
#define LIST_COLUMNS 4

struct catalogue *
client_catalogue_in(const struct client *c, const char *dir)
{
	const char *overlay = args_value(&c->args, "overlay");
	struct catalogue *catalogue;
	struct err e;

	catalogue = catalogue_load(
	    dir, overlay == NULL ? CATALOGUE_OVERLAY : overlay, &e);
	if (catalogue == NULL)
		client_complain(CLIENT_USAGE, &e);
	return catalogue;
}

struct catalogue *
client_catalogue(const struct client *c)
{
	const char *given = args_value(&c->args, "catalogue-dir");
	struct catalogue *catalogue;
	char *dir;

	dir = given != NULL ? xstrdup(given) : client_data_dir("catalogue");
	if (dir == NULL) {
		client_complainf(CLIENT_USAGE,
		    "there is no catalogue beside this program: "
		    "--catalogue-dir says where it is");
		return NULL;
	}
	catalogue = client_catalogue_in(c, dir);
	free(dir);
	return catalogue;
}

/* ---- as JSON ---- */

static json_t *
text_json(const struct catalogue_text *t)
{
	json_t *o = json_pack("{s:s}", "en", t->en == NULL ? "" : t->en);

	if (t->ja != NULL && t->ja[0] != '\0')
		json_object_set_new(o, "ja", json_string(t->ja));
	return o;
}

static json_t *
said_json(const struct catalogue_said *said)
{
	return json_pack("{s:s, s:s, s:s*}", "check", said->check->id, "level",
	    catalogue_level_name(said->link->level), "topic",
	    said->link->topic);
}

static json_t *
requirement_json(const struct catalogue_requirement *r)
{
	json_t *said = json_array();
	size_t i;

	for (i = 0; i < r->nsaid; i++)
		json_array_append_new(said, said_json(&r->said[i]));
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:b, s:s*, s:o}",
	    "requirement", r->name, "edition", r->scheme->edition, "title",
	    text_json(&r->title), "asks", text_json(&r->asks), "decides",
	    catalogue_decides_name(r->decides), "mark",
	    catalogue_mark_name(r->mark), "status",
	    r->status[0] == '\0' ? "mandatory" : r->status, "gate", r->is_gate,
	    "text", r->licensed, "checks", said);
}

static json_t *
needs_json(const struct catalogue_check *check)
{
	json_t *needs = json_array();
	unsigned i;

	for (i = 0; i < CATALOGUE_NEED_COUNT; i++)
		if ((check->needs & (1u << i)) != 0)
			json_array_append_new(
			    needs, json_string(catalogue_need_name(i)));
	return needs;
}

static json_t *
check_json(const struct catalogue_check *check)
{
	json_t *links = json_array(), *o;
	size_t i;

	for (i = 0; i < check->nlinks; i++)
		json_array_append_new(links,
		    json_pack("{s:s, s:s, s:s*}", "to", check->links[i].to,
			"level", catalogue_level_name(check->links[i].level),
			"topic", check->links[i].topic));
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}",
	    "check", check->id, "title", check->title.en, "stimulus",
	    check->stimulus, "rule", check->rule, "reference", check->reference,
	    "mark", catalogue_mark_name(check->mark), "impact",
	    catalogue_impact_name(check->impact), "medium",
	    catalogue_medium_name(check->medium), "technology",
	    check->technology, "needs", needs_json(check), "links", links);
	if (check->confirmed_by != NULL)
		json_object_set_new(o, "confirmed",
		    json_pack("{s:s, s:s}", "by", check->confirmed_by, "clause",
			check->clause));
	return o;
}

/* ---- as text ---- */

/* label: of ours; text: of a file, quoted on its way. */
static void
print_field(const char *label, const char *text)
{
	char *shown;

	if (text == NULL || text[0] == '\0')
		return;
	shown = text_quote(text);
	printf("  %-11s %s\n", label, shown);
	free(shown);
}

static void
print_head(const char *name, const char *title)
{
	char *shown_name = text_quote(name), *shown_title = text_quote(title);

	printf("%s  %s\n", shown_name, shown_title);
	free(shown_name);
	free(shown_title);
}

static void
print_table(char **cells, size_t rows, size_t columns)
{
	char *table;
	size_t i;

	table = text_table((const char *const *)cells, rows, columns);
	fputs(table, stdout);
	free(table);
	for (i = 0; i < rows * columns; i++)
		free(cells[i]);
}

static void
print_said(const struct catalogue_requirement *r)
{
	static const char *const head[SAID_COLUMNS] = { "CHECK", "LEVEL",
		"IMPACT", "BY", "TITLE" };
	char **cells = xcalloc((r->nsaid + 1) * SAID_COLUMNS, sizeof(*cells));
	const struct catalogue_said *said;
	size_t i;

	for (i = 0; i < SAID_COLUMNS; i++)
		cells[i] = xstrdup(head[i]);
	for (i = 0; i < r->nsaid; i++) {
		char **row = cells + (i + 1) * SAID_COLUMNS;

		said = &r->said[i];
		row[0] = text_quote(said->check->id);
		row[1] = xstrdup(catalogue_level_name(said->link->level));
		row[2] = xstrdup(catalogue_impact_name(said->check->impact));
		row[3] = text_quote(
		    said->link->topic == NULL ? "link" : said->link->topic);
		row[4] = text_quote(said->check->title.en);
	}
	print_table(cells, r->nsaid + 1, SAID_COLUMNS);
	free(cells);
}

static void
print_requirement(const struct client *c, const struct catalogue_requirement *r)
{
	size_t i;

	print_head(r->name, catalogue_text(&r->title, c->lang));
	print_field("asks", catalogue_text(&r->asks, c->lang));
	print_field("text", r->licensed);
	print_field("scheme", catalogue_text(&r->scheme->title, c->lang));
	print_field("edition", r->scheme->edition);
	print_field("status", r->status[0] == '\0' ? "mandatory" : r->status);
	print_field("decided by", catalogue_decides_name(r->decides));
	print_field("row is", catalogue_mark_name(r->mark));
	for (i = 0; i < r->nexemptions; i++)
		print_field("exempt", r->exemptions[i].reason);
	if (r->is_gate)
		print_field("gate", "no order runs without it");
	if (r->nsaid > 0)
		print_said(r);
	else
		puts("  no check speaks to it: documents and people do");
}

static void
print_check(const struct catalogue_check *check)
{
	char *link;
	unsigned i;
	size_t j;

	print_head(check->id, check->title.en);
	print_field("stimulus", check->stimulus);
	print_field("rule", check->rule);
	print_field("reference", check->reference);
	print_field("mark", catalogue_mark_name(check->mark));
	print_field("confirmed by", check->confirmed_by);
	print_field("clause", check->clause);
	print_field("impact", catalogue_impact_name(check->impact));
	print_field("medium", catalogue_medium_name(check->medium));
	print_field("technology", check->technology);
	for (i = 0; i < CATALOGUE_NEED_COUNT; i++)
		if ((check->needs & (1u << i)) != 0)
			print_field("needs", catalogue_need_name(i));
	for (j = 0; j < check->nlinks; j++) {
		link = xasprintf("%s, %s%s%s", check->links[j].to,
		    catalogue_level_name(check->links[j].level),
		    check->links[j].topic == NULL ? "" : ", by the topic ",
		    check->links[j].topic == NULL ? "" : check->links[j].topic);
		print_field("speaks to", link);
		free(link);
	}
}

int
client_catalogue_show(struct client *c)
{
	const char *name = c->args.words[0];
	const struct catalogue_requirement *r = NULL;
	struct catalogue *catalogue = client_catalogue(c);
	const struct catalogue_check *check;
	int status = CLIENT_PASSED;
	struct err e;

	if (catalogue == NULL)
		return CLIENT_USAGE;
	check = catalogue_check(catalogue, name);
	if (check == NULL)
		r = catalogue_requirement(catalogue, name, &e);
	if (check == NULL && r == NULL) {
		status = client_complain(CLIENT_USAGE, &e);
	} else if (c->is_json) {
		json_t *o =
		    check != NULL ? check_json(check) : requirement_json(r);

		client_print_json(o);
		json_decref(o);
	} else if (check != NULL) {
		print_check(check);
	} else {
		print_requirement(c, r);
	}
	catalogue_free(catalogue);
	return status;
}

/* ---- assayctl catalogue list ---- */

static void
list_scheme(const struct client *c, const struct catalogue_scheme *s)
{
	static const char *const head[LIST_COLUMNS] = { "REQUIREMENT",
		"DECIDED BY", "CHECKS", "TITLE" };
	char **cells =
	    xcalloc((s->nrequirements + 1) * LIST_COLUMNS, sizeof(*cells));
	const struct catalogue_requirement *r;
	size_t i;

	for (i = 0; i < LIST_COLUMNS; i++)
		cells[i] = xstrdup(head[i]);
	for (i = 0; i < s->nrequirements; i++) {
		char **row = cells + (i + 1) * LIST_COLUMNS;

		r = &s->requirements[i];
		row[0] = text_quote(r->name);
		row[1] = xstrdup(catalogue_decides_name(r->decides));
		row[2] = text_count(r->nsaid);
		row[3] = text_quote(catalogue_text(&r->title, c->lang));
	}
	print_table(cells, s->nrequirements + 1, LIST_COLUMNS);
	free(cells);
}

static void
list_schemes(const struct client *c, const struct catalogue *catalogue)
{
	const struct catalogue_scheme *s;
	char *title, *edition;
	size_t i;

	for (i = 0; i < catalogue_scheme_count(catalogue); i++) {
		s = catalogue_scheme_at(catalogue, i);
		title = text_quote(catalogue_text(&s->title, c->lang));
		edition = text_quote(s->edition);
		printf("%-10s %s, %s%s: %zu requirements\n", s->id, title,
		    edition,
		    strcmp(s->status, "draft") == 0 ? " (a draft)" : "",
		    s->nrequirements);
		free(title);
		free(edition);
	}
	printf("%zu checks, %zu topics; edition %s, %.16s%s\n",
	    catalogue_check_count(catalogue), catalogue_topic_count(catalogue),
	    catalogue_edition(catalogue), catalogue_digest(catalogue),
	    catalogue_is_overlaid(catalogue) ? ", with the lab's overlay" : "");
}

static void
list_as_json(
    const struct catalogue *catalogue, const struct catalogue_scheme *only)
{
	const struct catalogue_scheme *s;
	json_t *o;
	size_t i, j;

	for (i = 0; i < catalogue_scheme_count(catalogue); i++) {
		s = catalogue_scheme_at(catalogue, i);
		if (only != NULL && s != only)
			continue;
		for (j = 0; j < s->nrequirements; j++) {
			o = requirement_json(&s->requirements[j]);
			client_print_json(o);
			json_decref(o);
		}
	}
}

int
client_catalogue_list(struct client *c)
{
	const char *name = c->args.nwords > 0 ? c->args.words[0] : NULL;
	struct catalogue *catalogue = client_catalogue(c);
	const struct catalogue_scheme *s = NULL;
	int status = CLIENT_PASSED;

	if (catalogue == NULL)
		return CLIENT_USAGE;
	if (name != NULL)
		s = catalogue_scheme(catalogue, name);
	if (name != NULL && s == NULL)
		status = client_complainf(CLIENT_USAGE,
		    "the catalogue has no scheme \"%s\" (`assayctl catalogue "
		    "list` names them)",
		    name);
	else if (c->is_json)
		list_as_json(catalogue, s);
	else if (s != NULL)
		list_scheme(c, s);
	else
		list_schemes(c, catalogue);
	catalogue_free(catalogue);
	return status;
}
