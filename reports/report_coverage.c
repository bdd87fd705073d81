/*
 * report_coverage: what the verdicts of a report show of the catalogue's
 * checks and requirements.
 *
 * Over an order every sample and every state that it asks for counts: a check
 * that was run on one of two samples has not shown anything of the product.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/report_parts.h"

bool
report_wants(const struct report *r, const struct catalogue_scheme *s)
{
	const json_t *order = json_object_get(r->given.order, "order"),
		     *schemes = json_object_get(order, "schemes"), *one;
	size_t i;

	if (r->given.scheme != NULL)
		return r->given.scheme == s;
	json_array_foreach (schemes, i, one)
		if (json_is_string(one) &&
		    strcmp(json_string_value(one), s->id) == 0)
			return true;
	return json_array_size(schemes) == 0;
}

/* Said on this sample in this state; NULL: on any.  Caller frees. */
static struct coverage_said *
said_of(
    const struct report *r, const char *sample, const char *state, size_t *n)
{
	struct coverage_said *said = xcalloc(r->nsaid + 1, sizeof(*said));
	const struct coverage_said *one;
	size_t i;

	*n = 0;
	for (i = 0; i < r->nsaid; i++) {
		one = &r->said[i];
		if ((sample == NULL || strcmp(one->sample, sample) == 0) &&
		    (state == NULL || strcmp(one->state, state) == 0))
			said[(*n)++] = *one;
	}
	return said;
}

struct coverage *
report_coverage(const struct report *r, const char *const *probed,
    const char *sample, const char *state)
{
	const char *exempt =
	    report_text(json_object_get(r->given.order, "order"), "exempt");
	struct coverage_given given = {
		.catalogue = r->given.catalogue,
		.profile = r->given.profile,
		.media = r->given.media,
		.probed = probed,
		.reviewed = r->given.reviewed,
		.nreviewed = r->given.nreviewed,
		.samples = r->given.samples,
		.nsamples = r->given.nsamples,
		.states = r->given.states,
		.nstates = r->given.nstates,
		.exempt = exempt[0] == '\0' ? NULL : exempt,
		.day = r->given.day,
	};
	struct coverage_said *said = said_of(r, sample, state, &given.nsaid);
	struct coverage *coverage;

	given.said = said;
	if (sample != NULL) {
		given.samples = &sample;
		given.nsamples = 1;
	}
	if (state != NULL) {
		given.states = &state;
		given.nstates = 1;
	}
	coverage = coverage_make(&given);
	free(said);
	return coverage;
}
