/*
 * check_worker_parts: the worker's pure parts: sets of ports, parameters, and
 * whether a probe keeps to its descriptor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/msg.h"
#include "daemon/worker/worker_check.h"
#include "daemon/shared/worker_exit.h"
#include "daemon/worker/worker_params.h"
#include "daemon/worker/worker_wire.h"

/* ---- ports ---- */

START_TEST(ports_are_formatted_as_they_are_parsed)
{
	static const struct {
		const char *text, *formatted;
		size_t count;
	} rows[] = {
		{ "", "", 0 },
		{ "0", "0", 1 },
		{ "65535", "65535", 1 },
		{ "22,80,1000-2000", "22,80,1000-2000", 1003 },
		{ "80,22", "22,80", 2 },
		{ "1-10,5-20,21", "1-21", 21 },
		{ "0-65535", "0-65535", 65536 },
		{ "63,64,65", "63-65", 3 },
		{ "63-64,128", "63-64,128", 3 },
	};
	struct assay_ports set;
	char out[64];

	ck_assert_int_eq(assay_ports_parse(&set, rows[_i].text), 0);
	ck_assert_uint_eq(assay_ports_count(&set), rows[_i].count);
	ck_assert_str_eq(
	    assay_ports_format(&set, out, sizeof(out)), rows[_i].formatted);
}
END_TEST

START_TEST(what_is_no_set_of_ports_is_refused)
{
	static const char *const rows[] = { ",", "1,", ",1", "1,,2", "65536",
		"99999999999", "2-1", "1-", "-1", "1-2-3", " 1", "1 ", "+1",
		"01", "0x10", "a" };
	struct assay_ports set;

	ck_assert_msg(
	    assay_ports_parse(&set, rows[_i]) == -1, "took '%s'", rows[_i]);
}
END_TEST

START_TEST(sets_of_ports_are_sets)
{
	struct assay_ports a, b, c;
	char out[64];

	assay_ports_parse(&a, "1-100,200");
	assay_ports_parse(&b, "50-60,300");
	c = a;
	assay_ports_subtract(&c, &b);
	ck_assert_str_eq(
	    assay_ports_format(&c, out, sizeof(out)), "1-49,61-100,200");
	c = a;
	assay_ports_intersect(&c, &b);
	ck_assert_str_eq(assay_ports_format(&c, out, sizeof(out)), "50-60");
	c = a;
	assay_ports_unite(&c, &b);
	ck_assert_str_eq(
	    assay_ports_format(&c, out, sizeof(out)), "1-100,200,300");
	ck_assert(assay_ports_has(&c, 300));
	ck_assert(!assay_ports_has(&c, 301));
}
END_TEST

/* A cut list must be seen to be cut, at every size, and never overrun. */
START_TEST(list_of_ports_that_does_not_fit_says_so)
{
	struct assay_ports set;
	char out[32];
	size_t size, n;

	assay_ports_parse(&set, "10,20,30-40");
	for (size = 1; size <= 12; size++) {
		memset(out, 'X', sizeof(out));
		assay_ports_format(&set, out, size);
		n = strlen(out);
		ck_assert_uint_lt(n, size);
		ck_assert_int_eq(out[size], 'X');
		if (size == 12)
			ck_assert_str_eq(out, "10,20,30-40");
		else if (size >= 4)
			ck_assert_str_eq(out + n - 3, "\xe2\x80\xa6");
	}
	assay_ports_format(&set, out, 6);
	ck_assert_str_eq(out, "10\xe2\x80\xa6");
}
END_TEST

/* ---- parameters ---- */

