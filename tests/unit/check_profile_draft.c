/*
 * A draft is what was seen and nothing else, and a device's texts stay texts.
 */
#include "client/profile_draft.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct profile_draft *draft;
static struct profile *known, *made;

static void
set_up(void)
{
	static const char text[] =
	    "version: 1\nproduct: {name: Lamp, vendor: \"a \\\"b\\\"\"}\n"
	    "mac: 02:00:00:00:00:21\nfirmware: 1.0\n";
	struct err e;

	known = profile_parse(text, sizeof(text) - 1, "p", &e);
	ck_assert_msg(known != NULL, "%s", e.text);
	draft = profile_draft_new();
}

static void
tear_down(void)
{
	profile_draft_free(draft);
	profile_free(known);
	profile_free(made);
	made = NULL;
}

static void
look(const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(o);
	profile_draft_look(draft, o);
	json_decref(o);
}

static void
seen(const char *probe, const char *observations)
{
	static int job;
	json_t *o = json_pack(
	    "{s:s,s:i,s:s}", "type", "job", "job", ++job, "probe", probe);

	profile_draft_look(draft, o);
	json_decref(o);
	o = json_pack("{s:s,s:i,s:o}", "type", "observed", "job", job,
	    "observations", json_loads(observations, 0, NULL));
	ck_assert_ptr_nonnull(o);
	profile_draft_look(draft, o);
	json_decref(o);
}

static char *
make(void)
{
	struct err e;
	char *text = profile_draft_make(draft, known, &e);

	ck_assert_msg(text != NULL, "%u: %s", e.line, e.text);
	made = profile_parse(text, strlen(text), "made", &e);
	ck_assert_ptr_nonnull(made);
	ck_assert_ptr_nonnull(strstr(text, "check each line"));
	return text;
}

#define AT(addr, port) \
	"\"subject\": {\"addr\": \"" addr "\", \"port\": " port "}"
#define OPEN(addr, ports) \
	"{\"field\": \"ports.open\", \"value\": \"" ports \
	"\", " AT(addr, "null") "}"

START_TEST(nothing_seen_is_nothing_declared)
{
	char *text;

	/* Of a probe that is none of these, too. */
	seen("tcp.isn", "[" OPEN("192.0.2.1", "80") "]");
	look("{\"type\": \"verdict\", \"job\": 1}");
	text = make();
	ck_assert(!made->has_ports);
	ck_assert(!made->tables[PROFILE_DISCLOSES].is_said);
	ck_assert_str_eq(made->product_name, "Lamp");
	ck_assert_str_eq(made->vendor, "a \"b\"");
	ck_assert_str_eq(made->firmware, "1.0");
	ck_assert_mem_eq(made->mac, known->mac, 6);
	free(text);
}
END_TEST

START_TEST(open_ports_are_drafted_with_their_services_and_families)
{
	char *text;

	seen("tcp.ports",
	    "[" OPEN("192.0.2.1", "22-23,80") "," OPEN("fe80::1", "80") "]");
	seen("services.cleartext",
	    "[{\"field\": \"service\", \"value\": \"http\", " AT(
		"192.0.2.1", "80") "}]");
	text = make();
	ck_assert_uint_eq(made->nports, 3);
	ck_assert_uint_eq(made->ports[0].first, 22);
	ck_assert_uint_eq(made->ports[0].last, 22);
	ck_assert_uint_eq(made->ports[0].family, 4);
	ck_assert_uint_eq(made->ports[2].first, 80);
	ck_assert_uint_eq(made->ports[2].family, 0);
	ck_assert_str_eq(made->ports[2].service, "http");
	ck_assert_ptr_nonnull(strstr(text, "No UDP port was asked for"));
	ck_assert_ptr_null(strstr(text, "No TCP port was asked for"));
	free(text);
}
END_TEST

START_TEST(asked_and_found_closed_is_an_empty_list)
{
	seen("udp.ports", "[" OPEN("192.0.2.1", "") "]");
	free(make());
	ck_assert(made->has_ports);
	ck_assert_uint_eq(made->nports, 0);
}
END_TEST

START_TEST(what_a_service_says_is_a_text_and_a_secret_is_not_declared)
{
	const struct profile_rows *t;
	char *text;

	seen("services.disclosure",
	    "[{\"field\": \"discloses.version\", \"value\": "
	    "\"x\\\"}\\nports: []\\u202e\", " AT("192.0.2.1",
		"80") "}, "
		      "{\"field\": \"discloses.version\", \"value\": "
		      "\"x\\\"}\\nports: []\\u202e\", " AT("fe80::1",
			  "80") "}, "
				"{\"field\": \"udp.discloses.secret\", "
				"\"value\": "
				"\"hunter2\", " AT("192.0.2.1", "161") "}]");
	text = make();
	t = &made->tables[PROFILE_DISCLOSES];
	ck_assert_uint_eq(t->n, 1);
	ck_assert_str_eq(
	    profile_row_cell(PROFILE_DISCLOSES, &t->rows[0], "value"),
	    "x\"}?ports: []?");
	ck_assert_str_eq(
	    profile_row_cell(PROFILE_DISCLOSES, &t->rows[0], "port"), "80");
	ck_assert_ptr_null(strstr(text, "hunter2"));
	ck_assert_ptr_nonnull(strstr(text, "A secret was said at port 161"));
	ck_assert(!made->has_ports);
	free(text);
}
END_TEST

/* 65,535 open ports: the draft says that it is short of some. */
START_TEST(more_ports_than_a_profile_takes_are_said_to_be)
{
	char *text;

	seen("tcp.ports", "[" OPEN("192.0.2.1", "1-65535,99999") "]");
	text = make();
	ck_assert_uint_eq(made->nports, 500);
	ck_assert_ptr_nonnull(strstr(text, "more than fit here"));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("profile draft");
	TCase *tc = tcase_create("profile draft");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nothing_seen_is_nothing_declared);
	tcase_add_test(
	    tc, open_ports_are_drafted_with_their_services_and_families);
	tcase_add_test(tc, asked_and_found_closed_is_an_empty_list);
	tcase_add_test(
	    tc, what_a_service_says_is_a_text_and_a_secret_is_not_declared);
	tcase_add_test(tc, more_ports_than_a_profile_takes_are_said_to_be);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
