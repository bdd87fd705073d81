/*
 * catalogue_link: what one row of the catalogue says of another.
 *
 * In two steps, so that files may stand in any order: first every row is found
 * and none twice, then every ID that a row names must be there.
 */
#include "catalogue/catalogue_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* "requirement USCTM:IAC-77 is nowhere defined" */
static int
fail_at(const struct catalogue_place *p, struct err *e, const char *id,
    const char *kind, const char *what)
{
	return err_set_at(
	    e, p->file, p->line, p->column, "%s %s %s", kind, id, what);
}

/* ---- every row, and none twice ---- */

static int
add_scheme(struct catalogue *c, struct catalogue_scheme *s, const char *path,
    struct err *e)
{
	struct catalogue_requirement *r;
	size_t i, j;

	s->place.file = path;
	for (i = 0; i < c->nschemes; i++)
		if (strcmp(c->schemes[i]->id, s->id) == 0)
			return fail_at(
			    &s->place, e, s->id, "scheme", "is there already");
	c->schemes = xrealloc(c->schemes, c->nschemes + 1, sizeof(s));
	c->schemes[c->nschemes++] = s;
	for (i = 0; i < s->nrequirements; i++) {
		r = &s->requirements[i];
		r->place.file = path;
		r->scheme = s;
		r->name = xasprintf("%s:%s", s->id, r->id);
		for (j = 0; j < i; j++)
			if (strcmp(s->requirements[j].id, r->id) == 0)
				return fail_at(&r->place, e, r->id,
				    "requirement", "is there already");
	}
	return 0;
}

static int
add_checks(struct catalogue *c, struct catalogue_checks_file *f,
    const char *path, struct err *e)
{
	struct catalogue_check *check;
	size_t i, j;

	for (i = 0; i < f->nchecks; i++) {
		check = &f->checks[i];
		check->place.file = path;
		for (j = 0; j < check->nlinks; j++)
			check->links[j].place.file = path;
		if (catalogue_check(c, check->id) != NULL)
			return fail_at(&check->place, e, check->id, "check",
			    "is there already");
		c->checks = xrealloc(c->checks, c->nchecks + 1, sizeof(check));
		c->checks[c->nchecks++] = check;
	}
	return 0;
}

static int
gather(struct catalogue *c, struct err *e)
{
	struct catalogue_edition_file *edition;
	struct catalogue_file *f;
	int status = 0;
	size_t i;

	for (i = 0; status == 0 && i < c->nfiles; i++) {
		f = &c->files[i];
		if (f->map == &catalogue_edition_table) {
			edition = f->read;
			c->edition = edition->edition;
		} else if (f->map == &catalogue_scheme_table) {
			status = add_scheme(c, f->read, f->path, e);
		} else if (f->map == &catalogue_checks_table) {
			status = add_checks(c, f->read, f->path, e);
		}
	}
	return status;
}

/* ---- what rows name ---- */

static struct catalogue_requirement *
find_requirement(const struct catalogue *c, const char *name)
{
	const char *colon = strchr(name, ':');
	struct catalogue_scheme *s;
	size_t i, j;

	for (i = 0; colon != NULL && i < c->nschemes; i++) {
		s = c->schemes[i];
		if (strlen(s->id) != (size_t)(colon - name) ||
		    strncmp(s->id, name, (size_t)(colon - name)) != 0)
			continue;
		for (j = 0; j < s->nrequirements; j++)
			if (strcmp(s->requirements[j].id, colon + 1) == 0)
				return &s->requirements[j];
	}
	return NULL;
}

static int
add_topic(
    struct catalogue *c, const struct catalogue_topic_row *row, struct err *e)
{
	struct catalogue_requirement *r;
	struct catalogue_topic *t;
	size_t i, j;
	char *name;

	for (i = 0; i < c->ntopics; i++)
		if (strcmp(c->topics[i].id, row->id) == 0)
			return fail_at(&row->place, e, row->id, "topic",
			    "is there already");
	c->topics = xrealloc(c->topics, c->ntopics + 1, sizeof(*c->topics));
	t = &c->topics[c->ntopics++];
	*t = (struct catalogue_topic){
		.id = row->id, .title = row->title, .mark = row->mark
	};
	for (i = 0; i < row->nof; i++)
		for (j = 0; j < row->of[i].nids; j++) {
			name = xasprintf(
			    "%s:%s", row->of[i].scheme, row->of[i].ids[j]);
			r = find_requirement(c, name);
			if (r == NULL) {
				fail_at(&row->place, e, name, "requirement",
				    "is nowhere defined");
				free(name);
				return -1;
			}
			free(name);
			t->requirements = xrealloc(
			    t->requirements, t->nrequirements + 1, sizeof(r));
			t->requirements[t->nrequirements++] = r;
		}
	return 0;
}

static struct catalogue_check *
find_check(const struct catalogue *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->nchecks; i++)
		if (strcmp(c->checks[i]->id, id) == 0)
			return c->checks[i];
	return NULL;
}

/* A lab's word for a reference that nobody had confirmed. */
static int
confirm(struct catalogue *c, const struct catalogue_confirmation *row,
    struct err *e)
{
	struct catalogue_check *check = find_check(c, row->check);
	size_t i;

