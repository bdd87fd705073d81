/*
 * What a worker is told of the profile: ports, then the rows of its tables,
 * those of the run's state alone, and "declared empty" apart from "not said".
 */
#include "daemon/shared/worker_brief.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shared/wire.h"

#define HEAD "version: 1\nproduct: {name: x}\n"

static char all[4096];

static void __attribute__((format(printf, 1, 2))) add(const char *format, ...)
{
	size_t at = strlen(all);
	va_list ap;

	va_start(ap, format);
	vsnprintf(all + at, sizeof(all) - at, format, ap);
	va_end(ap);
}

static void
add_text(struct msg_in *m, const char *before)
{
	char *text = msg_dup_string(m);

	ck_assert_ptr_nonnull(text);
	add("%s%s", before, text);
	free(text);
}

static void
add_message(const struct msg_out *out)
{
	struct msg_in m = { out->type, false, out->body,
		out->body + out->size };
	uint8_t n = 0;

	if (m.type == WORKER_DECLARES || m.type == WORKER_DECLARED) {
		msg_get_u8(&m, &n);
		add(m.type == WORKER_DECLARES ? "lists %u;" : "port %u;", n);
		return;
	}
	add_text(&m, "");
	if (m.type == WORKER_DECLARED_ROW)
		msg_get_u8(&m, &n);
	else
		ck_assert_uint_eq(m.type, WORKER_DECLARES_TABLE);
	while (n-- > 0) {
		add_text(&m, " ");
		add_text(&m, "=");
	}
	ck_assert_int_eq(msg_end(&m), 0);
	add(";");
}

static const char *
brief(const char *text, enum state state)
{
	static struct msg_out m;
	struct profile *p;
	size_t next = 0, rounds = 0;
	struct err e;

	all[0] = '\0';
	p = profile_parse(text, strlen(text), "p.yaml", &e);
	ck_assert_msg(p != NULL, "%s", e.text);
	while (worker_brief_declared(&m, p, state, &next)) {
		add_message(&m);
		ck_assert_uint_lt(rounds++, 100);
	}
	ck_assert(!worker_brief_declared(&m, p, state, &next));
	profile_free(p);
	return all;
}

START_TEST(a_profile_that_says_nothing_is_told_as_nothing)
{
	ck_assert_str_eq(brief(HEAD, STATE_OPERATING), "");
}
END_TEST

START_TEST(crypto_is_a_table_of_words)
{
	static const char text[] =
	    HEAD "ports: []\nprotocols:\n  - {protocol: gre}\n"
		 "crypto:\n"
		 "  - {interface: mqtts, role: client, port: 8883,\n"
		 "     versions: [tls1.2, tls1.3], suites: [TLS_A, TLS_B],\n"
		 "     names: [lock.example, \"fe80::1\"]}\n"
		 "  - {interface: setup, role: server, versions: [tls1.3],\n"
		 "     states: [factory]}\n";

	ck_assert_str_eq(brief(text, STATE_OPERATING),
	    "lists 6;lists 17;protocols;protocols protocol=gre;crypto;"
	    "crypto interface=mqtts role=client port=8883 "
	    "versions=tls1.2 tls1.3 suites=TLS_A TLS_B "
	    "names=lock.example fe80::1;");
	ck_assert_ptr_nonnull(strstr(brief(text, STATE_FACTORY),
	    "crypto interface=setup role=server port= versions=tls1.3 "
	    "suites= names=;"));
	ck_assert_str_eq(
	    brief(HEAD "crypto: []\n", STATE_OPERATING), "crypto;");
}
END_TEST

START_TEST(an_empty_table_is_told_as_declared)
{
	ck_assert_str_eq(
	    brief(HEAD "protocols: []\n", STATE_OPERATING), "protocols;");
	ck_assert_str_eq(
	    brief(HEAD "cloud: []\nflows: []\nports: []\n", STATE_OPERATING),
	    "lists 6;lists 17;flows;cloud;");
}
END_TEST

START_TEST(rows_are_told_with_every_cell)
{
	ck_assert_str_eq(
	    brief(HEAD "ports: [{transport: udp, port: 53}]\n"
		       "flows:\n"
		       "  - {to: a.example, transport: tcp, port: 443}\n"
		       "  - {to: 192.0.2.0/24, optional: true}\n"
		       "protocols: [{protocol: 47}]\n",
		STATE_OPERATING),
	    "lists 6;lists 17;port 17;flows;"
	    "flows to=a.example transport=tcp port=443 optional=;"
	    "flows to=192.0.2.0/24 transport= port= optional=true;"
	    "protocols;protocols protocol=47;");
}
END_TEST

/* Nor the name of the file in which a secret lies. */
START_TEST(no_job_is_told_of_the_accounts_given_to_the_lab)
{
	ck_assert_str_eq(
	    brief(HEAD "credentials: [{account: a, file: /secret}]\n"
		       "defaults: [{sample: 1, secret: pin, file: secret}]\n"
		       "resets: [{way: web, erases: nothing}]\n"
		       "protocols: []\n",
		STATE_OPERATING),
	    "protocols;resets;resets way=web how= erases=nothing action=;");
}
END_TEST

START_TEST(rows_of_other_states_are_left_out)
{
	const char *text =
	    HEAD "protocols:\n"
		 "  - {protocol: gre, states: [factory]}\n"
		 "  - {protocol: igmp}\n"
		 "  - {protocol: esp, states: [factory, updating]}\n"
		 "cloud: [{host: x.example, shut: true, states: [reset]}]\n";

	ck_assert_str_eq(brief(text, STATE_OPERATING),
	    "protocols;protocols protocol=igmp;cloud;");
	ck_assert_str_eq(brief(text, STATE_FACTORY),
	    "protocols;protocols protocol=gre;protocols protocol=igmp;"
	    "protocols protocol=esp;cloud;");
	ck_assert_str_eq(brief(text, STATE_RESET),
	    "protocols;protocols protocol=igmp;cloud;"
	    "cloud host=x.example transport= port= shut=true;");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker brief");
	TCase *tc = tcase_create("profile");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_profile_that_says_nothing_is_told_as_nothing);
	tcase_add_test(tc, crypto_is_a_table_of_words);
	tcase_add_test(tc, an_empty_table_is_told_as_declared);
	tcase_add_test(tc, rows_are_told_with_every_cell);
	tcase_add_test(tc, no_job_is_told_of_the_accounts_given_to_the_lab);
	tcase_add_test(tc, rows_of_other_states_are_left_out);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
