/*
 * requirement_algebra: from verdicts to requirements, as pure functions.
 */
#include "catalogue/requirement_algebra.h"

#include <string.h>

static const char *const gaps[REQUIREMENT_GAP_COUNT] = {
	[REQUIREMENT_GAP_NONE] = "gap.none",
	[REQUIREMENT_GAP_NO_PROBE] = "gap.no_probe",
	[REQUIREMENT_GAP_NOT_EQUIPPED] = "gap.not_equipped",
	[REQUIREMENT_GAP_NOT_DECLARED] = "gap.not_declared",
	[REQUIREMENT_GAP_NOT_REACHED] = "gap.not_reached",
	[REQUIREMENT_GAP_NOT_ALLOWED] = "gap.not_allowed",
	[REQUIREMENT_GAP_INFO] = "gap.info",
	[REQUIREMENT_GAP_INCONCLUSIVE] = "gap.inconclusive",
	[REQUIREMENT_GAP_ERROR] = "gap.error",
	[REQUIREMENT_GAP_FAILED] = "gap.failed",
};
static const char *const words[REQUIREMENT_WORD_COUNT] = {
	[REQUIREMENT_INCOMPLETE] = "incomplete",
	[REQUIREMENT_NA] = "na",
	[REQUIREMENT_CONFORMS] = "conforms",
	[REQUIREMENT_PASS] = "pass",
	[REQUIREMENT_PASS_WITH_FINDINGS] = "pass_with_findings",
	[REQUIREMENT_INSUFFICIENT] = "insufficient",
	[REQUIREMENT_DOES_NOT_CONFORM] = "does_not_conform",
	[REQUIREMENT_FAIL] = "fail",
};

const char *
requirement_gap_code(enum requirement_gap gap)
{
	return gaps[gap];
}

const char *
requirement_word_name(enum requirement_word word)
{
	return words[word];
}

/* The first of these that is among what was said decides. */
static enum verdict
strongest(const size_t counts[VERDICT_COUNT])
{
	static const enum verdict order[] = { VERDICT_FAIL, VERDICT_ERROR,
		VERDICT_INCONC, VERDICT_NONE, VERDICT_PASS, VERDICT_INFO,
		VERDICT_NA };
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (counts[order[i]] > 0)
			return order[i];
	return VERDICT_NONE;
}

enum verdict
requirement_over_claims(const enum verdict *said, size_t n)
{
	size_t counts[VERDICT_COUNT] = { 0 }, i;

	for (i = 0; i < n; i++)
		counts[said[i]]++;
	return strongest(counts);
}

static enum requirement_gap
gap_of(const struct requirement_cell *cell)
{
	switch (cell->verdict) {
	case VERDICT_FAIL:
		return REQUIREMENT_GAP_FAILED;
	case VERDICT_ERROR:
		return REQUIREMENT_GAP_ERROR;
	case VERDICT_INCONC:
		return cell->why != REQUIREMENT_GAP_NONE
		    ? cell->why
		    : REQUIREMENT_GAP_INCONCLUSIVE;
	case VERDICT_INFO:
		return REQUIREMENT_GAP_INFO;
	case VERDICT_NONE:
		return cell->why != REQUIREMENT_GAP_NONE
		    ? cell->why
		    : REQUIREMENT_GAP_NOT_REACHED;
	case VERDICT_PASS:
	case VERDICT_NA:
	case VERDICT_COUNT:
		break;
	}
	return REQUIREMENT_GAP_NONE;
}

enum verdict
requirement_over_cells(
    const struct requirement_cell *cells, size_t n, enum requirement_gap *gap)
{
	size_t counts[VERDICT_COUNT] = { 0 }, i;
	enum verdict verdict;

	*gap = n == 0 ? REQUIREMENT_GAP_NOT_REACHED : REQUIREMENT_GAP_NONE;
	for (i = 0; i < n; i++) {
		counts[cells[i].verdict]++;
		if (gap_of(&cells[i]) > *gap)
			*gap = gap_of(&cells[i]);
	}
	verdict = strongest(counts);
	/* In one state it passed, in another it decided nothing: that is no
	 * pass in every state. */
	if (verdict == VERDICT_PASS && counts[VERDICT_INFO] > 0)
		verdict = VERDICT_INCONC;
	return verdict;
}

