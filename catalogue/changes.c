/*
 * changes: what a later run says otherwise than the run it is compared with.
 */
#include "catalogue/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "catalogue/requirement_algebra.h"
#include "records/verdict_algebra.h"

/* One question in one run: a piece of its verdicts, sorted. */
struct question {
	const struct changes_said *const *said;
	size_t n;
	enum verdict verdict;
	const struct changes_said *decides;
	bool is_flaky;
};

struct questions {
	const struct changes_said **sorted;
	struct question *list;
	size_t n;
};

static const char *const kinds[CHANGES_KIND_COUNT] = {
	[CHANGES_SAME] = "same",
	[CHANGES_OPEN] = "open",
	[CHANGES_NEWLY_PASSED] = "newly_passed",
	[CHANGES_FIXED] = "fixed",
	[CHANGES_STILL_FAILING] = "still_failing",
	[CHANGES_NOT_ASKED] = "not_asked",
	[CHANGES_NEWLY_INCONCLUSIVE] = "newly_inconclusive",
	[CHANGES_NEW_ERROR] = "new_error",
	[CHANGES_NEW_FAILURE] = "new_failure",
};
static const char *const bases[CHANGES_BASIS_COUNT] = { "method", "catalogue",
	"bench", "profile", "sample" };

const char *
changes_kind_name(enum changes_kind kind)
{
	return kinds[kind];
}

const char *
changes_basis_name(enum changes_basis bit)
{
	size_t i;

	for (i = 0; (1u << i) != (unsigned)bit; i++)
		;
	return bases[i];
}

/* Rows: what it was; columns: what it is; in the order of enum verdict: none,
 * na, info, pass, inconc, fail, error. */
#define SAM CHANGES_SAME
#define OPN CHANGES_OPEN
#define NPA CHANGES_NEWLY_PASSED
#define FIX CHANGES_FIXED
#define STI CHANGES_STILL_FAILING
#define NOT CHANGES_NOT_ASKED
#define INC CHANGES_NEWLY_INCONCLUSIVE
#define ERR CHANGES_NEW_ERROR
#define NEW CHANGES_NEW_FAILURE
static const enum changes_kind by_words[VERDICT_COUNT][VERDICT_COUNT] = {
	[VERDICT_NONE] = { SAM, SAM, SAM, NPA, INC, NEW, ERR },
	[VERDICT_NA] = { SAM, SAM, SAM, NPA, INC, NEW, ERR },
	[VERDICT_INFO] = { NOT, NOT, SAM, NPA, INC, NEW, ERR },
	/* Of what passed or failed, less is known than was. */
	[VERDICT_PASS] = { NOT, NOT, INC, SAM, INC, NEW, ERR },
	[VERDICT_INCONC] = { OPN, OPN, OPN, NPA, OPN, NEW, ERR },
	[VERDICT_FAIL] = { NOT, NOT, INC, FIX, INC, STI, ERR },
	[VERDICT_ERROR] = { OPN, OPN, OPN, NPA, OPN, NEW, OPN },
};

enum changes_kind
changes_of_words(enum verdict before, enum verdict after)
{
	return by_words[before][after];
}

/* ---- the questions of a run ---- */

static int
compare_question(const struct changes_said *a, const struct changes_said *b)
{
	int r = strcmp(a->check, b->check);

	if (r == 0)
		r = strcmp(a->claim, b->claim);
	if (r == 0)
		r = strcmp(a->state, b->state);
	return r == 0 ? strcmp(a->scope, b->scope) : r;
}

/* Verdicts that are alike here are repeats of each other. */
static int
compare_said(const struct changes_said *a, const struct changes_said *b)
{
	int r = compare_question(a, b);

	if (r == 0)
		r = strcmp(a->subject, b->subject);
	if (r == 0)
		r = (a->step > b->step) - (a->step < b->step);
	return r;
}

static int
compare_sorted(const void *a, const void *b)
{
	const struct changes_said *x = *(const struct changes_said *const *)a,
				  *y = *(const struct changes_said *const *)b;
	int r = compare_said(x, y);

	return r == 0 ? (x->seq > y->seq) - (x->seq < y->seq) : r;
}

