/*
 * coverage: what of the catalogue was asked of a device, what can be, and what
 * stands in the way.
 */
#include "catalogue/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct names {
	const char **at;
	size_t n;
};

static void
add_name(struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->at[i], name) == 0)
			return;
	names->at = xrealloc(names->at, names->n + 1, sizeof(*names->at));
	names->at[names->n++] = name;
}

/* ---- one check ---- */

static bool
is_probed(const struct coverage_given *given, const char *check)
{
	const char *const *p;

	for (p = given->probed; p != NULL && *p != NULL; p++)
		if (strcmp(*p, check) == 0)
			return true;
	return false;
}

static bool
has_technology(const struct profile *p, const char *technology)
{
	size_t i;

	if (p == NULL || !p->has_technologies || technology[0] == '\0')
		return true;
	for (i = 0; i < p->ntechnologies; i++)
		if (strcmp(p->technologies[i], technology) == 0)
			return true;
	return false;
}

/* An update channel alone updates nothing: an image of the maker's does. */
static bool
gives_image(const struct profile *p)
{
	const struct profile_rows *t = &p->tables[PROFILE_UPDATES];
	size_t i;

	for (i = 0; i < t->n; i++)
		if (profile_row_cell(
			PROFILE_UPDATES, &t->rows[i], "image")[0] != '\0')
			return true;
	return false;
}

/* What the check needs beside its medium, that nobody has declared. */
static bool
is_declared(const struct coverage_given *given, size_t nsamples,
    const struct catalogue_check *check)
{
	const struct profile *p = given->profile;
	uint32_t needs = check->needs;

	if (p == NULL)
		return true;
	if ((needs & (1u << CATALOGUE_NEED_SAMPLES)) != 0 && nsamples < 2)
		return false;
	if ((needs & (1u << CATALOGUE_NEED_POWER)) != 0 &&
	    profile_action(p, "power.cycle") == NULL)
		return false;
	if ((needs & (1u << CATALOGUE_NEED_RESET)) != 0 &&
	    profile_action(p, "reset.factory") == NULL)
		return false;
	if ((needs & (1u << CATALOGUE_NEED_CREDENTIALS)) != 0 &&
	    p->tables[PROFILE_CREDENTIALS].n == 0)
		return false;
	return (needs & (1u << CATALOGUE_NEED_UPDATE)) == 0 || gives_image(p);
}

static enum requirement_gap
why_not_asked(const struct coverage_given *given, size_t nsamples,
    const struct coverage_check *c)
{
	if (!c->has_probe)
		return REQUIREMENT_GAP_NO_PROBE;
	if ((given->media & (1u << c->check->medium)) == 0)
		return REQUIREMENT_GAP_NOT_EQUIPPED;
	if (!is_declared(given, nsamples, c->check))
		return REQUIREMENT_GAP_NOT_DECLARED;
	return REQUIREMENT_GAP_NOT_REACHED;
}

/* What a verdict's own reason says of why there is none. */
static enum requirement_gap
why_inconclusive(const char *reason)
{
	return strncmp(reason, "not_allowed.", 12) == 0
	    ? REQUIREMENT_GAP_NOT_ALLOWED
	    : REQUIREMENT_GAP_NONE;
}

struct asked {
	struct names samples, states;
};

/* One sample in one state: all that was said of the check there. */
static struct requirement_cell
make_cell(const struct coverage_given *given, struct coverage_check *c,
    const char *sample, const char *state, enum requirement_gap absent)
{
	struct requirement_cell cell = { VERDICT_NONE, absent };
	const struct coverage_said *s;
	enum verdict said[2];
	size_t i, n = 0;

	for (i = 0; i < given->nsaid; i++) {
		s = &given->said[i];
		if (strcmp(s->check, c->check->id) != 0 ||
		    strcmp(s->sample, sample) != 0 ||
		    strcmp(s->state, state) != 0)
			continue;
		said[0] = n == 0 ? s->verdict : cell.verdict;
		said[1] = s->verdict;
		cell.verdict = requirement_over_claims(said, 2);
		if (n == 0 || cell.verdict != said[0]) {
			cell.why = why_inconclusive(s->reason);
			c->run = s->run;
			c->seq = s->seq;
		}
		n++;
	}
	c->is_run |= n > 0;
	return cell;
}

