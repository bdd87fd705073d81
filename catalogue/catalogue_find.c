/*
 * catalogue_find: rows of a catalogue, by place and by ID.
 */
#include "catalogue/catalogue.h"

#include <string.h>

#include "catalogue/catalogue_parts.h"

const char *
catalogue_edition(const struct catalogue *c)
{
	return c->edition;
}

const char *
catalogue_digest(const struct catalogue *c)
{
	return c->digest;
}

bool
catalogue_is_overlaid(const struct catalogue *c)
{
	return c->is_overlaid;
}

size_t
catalogue_scheme_count(const struct catalogue *c)
{
	return c->nschemes;
}

const struct catalogue_scheme *
catalogue_scheme_at(const struct catalogue *c, size_t index)
{
	return c->schemes[index];
}

const struct catalogue_scheme *
catalogue_scheme(const struct catalogue *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->nschemes; i++)
		if (strcmp(c->schemes[i]->id, id) == 0)
			return c->schemes[i];
	return NULL;
}

size_t
catalogue_check_count(const struct catalogue *c)
{
	return c->nchecks;
}

const struct catalogue_check *
catalogue_check_at(const struct catalogue *c, size_t index)
{
	return c->checks[index];
}

const struct catalogue_check *
catalogue_check(const struct catalogue *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->nchecks; i++)
		if (strcmp(c->checks[i]->id, id) == 0)
			return c->checks[i];
	return NULL;
}

size_t
catalogue_topic_count(const struct catalogue *c)
{
	return c->ntopics;
}

const struct catalogue_topic *
catalogue_topic_at(const struct catalogue *c, size_t index)
{
	return &c->topics[index];
}

/* The index'th, over all schemes, that has this name or ID; NULL. */
static const struct catalogue_requirement *
nth_requirement(const struct catalogue *c, const char *name, size_t index)
{
	const struct catalogue_requirement *r;
	size_t i, j;

	for (i = 0; i < c->nschemes; i++)
		for (j = 0; j < c->schemes[i]->nrequirements; j++) {
			r = &c->schemes[i]->requirements[j];
			if (strcmp(r->name, name) != 0 &&
			    strcmp(r->id, name) != 0)
				continue;
			if (index-- == 0)
				return r;
		}
	return NULL;
}

const struct catalogue_requirement *
catalogue_requirement(
    const struct catalogue *c, const char *name, struct err *e)
{
	const struct catalogue_requirement *r = nth_requirement(c, name, 0);
	const struct catalogue_requirement *second =
	    nth_requirement(c, name, 1);

	if (r == NULL) {
		err_set(e, "the catalogue has no requirement \"%s\"", name);
		return NULL;
	}
	if (second != NULL) {
		err_set(e, "\"%s\" may be %s or %s: say which", name, r->name,
		    second->name);
		return NULL;
	}
	return r;
}

const char *
catalogue_text(const struct catalogue_text *t, const char *lang)
{
	if (strcmp(lang, "ja") == 0 && t->ja != NULL && t->ja[0] != '\0')
		return t->ja;
	return t->en == NULL ? "" : t->en;
}
