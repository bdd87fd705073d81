/*
 * From verdicts to requirements: every combination of words is tried, and no
 * absence becomes a pass.
 */
#include "catalogue/requirement_algebra.h"

#include <check.h>
#include <string.h>

#define P VERDICT_PASS
#define F VERDICT_FAIL
#define I VERDICT_INCONC
#define E VERDICT_ERROR
#define N VERDICT_NONE
#define A VERDICT_NA
#define O VERDICT_INFO

static const struct {
	enum verdict said[3];
	size_t n;
	enum verdict together;
} claims[] = {
	{ { N }, 0, N },
	{ { P }, 1, P },
	{ { P, P, P }, 3, P },
	{ { P, O, P }, 3, P },
	{ { P, A }, 2, P },
	{ { O, A }, 2, O },
	{ { A, A }, 2, A },
	{ { P, I }, 2, I },
	{ { P, N }, 2, N },
	{ { P, E }, 2, E },
	{ { P, F }, 2, F },
	{ { E, F, I }, 3, F },
	{ { I, E }, 2, E },
	{ { I, N }, 2, I },
};

START_TEST(claims_of_a_check_speak_together)
{
	enum verdict said[3];
	size_t i;

	ck_assert_int_eq(requirement_over_claims(claims[_i].said, claims[_i].n),
	    claims[_i].together);
	/* In any order. */
	for (i = 0; i < claims[_i].n; i++)
		said[i] = claims[_i].said[claims[_i].n - 1 - i];
	ck_assert_int_eq(
	    requirement_over_claims(said, claims[_i].n), claims[_i].together);
}
END_TEST

#define GAP(g) REQUIREMENT_GAP_##g

static const struct {
	struct requirement_cell cells[3];
	size_t n;
	enum verdict verdict;
	enum requirement_gap gap;
} over[] = {
	{ { { N, GAP(NONE) } }, 0, N, GAP(NOT_REACHED) },
	{ { { P, GAP(NONE) }, { P, GAP(NONE) } }, 2, P, GAP(NONE) },
	{ { { P, GAP(NONE) }, { A, GAP(NONE) } }, 2, P, GAP(NONE) },
	{ { { A, GAP(NONE) } }, 1, A, GAP(NONE) },
	{ { { P, GAP(NONE) }, { N, GAP(NONE) } }, 2, N, GAP(NOT_REACHED) },
	{ { { P, GAP(NONE) }, { N, GAP(NOT_EQUIPPED) } }, 2, N,
	    GAP(NOT_EQUIPPED) },
	{ { { N, GAP(NO_PROBE) } }, 1, N, GAP(NO_PROBE) },
	{ { { I, GAP(NOT_ALLOWED) }, { P, GAP(NONE) } }, 2, I,
	    GAP(NOT_ALLOWED) },
	{ { { I, GAP(NONE) }, { N, GAP(NOT_DECLARED) } }, 2, I,
	    GAP(INCONCLUSIVE) },
	{ { { P, GAP(NONE) }, { O, GAP(NONE) } }, 2, I, GAP(INFO) },
	{ { { O, GAP(NONE) } }, 1, O, GAP(INFO) },
	{ { { E, GAP(NONE) }, { I, GAP(NONE) } }, 2, E, GAP(ERROR) },
	{ { { F, GAP(NONE) }, { E, GAP(NONE) }, { P, GAP(NONE) } }, 3, F,
	    GAP(FAILED) },
};

START_TEST(a_check_passes_on_every_sample_in_every_state)
{
	enum requirement_gap gap;

	ck_assert_int_eq(
	    requirement_over_cells(over[_i].cells, over[_i].n, &gap),
	    over[_i].verdict);
	ck_assert_int_eq(gap, over[_i].gap);
}
END_TEST

#define REQ(v) \
	{ \
		CATALOGUE_REQUIRED, v, REQUIREMENT_GAP_NONE \
	}
#define REC(v) \
	{ \
		CATALOGUE_RECOMMENDED, v, REQUIREMENT_GAP_NONE \
	}
#define INF(v) \
	{ \
		CATALOGUE_INFO, v, REQUIREMENT_GAP_NONE \
	}
