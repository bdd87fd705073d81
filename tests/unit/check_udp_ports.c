/*
 * udp.ports against simulated devices, and its judge alone: each reason is
 * shown, and what must not pass does not.
 */
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"
#include "tests/unit/udp_device.h"

#include "probes/udp_ports.c"
#include "probes/udp_ports/judge.c"

static struct udp_device device;
static struct assay_job *job;
static const struct assay_target *v4;

static void
declare(uint16_t first, uint16_t last, const char *service, bool optional)
{
	struct assay_declared_port p = { ASSAY_UDP, first, last, 0, service,
		optional };

	fake_job_declare(job, &p);
}

static void
setup(void)
{
	udp_device_init(&device, 1);
	job = fake_job_new(&assay_probe);
	fake_job_param(job, "addresses", "ipv4");
	v4 = fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_send(job, udp_device_on_send, &device);
	fake_job_on_talk(job, udp_device_on_talk, &device);
}

static void
teardown(void)
{
	fake_job_free(job);
}

static void
is(const char *check, enum assay_kind kind, enum assay_verdict_value value,
    const char *reason)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, check, kind, NULL);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
}

static void
completeness(enum assay_verdict_value value, const char *reason)
{
	is("NET-02", ASSAY_COMPLETENESS, value, reason);
}

static void
sufficiency(enum assay_verdict_value value, const char *reason)
{
	is("NET-02", ASSAY_SUFFICIENCY, value, reason);
}

static void
ports_are(enum assay_kind kind, const char *ports)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "NET-02", kind, NULL);
	char text[200];

	assay_ports_format(
	    fake_job_verdict_value(v, "ports")->ports, text, sizeof(text));
	ck_assert_str_eq(text, ports);
}

static void
go(void)
{
	ck_assert(fake_job_all(job, 4000 * SECOND));
}

/* ---- whole runs ---- */

START_TEST(as_declared_passes)
{
	assay_ports_add(&device.open, 5683, 5684);
	declare(5683, 5684, "coap", false);
	go();
	completeness(ASSAY_PASS, "udp.ports_as_declared");
	sufficiency(ASSAY_PASS, "udp.declared_answer");
	ck_assert_ptr_nonnull(fake_job_note(job, "pace.max_pps"));
	ck_assert_uint_eq(fake_job_note(job, "sources.used")->u64, 1);
}
END_TEST

START_TEST(no_port_declared_and_none_open_passes)
{
	fake_job_declares(job, ASSAY_UDP);
	go();
	completeness(ASSAY_PASS, "udp.ports_as_declared");
	sufficiency(ASSAY_INFO, "udp.nothing_required");
}
END_TEST

START_TEST(an_undeclared_answer_fails)
{
	assay_ports_add(&device.open, 161, 161);
	assay_ports_add(&device.elsewhere, 69, 69);
	fake_job_param(job, "ports", "1-500");
	declare(53, 53, "dns", true);
	go();
	completeness(ASSAY_FAIL, "udp.undeclared_open");
	ports_are(ASSAY_COMPLETENESS, "69,161");
	ck_assert_uint_eq(fake_job_find(job, "answer", v4)->nframes, 1);
}
END_TEST

START_TEST(ipv6_is_judged_by_itself)
{
	fake_job_param(job, "addresses", "ipv6");
	fake_job_param(job, "ports", "1-500");
	fake_job_add_target_text(job, "fe80::10");
	assay_ports_add(&device.open, 161, 161);
	fake_job_declares(job, ASSAY_UDP);
	go();
	is("NET-03", ASSAY_COMPLETENESS, ASSAY_FAIL, "udp.undeclared_open");
	ck_assert_ptr_null(
	    fake_job_find_verdict(job, "NET-02", ASSAY_COMPLETENESS, NULL));
}
END_TEST