/* The repeats from the first of said on: how many, and what they say. */
static size_t
over_repeats(const struct changes_said *const *said, size_t n,
    enum verdict *verdict, bool *is_flaky)
{
	enum verdict *words = xcalloc(n, sizeof(*words));
	size_t counts[VERDICT_COUNT], i;

	for (i = 0; i < n && compare_said(said[0], said[i]) == 0; i++)
		words[i] = said[i]->verdict;
	*verdict = verdict_over_repeats(words, i, counts);
	if (counts[VERDICT_PASS] > 0 && counts[VERDICT_FAIL] > 0)
		*is_flaky = true;
	free(words);
	return i;
}

/* Whose words stand for all: the first that says what they come to, or, where
 * repeats disagree, that says no pass. */
static const struct changes_said *
who_decides(const struct question *q)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		if (q->said[i]->verdict == q->verdict)
			return q->said[i];
	for (i = 0; i < q->n; i++)
		if (q->said[i]->verdict != VERDICT_PASS)
			return q->said[i];
	return q->said[0];
}

static void
decide(struct question *q)
{
	enum verdict *words = xcalloc(q->n, sizeof(*words));
	size_t i, n = 0;

	for (i = 0; i < q->n; n++)
		i += over_repeats(
		    q->said + i, q->n - i, &words[n], &q->is_flaky);
	q->verdict = requirement_over_claims(words, n);
	q->decides = who_decides(q);
	free(words);
}

static void
ask(struct questions *a, const struct changes_run *run)
{
	struct question *q;
	size_t i;

	a->sorted = xcalloc(run->n + 1, sizeof(*a->sorted));
	a->list = xcalloc(run->n + 1, sizeof(*a->list));
	a->n = 0;
	for (i = 0; i < run->n; i++)
		a->sorted[i] = &run->said[i];
	qsort(a->sorted, run->n, sizeof(*a->sorted), compare_sorted);
	for (i = 0; i < run->n; i++) {
		if (a->n == 0 ||
		    compare_question(a->sorted[i - 1], a->sorted[i]) != 0)
			a->list[a->n++].said = a->sorted + i;
		a->list[a->n - 1].n++;
	}
	for (q = a->list; q < a->list + a->n; q++)
		decide(q);
}

static void
forget(struct questions *a)
{
	free(a->sorted);
	free(a->list);
}

/* ---- one question in both runs ---- */

#define SEPARATORS " ,"

static bool
has_word(const char *text, const char *word, size_t size)
{
	size_t n;

	for (;;) {
		text += strspn(text, SEPARATORS);
		n = strcspn(text, SEPARATORS);
		if (n == 0)
			return false;
		if (n == size && memcmp(text, word, size) == 0)
			return true;
		text += n;
	}
}

/* Did the question fail for this before: the same reason, naming this? */
static bool
failed_for(const struct question *before, const char *reason, const char *word,
    size_t size)
{
	const struct changes_said *s;
	size_t i;

	for (i = 0; i < before->n; i++) {
		s = before->said[i];
		if (s->verdict == VERDICT_FAIL &&
		    strcmp(s->reason, reason) == 0 &&
		    (size == 0 || has_word(s->named, word, size)))
			return true;
	}
	return false;
}

/* A failure is an old one only when all that it names was named before. */
static bool
fails_for_more(const struct question *before, const struct changes_said *after)
{
	const char *word = after->named;
	size_t n;

	if (!failed_for(before, after->reason, "", 0))
		return true;
	for (;;) {
		word += strspn(word, SEPARATORS);
		n = strcspn(word, SEPARATORS);
		if (n == 0)
			return false;
		if (!failed_for(before, after->reason, word, n))
			return true;
		word += n;
	}
}

static enum changes_kind
kind_of(const struct question *before, const struct question *after,
    const struct changes_said **shown)
{
	enum changes_kind kind =
	    changes_of_words(before == NULL ? VERDICT_NONE : before->verdict,
		after == NULL ? VERDICT_NONE : after->verdict);
	size_t i;

	if (kind != CHANGES_STILL_FAILING || before == NULL || after == NULL)
		return kind;
	for (i = 0; i < after->n; i++)
		if (after->said[i]->verdict == VERDICT_FAIL &&
		    fails_for_more(before, after->said[i])) {
			*shown = after->said[i];
			return CHANGES_NEW_FAILURE;
		}
	return kind;
}

