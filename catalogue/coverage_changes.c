/*
 * coverage_changes: what another catalogue makes of the same verdicts.
 */
#include "catalogue/coverage_changes.h"

#include <string.h>

#include "base/alloc.h"

static const struct coverage_requirement *
find(const struct coverage *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nrequirements; i++)
		if (strcmp(c->requirements[i].requirement->name, name) == 0)
			return &c->requirements[i];
	return NULL;
}

/* Every check of a speaks to b at the same level. */
static bool
is_within(const struct catalogue_requirement *a,
    const struct catalogue_requirement *b)
{
	size_t i, j;

	for (i = 0; i < a->nsaid; i++) {
		for (j = 0; j < b->nsaid; j++)
			if (strcmp(a->said[i].check->id,
				b->said[j].check->id) == 0 &&
			    a->said[i].link->level == b->said[j].link->level)
				break;
		if (j == b->nsaid)
			return false;
	}
	return true;
}

static bool
is_same(const struct requirement_conclusion *a,
    const struct requirement_conclusion *b)
{
	return a->word == b->word && a->passed == b->passed &&
	    a->required == b->required && a->findings == b->findings &&
	    a->narrowed == b->narrowed &&
	    a->lacks_documents == b->lacks_documents;
}

struct coverage_change *
coverage_changes(
    const struct coverage *before, const struct coverage *after, size_t *n)
{
	struct coverage_change *changes = xcalloc(
	    before->nrequirements + after->nrequirements + 1, sizeof(*changes));
	const struct coverage_requirement *a, *b;
	bool otherwise;
	size_t i;

	*n = 0;
	for (i = 0; i < before->nrequirements; i++) {
		a = &before->requirements[i];
		b = find(after, a->requirement->name);
		otherwise = b != NULL &&
		    (!is_within(a->requirement, b->requirement) ||
			!is_within(b->requirement, a->requirement));
		if (b != NULL && !otherwise &&
		    is_same(&a->conclusion, &b->conclusion))
			continue;
		changes[(*n)++] =
		    (struct coverage_change){ a->requirement->name, a, b,
			    otherwise };
	}
	for (i = 0; i < after->nrequirements; i++) {
		b = &after->requirements[i];
		if (find(before, b->requirement->name) == NULL)
			changes[(*n)++] =
			    (struct coverage_change){ b->requirement->name,
				    NULL, b, false };
	}
	return changes;
}