static bool
has_name(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->at[i], name) == 0)
			return true;
	return false;
}

/* What failed on a sample or in a state that nobody asked for. */
static void
add_strays(const struct coverage_given *given, const struct asked *asked,
    struct coverage_check *c)
{
	const struct coverage_said *s;
	size_t i;

	for (i = 0; i < given->nsaid; i++) {
		s = &given->said[i];
		if (s->verdict != VERDICT_FAIL ||
		    strcmp(s->check, c->check->id) != 0 ||
		    (has_name(&asked->samples, s->sample) &&
			has_name(&asked->states, s->state)))
			continue;
		if (c->verdict != VERDICT_FAIL) {
			c->run = s->run;
			c->seq = s->seq;
		}
		c->is_run = true;
		c->verdict = VERDICT_FAIL;
		c->gap = REQUIREMENT_GAP_FAILED;
	}
}

static void
fill_check(const struct coverage_given *given, const struct asked *asked,
    struct coverage_check *c)
{
	size_t n = asked->samples.n * asked->states.n, i;
	struct requirement_cell *cells = xcalloc(n + 1, sizeof(*cells));
	enum requirement_gap absent;

	c->has_probe = is_probed(given, c->check->id);
	absent = why_not_asked(given, asked->samples.n, c);
	c->is_possible = absent == REQUIREMENT_GAP_NOT_REACHED;
	for (i = 0; i < n; i++)
		cells[i] =
		    make_cell(given, c, asked->samples.at[i / asked->states.n],
			asked->states.at[i % asked->states.n], absent);
	c->verdict = requirement_over_cells(cells, n, &c->gap);
	if (n == 0)
		c->gap = absent;
	free(cells);
	add_strays(given, asked, c);
	if (given->profile != NULL)
		c->na = profile_na(given->profile, c->check->id);
	if (given->profile != NULL && c->na == NULL)
		c->na =
		    profile_na_technology(given->profile, c->check->technology);
	c->lacks_technology =
	    !has_technology(given->profile, c->check->technology);
	/* What was found in spite of it still counts. */
	if (!c->is_run && (c->na != NULL || c->lacks_technology)) {
		c->verdict = VERDICT_NA;
		c->gap = REQUIREMENT_GAP_NONE;
	}
}

/* ---- one requirement ---- */

static enum requirement_documents
reviewed(const struct coverage_given *given, const char *requirement)
{
	enum requirement_documents last = REQUIREMENT_DOCUMENTS_NONE;
	size_t i;

	for (i = 0; i < given->nreviewed; i++)
		if (strcmp(given->reviewed[i].requirement, requirement) == 0)
			last = given->reviewed[i].conclusion;
	return last;
}

/* The day is ISO 8601, so that days compare as texts. */
static const struct catalogue_exemption *
find_exemption(
    const struct coverage_given *given, const struct catalogue_requirement *r)
{
	size_t i;

	if (given->exempt == NULL || given->day == NULL)
		return NULL;
	for (i = 0; i < r->nexemptions; i++)
		if (strcmp(r->exemptions[i].by, given->exempt) == 0 &&
		    strcmp(r->exemptions[i].since, given->day) <= 0)
			return &r->exemptions[i];
	return NULL;
}

static const struct coverage_check *
find_check(const struct coverage *c, const struct catalogue_check *check)
{
	size_t i;

	for (i = 0; i < c->nchecks; i++)
		if (c->checks[i].check == check)
			return &c->checks[i];
	return NULL; /* every link leads to a check of the catalogue */
}

static void
fill_requirement(const struct coverage_given *given, const struct coverage *c,
    struct coverage_requirement *row)
{
	const struct catalogue_requirement *r = row->requirement;
	struct requirement_item *items = xcalloc(r->nsaid + 1, sizeof(*items));
	struct requirement_given algebra = {
		.decides = r->decides, .items = items, .nitems = r->nsaid
	};
	size_t i;