START_TEST(an_address_that_is_not_there_is_said)
{
	fake_job_param(job, "addresses", "ipv6");
	fake_job_declares(job, ASSAY_UDP);
	go();
	is("NET-03", ASSAY_COMPLETENESS, ASSAY_INCONC, "udp.no_address");
}
END_TEST

START_TEST(silence_is_open_or_filtered)
{
	fake_job_param(job, "ports", "1-500");
	assay_ports_add(&device.silent, 19, 20);
	fake_job_declares(job, ASSAY_UDP);
	go();
	completeness(ASSAY_INCONC, "udp.open_or_filtered");
	ports_are(ASSAY_COMPLETENESS, "19-20");
}
END_TEST

START_TEST(a_declared_silence_is_no_hindrance)
{
	assay_ports_add(&device.silent, 514, 514);
	declare(514, 514, "syslog", false);
	go();
	completeness(ASSAY_PASS, "udp.ports_as_declared");
	sufficiency(ASSAY_INCONC, "udp.declared_unknown");
	ports_are(ASSAY_SUFFICIENCY, "514");
}
END_TEST

START_TEST(a_service_that_must_answer_is_missing_when_silent)
{
	fake_job_param(job, "ports", "1-500");
	assay_ports_add(&device.silent, 123, 123);
	declare(123, 123, "ntp", false);
	go();
	sufficiency(ASSAY_FAIL, "udp.declared_missing");
	ports_are(ASSAY_SUFFICIENCY, "123");
}
END_TEST

/* It holds one handshake for each of its addresses (_i 0); or says no more
 * after that (1): then it is shown at the first one that it is served. */
START_TEST(a_service_that_tires_from_one_address_to_the_next_is_not_missing)
{
	static const char *const more[] = { "10.77.0.11", "10.77.0.12",
		"10.77.0.13" };
	const struct assay_verdict *v;
	size_t i, unknown = 0;

	device.holds = 5684;
	device.holds_most = _i == 0 ? 4 : 1;
	assay_ports_add(&device.open, 5684, 5684);
	declare(5684, 5684, "coaps", false);
	for (i = 0; i < 3; i++)
		fake_job_add_target_text(job, more[i]);
	go();
	sufficiency(ASSAY_PASS, "udp.declared_answer");
	for (i = 0; i < assay_target_count(job); i++) {
		v = fake_job_find_verdict(
		    job, "NET-02", ASSAY_SUFFICIENCY, assay_target_at(job, i));
		ck_assert_ptr_nonnull(v);
		ck_assert_int_ne(v->value, ASSAY_FAIL);
		unknown += strcmp(v->reason, "udp.declared_unknown") == 0;
	}
	ck_assert_uint_eq(unknown, _i == 0 ? 0 : 3);
}
END_TEST

START_TEST(a_declared_port_that_is_closed_is_missing)
{
	fake_job_param(job, "ports", "1-500");
	declare(161, 161, "snmp", false);
	declare(123, 123, "ntp", true);
	go();
	sufficiency(ASSAY_FAIL, "udp.declared_missing");
	ports_are(ASSAY_SUFFICIENCY, "161");
	completeness(ASSAY_INCONC, "udp.partial");
}
END_TEST

START_TEST(what_was_not_asked_is_not_missing)
{
	fake_job_param(job, "ports", "1-500");
	declare(5683, 5683, "coap", false);
	go();
	sufficiency(ASSAY_INCONC, "udp.declared_unknown");
}
END_TEST

START_TEST(refused_by_another_is_filtered)
{
	fake_job_param(job, "ports", "1-500");
	assay_ports_add(&device.filtered, 7, 8);
	declare(8, 8, "discard", true);
	go();
	completeness(ASSAY_INCONC, "udp.filtered");
	ports_are(ASSAY_COMPLETENESS, "7");
}
END_TEST

