/*
 * tls.client, TLS-C13: what a simulated device says in clear, and whether that
 * is what it says by TLS.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "probes/tls_client.c"
#include "probes/tls_client/clear.c"
#include "probes/tls_client/judge.c"
#include "probes/tls_client/offer.c"

#include "tests/unit/client_device.h"

static struct device
falling_back(const char *host, const char *gist, uint16_t port)
{
	struct device d = good();

	d.clear_by = DROPS;
	d.clear_host = host;
	d.clear_gist = gist;
	d.clear_port = port;
	return d;
}

START_TEST(who_says_the_same_in_clear_falls_back)
{
	struct device d = falling_back("", "bb", 80);

	run_device(&d);
	expect("TLS-C13", ASSAY_FAIL, "fell_back");
	ck_assert_str_eq(attempts("TLS-C13"),
	    "10.77.0.1:80 for host0.example.com:443, "
	    "10.77.0.1:80 for host0.example.com:443");
	expect("TLS-C01", ASSAY_PASS, "refused");
	fake_job_free(job);
	d.clear_by = FAULT(EXPIRED); /* an impostor makes it, too */
	run_device(&d);
	expect("TLS-C13", ASSAY_FAIL, "fell_back");
	fake_job_free(job);
}
END_TEST

START_TEST(who_leaves_tls_out_at_its_port_falls_back)
{
	struct device d = falling_back("host0.example.com", "cc", 443);

	d.believes = 0; /* what it would say is never known */
	run_device(&d);
	expect("TLS-C13", ASSAY_FAIL, "fell_back");
	fake_job_free(job);
}
END_TEST

START_TEST(what_is_about_another_host_is_no_fall_back)
{
	struct device d = falling_back("time.example.com", "cc", 80);

	run_device(&d);
	expect("TLS-C13", ASSAY_PASS, "by_tls_alone");
	fake_job_free(job);
}
END_TEST

START_TEST(what_else_comes_in_clear_leaves_it_open)
{
	static const struct {
		const char *host, *gist;
		uint16_t port;
		bool before;
	} calls[] = {
		{ "", "cc", 1883, false },                /* something else */
		{ "host0.example.com", "cc", 80, false }, /* the same? */
		{ "", "bb", 80, true },                   /* it always does */
		{ "", "", 25, false }, /* somebody else is to speak first */
	};
	struct device d =
	    falling_back(calls[_i].host, calls[_i].gist, calls[_i].port);

	d.clear_before = calls[_i].before;
	if (calls[_i].before)
		d.clear_by = 0;
	run_device(&d);
	expect("TLS-C13", ASSAY_INCONC, "in_clear");
	expect("TLS-C01", ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

START_TEST(a_port_of_tls_that_hears_nothing_is_none_in_clear)
{
	struct device d = falling_back("", "", 443);

	run_device(&d);
	expect("TLS-C13", ASSAY_PASS, "by_tls_alone");
	fake_job_free(job);
}
END_TEST

static TCase *
make_case(void)
{
	TCase *c = tcase_create("tls.client in clear");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, who_says_the_same_in_clear_falls_back);
	tcase_add_test(c, who_leaves_tls_out_at_its_port_falls_back);
	tcase_add_test(c, what_is_about_another_host_is_no_fall_back);
	tcase_add_loop_test(c, what_else_comes_in_clear_leaves_it_open, 0, 4);
	tcase_add_test(c, a_port_of_tls_that_hears_nothing_is_none_in_clear);
	return c;
}

int
main(void)
{
	Suite *suite = suite_create("tls.client in clear");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, make_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