#define DEV CATALOGUE_BY_DEVICE
#define DOC CATALOGUE_BY_DOCUMENTS
#define BOTH CATALOGUE_BY_BOTH
#define NOBODY REQUIREMENT_DOCUMENTS_NONE
#define YES REQUIREMENT_DOCUMENTS_CONFORM
#define NO REQUIREMENT_DOCUMENTS_DO_NOT_CONFORM
#define LITTLE REQUIREMENT_DOCUMENTS_INSUFFICIENT
#define WORD(w) REQUIREMENT_##w

static const struct {
	enum catalogue_decides decides;
	enum requirement_documents documents;
	bool is_na;
	struct requirement_item items[3];
	size_t n;
	enum requirement_word word;
	size_t passed, required, findings, narrowed;
	bool lacks_documents;
} rows[] = {
	/* the device decides */
	{ DEV, NOBODY, false, { REQ(P), REQ(P) }, 2, WORD(PASS), 2, 2, 0, 0,
	    false },
	{ DEV, NOBODY, false, { REQ(P), REQ(N) }, 2, WORD(INCOMPLETE), 1, 2, 0,
	    0, false },
	{ DEV, NOBODY, false, { REQ(P), REQ(I) }, 2, WORD(INCOMPLETE), 1, 2, 0,
	    0, false },
	{ DEV, NOBODY, false, { REQ(P), REQ(E) }, 2, WORD(INCOMPLETE), 1, 2, 0,
	    0, false },
	{ DEV, NOBODY, false, { REQ(P), REQ(O) }, 2, WORD(INCOMPLETE), 1, 2, 0,
	    0, false },
	{ DEV, NOBODY, false, { REQ(P), REQ(F) }, 2, WORD(FAIL), 1, 2, 0, 0,
	    false },
	{ DEV, NOBODY, false, { REQ(P), REQ(A) }, 2, WORD(PASS), 1, 1, 0, 1,
	    false },
	{ DEV, NOBODY, false, { REQ(A), REQ(A) }, 2, WORD(NA), 0, 0, 0, 2,
	    false },
	{ DEV, NOBODY, false, { REQ(P), REC(F) }, 2, WORD(PASS_WITH_FINDINGS),
	    1, 1, 1, 0, false },
	{ DEV, NOBODY, false, { REQ(P), REC(N) }, 2, WORD(PASS), 1, 1, 0, 0,
	    false },
	{ DEV, NOBODY, false, { REQ(P), INF(F) }, 2, WORD(PASS), 1, 1, 0, 0,
	    false },
	/* nothing required is no pass, whatever else passed */
	{ DEV, NOBODY, false, { REC(P), INF(P) }, 2, WORD(INCOMPLETE), 0, 0, 0,
	    0, false },
	{ DEV, NOBODY, false, { REQ(P) }, 0, WORD(INCOMPLETE), 0, 0, 0, 0,
	    false },
	/* a good document does not stand for the device */
	{ DEV, YES, false, { REQ(N) }, 1, WORD(INCOMPLETE), 0, 1, 0, 0, false },
	/* documents decide */
	{ DOC, NOBODY, false, { REQ(P) }, 1, WORD(INCOMPLETE), 1, 1, 0, 0,
	    true },
	{ DOC, YES, false, { REQ(N) }, 1, WORD(CONFORMS), 0, 1, 0, 0, false },
	{ DOC, NO, false, { REQ(P) }, 1, WORD(DOES_NOT_CONFORM), 1, 1, 0, 0,
	    false },
	{ DOC, LITTLE, false, { REQ(P) }, 1, WORD(INSUFFICIENT), 1, 1, 0, 0,
	    false },
	{ DOC, YES, false, { REQ(F) }, 1, WORD(FAIL), 0, 1, 0, 0, false },
	/* both */
	{ BOTH, YES, false, { REQ(P) }, 1, WORD(PASS), 1, 1, 0, 0, false },
	{ BOTH, NOBODY, false, { REQ(P) }, 1, WORD(INCOMPLETE), 1, 1, 0, 0,
	    true },
	{ BOTH, YES, false, { REQ(N) }, 1, WORD(INCOMPLETE), 0, 1, 0, 0,
	    false },
	{ BOTH, YES, false, { REQ(P) }, 0, WORD(INCOMPLETE), 0, 0, 0, 0,
	    false },
	{ BOTH, YES, false, { REQ(A) }, 1, WORD(CONFORMS), 0, 0, 0, 1, false },
	{ BOTH, NO, false, { REQ(P) }, 1, WORD(DOES_NOT_CONFORM), 1, 1, 0, 0,
	    false },
	{ BOTH, LITTLE, false, { REQ(P) }, 1, WORD(INSUFFICIENT), 1, 1, 0, 0,
	    false },
	/* not applicable, and seen to fail in spite of it */
	{ DEV, NOBODY, true, { REQ(N) }, 1, WORD(NA), 0, 1, 0, 0, false },
	{ DOC, NOBODY, true, { REQ(N) }, 0, WORD(NA), 0, 0, 0, 0, false },
	{ DEV, NOBODY, true, { REQ(F) }, 1, WORD(FAIL), 0, 1, 0, 0, false },
};