	if (check == NULL)
		return fail_at(
		    &row->place, e, row->check, "check", "is nowhere defined");
	if (check->mark != CATALOGUE_UNCONFIRMED)
		return fail_at(&row->place, e, row->check, "check",
		    "needs no confirmation");
	if (check->confirmed_by != NULL)
		return fail_at(&row->place, e, row->check, "check",
		    "is confirmed already");
	check->confirmed_by = row->by;
	check->clause = row->clause;
	for (i = 0; i < check->nlinks; i++)
		check->links[i].level = row->level;
	return 0;
}

static int
license(
    struct catalogue *c, const struct catalogue_licensed *row, struct err *e)
{
	struct catalogue_requirement *r = find_requirement(c, row->requirement);

	if (r == NULL)
		return fail_at(&row->place, e, row->requirement, "requirement",
		    "is nowhere defined");
	if (r->licensed != NULL)
		return fail_at(&row->place, e, row->requirement, "requirement",
		    "has a text already");
	r->licensed = row->text;
	return 0;
}

static int
apply_file(struct catalogue *c, struct catalogue_file *f, struct err *e)
{
	struct catalogue_confirmations_file *confirmed;
	struct catalogue_topics_file *topics;
	struct catalogue_texts_file *texts;
	int status = 0;
	size_t i;

	if (f->map == &catalogue_topics_table) {
		topics = f->read;
		for (i = 0; status == 0 && i < topics->ntopics; i++) {
			topics->topics[i].place.file = f->path;
			status = add_topic(c, &topics->topics[i], e);
		}
	} else if (f->map == &catalogue_confirmations_table) {
		confirmed = f->read;
		for (i = 0; status == 0 && i < confirmed->nrows; i++) {
			confirmed->rows[i].place.file = f->path;
			status = confirm(c, &confirmed->rows[i], e);
		}
	} else if (f->map == &catalogue_texts_table) {
		texts = f->read;
		for (i = 0; status == 0 && i < texts->nrows; i++) {
			texts->rows[i].place.file = f->path;
			status = license(c, &texts->rows[i], e);
		}
	}
	return status;
}

/* ---- checks and requirements ---- */

static void
say(struct catalogue_check *check, size_t link)
{
	struct catalogue_requirement *r = check->links[link].requirement;

	r->said = xrealloc(r->said, r->nsaid + 1, sizeof(*r->said));
	r->said[r->nsaid].check = check;
	r->said[r->nsaid++].link = &check->links[link];
}

/* What a check that has no links of its own to a scheme weighs there: as much
 * as it does elsewhere. */
static enum catalogue_level
weight(const struct catalogue_check *check)
{
	enum catalogue_level level = CATALOGUE_INFO;
	size_t i;

	if (check->nlinks == 0 && check->mark != CATALOGUE_UNCONFIRMED)
		return CATALOGUE_REQUIRED;
	for (i = 0; i < check->nlinks; i++)
		if (check->links[i].level > level)
			level = check->links[i].level;
	return level;
}

static bool
speaks_to_scheme(const struct catalogue_check *check, size_t own,
    const struct catalogue_scheme *s)
{
	size_t i;

	for (i = 0; i < own; i++)
		if (check->links[i].requirement->scheme == s)
			return true;
	return false;
}

static int
follow_topic(
    const struct catalogue *c, struct catalogue_check *check, struct err *e)
{
	enum catalogue_level level = weight(check);
	const struct catalogue_topic *t = NULL;
	struct catalogue_link *link;
	size_t own = check->nlinks, i;

	for (i = 0; i < c->ntopics; i++)
		if (strcmp(c->topics[i].id, check->topic) == 0)
			t = &c->topics[i];
	if (t == NULL)
		return fail_at(&check->place, e, check->topic, "topic",
		    "is not in the cross-walk");
	for (i = 0; i < t->nrequirements; i++) {
		if (speaks_to_scheme(check, own, t->requirements[i]->scheme))
			continue;
		check->links =
		    xrealloc(check->links, check->nlinks + 1, sizeof(*link));
		link = &check->links[check->nlinks++];
		*link = (struct catalogue_link){
			.to = xstrdup(t->requirements[i]->name),
			.level = level,
			.topic = t->id,
			.requirement = t->requirements[i],
			.place = check->place,
		};
	}
	return 0;
}

static int
link_check(
    const struct catalogue *c, struct catalogue_check *check, struct err *e)
{
	struct catalogue_link *l;
	size_t i, j;

	for (i = 0; i < check->nlinks; i++) {
		l = &check->links[i];
		l->requirement = find_requirement(c, l->to);
		if (l->requirement == NULL)
			return fail_at(&l->place, e, l->to, "requirement",
			    "is nowhere defined");
		for (j = 0; j < i; j++)
			if (check->links[j].requirement == l->requirement)
				return fail_at(&l->place, e, l->to,
				    "requirement", "is linked already");
	}
	if (check->topic[0] != '\0' && follow_topic(c, check, e) == -1)
		return -1;
	/* The array grows no more: requirements may point into it. */
	for (i = 0; i < check->nlinks; i++)
		say(check, i);
	return 0;
}

int
catalogue_link(struct catalogue *c, struct err *e)
{
	int status = gather(c, e);
	size_t i;

	for (i = 0; status == 0 && i < c->nfiles; i++)
		status = apply_file(c, &c->files[i], e);
	for (i = 0; status == 0 && i < c->nchecks; i++)
		status = link_check(c, c->checks[i], e);
	return status;
}