START_TEST(nothing_declared_is_said)
{
	fake_job_param(job, "ports", "1-500");
	assay_ports_add(&device.open, 161, 161);
	go();
	completeness(ASSAY_INCONC, "udp.nothing_declared");
	ck_assert_ptr_null(
	    fake_job_find_verdict(job, "NET-02", ASSAY_SUFFICIENCY, NULL));
}
END_TEST

START_TEST(a_mute_device_shows_nothing)
{
	fake_job_param(job, "ports", "1-500");
	assay_ports_add(&device.silent, 1, 65535);
	declare(123, 123, "ntp", false);
	go();
	completeness(ASSAY_INCONC, "udp.no_responder");
	sufficiency(ASSAY_INCONC, "udp.declared_unknown");
}
END_TEST

START_TEST(a_device_that_goes_is_no_pass)
{
	device.dies_ns = SECOND + SECOND / 2;
	declare(9000, 9000, "coap", false);
	go();
	completeness(ASSAY_INCONC, "udp.device_gone");
	sufficiency(ASSAY_INCONC, "udp.control_bad");
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, false), 1);
}
END_TEST

START_TEST(out_of_time_is_partial)
{
	device.peer_pps = 1;
	device.peer_burst = 6;
	fake_job_param(job, "limit", "30s");
	fake_job_declares(job, ASSAY_UDP);
	go();
	completeness(ASSAY_INCONC, "udp.partial");
	ck_assert_str_eq(
	    fake_job_find(job, "sweep.end", v4)->value.string, "stopped");
}
END_TEST

START_TEST(cancelled_is_no_pass)
{
	size_t i;

	fake_job_declares(job, ASSAY_UDP);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, SECOND);
	fake_job_cancel(job);
	fake_job_judge(job);
	for (i = 0; i < fake_job_verdict_count(job); i++)
		ck_assert_int_eq(fake_job_verdict(job, i)->value, ASSAY_INCONC);
}
END_TEST

/* ---- going on from an earlier job ---- */

static uint8_t left[ASSAY_CHECKPOINT_MAX];
static size_t nleft;

/* It says 200 errors a second: all ports take minutes. */
static void
slow_device(void)
{
	device.all_pps = 200;
	device.all_burst = 50;
	declare(5683, 5684, "coap", false);
	assay_ports_add(&device.open, 5683, 5684);
}

/* A first job, broken off after so long (a restart; or, cancelled, its time
 * was over), and a second of the same device. */
static void
break_off(uint64_t after_ns, bool cancelled)
{
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, after_ns);
	ck_assert(!fake_job_is_finished(job));
	if (cancelled) {
		fake_job_cancel(job);
		fake_job_judge(job);
		completeness(ASSAY_INCONC, "udp.partial");
		ck_assert_ptr_null(fake_job_find_verdict(
		    job, "NET-02", ASSAY_SUFFICIENCY, NULL));
	}
	memcpy(left, fake_job_checkpoint(job, &nleft), sizeof(left));
	ck_assert_uint_gt(nleft, 0);
	if (!cancelled) /* a restart does not; a test gives all back */
		assay_probe.fini(job);
	fake_job_free(job);
	setup();
	slow_device();
	fake_job_resume(job, 7, left, nleft);
}

static uint64_t
value_of(const char *name)
{
	const struct assay_value *v = fake_job_verdict_value(
	    fake_job_find_verdict(job, "NET-02", ASSAY_COMPLETENESS, NULL),
	    name);

	ck_assert_ptr_nonnull(v);
	return v->u64;
}

static unsigned
ports_asked(void)
{
	unsigned port, n = 0;

	for (port = 1; port <= UDP_PORTS_ALL; port++)
		n += device.times[port] > 0;
	return n;
}

