/*
 * check_probe_words: what many probes share of the contract, over a fake job:
 * which addresses, what is declared for them, how it is told and read.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"

static const struct assay_claim claims[] = {
	{ "TEST-01", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};
static const struct assay_param params[] = {
	ASSAY_ADDRESSES("Which are asked."),
	ASSAY_MAX_PPS,
	ASSAY_PATIENCE,
	ASSAY_HANDSHAKE,
	{ .name = NULL },
};
static const struct assay_field fields[] = {
	{ "number", ASSAY_TYPE_U64, "", "a number" },
	{ "half.number", ASSAY_TYPE_U64, "", "another" },
	{ "text", ASSAY_TYPE_STRING, "", "a text" },
	ASSAY_BESIDE_FIELDS,
	{ .name = NULL },
};
static const struct assay_reason reasons[] = {
	{ "words.said", "" },
	{ .code = NULL },
};

static void
run(struct assay_job *job)
{
	assay_finish(job);
}

static void
judge(struct assay_job *job)
{
	(void)job;
}

static const struct assay_probe probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "words",
	.title = "nothing is asked",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = fields,
	.reasons = reasons,
	.medium = ASSAY_MEDIUM_IP,
	.timeout_ms = 1000,
	.run = run,
	.judge = judge,
};

static struct assay_job *job;
static const struct assay_target *v4, *link6, *ula6, *other4;

static void
setup(void)
{
	job = fake_job_new(&probe);
	v4 = fake_job_add_target_text(job, "10.77.0.10");
	link6 = fake_job_add_target_text(job, "fe80::10");
	ula6 = fake_job_add_target_text(job, "fd00:77::10");
	other4 = fake_job_add_target_text(job, "10.77.0.11");
}

static void
teardown(void)
{
	fake_job_free(job);
}

/* ---- which addresses ---- */

START_TEST(every_address_of_the_chosen_families_comes_once)
{
	static const char *const chosen[] = { "all", "ipv4", "ipv6" };
	const struct assay_target *const expected[][5] = {
		{ v4, link6, ula6, other4, NULL },
		{ v4, other4, NULL },
		{ link6, ula6, NULL },
	};
	size_t next = 0, i = 0;

	fake_job_param(job, "addresses", chosen[_i]);
	ck_assert_int_eq(assay_is_chosen(job, 4), _i != 2);
	ck_assert_int_eq(assay_is_chosen(job, 6), _i != 1);
	do
		ck_assert_ptr_eq(
		    assay_target_next(job, &next), expected[_i][i]);
	while (expected[_i][i++] != NULL);
	ck_assert_ptr_null(assay_target_next(job, &next));
}
END_TEST

START_TEST(the_first_address_of_each_chosen_family_comes_once)
{
	static const char *const chosen[] = { "all", "ipv4", "ipv6" };
	const struct assay_target *const expected[][3] = {
		{ v4, link6, NULL },
		{ v4, NULL },
		{ link6, NULL },
	};
	size_t next = 0, i = 0;

	fake_job_param(job, "addresses", chosen[_i]);
	do
		ck_assert_ptr_eq(
		    assay_target_next_family(job, &next), expected[_i][i]);
	while (expected[_i][i++] != NULL);
}
END_TEST

/* ---- what is declared ---- */

static void
declare(enum assay_transport transport, uint16_t first, uint16_t last,
    uint8_t family, bool optional)
{
	const struct assay_declared_port d = { transport, first, last, family,
		"", optional };

	fake_job_declare(job, &d);
}

START_TEST(declared_ports_are_those_of_the_transport_and_the_family)
{
	struct assay_ports ports;
	char text[64];

	declare(ASSAY_TCP, 21, 21, 0, true);
	declare(ASSAY_TCP, 80, 82, 6, false);
	declare(ASSAY_TCP, 443, 443, 0, false);
	declare(ASSAY_UDP, 53, 53, 0, false);
	assay_declared_ports(job, ASSAY_TCP, v4, false, &ports);
	ck_assert_str_eq(
	    assay_ports_format(&ports, text, sizeof(text)), "21,443");
	assay_declared_ports(job, ASSAY_TCP, v4, true, &ports);
	ck_assert_str_eq(assay_ports_format(&ports, text, sizeof(text)), "443");
	assay_declared_ports(job, ASSAY_TCP, ula6, true, &ports);
	ck_assert_str_eq(
	    assay_ports_format(&ports, text, sizeof(text)), "80-82,443");
	ck_assert_uint_eq(assay_declared_tcp_port(job, v4), 443);
	ck_assert_uint_eq(assay_declared_tcp_port(job, ula6), 80);
}
END_TEST

