/*
 * worker_check: each thing that a descriptor, an observation or a verdict may
 * get wrong is refused, at its very bound, and what keeps to it is not.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "daemon/worker/worker_check.h"

static const struct assay_claim claims[] = {
	{ "NET-01", ASSAY_COMPLETENESS },
	{ NULL, 0 },
};
static const struct assay_field fields[] = {
	{ "ports", ASSAY_TYPE_PORTS, "port", "Help." },
	{ "text", ASSAY_TYPE_STRING, "", "Help." },
	{ "n", ASSAY_TYPE_U64, "", "Help." },
	{ NULL, 0, NULL, NULL },
};
static const struct assay_reason reasons[] = {
	{ "tcp.ok", "ports count" },
	{ NULL, NULL },
};

static struct assay_probe probe;
static struct assay_observation seen;
static struct assay_verdict said;
static struct assay_named_value values[WORKER_VALUES_MAX + 1];
static struct assay_frames frames[WORKER_FRAMES_MAX + 1];
static struct err e;

static void
judge(struct assay_job *job)
{
	(void)job;
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	(void)job;
	(void)frame;
}

static void
setup(void)
{
	static const uint32_t ids[] = { 1, 2 };
	size_t i;

	probe = (struct assay_probe){ .abi = ASSAY_ABI,
		.size = sizeof(probe),
		.name = "tcp.ports",
		.title = "a title",
		.method = 1,
		.claims = claims,
		.observations = fields,
		.reasons = reasons,
		.medium = ASSAY_MEDIUM_IP,
		.impact = ASSAY_ACTIVE,
		.timeout_ms = 1000,
		.run = judge,
		.judge = judge };
	seen = (struct assay_observation){
		.field = "n", .value = ASSAY_U64(1), .frames = frames
	};
	memset(frames, 0, sizeof(frames));
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		values[i] = (struct assay_named_value){ "count", ASSAY_U64(i) };
	said = (struct assay_verdict){ .check = "NET-01",
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_PASS,
		.reason = "tcp.ok",
		.values = values,
		.nvalues = 1,
		.observations = ids,
		.nobservations = 2 };
}

static int
checked(void)
{
	return worker_check_probe(&probe, "tcp.ports", &e);
}

static int
observed(void)
{
	return worker_check_observation(&probe, &seen, &e);
}

static int
judged(void)
{
	return worker_check_verdict(&probe, &said, 2, &e);
}

/* A text of n letters; kept until the process ends, or 512 more are made. */
static const char *
letters(size_t n)
{
	static char *kept[512];
	static size_t made;
	char **s = &kept[made++ % 512];

	free(*s);
	*s = xcalloc(n + 1, 1);
	memset(*s, 'a', n);
	return *s;
}

START_TEST(what_keeps_to_it_is_taken)
{
	ck_assert_int_eq(checked(), 0);
	ck_assert_int_eq(observed(), 0);
	ck_assert_int_eq(judged(), 0);
	ck_assert(worker_check_is_claimed(&probe, &said));
}
END_TEST

/* ---- the descriptor ---- */

START_TEST(names_and_texts_have_their_bounds)
{
	struct assay_field f[] = { fields[0], fields[3] };

	f[0].name = letters(WORKER_NAME_MAX);
	f[0].help = letters(512);
	probe.observations = f;
	probe.title = letters(512);
	ck_assert_int_eq(checked(), 0);
	f[0].name = letters(WORKER_NAME_MAX + 1);
	ck_assert_int_eq(checked(), -1);
	f[0] = fields[0];
	f[0].help = letters(513);
	ck_assert_int_eq(checked(), -1);
	f[0] = fields[0];
	probe.title = "";
	ck_assert_int_eq(checked(), -1);
	probe.title = letters(513);
	ck_assert_int_eq(checked(), -1);
}
END_TEST

static const struct assay_claim bad_claims[] = {
	{ "", ASSAY_COMPLETENESS },
	{ "NET-01", 0 },
	{ "NET-01", ASSAY_BEHAVIOUR + 1 },
};

START_TEST(a_bad_claim_is_refused)
{
	const struct assay_claim c[] = { bad_claims[_i], claims[1] };

	probe.claims = c;
	ck_assert_int_eq(checked(), -1);
}
END_TEST

static const struct assay_param bad_params[] = {
	{ "No", ASSAY_PARAM_BOOL, "true", 0, 0, NULL, "Help." },
	{ "a", ASSAY_PARAM_BOOL, "true", 0, 0, NULL, "" },
	{ "a", ASSAY_PARAM_BOOL, "perhaps", 0, 0, NULL, "Help." },
};

START_TEST(a_bad_parameter_is_refused)
{
	const struct assay_param p[] = { bad_params[_i], { .name = NULL } };

	probe.params = p;
	ck_assert_int_eq(checked(), -1);
}
END_TEST

