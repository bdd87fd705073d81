/*
 * Files of other tools as profiles: what is carried over, what is named
 * instead, and that no text of theirs is ever more than a text.
 */
#include "scenarios/profile_import.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenarios/profile.h"
#include "scenarios/yaml.h"

#define CORPUS "tests/fuzz/corpus/fuzz_profile_import/"

static struct profile_import made;
static struct profile *profile;

/* The profile that our own loader reads of what was made. */
static void
import_text(const char *text)
{
	struct err e;

	ck_assert_msg(
	    profile_import(text, strlen(text), "f.json", &made, &e) == 0, "%s",
	    e.text);
	profile = profile_parse(made.yaml, strlen(made.yaml), "made", &e);
	ck_assert_msg(profile != NULL, "%u: %s\n%s", e.line, e.text, made.yaml);
}

static void
import_file(const char *path)
{
	struct err e;
	size_t size;
	char *text = yaml_load_text(path, &size, &e);

	ck_assert_msg(text != NULL, "%s: %s", path, e.text);
	import_text(text);
	free(text);
}

static void
clear(void)
{
	profile_import_clear(&made);
	profile_free(profile);
	profile = NULL;
}

static bool
notes(const char *text)
{
	size_t i;

	for (i = 0; i < made.nnotes; i++)
		if (strstr(made.notes[i], text) != NULL)
			return true;
	return false;
}

START_TEST(a_testrun_device_is_its_product_and_nothing_else)
{
	import_file(CORPUS "testrun.json");
	ck_assert_str_eq(made.kind, "testrun");
	ck_assert_str_eq(profile->product_name, "Lamp \"2\"");
	ck_assert_str_eq(profile->vendor, "Example Ltd");
	ck_assert_str_eq(profile->firmware, "2.0: #1");
	ck_assert_uint_eq(profile->mac[5], 0x21);
	/* Nothing was said of ports and flows: nothing is. */
	ck_assert(!profile->has_ports);
	ck_assert(!profile->tables[PROFILE_FLOWS].is_said);
	ck_assert(notes("type: \"Lighting\""));
	ck_assert(notes("test_pack: "));
	ck_assert(notes("technology: "));
	ck_assert(notes("\"ntp\" is turned off there"));
	ck_assert(notes("\"dns\" runs there"));
	ck_assert(notes("\"Is there a default password?\""));
	ck_assert_uint_eq(made.nnotes, 6);
	clear();
}
END_TEST

static const char *
flow(size_t i, const char *cell)
{
	const struct profile_rows *t = &profile->tables[PROFILE_FLOWS];

	ck_assert_uint_lt(i, t->n);
	return profile_row_cell(PROFILE_FLOWS, &t->rows[i], cell);
}

START_TEST(a_mud_file_is_flows_and_ports)
{
	import_file(CORPUS "mud.json");
	ck_assert_str_eq(made.kind, "mud");
	ck_assert_str_eq(profile->product_name, "A lamp: \"bright\"");
	ck_assert_str_eq(profile->model, "L-1");
	ck_assert_str_eq(profile->firmware, "2.1");
	/* The same name over IPv4 and IPv6 is one flow. */
	ck_assert_uint_eq(profile->tables[PROFILE_FLOWS].n, 2);
	ck_assert_str_eq(flow(0, "to"), "api.example.com");
	ck_assert_str_eq(flow(0, "transport"), "tcp");
	ck_assert_str_eq(flow(0, "port"), "443");
	ck_assert_str_eq(flow(1, "to"), "192.0.2.0/24");
	ck_assert_str_eq(flow(1, "transport"), "udp");
	ck_assert_str_eq(flow(1, "port"), "5000-5010");
	/* Answers to what the device began are no open port. */
	ck_assert_uint_eq(profile->nports, 2);
	ck_assert_uint_eq(profile->ports[0].transport, 6);
	ck_assert_uint_eq(profile->ports[0].first, 80);
	ck_assert_uint_eq(profile->ports[0].family, 0);
	ck_assert_uint_eq(profile->ports[1].transport, 17);
	ck_assert_uint_eq(profile->ports[1].first, 5683);
	ck_assert_uint_eq(profile->ports[1].family, 4);
	clear();
}
END_TEST

START_TEST(what_a_profile_cannot_say_of_a_mud_file_is_named)
{
	import_file(CORPUS "mud.json");
	ck_assert(notes("rule \"kin\" of \"fr4\": \"same-manufacturer\""));
	ck_assert(notes("rule \"not\" of \"fr4\": its ports are not one"));
	ck_assert(notes("rule \"none\" of \"to4\": it accepts nothing"));
	ck_assert(notes("rule \"any\" of \"to4\": it names no port"));
	ck_assert(notes("\"gone\": the file has no such list"));
	ck_assert(notes("documentation: "));
	/* At the list that is short of them, too. */
	ck_assert_ptr_nonnull(strstr(
	    made.yaml, "# flows: not carried over, and undeclared until"));
	ck_assert_ptr_nonnull(strstr(made.yaml, "  # rule \"kin\" of \"fr4\""));
	clear();
}
END_TEST

#define MUD(policies, acls) \
	"{\"ietf-mud:mud\": {\"mud-version\": 1" policies \
	"}, \"ietf-access-control-list:acls\": {\"acl\": [" acls "]}}"