/* What stands for a question that a run did not ask: another of the check. */
static const struct changes_said *
kin_of(const struct questions *run, const struct changes_said *s)
{
	size_t i;

	for (i = 0; s != NULL && i < run->n; i++)
		if (strcmp(run->list[i].decides->check, s->check) == 0)
			return run->list[i].decides;
	return NULL;
}

static unsigned
basis_of(const struct changes_given *given, const struct changes_said *a,
    const struct changes_said *b)
{
	unsigned basis = 0;

	if (a->method != b->method || strcmp(a->probe, b->probe) != 0)
		basis |= CHANGES_METHOD;
	if (strcmp(a->catalogue, b->catalogue) != 0)
		basis |= CHANGES_CATALOGUE;
	if (strcmp(a->bench, b->bench) != 0 || strcmp(a->mode, b->mode) != 0)
		basis |= CHANGES_BENCH;
	if (!given->same_profile && strcmp(a->profile, b->profile) != 0)
		basis |= CHANGES_PROFILE;
	if (strcmp(a->sample, b->sample) != 0)
		basis |= CHANGES_SAMPLE;
	return basis;
}

static bool
asked_the_same(const struct changes_given *given, const struct changes_past *p,
    const struct changes_said *s)
{
	return p->method == s->method && strcmp(p->check, s->check) == 0 &&
	    strcmp(p->claim, s->claim) == 0 &&
	    strcmp(p->state, s->state) == 0 &&
	    strcmp(p->firmware, given->after.firmware) == 0 &&
	    (p->verdict == VERDICT_PASS || p->verdict == VERDICT_FAIL);
}

/* Runs that asked the same of the same firmware: does the word go to and fro?
 * Once is a change.  A run in which one of its addresses failed has failed. */
static bool
was_flaky(const struct changes_given *given, const struct changes_said *s)
{
	enum verdict words[2] = { VERDICT_NONE, VERDICT_NONE }; /* last, now */
	const struct changes_past *p;
	uint64_t run = 0;
	unsigned turns = 0;
	size_t i;

	for (i = 0; i < given->npast; i++) {
		p = &given->past[i];
		if (!asked_the_same(given, p, s))
			continue;
		if (p->run != run) {
			turns +=
			    words[0] != VERDICT_NONE && words[0] != words[1];
			words[0] = words[1];
			words[1] = p->verdict;
			run = p->run;
		} else if (p->verdict == VERDICT_FAIL) {
			words[1] = VERDICT_FAIL;
		}
	}
	turns += words[0] != VERDICT_NONE && words[0] != words[1];
	return turns > 1;
}

static const struct changes_waiver *
waiver_of(const struct changes_given *given, const char *check)
{
	size_t i;

	for (i = 0; i < given->nwaivers; i++)
		if (strcmp(given->waivers[i].check, check) == 0)
			return &given->waivers[i];
	return NULL;
}

static bool
is_change(enum changes_kind kind)
{
	return kind != CHANGES_SAME && kind != CHANGES_OPEN &&
	    kind != CHANGES_STILL_FAILING;
}

static void
fill_row(struct changes_row *row, const struct changes_given *given,
    const struct questions runs[2], const struct question *before,
    const struct question *after)
{
	const struct changes_said *a, *b;

	row->before = before == NULL ? NULL : before->decides;
	row->after = after == NULL ? NULL : after->decides;
	row->from = before == NULL ? VERDICT_NONE : before->verdict;
	row->to = after == NULL ? VERDICT_NONE : after->verdict;
	row->kind = kind_of(before, after, &row->after);
	a = before != NULL ? row->before : kin_of(&runs[0], row->after);
	b = after != NULL ? row->after : kin_of(&runs[1], row->before);
	if (a != NULL && b != NULL)
		row->basis = basis_of(given, a, b);
	/* An error is the bench's, whatever it went by. */
	row->is_apart = row->basis != 0 && is_change(row->kind) &&
	    row->kind != CHANGES_NEW_ERROR;
	row->is_flaky =
	    after != NULL && (after->is_flaky || was_flaky(given, row->after));
	if (row->to == VERDICT_FAIL)
		row->waiver = waiver_of(given, row->after->check);
}