/* _i: whether the first was cancelled */
START_TEST(a_resumed_sweep_asks_the_rest_and_does_not_pass)
{
	slow_device();
	break_off(60 * SECOND, _i == 1);
	go();
	completeness(ASSAY_INCONC, "udp.ports_as_declared_resumed");
	sufficiency(ASSAY_PASS, "udp.declared_answer");
	ck_assert_uint_eq(value_of("run"), 7);
	ck_assert_uint_gt(value_of("earlier"), 5000);
	ck_assert_uint_eq(value_of("earlier") + value_of("asked"), 65535);
	ck_assert_uint_eq(ports_asked(), value_of("asked"));
	ck_assert_uint_eq(
	    fake_job_note(job, "resumed.asked")->u64, value_of("earlier"));
	/* The whole is done: the next begins anew. */
	(void)fake_job_checkpoint(job, &nleft);
	ck_assert_uint_eq(nleft, 0);
}
END_TEST

/* _i: where the undeclared port lies: whatever its turn */
START_TEST(a_resumed_sweep_finds_an_undeclared_port_wherever_it_lies)
{
	static const uint16_t ports[] = { 1, 161, 9999, 31337, 65535 };

	slow_device();
	assay_ports_add(&device.open, ports[_i], ports[_i]);
	break_off(60 * SECOND, false);
	assay_ports_add(&device.open, ports[_i], ports[_i]);
	go();
	completeness(ASSAY_FAIL, "udp.undeclared_open");
}
END_TEST

START_TEST(out_of_time_goes_on_the_next_night)
{
	int nights;

	slow_device();
	fake_job_param(job, "limit", "100s");
	go();
	completeness(ASSAY_INCONC, "udp.partial");
	for (nights = 1; nights < 10; nights++) {
		memcpy(left, fake_job_checkpoint(job, &nleft), sizeof(left));
		if (nleft == 0)
			break;
		fake_job_free(job);
		setup();
		slow_device();
		fake_job_param(job, "limit", "100s");
		fake_job_resume(job, 7, left, nleft);
		go();
	}
	ck_assert_int_gt(nights, 2);
	ck_assert_uint_eq(nleft, 0);
	completeness(ASSAY_INCONC, "udp.ports_as_declared_resumed");
}
END_TEST

START_TEST(a_resumed_sweep_that_is_broken_off_states_what_both_have)
{
	slow_device();
	break_off(40 * SECOND, false);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, 20 * SECOND);
	fake_job_cancel(job);
	fake_job_judge(job);
	completeness(ASSAY_INCONC, "udp.partial_resumed");
	ck_assert_uint_gt(value_of("earlier"), 3000);
	ck_assert_uint_gt(value_of("asked"), 1000);
	ck_assert_uint_lt(value_of("asked") + value_of("earlier"), 65535);
}
END_TEST

/* What was closed then is not taken from a device that now says nothing. */
START_TEST(a_resumed_sweep_of_a_mute_device_is_inconclusive)
{
	slow_device();
	break_off(40 * SECOND, false);
	memset(&device.open, 0, sizeof(device.open));
	device.mute_icmp = true;
	go();
	completeness(ASSAY_INCONC, "udp.no_responder");
}
END_TEST

START_TEST(a_damaged_checkpoint_is_as_none)
{
	slow_device();
	break_off(40 * SECOND, false);
	left[nleft / 2] ^= 1;
	fake_job_resume(job, 7, left, nleft);
	go();
	completeness(ASSAY_PASS, "udp.ports_as_declared");
	ck_assert_ptr_null(fake_job_note(job, "resumed.run"));
}
END_TEST

/* A battery device: its sleep is in the record, and no word of it is lost. */
START_TEST(a_sleeper_passes)
{
	declare(5683, 5684, "coap", false);
	assay_ports_add(&device.open, 5683, 5684);
	device.awake_ns = 2 * SECOND / 5;
	device.asleep_ns = 4 * SECOND / 5;
	go();
	completeness(ASSAY_PASS, "udp.ports_as_declared");
	sufficiency(ASSAY_PASS, "udp.declared_answer");
	ck_assert_uint_gt(fake_job_note(job, "pace.outages")->u64, 0);
}
END_TEST