static void
count_items(const struct requirement_given *given,
    struct requirement_conclusion *c, bool *has_failed)
{
	const struct requirement_item *item;
	size_t i;

	*has_failed = false;
	for (i = 0; i < given->nitems; i++) {
		item = &given->items[i];
		if (item->level == CATALOGUE_RECOMMENDED)
			c->findings += item->verdict == VERDICT_FAIL;
		if (item->level != CATALOGUE_REQUIRED)
			continue;
		if (item->verdict == VERDICT_NA) {
			c->narrowed++;
			continue;
		}
		c->required++;
		c->passed += item->verdict == VERDICT_PASS;
		*has_failed |= item->verdict == VERDICT_FAIL;
	}
}

/* What the device showed, when nothing of it failed. */
static enum requirement_word
of_device(const struct requirement_conclusion *c)
{
	if (c->required == 0)
		return c->narrowed > 0 ? REQUIREMENT_NA
				       : REQUIREMENT_INCOMPLETE;
	if (c->passed < c->required)
		return REQUIREMENT_INCOMPLETE;
	return c->findings > 0 ? REQUIREMENT_PASS_WITH_FINDINGS
			       : REQUIREMENT_PASS;
}

static enum requirement_word
of_documents(enum requirement_documents documents)
{
	switch (documents) {
	case REQUIREMENT_DOCUMENTS_CONFORM:
		return REQUIREMENT_CONFORMS;
	case REQUIREMENT_DOCUMENTS_DO_NOT_CONFORM:
		return REQUIREMENT_DOES_NOT_CONFORM;
	case REQUIREMENT_DOCUMENTS_INSUFFICIENT:
		return REQUIREMENT_INSUFFICIENT;
	case REQUIREMENT_DOCUMENTS_NONE:
		break;
	}
	return REQUIREMENT_INCOMPLETE;
}

static enum requirement_word
of_both(const struct requirement_conclusion *c,
    enum requirement_documents documents)
{
	enum requirement_word device = of_device(c),
			      said = of_documents(documents);

	if (said != REQUIREMENT_CONFORMS)
		return said;
	/* Nothing of it can be asked of this device: the documents stand. */
	return device == REQUIREMENT_NA ? said : device;
}

struct requirement_conclusion
requirement_conclude(const struct requirement_given *given)
{
	struct requirement_conclusion c = { .word = REQUIREMENT_NA };
	bool has_failed;

	count_items(given, &c, &has_failed);
	c.lacks_documents = !given->is_na &&
	    given->decides != CATALOGUE_BY_DEVICE &&
	    given->documents == REQUIREMENT_DOCUMENTS_NONE;
	/* What was seen to fail stands, whatever else is said. */
	if (has_failed)
		c.word = REQUIREMENT_FAIL;
	else if (given->is_na)
		c.word = REQUIREMENT_NA;
	else if (given->decides == CATALOGUE_BY_DEVICE)
		c.word = of_device(&c);
	else if (given->decides == CATALOGUE_BY_DOCUMENTS)
		c.word = of_documents(given->documents);
	else
		c.word = of_both(&c, given->documents);
	return c;
}

int
requirement_exit_status(const enum requirement_word *said, size_t n)
{
	bool is_incomplete = n == 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (said[i] == REQUIREMENT_FAIL ||
		    said[i] == REQUIREMENT_DOES_NOT_CONFORM)
			return 1;
		is_incomplete |= said[i] == REQUIREMENT_INCOMPLETE ||
		    said[i] == REQUIREMENT_INSUFFICIENT;
	}
	return is_incomplete ? 2 : 0;
}