static const struct assay_field bad_fields[] = {
	{ "No", ASSAY_TYPE_U64, "", "Help." },
	{ "n", ASSAY_TYPE_U64, NULL, "Help." },
	{ "n", ASSAY_TYPE_U64, "", "" },
	{ "n", ASSAY_TYPE_BOOL - 1, "", "Help." },
	{ "n", ASSAY_TYPE_DURATION + 1, "", "Help." },
};

START_TEST(a_bad_field_is_refused)
{
	const struct assay_field f[] = { bad_fields[_i], fields[3] };

	probe.observations = f;
	ck_assert_int_eq(checked(), -1);
}
END_TEST

static const struct assay_reason bad_reasons[] = {
	{ "No", "" },
	{ "tcp.ok", NULL },
	{ NULL, NULL },
};

START_TEST(a_bad_reason_is_refused)
{
	const struct assay_reason r[] = { bad_reasons[_i], reasons[1] };

	probe.reasons = r;
	ck_assert_int_eq(checked(), -1);
}
END_TEST

/* A table without an end is not read for ever. */
START_TEST(tables_have_an_end)
{
	static struct assay_claim c[WORKER_TABLE_MAX + 2];
	static struct assay_param p[WORKER_TABLE_MAX + 2];
	static struct assay_field f[WORKER_TABLE_MAX + 2];
	static struct assay_reason r[WORKER_TABLE_MAX + 2];
	static const char *texts[WORKER_TABLE_MAX + 2];
	const size_t n = WORKER_TABLE_MAX + (size_t)_i;
	size_t i;

	for (i = 0; i < n; i++) {
		c[i] = claims[0];
		p[i] = (struct assay_param){ letters(1 + i % 60),
			ASSAY_PARAM_BOOL, "true", 0, 0, NULL, "Help." };
		f[i] = fields[0];
		r[i] = reasons[0];
		texts[i] = "dut";
	}
	probe.claims = c;
	ck_assert_int_eq(checked(), -_i);
	probe.claims = claims;
	probe.observations = f;
	ck_assert_int_eq(checked(), -_i);
	probe.observations = fields;
	probe.reasons = r;
	ck_assert_int_eq(checked(), -_i);
	probe.reasons = reasons;
	probe.resources = texts;
	ck_assert_int_eq(checked(), -_i);
	texts[1] = "";
	ck_assert_int_eq(checked(), -1);
	probe.resources = NULL;
	if (_i == 1) { /* the same name twice is refused by itself */
		probe.params = p;
		ck_assert_int_eq(checked(), -1);
		ck_assert_str_eq(e.text, "params: no end");
	}
}
END_TEST

START_TEST(numbers_have_their_bounds)
{
	probe.medium = ASSAY_MEDIUM_CELLULAR;
	probe.impact = ASSAY_STATE;
	probe.state_size = (size_t)64 << 20;
	probe.filter = letters(4096);
	ck_assert_int_eq(checked(), 0);
	probe.medium = ASSAY_MEDIUM_CELLULAR + 1;
	ck_assert_int_eq(checked(), -1);
	probe.medium = ASSAY_MEDIUM_IP - 1;
	ck_assert_int_eq(checked(), -1);
	probe.medium = ASSAY_MEDIUM_IP;
	probe.impact = ASSAY_STATE + 1;
	ck_assert_int_eq(checked(), -1);
	probe.impact = ASSAY_ACTIVE;
	probe.state_size++;
	ck_assert_int_eq(checked(), -1);
	probe.state_size = 0;
	probe.filter = letters(4097);
	ck_assert_int_eq(checked(), -1);
}
END_TEST

START_TEST(frames_want_the_link)
{
	probe.run = NULL;
	ck_assert_int_eq(checked(), -1);
	probe.on_frame = on_frame;
	ck_assert_int_eq(checked(), -1);
	probe.needs = ASSAY_NEED_LINK;
	ck_assert_int_eq(checked(), 0);
}
END_TEST

/* ---- an observation ---- */

START_TEST(a_value_has_its_bounds)
{
	struct assay_value v = ASSAY_U64(INT64_MAX);

	ck_assert_int_eq(worker_check_value(&v, "n", &e), 0);
	v.u64++;
	ck_assert_int_eq(worker_check_value(&v, "n", &e), -1);
	v = ASSAY_STRING(letters(WORKER_STRING_MAX));
	ck_assert_int_eq(worker_check_value(&v, "text", &e), 0);
	v.string = letters(WORKER_STRING_MAX + 1);
	ck_assert_int_eq(worker_check_value(&v, "text", &e), -1);
	v.string = NULL;
	ck_assert_int_eq(worker_check_value(&v, "text", &e), -1);
	v = ASSAY_PORTS(NULL);
	ck_assert_int_eq(worker_check_value(&v, "ports", &e), -1);
	v.type = ASSAY_TYPE_DURATION + 1;
	ck_assert_int_eq(worker_check_value(&v, "n", &e), -1);
}
END_TEST

