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

static enum verdict
verdict_of(const json_t *newest, const char *check)
{
	const json_t *good;

	if (strcmp(check, COMPARE_CHECK) == 0)
		return strcmp(text_of(newest, "conclusion"),
			   "does-not-conform") == 0
		    ? VERDICT_FAIL
		    : VERDICT_INCONC;
	good =
	    json_object_get(json_object_get(json_object_get(newest, "checks"),
				COMPARE_PASSWORDS),
		"good");
	return json_is_false(good) ? VERDICT_FAIL : VERDICT_INCONC;
}

static bool
says(const json_t *newest, const char *check)
{
	return strcmp(check, COMPARE_PASSWORD_CHECK) != 0 ||
	    json_object_get(
		json_object_get(newest, "checks"), COMPARE_PASSWORDS) != NULL;
}

/* Never a pass, whatever it concludes. */
size_t
compare_said(const json_t *newest, const struct compare_over *over,
    struct coverage_said *said)
{
	static const char *const checks[COMPARE_CHECKS] = { COMPARE_CHECK,
		COMPARE_PASSWORD_CHECK };
	size_t states = over->nstates == 0 ? 1 : over->nstates, n = 0, i, j, k;

	for (i = 0; i < COMPARE_CHECKS * over->nsamples; i++) {
		k = i % COMPARE_CHECKS;
		if (newest == NULL || !says(newest, checks[k]))
			continue;
		for (j = 0; j < states; j++)
			said[n++] = (struct coverage_said){
				.sample = over->samples[i / COMPARE_CHECKS],
				.state = over->nstates == 0 ? "operating"
							    : over->states[j],
				.check = checks[k],
				.verdict = verdict_of(newest, checks[k]),
				.reason = "",
				.run = (uint64_t)json_integer_value(
				    json_object_get(newest, "run")),
				.seq = (uint64_t)json_integer_value(
				    json_object_get(newest, "seq")),
			};
	}
	return n;
}