/* Rows of both runs' questions, in their common order. */
static void
match(struct changes *c, const struct changes_given *given,
    const struct questions runs[2])
{
	const struct question *a, *b;
	size_t i = 0, k = 0;
	int r;

	while (i < runs[0].n || k < runs[1].n) {
		a = i < runs[0].n ? &runs[0].list[i] : NULL;
		b = k < runs[1].n ? &runs[1].list[k] : NULL;
		r = a == NULL   ? 1
		    : b == NULL ? -1
				: compare_question(a->said[0], b->said[0]);
		i += r <= 0;
		k += r >= 0;
		fill_row(&c->rows[c->nrows++], given, runs, r <= 0 ? a : NULL,
		    r >= 0 ? b : NULL);
	}
}

/* ---- all of them ---- */

static const struct changes_said *
shown(const struct changes_row *row)
{
	return row->after != NULL ? row->after : row->before;
}

static bool
is_one_cause(const struct changes_row *a, const struct changes_row *b)
{
	return a->kind == b->kind && a->is_apart == b->is_apart &&
	    a->is_flaky == b->is_flaky && a->basis == b->basis &&
	    a->waiver == b->waiver &&
	    strcmp(shown(a)->check, shown(b)->check) == 0 &&
	    strcmp(shown(a)->reason, shown(b)->reason) == 0;
}

/* Rows of a check stand together, so no farther back is looked. */
static void
group(struct changes *c)
{
	size_t i, k;

	for (i = 0; i < c->nrows; i++) {
		c->rows[i].finding = c->nfindings;
		for (k = i; k > 0 &&
		     strcmp(shown(&c->rows[k - 1])->check,
			 shown(&c->rows[i])->check) == 0;
		     k--)
			if (is_one_cause(&c->rows[k - 1], &c->rows[i])) {
				c->rows[i].finding = c->rows[k - 1].finding;
				break;
			}
		if (c->rows[i].finding == c->nfindings)
			c->nfindings++;
	}
}

const struct changes_row *
changes_finding(const struct changes *c, size_t finding)
{
	size_t i;

	for (i = 0; i + 1 < c->nrows && c->rows[i].finding != finding; i++)
		;
	return &c->rows[i];
}

static int
status_of(const struct changes_row *row)
{
	switch (row->kind) {
	case CHANGES_NEW_FAILURE:
		/* Not shown to be the device's doing, nor that it is not. */
		return row->waiver != NULL ? 0 : row->is_apart ? 2 : 1;
	case CHANGES_NEW_ERROR:
		return 3;
	case CHANGES_NEWLY_INCONCLUSIVE:
	case CHANGES_NOT_ASKED:
		return 2;
	case CHANGES_SAME:
	case CHANGES_OPEN:
	case CHANGES_NEWLY_PASSED:
	case CHANGES_FIXED:
	case CHANGES_STILL_FAILING:
	case CHANGES_KIND_COUNT:
		break;
	}
	return 0;
}

/* The first of 1, 3, 2 that something asks for, as a run's own. */
static int
status_over(const struct changes *c)
{
	bool asked[4] = { false };
	size_t i;

	for (i = 0; i < c->nrows; i++)
		asked[status_of(&c->rows[i])] = true;
	asked[2] = asked[2] || c->is_newly_cut;
	asked[3] = asked[3] || c->is_newly_broken;
	return asked[1] ? 1 : asked[3] ? 3 : asked[2] ? 2 : 0;
}

struct changes *
changes_make(const struct changes_given *given)
{
	struct changes *c = xcalloc(1, sizeof(*c));
	struct questions runs[2];

	ask(&runs[0], &given->before);
	ask(&runs[1], &given->after);
	c->rows = xcalloc(runs[0].n + runs[1].n + 1, sizeof(*c->rows));
	match(c, given, runs);
	group(c);
	c->is_newly_cut = given->after.outcome == CHANGES_INCOMPLETE &&
	    given->before.outcome == CHANGES_COMPLETE;
	c->is_newly_broken = given->after.outcome == CHANGES_FAILED &&
	    given->before.outcome != CHANGES_FAILED;
	c->status = status_over(c);
	forget(&runs[0]);
	forget(&runs[1]);
	return c;
}

void
changes_free(struct changes *c)
{
	if (c == NULL)
		return;
	free(c->rows);
	free(c);
}