#define LIST(name) \
	"{\"access-lists\": {\"access-list\": [{\"name\": \"" name "\"}]}}"
#define ACL(aces) \
	"{\"name\": \"a\", \"type\": \"ipv4-acl-type\", \"aces\": {\"ace\": " \
	"[" aces "]}}"

START_TEST(a_policy_that_lets_nothing_declares_none_and_no_policy_nothing)
{
	import_text(MUD(", \"from-device-policy\": " LIST("a"), ACL("")));
	ck_assert(profile->tables[PROFILE_FLOWS].is_said);
	ck_assert_uint_eq(profile->tables[PROFILE_FLOWS].n, 0);
	ck_assert(!profile->has_ports);
	clear();
	/* A rule that is lost is not "none". */
	import_text(MUD(", \"from-device-policy\": " LIST("a"),
	    ACL("{\"name\": \"r\", \"matches\": {}, \"actions\": "
		"{\"forwarding\": \"accept\"}}")));
	ck_assert(!profile->tables[PROFILE_FLOWS].is_said);
	ck_assert(notes("rule \"r\" of \"a\": it names nobody"));
	clear();
}
END_TEST

START_TEST(a_hostile_text_stays_a_text)
{
	import_file(CORPUS "hostile.json");
	ck_assert_str_eq(profile->product_name, "a?b?[31m?actions: {}\"");
	ck_assert_uint_eq(profile->nactions, 0);
	ck_assert(!profile->has_ports);
	ck_assert_uint_eq(profile->mac[5], 0);
	ck_assert(notes("is no device's MAC address"));
	ck_assert(notes("cut to 200 bytes of what may be shown"));
	ck_assert(notes("manufacturer: not a text"));
	clear();
	/* In a comment, too. */
	import_text("{\"ietf-mud:mud\": {\"mud-version\": 1, \"mud-url\": "
		    "\"x\\nports: []\\u2028hazards: [moves]\"}}");
	ck_assert(!profile->has_ports);
	ck_assert_uint_eq(profile->nhazards, 0);
	clear();
}
END_TEST

static const struct {
	const char *text, *error;
} refused[] = {
	{ "", "f.json:1: not JSON: '[' or '{' expected near end of file" },
	{ "{",
	    "f.json:1:1: not JSON: string or '}' expected near end of "
	    "file" },
	{ "[]",
	    "f.json: neither a MUD file (ietf-mud:mud) nor testrun's "
	    "device_config.json (mac_addr)" },
	{ "{\"mac_addr\": 1, \"mac_addr\": 2}",
	    "f.json:1:26: not JSON: duplicate object key near "
	    "'\"mac_addr\"'" },
	{ "{\"ietf-mud:mud\": {\"mud-version\": 2}}",
	    "f.json: mud-version: 1 is known" },
	{ "{\"ietf-mud:mud\": []}", "f.json: mud-version: 1 is known" },
};

START_TEST(what_is_neither_is_refused_with_its_place)
{
	char found[800];
	struct err e;

	ck_assert_int_eq(profile_import(refused[_i].text,
			     strlen(refused[_i].text), "f.json", &made, &e),
	    -1);
	ck_assert_str_eq(
	    err_format(&e, found, sizeof(found)), refused[_i].error);
}
END_TEST

/* 2,000 rules and 2,000 things that cannot be carried over. */
START_TEST(a_file_without_measure_is_bounded)
{
	size_t room = 800000, n = 0, i;
	char *text = xcalloc(room, 1);

	n += (size_t)snprintf(text + n, room - n,
	    "{\"ietf-mud:mud\": {\"mud-version\": 1, "
	    "\"from-device-policy\": " LIST(
		"a") "}, "
		     "\"ietf-access-control-list:acls\": {\"acl\": [{\"name\": "
		     "\"a\", "
		     "\"aces\": {\"ace\": [");
	for (i = 0; i < 4000; i++)
		n += (size_t)snprintf(text + n, room - n,
		    "%s{\"name\": \"r%zu\", \"matches\": {\"ipv4\": {"
		    "\"ietf-acldns:dst-dnsname\": \"%s%zu.example\"}}, "
		    "\"actions\": {\"forwarding\": \"accept\"}}",
		    i == 0 ? "" : ", ", i, i % 2 == 0 ? "h" : "!", i);
	snprintf(text + n, room - n, "]}}]}}");
	import_text(text);
	ck_assert_uint_eq(profile->tables[PROFILE_FLOWS].n, 1000);
	ck_assert_uint_eq(made.nnotes, PROFILE_IMPORT_NOTES_MAX + 1);
	ck_assert(notes("and more than 500 others"));
	clear();
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("profile import");
	TCase *tc = tcase_create("profile import");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60); /* with sanitizers */
	tcase_add_test(tc, a_testrun_device_is_its_product_and_nothing_else);
	tcase_add_test(tc, a_mud_file_is_flows_and_ports);
	tcase_add_test(tc, what_a_profile_cannot_say_of_a_mud_file_is_named);
	tcase_add_test(
	    tc, a_policy_that_lets_nothing_declares_none_and_no_policy_nothing);
	tcase_add_test(tc, a_hostile_text_stays_a_text);
	tcase_add_loop_test(tc, what_is_neither_is_refused_with_its_place, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, a_file_without_measure_is_bounded);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