START_TEST(an_observation_is_of_a_declared_field)
{
	seen.field = NULL;
	ck_assert_int_eq(observed(), -1);
	seen.field = "other";
	ck_assert_int_eq(observed(), -1);
	seen.field = "text";
	ck_assert_int_eq(observed(), -1);
	seen.field = "n";
	seen.value.u64 = UINT64_MAX;
	ck_assert_int_eq(observed(), -1);
	probe.observations = NULL;
	ck_assert_int_eq(observed(), -1);
}
END_TEST

START_TEST(selectors_have_their_bounds)
{
	seen.nframes = WORKER_FRAMES_MAX;
	frames[0].comment = letters(WORKER_COMMENT_MAX);
	ck_assert_int_eq(observed(), 0);
	seen.nframes++;
	ck_assert_int_eq(observed(), -1);
	seen.nframes = 1;
	frames[0].comment = letters(WORKER_COMMENT_MAX + 1);
	ck_assert_int_eq(observed(), -1);
	frames[0].comment = NULL;
	frames[0].local_first = 1;
	ck_assert_int_eq(observed(), -1);
	frames[0].local_last = 1;
	ck_assert_int_eq(observed(), 0);
	frames[0].remote_first = 1;
	ck_assert_int_eq(observed(), -1);
	frames[0].remote_last = 1;
	seen.frames = NULL;
	ck_assert_int_eq(observed(), -1);
}
END_TEST

/* ---- a verdict ---- */

START_TEST(a_verdict_has_a_check_a_value_and_a_declared_reason)
{
	said.check = NULL;
	ck_assert_int_eq(judged(), -1);
	said.check = "NET-01";
	said.value = ASSAY_INFO - 1;
	ck_assert_int_eq(judged(), -1);
	said.value = ASSAY_FAIL + 1;
	ck_assert_int_eq(judged(), -1);
	said.value = ASSAY_FAIL;
	said.reason = NULL;
	ck_assert_int_eq(judged(), -1);
	said.reason = "tcp.other";
	ck_assert_int_eq(judged(), -1);
}
END_TEST

START_TEST(a_verdict_s_values_are_those_of_its_reason)
{
	said.nvalues = WORKER_VALUES_MAX;
	ck_assert_int_eq(judged(), 0);
	said.nvalues++;
	ck_assert_int_eq(judged(), -1);
	said.nvalues = 1;
	values[0].name = "coun"; /* the beginning of a declared one */
	ck_assert_int_eq(judged(), -1);
	values[0].name = NULL;
	ck_assert_int_eq(judged(), -1);
	values[0].name = "count";
	values[0].value.u64 = UINT64_MAX;
	ck_assert_int_eq(judged(), -1);
	said.values = NULL;
	ck_assert_int_eq(judged(), -1);
}
END_TEST

START_TEST(a_verdict_cites_what_was_observed)
{
	static uint32_t ids[WORKER_OBSERVATIONS_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		ids[i] = 1;
	said.observations = ids;
	said.nobservations = WORKER_OBSERVATIONS_MAX;
	ck_assert_int_eq(judged(), 0);
	said.nobservations++;
	ck_assert_int_eq(judged(), -1);
	said.nobservations = 1;
	ids[0] = 0;
	ck_assert_int_eq(judged(), -1);
	ids[0] = 3;
	ck_assert_int_eq(judged(), -1);
	said.observations = NULL;
	ck_assert_int_eq(judged(), -1);
}
END_TEST

START_TEST(a_claim_is_a_check_and_a_kind)
{
	said.kind = ASSAY_SUFFICIENCY;
	ck_assert(!worker_check_is_claimed(&probe, &said));
	said.kind = ASSAY_COMPLETENESS;
	said.check = "NET-02";
	ck_assert(!worker_check_is_claimed(&probe, &said));
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("worker_check");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, what_keeps_to_it_is_taken);
	tcase_add_test(tc, names_and_texts_have_their_bounds);
	tcase_add_loop_test(tc, a_bad_claim_is_refused, 0, COUNT(bad_claims));
	tcase_add_loop_test(
	    tc, a_bad_parameter_is_refused, 0, COUNT(bad_params));
	tcase_add_loop_test(tc, a_bad_field_is_refused, 0, COUNT(bad_fields));
	tcase_add_loop_test(tc, a_bad_reason_is_refused, 0, COUNT(bad_reasons));
	tcase_add_loop_test(tc, tables_have_an_end, 0, 2);
	tcase_add_test(tc, numbers_have_their_bounds);
	tcase_add_test(tc, frames_want_the_link);
	tcase_add_test(tc, a_value_has_its_bounds);
	tcase_add_test(tc, an_observation_is_of_a_declared_field);
	tcase_add_test(tc, selectors_have_their_bounds);
	tcase_add_test(tc, a_verdict_has_a_check_a_value_and_a_declared_reason);
	tcase_add_test(tc, a_verdict_s_values_are_those_of_its_reason);
	tcase_add_test(tc, a_verdict_cites_what_was_observed);
	tcase_add_test(tc, a_claim_is_a_check_and_a_kind);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
