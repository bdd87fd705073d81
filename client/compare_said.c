/*
 * compare_said: what coverage and reports take of a comparison of samples.
 */
#include <string.h>

#include "client/compare.h"

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

const json_t *
compare_newest(const json_t *attestations)
{
	const json_t *one;
	size_t i;

	for (i = json_array_size(attestations); i-- > 0;) {
		one = json_array_get(attestations, i);
		if (strcmp(text_of(one, "requirement"), COMPARE_REQUIREMENT) ==
		    0)
			return one;
	}
	return NULL;
}

/* Never a pass, whatever it concludes. */
size_t
compare_said(const json_t *newest, const struct compare_over *over,
    struct coverage_said *said)
{
	bool has_failed =
	    strcmp(text_of(newest, "conclusion"), "does-not-conform") == 0;
	size_t states = over->nstates == 0 ? 1 : over->nstates, n = 0, i, j;

	if (newest == NULL)
		return 0;
	for (i = 0; i < over->nsamples; i++)
		for (j = 0; j < states; j++)
			said[n++] = (struct coverage_said){
				.sample = over->samples[i],
				.state = over->nstates == 0 ? "operating"
							    : over->states[j],
				.check = COMPARE_CHECK,
				.verdict =
				    has_failed ? VERDICT_FAIL : VERDICT_INCONC,
				.reason = "",
				.run = (uint64_t)json_integer_value(
				    json_object_get(newest, "run")),
				.seq = (uint64_t)json_integer_value(
				    json_object_get(newest, "seq")),
			};
	return n;
}