	row->checks = xcalloc(r->nsaid + 1, sizeof(struct coverage_check *));
	for (i = 0; i < r->nsaid; i++) {
		const struct coverage_check *check =
		    find_check(c, r->said[i].check);

		row->checks[i] = check;
		items[i].level = r->said[i].link->level;
		items[i].verdict = check->verdict;
		items[i].gap = check->gap;
		if (items[i].level != CATALOGUE_REQUIRED ||
		    check->verdict == VERDICT_NA)
			continue;
		row->with_probe += check->has_probe;
		row->possible += check->is_possible;
		row->run += check->is_run;
	}
	algebra.documents = reviewed(given, r->name);
	if (given->profile != NULL)
		row->na = profile_na_requirement(given->profile, r->name);
	row->exemption = find_exemption(given, r);
	algebra.is_na = row->na != NULL || row->exemption != NULL;
	row->conclusion = requirement_conclude(&algebra);
	free(items);
}

/* ---- all ---- */

static void
find_asked(const struct coverage_given *given, struct asked *asked)
{
	size_t i;

	for (i = 0; i < given->nsamples; i++)
		add_name(&asked->samples, given->samples[i]);
	for (i = 0; i < given->nstates; i++)
		add_name(&asked->states, given->states[i]);
	for (i = 0; i < given->nsaid; i++) {
		if (given->nsamples == 0)
			add_name(&asked->samples, given->said[i].sample);
		if (given->nstates == 0)
			add_name(&asked->states, given->said[i].state);
	}
}

static void
find_strangers(const struct coverage_given *given, struct coverage *c)
{
	const struct profile *p = given->profile;
	struct names names = { NULL, 0 };
	size_t i, j;

	for (i = 0; p != NULL && i < p->ntechnologies; i++) {
		for (j = 0; j < c->nchecks; j++)
			if (strcmp(c->checks[j].check->technology,
				p->technologies[i]) == 0)
				break;
		if (j == c->nchecks)
			add_name(&names, p->technologies[i]);
	}
	c->strangers = names.at;
	c->nstrangers = names.n;
}

static size_t
count_requirements(const struct catalogue *catalogue)
{
	size_t n = 0, i;

	for (i = 0; i < catalogue_scheme_count(catalogue); i++)
		n += catalogue_scheme_at(catalogue, i)->nrequirements;
	return n;
}

struct coverage *
coverage_make(const struct coverage_given *given)
{
	const struct catalogue *catalogue = given->catalogue;
	struct coverage *c = xcalloc(1, sizeof(*c));
	const struct catalogue_scheme *s;
	struct asked asked = { { NULL, 0 }, { NULL, 0 } };
	size_t i, j;

	find_asked(given, &asked);
	c->nchecks = catalogue_check_count(catalogue);
	c->checks = xcalloc(c->nchecks + 1, sizeof(*c->checks));
	for (i = 0; i < c->nchecks; i++) {
		c->checks[i].check = catalogue_check_at(catalogue, i);
		fill_check(given, &asked, &c->checks[i]);
	}
	c->requirements = xcalloc(
	    count_requirements(catalogue) + 1, sizeof(*c->requirements));
	for (i = 0; i < catalogue_scheme_count(catalogue); i++) {
		s = catalogue_scheme_at(catalogue, i);
		for (j = 0; j < s->nrequirements; j++) {
			struct coverage_requirement *row =
			    &c->requirements[c->nrequirements++];

			row->requirement = &s->requirements[j];
			fill_requirement(given, c, row);
		}
	}
	find_strangers(given, c);
	free(asked.samples.at);
	free(asked.states.at);
	return c;
}

void
coverage_free(struct coverage *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nrequirements; i++)
		free(c->requirements[i].checks);
	free(c->requirements);
	free(c->checks);
	free(c->strangers);
	free(c);
}