/* Whose rhythm is that of our patience.  _i: where in it the sweep ends. */
START_TEST(the_closing_control_finds_a_sleeper_awake)
{
	static const char *const few[] = { "1-40", "1-80", "1-120", "1-160",
		"1-200", "1-240", "1-280", "1-320" };

	fake_job_param(job, "ports", few[_i]);
	fake_job_declares(job, ASSAY_UDP);
	device.awake_ns = SECOND / 4;
	device.asleep_ns = CONTROL_LISTEN - device.awake_ns;
	go();
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, true), 1);
}
END_TEST

START_TEST(printers_are_hushed)
{
	uint8_t out[UDP_ASKS_SIZE_MAX];
	struct state *s;

	ck_assert_int_eq(fake_job_start(job), 0);
	s = assay_state(job);
	ck_assert_uint_eq(payload(job, s, 9100, 0, out), 0);
	ck_assert_uint_gt(payload(job, s, 9108, 0, out), 0);
	fake_job_cancel(job);
	fake_job_judge(job);
}
END_TEST

/* ---- judge alone: what no device can be made to do ---- */

static void
note(const char *field, struct assay_value value)
{
	struct assay_observation o = {
		.field = field, .target = v4, .value = value
	};

	fake_job_add_observation(job, &o);
}

/* A whole sweep in which all was closed; changed by what follows it. */
static void
good_sweep(void)
{
	static const struct assay_ports none;

	fake_job_declares(job, ASSAY_UDP);
	note("sweep.end", ASSAY_STRING("complete"));
	note("sweep.asked", ASSAY_U64(65535));
	note("sweep.answered", ASSAY_U64(65535));
	note("ports.open", ASSAY_PORTS(&none));
	note("ports.filtered", ASSAY_PORTS(&none));
	note("ports.silent", ASSAY_PORTS(&none));
	note("ports.closed", ASSAY_U64(65535));
	note("control", ASSAY_BOOL(true));
}

static void
judged(enum assay_verdict_value value, const char *reason)
{
	fake_job_judge(job);
	completeness(value, reason);
}

START_TEST(judge_passes_what_is_good)
{
	good_sweep();
	judged(ASSAY_PASS, "udp.ports_as_declared");
}
END_TEST

START_TEST(judge_wants_the_closing_control)
{
	good_sweep();
	note("control", ASSAY_BOOL(false));
	judged(ASSAY_INCONC, "udp.control_bad");
}
END_TEST

START_TEST(judge_wants_every_port)
{
	good_sweep();
	note("sweep.asked", ASSAY_U64(65534));
	judged(ASSAY_INCONC, "udp.partial");
}
END_TEST

START_TEST(judge_wants_every_port_settled)
{
	good_sweep();
	note("ports.unsettled", ASSAY_U64(1));
	judged(ASSAY_INCONC, "udp.unsettled");
}
END_TEST

START_TEST(judge_wants_a_sweep_that_ended_well)
{
	good_sweep();
	note("sweep.end", ASSAY_STRING("unsettled"));
	judged(ASSAY_INCONC, "udp.unsettled");
}
END_TEST

/* The set was cut to fit; what is missing from it is silent all the same. */
START_TEST(judge_counts_what_did_not_fit)
{
	good_sweep();
	note("ports.silent_count", ASSAY_U64(1));
	judged(ASSAY_INCONC, "udp.open_or_filtered");
}
END_TEST

START_TEST(judge_counts_the_filtered_that_did_not_fit)
{
	good_sweep();
	note("ports.filtered_count", ASSAY_U64(1));
	judged(ASSAY_INCONC, "udp.filtered");
}
END_TEST

