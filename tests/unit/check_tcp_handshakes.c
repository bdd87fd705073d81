/*
 * judge of tcp.ports alone: which handshakes that did not come about show that
 * a declared port is missing.
 */
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"

#include "probes/tcp_ports.c"
#include "probes/tcp_ports/judge.c"

static struct assay_job *job;
static const struct assay_target *v4;

static void
add(const char *field, uint16_t port, struct assay_value value)
{
	const struct assay_observation o = {
		.field = field, .target = v4, .port = port, .value = value
	};

	fake_job_add_observation(job, &o);
}

/* Ports 22 and 443 are declared, the sweep saw 22 open. */
static void
setup(void)
{
	const struct assay_declared_port ports[] = {
		{ ASSAY_TCP, 22, 22, 0, "ssh", false },
		{ ASSAY_TCP, 443, 443, 0, "https", false },
	};

	job = fake_job_new(&assay_probe);
	v4 = fake_job_add_target_text(job, "10.77.0.10");
	fake_job_declare(job, &ports[0]);
	fake_job_declare(job, &ports[1]);
}

static void
teardown(void)
{
	fake_job_free(job);
}

struct sight {
	bool open;             /* 443, in the sweep */
	uint64_t unsettled;    /* ports of the sweep */
	const char *handshake; /* with 443; NULL: none was tried */
	const char *ports;     /* asked by the sweep; NULL: all */
	enum assay_verdict_value value;
	const char *reason;
};

static const struct sight sights[] = {
	{ true, 0, "connected", NULL, ASSAY_PASS, "tcp.declared_answer" },
	{ true, 0, "refused", NULL, ASSAY_FAIL, "tcp.declared_missing" },
	{ false, 0, "refused", NULL, ASSAY_FAIL, "tcp.declared_missing" },
	{ false, 9, "refused", NULL, ASSAY_FAIL, "tcp.declared_missing" },
	/* Neither the sweep nor the handshake heard it. */
	{ false, 0, "timeout", NULL, ASSAY_FAIL, "tcp.declared_missing" },
	{ false, 0, "unreachable", NULL, ASSAY_FAIL, "tcp.declared_missing" },
	{ false, 0, NULL, NULL, ASSAY_FAIL, "tcp.declared_missing" },
	/* The device was away for a moment, or the bench could not ask. */
	{ true, 0, "timeout", NULL, ASSAY_INCONC, "tcp.declared_unknown" },
	{ true, 0, "unreachable", NULL, ASSAY_INCONC, "tcp.declared_unknown" },
	{ true, 0, "local", NULL, ASSAY_INCONC, "tcp.declared_unknown" },
	/* The sweep could not tell, or did not ask. */
	{ false, 1, "timeout", NULL, ASSAY_INCONC, "tcp.declared_unknown" },
	{ false, 0, "timeout", "1-442", ASSAY_INCONC, "tcp.declared_unknown" },
};

static const struct assay_verdict *
judged(const struct sight *s, bool control, const char *end)
{
	struct assay_ports open;

	memset(&open, 0, sizeof(open));
	assay_ports_add(&open, 22, 22);
	if (s->open)
		assay_ports_add(&open, 443, 443);
	if (s->ports != NULL)
		fake_job_param(job, "ports", s->ports);
	add("sweep.end", 0, ASSAY_STRING(end));
	add("sweep.asked", 0, ASSAY_U64(s->ports == NULL ? 65535 : 442));
	add("sweep.answered", 0, ASSAY_U64(400));
	add("ports.unsettled", 0, ASSAY_U64(s->unsettled));
	add("ports.open", 0, ASSAY_PORTS(&open));
	add("handshake", 22, ASSAY_STRING("connected"));
	if (s->handshake != NULL)
		add("handshake", 443, ASSAY_STRING(s->handshake));
	add("control", 22, ASSAY_BOOL(control));
	fake_job_judge(job);
	return fake_job_find_verdict(job, "NET-01", ASSAY_SUFFICIENCY, v4);
}

START_TEST(a_declared_port_is_missing_when_that_was_seen)
{
	const struct assay_verdict *v = judged(&sights[_i], true, "complete");

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, sights[_i].reason);
	ck_assert_int_eq(v->value, sights[_i].value);
}
END_TEST

/* Whatever was seen, a device that is gone is not missing a port. */
START_TEST(without_its_control_no_port_is_missing)
{
	const struct sight *s = &sights[_i];
	const struct assay_verdict *v = judged(s, false, "complete");

	ck_assert_int_ne(v->value, ASSAY_FAIL);
	ck_assert_str_eq(v->reason,
	    s->value == ASSAY_PASS ? "tcp.declared_answer" : "tcp.control_bad");
}
END_TEST

START_TEST(of_a_device_that_went_no_port_is_missing)
{
	ck_assert_int_ne(judged(&sights[_i], true, "gone")->value, ASSAY_FAIL);
}
END_TEST

#define SIGHTS ((int)(sizeof(sights) / sizeof(sights[0])))

int
main(void)
{
	Suite *suite = suite_create("tcp_handshakes");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, a_declared_port_is_missing_when_that_was_seen, 0, SIGHTS);
	tcase_add_loop_test(
	    tc, without_its_control_no_port_is_missing, 0, SIGHTS);
	tcase_add_loop_test(
	    tc, of_a_device_that_went_no_port_is_missing, 0, SIGHTS);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