START_TEST(port_80_answers_when_nothing_else_is_declared)
{
	ck_assert_uint_eq(assay_declared_tcp_port(job, v4), 80);
	declare(ASSAY_UDP, 53, 53, 0, false);
	declare(ASSAY_TCP, 21, 21, 0, true);
	ck_assert_uint_eq(assay_declared_tcp_port(job, v4), 80);
}
END_TEST

/* ---- telling ---- */

START_TEST(an_observation_has_its_subject_its_value_and_its_frames)
{
	const struct assay_frames f =
	    assay_frames_of(ASSAY_UDP, ula6, 61000, 53, "asked");
	const struct assay_observation *o;

	ck_assert_uint_eq(assay_observe_on(job, ASSAY_ON(ula6, 53), "text",
			      ASSAY_STRING("dns"), &f, 1),
	    1);
	ck_assert_uint_eq(
	    assay_observe_count(job, ASSAY_ON(NULL, 0), "number", 7), 2);
	o = fake_job_observation(job, 0);
	ck_assert_ptr_eq(o->target, ula6);
	ck_assert_uint_eq(o->port, 53);
	ck_assert_str_eq(o->value.string, "dns");
	ck_assert_uint_eq(o->nframes, 1);
	ck_assert_uint_eq(o->frames[0].ip_proto, 17);
	ck_assert_ptr_eq(o->frames[0].target, ula6);
	ck_assert_uint_eq(o->frames[0].local_first, 61000);
	ck_assert_uint_eq(o->frames[0].local_last, 61000);
	ck_assert_uint_eq(o->frames[0].remote_first, 53);
	ck_assert_uint_eq(o->frames[0].remote_last, 53);
	ck_assert_str_eq(o->frames[0].comment, "asked");
	o = fake_job_observation(job, 1);
	ck_assert_ptr_null(o->target);
	ck_assert_uint_eq(o->port, 0);
	ck_assert_uint_eq(o->value.u64, 7);
	ck_assert_uint_eq(o->nframes, 0);
}
END_TEST

START_TEST(the_control_of_a_sweep_is_good_when_most_checks_came_back)
{
	static const struct {
		uint64_t checks, lost;
		bool good;
	} rows[] = {
		{ 0, 0, false },
		{ 1, 0, true },
		{ 10, 4, true },
		{ 10, 5, false },
		{ 10, 10, false },
	};
	const struct assay_sweep_stats stats = { .checks = rows[_i].checks,
		.checks_lost = rows[_i].lost };

	assay_control_during(job, &stats,
	    assay_observe_count(job, ASSAY_ON(v4, 0), "number", 1));
	ck_assert_uint_eq(
	    fake_job_control_count(job, ASSAY_DURING, rows[_i].good), 1);
	ck_assert_uint_eq(
	    fake_job_control_count(job, ASSAY_DURING, !rows[_i].good), 0);
}
END_TEST

START_TEST(outages_are_noted_when_there_were_any)
{
	struct assay_sweep_stats stats = { .max_pps = 800, .sent = 9000 };

	assay_note_pace(job, &stats);
	ck_assert_uint_eq(fake_job_note(job, "pace.max_pps")->u64, 800);
	ck_assert_uint_eq(fake_job_note(job, "pace.sent")->u64, 9000);
	ck_assert_ptr_null(fake_job_note(job, "pace.outages"));
	stats.outages = 2;
	stats.reboots = 1;
	stats.asleep_ns = 5;
	assay_note_pace(job, &stats);
	ck_assert_uint_eq(fake_job_note(job, "pace.outages")->u64, 2);
	ck_assert_uint_eq(fake_job_note(job, "pace.reboots")->u64, 1);
	ck_assert_uint_eq(fake_job_note(job, "pace.asleep_ns")->u64, 5);
	ck_assert_ptr_null(fake_job_note(job, "pace.awake_ns"));
}
END_TEST

START_TEST(notes_of_one_name_are_one_and_the_last_counts)
{
	struct assay_sweep_stats stats = { .max_pps = 0 };
	unsigned address;

	for (address = 0; address < 24; address++) {
		stats.max_pps = address;
		assay_note_pace(job, &stats);
	}
	ck_assert_uint_eq(fake_job_note(job, "pace.max_pps")->u64, 23);
}
END_TEST

/* ---- reading ---- */

struct seen {
	unsigned n;
	uint32_t ids[4];
	uint64_t number, half;
};

static void
see(void *arg, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = arg;
	const struct assay_counter whole[] = { { "number", &s->number } };
	const struct assay_counter half[] = { { "number", &s->half } };

	s->ids[s->n++] = id;
	assay_see_count(o, o->field, whole, 1);
	if (strncmp(o->field, "half.", 5) == 0)
		assay_see_count(o, o->field + 5, half, 1);
}