START_TEST(judge_does_not_call_missing_without_the_control)
{
	struct assay_observation o = { .field = "declared",
		.target = v4,
		.port = 161,
		.value = ASSAY_STRING("closed") };

	good_sweep();
	declare(161, 161, "snmp", false);
	fake_job_add_observation(job, &o);
	note("control", ASSAY_BOOL(false));
	fake_job_judge(job);
	sufficiency(ASSAY_INCONC, "udp.control_bad");
}
END_TEST

START_TEST(sets_that_are_too_large_are_cut)
{
	struct assay_ports ports;
	uint32_t port;

	memset(&ports, 0, sizeof(ports));
	assay_ports_add(&ports, 1, 65535);
	udp_ports_cut(&ports);
	ck_assert_uint_eq(assay_ports_count(&ports), 65535);
	memset(&ports, 0, sizeof(ports));
	for (port = 1; port <= 65535; port += 2)
		assay_ports_add(&ports, (uint16_t)port, (uint16_t)port);
	udp_ports_cut(&ports);
	ck_assert_uint_eq(assay_ports_count(&ports), CUT_TO);
}
END_TEST

static void
add_runs(TCase *tc)
{
	tcase_add_test(tc, as_declared_passes);
	tcase_add_test(tc, no_port_declared_and_none_open_passes);
	tcase_add_test(tc, an_undeclared_answer_fails);
	tcase_add_test(tc, ipv6_is_judged_by_itself);
	tcase_add_test(tc, an_address_that_is_not_there_is_said);
	tcase_add_test(tc, silence_is_open_or_filtered);
	tcase_add_test(tc, a_declared_silence_is_no_hindrance);
	tcase_add_test(tc, a_service_that_must_answer_is_missing_when_silent);
	tcase_add_loop_test(tc,
	    a_service_that_tires_from_one_address_to_the_next_is_not_missing, 0,
	    2);
	tcase_add_test(tc, a_declared_port_that_is_closed_is_missing);
	tcase_add_test(tc, what_was_not_asked_is_not_missing);
	tcase_add_test(tc, refused_by_another_is_filtered);
	tcase_add_test(tc, nothing_declared_is_said);
	tcase_add_test(tc, a_mute_device_shows_nothing);
	tcase_add_test(tc, a_device_that_goes_is_no_pass);
	tcase_add_test(tc, out_of_time_is_partial);
	tcase_add_test(tc, cancelled_is_no_pass);
	tcase_add_test(tc, printers_are_hushed);
}

static void
add_resumed(TCase *tc)
{
	tcase_add_loop_test(
	    tc, a_resumed_sweep_asks_the_rest_and_does_not_pass, 0, 2);
	tcase_add_loop_test(tc,
	    a_resumed_sweep_finds_an_undeclared_port_wherever_it_lies, 0, 5);
	tcase_add_test(tc, out_of_time_goes_on_the_next_night);
	tcase_add_test(
	    tc, a_resumed_sweep_that_is_broken_off_states_what_both_have);
	tcase_add_test(tc, a_resumed_sweep_of_a_mute_device_is_inconclusive);
	tcase_add_test(tc, a_damaged_checkpoint_is_as_none);
	tcase_add_test(tc, a_sleeper_passes);
	tcase_add_loop_test(
	    tc, the_closing_control_finds_a_sleeper_awake, 0, 8);
}

int
main(void)
{
	Suite *suite = suite_create("udp_ports");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_runs(tc);
	add_resumed(tc);
	tcase_add_test(tc, judge_passes_what_is_good);
	tcase_add_test(tc, judge_wants_the_closing_control);
	tcase_add_test(tc, judge_wants_every_port);
	tcase_add_test(tc, judge_wants_every_port_settled);
	tcase_add_test(tc, judge_wants_a_sweep_that_ended_well);
	tcase_add_test(tc, judge_counts_what_did_not_fit);
	tcase_add_test(tc, judge_counts_the_filtered_that_did_not_fit);
	tcase_add_test(tc, judge_does_not_call_missing_without_the_control);
	tcase_add_test(tc, sets_that_are_too_large_are_cut);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