static const struct assay_param table[] = {
	{ "count", ASSAY_PARAM_U64, "3", 1, 9, NULL, "Help." },
	{ "free", ASSAY_PARAM_U64, "0", 0, 0, NULL, "Help." },
	{ "loud", ASSAY_PARAM_BOOL, "false", 0, 0, NULL, "Help." },
	{ "limit", ASSAY_PARAM_DURATION, "250ms", 1000, 3000000000, NULL,
	    "Help." },
	{ "ports", ASSAY_PARAM_PORTS, "1-65535", 0, 0, NULL, "Help." },
	{ "which", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6", "Help." },
	{ "word", ASSAY_PARAM_STRING, "", 0, 0, NULL, "Help." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

START_TEST(parameters_have_their_defaults)
{
	struct worker_params *p;
	struct err e;

	p = worker_params_new(table, &e);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(
	    worker_params_get(p, "count", ASSAY_PARAM_U64)->u64, 3);
	/* whole seconds would have made this 0 */
	ck_assert_uint_eq(
	    worker_params_get(p, "limit", ASSAY_PARAM_DURATION)->u64,
	    250000000);
	ck_assert_uint_eq(
	    assay_ports_count(
		worker_params_get(p, "ports", ASSAY_PARAM_PORTS)->ports),
	    65535);
	ck_assert_str_eq(
	    worker_params_get(p, "which", ASSAY_PARAM_STRING)->text, "all");
	ck_assert_ptr_null(worker_params_get(p, "count", ASSAY_PARAM_BOOL));
	ck_assert_ptr_null(worker_params_get(p, "nothing", ASSAY_PARAM_U64));
	worker_params_free(p);
}
END_TEST

START_TEST(parameter_is_taken_or_refused_with_a_reason)
{
	static const struct {
		const char *name, *value, *why; /* NULL: taken */
	} rows[] = {
		{ "count", "9", NULL },
		{ "count", "10", "count: expected 1 to 9" },
		{ "count", "0", "count: expected 1 to 9" },
		{ "count", "-1", "count: expected a whole number" },
		{ "count", "", "count: expected a whole number" },
		{ "free", "18446744073709551615", NULL },
		{ "free", "18446744073709551616",
		    "free: expected a whole number" },
		{ "loud", "true", NULL },
		{ "loud", "yes", "loud: expected true or false" },
		{ "limit", "3s", NULL },
		{ "limit", "3001ms", "limit: expected 1000 to 3000000000 ns" },
		{ "limit", "3", "limit: expected a duration such as 250ms" },
		{ "ports", "22,80", NULL },
		{ "ports", "80-22", "ports: expected ports such as 22,80-90" },
		{ "which", "ipv6", NULL },
		{ "which", "ipv", "which: expected one of all|ipv4|ipv6" },
		{ "which", "", "which: expected one of all|ipv4|ipv6" },
		{ "which", "all|ipv4", "which: expected one of all|ipv4|ipv6" },
		{ "word", "anything at all", NULL },
		{ "wird", "x", "the probe has no such parameter" },
	};
	struct worker_params *p;
	struct err e;
	int r;

	p = worker_params_new(table, &e);
	r = worker_params_set(p, rows[_i].name, rows[_i].value, &e);
	if (rows[_i].why == NULL)
		ck_assert_int_eq(r, 0);
	else {
		ck_assert_int_eq(r, -1);
		ck_assert_str_eq(e.text, rows[_i].why);
	}
	worker_params_free(p);
}
END_TEST

START_TEST(default_that_does_not_parse_is_refused)
{
	static const struct assay_param bad[][3] = {
		{ { "a", ASSAY_PARAM_U64, "x", 0, 0, NULL, "Help." } },
		{ { "a", ASSAY_PARAM_U64, NULL, 0, 0, NULL, "Help." } },
		{ { "a", ASSAY_PARAM_U64, "5", 1, 4, NULL, "Help." } },
		{ { "a", ASSAY_PARAM_CHOICE, "x", 0, 0, NULL, "Help." } },
		{ { "a", 77, "x", 0, 0, NULL, "Help." } },
		{ { "a", ASSAY_PARAM_BOOL, "true", 0, 0, NULL, "Help." },
		    { "a", ASSAY_PARAM_BOOL, "true", 0, 0, NULL, "Help." } },
	};
	struct err e;

	ck_assert_ptr_null(worker_params_new(bad[_i], &e));
}
END_TEST

/* ---- the descriptor's promises ---- */

static const struct assay_claim claims[] = {
	{ "NET-01", ASSAY_COMPLETENESS },
	{ NULL, 0 },
};
static const struct assay_field fields[] = {
	{ "port.open", ASSAY_TYPE_PORTS, "port", "Help." },
	{ "text", ASSAY_TYPE_STRING, "", "Help." },
	{ "n", ASSAY_TYPE_U64, "", "Help." },
	{ NULL, 0, NULL, NULL },
};
static const struct assay_reason reasons[] = {
	{ "tcp.ok", "ports count" },
	{ "tcp.plain", "" },
	{ NULL, NULL },
};

static void
judge_nothing(struct assay_job *job)
{
	(void)job;
}

static struct assay_probe
good_probe(void)
{
	struct assay_probe p = {
		.abi = ASSAY_ABI,
		.size = sizeof(struct assay_probe),
		.name = "tcp.ports",
		.title = "no undeclared port is open",
		.method = 1,
		.claims = claims,
		.params = table,
		.observations = fields,
		.reasons = reasons,
		.medium = ASSAY_MEDIUM_IP,
		.impact = ASSAY_ACTIVE,
		.timeout_ms = 1000,
		.run = judge_nothing,
		.judge = judge_nothing,
	};

	return p;
}

START_TEST(good_descriptor_is_taken)
{
	struct assay_probe p = good_probe();
	struct err e;

	ck_assert_msg(
	    worker_check_probe(&p, "tcp.ports", &e) == 0, "%s", e.text);
}
END_TEST

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	(void)job;
	(void)frame;
}

START_TEST(bad_descriptor_is_refused_with_a_reason)
{
	static const struct assay_claim bad_kind[] = { { "X", 9 },
		{ NULL, 0 } };
	struct assay_probe p = good_probe();
	const char *why = "";
	struct err e;

	switch (_i) {
	case 0:
		p.abi = 7;
		why = "made for abi 7, this is abi 1";
		break;
	case 1:
		p.size -= 8;
		why = "descriptor of";
		break;
	case 2:
		p.name = "udp.ports";
		why = "its name is udp.ports";
		break;
	case 3:
		p.name = "../../etc";
		why = "its name is bad";
		break;
	case 4:
		p.title = NULL;
		why = "has no title";
		break;
	case 5:
		p.claims = NULL;
		why = "claims nothing";
		break;
	case 6:
		p.claims = bad_kind;
		why = "claims: entry 1 is bad";
		break;
	case 7:
		p.reasons = NULL;
		why = "has no reasons";
		break;
	case 8:
		p.method = 0;
		why = "method version is 0";
		break;
	case 9:
		p.needs = 1u << 30;
		why = "unknown needs";
		break;
	case 10:
		p.judge = NULL;
		why = "has no judge";
		break;
	case 11:
		p.run = NULL;
		why = "has neither run nor on_frame";
		break;
	case 12:
		p.on_frame = on_frame;
		why = "has on_frame and does not need the link";
		break;
	default:
		p.timeout_ms = 0;
		why = "has no deadline";
		break;
	}
	ck_assert_int_eq(worker_check_probe(&p, "tcp.ports", &e), -1);
	ck_assert_msg(strstr(e.text, why) == e.text, "%s", e.text);
}
END_TEST

START_TEST(observation_keeps_to_the_descriptor)
{
	static char large[WORKER_STRING_MAX + 2];
	static struct assay_ports every_other;
	const struct assay_frames frames[WORKER_FRAMES_MAX + 1] = { { 0 } };
	const struct assay_frames reversed = { .local_first = 2 };
	const struct assay_probe p = good_probe();
	struct assay_observation o = { .field = "n", .value = ASSAY_U64(1) };
	const char *why = NULL;
	struct err e;
	uint32_t port;

	switch (_i) {
	case 0:
		break; /* good */
	case 1:
		o.field = "m";
		why = "m: field is not declared";
		break;
	case 2:
		o.value = ASSAY_BOOL(true);
		why = "n: not of the declared type";
		break;
	case 3:
		o.value = ASSAY_U64(UINT64_C(1) << 63);
		why = "n: over 63 bits";
		break;
	case 4:
		memset(large, 'x', WORKER_STRING_MAX + 1);
		o.field = "text";
		o.value = ASSAY_STRING(large);
		why = "text: string over 4096 bytes";
		break;
	case 5: /* 32,768 single ports: over 180 kB as text */
		for (port = 0; port < 65536; port += 2)
			assay_ports_add(
			    &every_other, (uint16_t)port, (uint16_t)port);
		o.field = "port.open";
		o.value = ASSAY_PORTS(&every_other);
		why = "port.open: ports are over 16384 bytes as text";
		break;
	case 6:
		o.frames = frames;
		o.nframes = WORKER_FRAMES_MAX + 1;
		why = "n: over 8 selectors of frames";
		break;
	default:
		o.frames = &reversed;
		o.nframes = 1;
		why = "n: a range of ports ends early";
		break;
	}
	if (why == NULL)
		ck_assert_int_eq(worker_check_observation(&p, &o, &e), 0);
	else {
		ck_assert_int_eq(worker_check_observation(&p, &o, &e), -1);
		ck_assert_str_eq(e.text, why);
	}
}
END_TEST

START_TEST(verdict_keeps_to_the_descriptor)
{
	static const uint32_t ids[] = { 1, 3 }, zero = 0;
	const struct assay_probe p = good_probe();
	const struct assay_named_value value = { "count", ASSAY_U64(1) };
	struct assay_verdict v = {
		.check = "NET-01",
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_PASS,
		.reason = "tcp.ok",
		.values = &value,
		.nvalues = 1,
		.observations = ids,
		.nobservations = 2,
	};
	const char *why = NULL;
	struct err e;

	ck_assert(worker_check_is_claimed(&p, &v));
	switch (_i) {
	case 0:
		break; /* good */
	case 1:
		v.reason = "tcp.other";
		why = "NET-01: reason tcp.other is not declared";
		break;
	case 2:
		v.reason = "tcp.plain";
		why = "NET-01: reason tcp.plain has no value count";
		break;
	case 3:
		v.value = ASSAY_FAIL + 1; /* error: the runtime's alone */
		why = "NET-01: a probe may not say 6";
		break;
	case 4:
		v.value = 1; /* na: the profile's alone */
		why = "NET-01: a probe may not say 1";
		break;
	case 5:
		v.observations = &zero;
		v.nobservations = 1;
		why = "NET-01: there is no observation 0";
		break;
	default:
		v.kind = ASSAY_SUFFICIENCY;
		ck_assert(!worker_check_is_claimed(&p, &v));
		break; /* the engine's to refuse */
	}
	if (why == NULL)
		ck_assert_int_eq(worker_check_verdict(&p, &v, 3, &e), 0);
	else {
		ck_assert_int_eq(worker_check_verdict(&p, &v, 3, &e), -1);
		ck_assert_str_eq(e.text, why);
	}
	ck_assert_int_eq(worker_check_verdict(&p, &v, 2, &e), -1);
}
END_TEST

/* ---- on the wire ---- */

START_TEST(observation_comes_back_as_it_was_written)
{
	static struct msg_out out;
	static struct worker_recorded r;
	struct assay_target target = { .family = 6, .text = "fe80::10" };
	const struct assay_frames frames = { .target = &target,
		.comment = "here" };
	struct worker_facts facts = { 0 };
	struct assay_ports ports;
	struct assay_observation o = {
		.field = "port.open",
		.target = &target,
		.port = 443,
		.frames = &frames,
		.nframes = 1,
	};
	struct msg_in in;

	target.addr[0] = 0xfe;
	target.addr[15] = 0x10;
	worker_facts_add_target(&facts, &target);
	assay_ports_parse(&ports, "1-3,443");
	o.value = ASSAY_PORTS(&ports);
	msg_start(&out, 1);
	worker_wire_put_observation(&out, 7, &o);
	memset(&in, 0, sizeof(in));
	in.p = out.body;
	in.end = out.body + out.size;
	ck_assert_int_eq(worker_wire_get_observation(&in, &r, &facts), 0);
	ck_assert_uint_eq(r.id, 7);
	ck_assert_str_eq(r.observation.field, "port.open");
	ck_assert_ptr_eq(r.observation.target, facts.targets[0]);
	ck_assert_uint_eq(r.observation.port, 443);
	ck_assert_int_eq(r.observation.value.type, ASSAY_TYPE_PORTS);
	ck_assert_mem_eq(r.observation.value.ports, &ports, sizeof(ports));
	free(r.text);
	/* Each shorter one is refused, none is read over its end. */
	for (size_t n = 0; n < out.size; n++) {
		memset(&in, 0, sizeof(in));
		in.p = out.body;
		in.end = out.body + n;
		ck_assert_int_eq(
		    worker_wire_get_observation(&in, &r, &facts), -1);
		free(r.text);
	}
	worker_facts_free(&facts);
}
END_TEST

START_TEST(exit_status_tells_a_signal_from_an_exit)
{
	ck_assert(!worker_exit_is_signal(0));
	ck_assert(!worker_exit_is_signal(127));
	ck_assert(worker_exit_is_signal(139));
	ck_assert_int_eq(worker_exit_signal(139), 11);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker parts");
	TCase *c = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(c, ports_are_formatted_as_they_are_parsed, 0, 9);
	tcase_add_loop_test(c, what_is_no_set_of_ports_is_refused, 0, 16);
	tcase_add_test(c, sets_of_ports_are_sets);
	tcase_add_test(c, list_of_ports_that_does_not_fit_says_so);
	tcase_add_test(c, parameters_have_their_defaults);
	tcase_add_loop_test(
	    c, parameter_is_taken_or_refused_with_a_reason, 0, 20);
	tcase_add_loop_test(c, default_that_does_not_parse_is_refused, 0, 6);
	tcase_add_test(c, good_descriptor_is_taken);
	tcase_add_loop_test(c, bad_descriptor_is_refused_with_a_reason, 0, 14);
	tcase_add_loop_test(c, observation_keeps_to_the_descriptor, 0, 8);
	tcase_add_loop_test(c, verdict_keeps_to_the_descriptor, 0, 7);
	tcase_add_test(c, observation_comes_back_as_it_was_written);
	tcase_add_test(c, exit_status_tells_a_signal_from_an_exit);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