START_TEST(a_requirement_is_concluded_by_the_table)
{
	const struct requirement_given given = {
		.decides = rows[_i].decides,
		.is_na = rows[_i].is_na,
		.documents = rows[_i].documents,
		.items = rows[_i].items,
		.nitems = rows[_i].n,
	};
	struct requirement_conclusion c = requirement_conclude(&given);

	ck_assert_str_eq(requirement_word_name(c.word),
	    requirement_word_name(rows[_i].word));
	ck_assert_uint_eq(c.passed, rows[_i].passed);
	ck_assert_uint_eq(c.required, rows[_i].required);
	ck_assert_uint_eq(c.findings, rows[_i].findings);
	ck_assert_uint_eq(c.narrowed, rows[_i].narrowed);
	ck_assert_int_eq(c.lacks_documents, rows[_i].lacks_documents);
}
END_TEST

/* Over every three required verdicts: a pass only where each is a pass or not
 * asked, and one at least a pass. */
START_TEST(nothing_but_passes_makes_a_pass)
{
	struct requirement_item items[3];
	const struct requirement_given given = {
		.decides = DEV, .items = items, .nitems = 3
	};
	enum requirement_word word;
	size_t n, k, passes, others;

	for (n = 0; n < (size_t)VERDICT_COUNT * VERDICT_COUNT * VERDICT_COUNT;
	     n++) {
		size_t rest = n;

		passes = others = 0;
		for (k = 0; k < 3; k++, rest /= VERDICT_COUNT) {
			items[k].level = CATALOGUE_REQUIRED;
			items[k].verdict = (enum verdict)(rest % VERDICT_COUNT);
			passes += items[k].verdict == P;
			others +=
			    items[k].verdict != P && items[k].verdict != A;
		}
		word = requirement_conclude(&given).word;
		ck_assert_int_eq(
		    word == REQUIREMENT_PASS, passes > 0 && others == 0);
		ck_assert_int_ne(word, REQUIREMENT_CONFORMS);
		ck_assert_int_ne(word, REQUIREMENT_PASS_WITH_FINDINGS);
	}
}
END_TEST

START_TEST(the_exit_status_is_that_of_the_worst)
{
	static const enum requirement_word
	    good[] = { REQUIREMENT_PASS, REQUIREMENT_CONFORMS, REQUIREMENT_NA,
		    REQUIREMENT_PASS_WITH_FINDINGS },
	    open[] = { REQUIREMENT_PASS, REQUIREMENT_INCOMPLETE },
	    thin[] = { REQUIREMENT_INSUFFICIENT },
	    bad[] = { REQUIREMENT_INCOMPLETE, REQUIREMENT_FAIL },
	    paper[] = { REQUIREMENT_DOES_NOT_CONFORM };

	ck_assert_int_eq(requirement_exit_status(good, 4), 0);
	ck_assert_int_eq(requirement_exit_status(open, 2), 2);
	ck_assert_int_eq(requirement_exit_status(thin, 1), 2);
	ck_assert_int_eq(requirement_exit_status(bad, 2), 1);
	ck_assert_int_eq(requirement_exit_status(paper, 1), 1);
	ck_assert_int_eq(requirement_exit_status(good, 0), 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("requirement_algebra");
	TCase *t = tcase_create("tables");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, claims_of_a_check_speak_together, 0,
	    sizeof(claims) / sizeof(claims[0]));
	tcase_add_loop_test(t, a_check_passes_on_every_sample_in_every_state, 0,
	    sizeof(over) / sizeof(over[0]));
	tcase_add_loop_test(t, a_requirement_is_concluded_by_the_table, 0,
	    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, nothing_but_passes_makes_a_pass);
	tcase_add_test(t, the_exit_status_is_that_of_the_worst);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