START_TEST(a_judge_sees_what_is_of_the_address_and_nothing_else)
{
	struct seen s = { 0 };

	assay_observe_count(job, ASSAY_ON(v4, 0), "number", 1);
	assay_observe_count(job, ASSAY_ON(other4, 0), "number", 2);
	assay_observe_count(job, ASSAY_ON(ula6, 0), "number", 3);
	assay_observe_count(job, ASSAY_ON(NULL, 0), "number", 4);
	assay_observe_count(job, ASSAY_ON(v4, 80), "half.number", 5);
	assay_see_all(job, v4, see, &s);
	ck_assert_uint_eq(s.n, 2);
	ck_assert_uint_eq(s.ids[0], 1);
	ck_assert_uint_eq(s.ids[1], 5);
	ck_assert_uint_eq(s.number, 1);
	ck_assert_uint_eq(s.half, 5);
}
END_TEST

/* ---- doubts: each of them keeps a pass away ---- */

START_TEST(silence_beside_a_responder_is_doubted_for_one_thing_at_a_time)
{
	static const struct {
		struct assay_beside_seen seen;
		uint64_t unsettled;
		enum assay_doubt doubt;
	} rows[] = {
		{ { "complete", true, true, 1, 2 }, 0, ASSAY_DOUBT_NONE },
		{ { "complete", false, false, 1, 2 }, 0,
		    ASSAY_DOUBT_NO_RESPONDER },
		{ { "gone", true, true, 1, 2 }, 0, ASSAY_DOUBT_GONE },
		{ { "unsettled", true, true, 1, 2 }, 0, ASSAY_DOUBT_UNSETTLED },
		{ { "stopped", true, true, 1, 2 }, 0, ASSAY_DOUBT_UNSETTLED },
		{ { "complete", true, true, 1, 2 }, 1, ASSAY_DOUBT_UNSETTLED },
		{ { "complete", true, false, 1, 2 }, 0, ASSAY_DOUBT_CONTROL },
	};

	ck_assert_int_eq(assay_beside_doubt(&rows[_i].seen, rows[_i].unsettled),
	    rows[_i].doubt);
}
END_TEST

START_TEST(a_round_is_doubted_for_one_thing_at_a_time)
{
	static const struct {
		const char *end;
		uint64_t asked, answered, unsettled;
		bool control;
		enum assay_doubt doubt;
	} rows[] = {
		{ "complete", 65535, 9, 0, true, ASSAY_DOUBT_NONE },
		{ "complete", 65535, 0, 0, true, ASSAY_DOUBT_NO_RESPONDER },
		{ "gone", 65535, 9, 0, true, ASSAY_DOUBT_GONE },
		{ "complete", 65534, 9, 0, true, ASSAY_DOUBT_PARTIAL },
		{ "unsettled", 65535, 9, 0, true, ASSAY_DOUBT_UNSETTLED },
		{ "complete", 65535, 9, 1, true, ASSAY_DOUBT_UNSETTLED },
		{ "complete", 65535, 9, 0, false, ASSAY_DOUBT_CONTROL },
	};
	const struct assay_tcp_round_seen seen = { .end = rows[_i].end,
		.asked = rows[_i].asked,
		.answered = rows[_i].answered,
		.unsettled = rows[_i].unsettled,
		.control = rows[_i].control };

	ck_assert_int_eq(assay_tcp_round_doubt(&seen), rows[_i].doubt);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("probe_words");
	TCase *c = tcase_create("words");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(
	    c, every_address_of_the_chosen_families_comes_once, 0, 3);
	tcase_add_loop_test(
	    c, the_first_address_of_each_chosen_family_comes_once, 0, 3);
	tcase_add_test(
	    c, declared_ports_are_those_of_the_transport_and_the_family);
	tcase_add_test(c, port_80_answers_when_nothing_else_is_declared);
	tcase_add_test(
	    c, an_observation_has_its_subject_its_value_and_its_frames);
	tcase_add_loop_test(
	    c, the_control_of_a_sweep_is_good_when_most_checks_came_back, 0, 5);
	tcase_add_test(c, outages_are_noted_when_there_were_any);
	tcase_add_test(c, notes_of_one_name_are_one_and_the_last_counts);
	tcase_add_test(c, a_judge_sees_what_is_of_the_address_and_nothing_else);
	tcase_add_loop_test(c,
	    silence_beside_a_responder_is_doubted_for_one_thing_at_a_time, 0,
	    7);
	tcase_add_loop_test(
	    c, a_round_is_doubted_for_one_thing_at_a_time, 0, 7);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
