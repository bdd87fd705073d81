/*
 * Profiles: what is declared, and that nothing declared is not the same as
 * none declared.
 */
#include "scenarios/profile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/yaml.h"

#define HEAD "version: 1\nproduct: {name: x}\n"

static struct profile *
parse(const char *text, struct err *e)
{
	return profile_parse(text, strlen(text), "p.yaml", e);
}

static struct profile *
load(const char *path)
{
	struct profile *p;
	struct err e;
	size_t size;
	char *text = yaml_load_text(path, &size, &e);

	ck_assert_msg(text != NULL, "%s: %s", e.file, e.text);
	p = profile_parse(text, size, path, &e);
	ck_assert_msg(p != NULL, "%s:%u: %s", e.file, e.line, e.text);
	free(text);
	return p;
}

START_TEST(tables_are_rows_of_named_cells)
{
	struct err e;
	struct profile *p = parse(HEAD
	    "flows:\n"
	    "  - {to: \"*.example.com\", transport: tcp, port: 443}\n"
	    "  - {to: 192.0.2.0/24, optional: true, states: [factory]}\n"
	    "discloses: []\n",
	    &e);
	const struct profile_rows *t;

	ck_assert_msg(p != NULL, "%s", e.text);
	t = &p->tables[PROFILE_FLOWS];
	ck_assert(t->is_said);
	ck_assert_uint_eq(t->n, 2);
	ck_assert_str_eq(profile_row_cell(PROFILE_FLOWS, &t->rows[0], "to"),
	    "*.example.com");
	ck_assert_str_eq(
	    profile_row_cell(PROFILE_FLOWS, &t->rows[0], "port"), "443");
	ck_assert_str_eq(
	    profile_row_cell(PROFILE_FLOWS, &t->rows[0], "optional"), "");
	ck_assert_str_eq(
	    profile_row_cell(PROFILE_FLOWS, &t->rows[1], "optional"), "true");
	ck_assert_str_eq(
	    profile_row_cell(PROFILE_FLOWS, &t->rows[1], "transport"), "");
	ck_assert_uint_eq(t->rows[1].states, 1u << STATE_FACTORY);
	ck_assert_uint_eq(t->rows[0].states, (1u << STATE_COUNT) - 1);
	ck_assert(p->tables[PROFILE_DISCLOSES].is_said);
	ck_assert_uint_eq(p->tables[PROFILE_DISCLOSES].n, 0);
	ck_assert(!p->tables[PROFILE_PROTOCOLS].is_said);
	profile_free(p);
	ck_assert_ptr_null(parse(HEAD "flows: [{to: \"a b\"}]\n", &e));
	ck_assert_uint_eq(e.line, 3);
}
END_TEST

static const char *
cell(const struct profile *p, enum profile_table_id id, size_t i,
    const char *name)
{
	ck_assert_uint_lt(i, p->tables[id].n);
	return profile_row_cell(id, &p->tables[id].rows[i], name);
}

START_TEST(ways_in_and_what_protects_them_are_read)
{
	struct profile *p = load("etc/profiles/example.yaml");
	const struct profile_rows *t = p->tables;

	ck_assert_str_eq(cell(p, PROFILE_INTERFACES, 1, "kind"), "ble");
	ck_assert_uint_eq(t[PROFILE_INTERFACES].rows[1].states,
	    1u << STATE_FACTORY | 1u << STATE_ONBOARDING);
	ck_assert_str_eq(cell(p, PROFILE_INTERFACES, 2, "inactive"), "true");
	ck_assert_str_eq(cell(p, PROFILE_INTERFACES, 0, "inactive"), "");
	ck_assert_str_eq(cell(p, PROFILE_AUTHENTICATION, 0, "length"), "12");
	ck_assert_str_eq(cell(p, PROFILE_AUTHENTICATION, 0, "tries"), "5");
	ck_assert_str_eq(cell(p, PROFILE_AUTHENTICATION, 0, "lockout"), "5m");
	ck_assert_str_eq(
	    cell(p, PROFILE_AUTHENTICATION, 0, "scope"), "account");
	ck_assert_str_eq(
	    cell(p, PROFILE_AUTHENTICATION, 1, "keyspace"), "1000000");
	ck_assert_str_eq(cell(p, PROFILE_CREDENTIALS, 0, "file"),
	    "/etc/assay/secrets/lock-admin");
	ck_assert_str_eq(cell(p, PROFILE_CREDENTIALS, 0, "env"), "");
	ck_assert_str_eq(cell(p, PROFILE_CREDENTIALS, 1, "env"), "LOCK_GUEST");
	ck_assert_str_eq(cell(p, PROFILE_DEFAULTS, 0, "sample"), "1001");
	ck_assert_str_eq(
	    cell(p, PROFILE_DEFAULTS, 1, "file"), "lock-1002-admin");
	ck_assert_str_eq(cell(p, PROFILE_UPDATES, 0, "signature"), "ed25519");
	ck_assert_str_eq(cell(p, PROFILE_UPDATES, 0, "automatic"), "true");
	ck_assert_str_eq(cell(p, PROFILE_RESETS, 0, "action"), "reset.factory");
	ck_assert_str_eq(cell(p, PROFILE_ESSENTIAL, 0, "kind"), "tls");
	ck_assert_uint_eq(
	    t[PROFILE_ESSENTIAL].rows[0].states, 1u << STATE_OPERATING);
	ck_assert(p->has_crypto);
	ck_assert_uint_eq(p->ncrypto, 2);
	ck_assert_str_eq(p->crypto[0].interface, "https");
	ck_assert_uint_eq(p->crypto[0].port, 443);
	ck_assert_uint_eq(p->crypto[0].nversions, 2);
	ck_assert_str_eq(p->crypto[0].versions[1], "tls1.3");
	ck_assert_uint_eq(p->crypto[0].nsuites, 2);
	ck_assert_uint_eq(p->crypto[1].nsuites, 0);
	ck_assert_uint_eq(p->crypto[0].states, (1u << STATE_COUNT) - 1);
	profile_free(p);
}
END_TEST

START_TEST(what_is_not_applicable_is_a_check_a_requirement_or_a_technology)
{
	struct profile *p;
	struct err e;

	p = parse(HEAD
	    "not_applicable:\n"
	    "  - {check: NET-03, reason: r, by: b}\n"
	    "  - {requirement: \"EN-303645:5.6-1\", reason: s, by: b}\n"
	    "  - {technology: zigbee, reason: t, by: b, instead: i}\n",
	    &e);
	ck_assert_msg(p != NULL, "%s", e.text);
	ck_assert_str_eq(profile_na(p, "NET-03")->reason, "r");
	ck_assert_str_eq(
	    profile_na_requirement(p, "EN-303645:5.6-1")->reason, "s");
	ck_assert_str_eq(profile_na_technology(p, "zigbee")->instead, "i");
	/* A row is of what it names, and "" is in none. */
	ck_assert_ptr_null(profile_na(p, ""));
	ck_assert_ptr_null(profile_na_requirement(p, ""));
	ck_assert_ptr_null(profile_na_technology(p, ""));
	ck_assert_ptr_null(profile_na(p, "zigbee"));
	ck_assert(!p->has_crypto);
	profile_free(p);
}
END_TEST

START_TEST(a_whole_profile_is_read)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x10 };
	struct profile *p = load("etc/profiles/example.yaml");
	const struct profile_action *a;

	ck_assert_str_eq(p->product_name, "Door lock X");
	ck_assert_str_eq(p->model, "DLX-1");
	ck_assert_str_eq(p->vendor, "Example Ltd");
	ck_assert_str_eq(p->firmware, "1.4.2");
	ck_assert_mem_eq(p->mac, mac, 6);
	ck_assert(p->has_ports);
	ck_assert_uint_eq(p->nports, 2);
	ck_assert_uint_eq(p->ports[0].transport, 6);
	ck_assert_uint_eq(p->ports[0].first, 443);
	ck_assert_uint_eq(p->ports[0].last, 443);
	ck_assert_uint_eq(p->ports[0].family, 0);
	ck_assert(!p->ports[0].optional);
	ck_assert_uint_eq(p->ports[0].states, (1u << STATE_COUNT) - 1);
	ck_assert_uint_eq(p->ports[1].first, 1000);
	ck_assert_uint_eq(p->ports[1].last, 1010);
	ck_assert_uint_eq(p->ports[1].family, 4);
	ck_assert(p->ports[1].optional);
	ck_assert_uint_eq(p->ports[1].states, 1u << STATE_OPERATING);
	ck_assert_uint_eq(p->recovery_ms, 30000);
	ck_assert_uint_eq(p->sources_max, 512);
	ck_assert_uint_eq(p->is_headers_only, 1);
	ck_assert_uint_eq(p->nhazards, 3);
	ck_assert_str_eq(p->hazards[2], "unlocks");
	ck_assert_uint_eq(p->nactions, 3);
	a = profile_action(p, "power.cycle");
	ck_assert_ptr_nonnull(a);
	ck_assert_int_eq(a->by, ACTION_BY_HOOK);
	ck_assert_str_eq(a->hook, "relay-cycle");
	ck_assert_str_eq(a->prompt, "");
	ck_assert_uint_eq(a->limit_ms, 60000);
	ck_assert_int_eq(a->check, ACTION_CHECK_REBOOT);
	a = profile_action(p, "trigger");
	ck_assert_int_eq(a->by, ACTION_BY_PERSON);
	ck_assert_int_eq(a->check, ACTION_CHECK_TCP);
	ck_assert_uint_eq(a->check_port, 1000);
	ck_assert_ptr_null(profile_action(p, "power"));
	profile_free(p);
}
END_TEST

static bool
declares(const struct profile *p, uint8_t transport, uint16_t port)
{
	size_t i;

	for (i = 0; i < p->nports; i++)
		if (p->ports[i].transport == transport &&
		    p->ports[i].first <= port && port <= p->ports[i].last)
			return true;
	return false;
}

START_TEST(the_reference_device_declares_its_services)
{
	static const uint16_t tcp[] = { 22, 23, 80, 443, 1883, 8883 };
	struct profile *p = load("etc/profiles/reference-device.yaml");
	size_t i;

	ck_assert_str_eq(p->product_name, "Reference device");
	for (i = 0; i < sizeof(tcp) / sizeof(tcp[0]); i++)
		ck_assert_msg(declares(p, 6, tcp[i]), "tcp %u", tcp[i]);
	ck_assert(declares(p, 17, 5683));
	ck_assert(!declares(p, 6, 5683));
	profile_free(p);
}
END_TEST

START_TEST(without_a_word_on_it_a_device_is_recorded_whole)
{
	struct err e;
	struct profile *p = parse(HEAD, &e);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(p->is_headers_only, 0);
	profile_free(p);
}
END_TEST

START_TEST(no_key_ports_is_not_an_empty_list_of_ports)
{
	struct err e;
	struct profile *p = parse(HEAD, &e);

	ck_assert_ptr_nonnull(p);
	ck_assert(!p->has_ports);
	profile_free(p);
	p = parse(HEAD "ports: []\n", &e);
	ck_assert_ptr_nonnull(p);
	ck_assert(p->has_ports);
	ck_assert_uint_eq(p->nports, 0);
	profile_free(p);
	/* Neither: whoever wrote it forgot something. */
	ck_assert_ptr_null(parse(HEAD "ports:\n", &e));
}
END_TEST

START_TEST(a_mac_address_is_read_in_either_case)
{
	static const uint8_t mac[6] = { 0xfe, 0xab, 0xcd, 0x01, 0x23, 0x45 };
	struct err e;
	struct profile *p = parse(HEAD "mac: FE:ab:Cd:01:23:45\n", &e);

	ck_assert_ptr_nonnull(p);
	ck_assert_mem_eq(p->mac, mac, 6);
	profile_free(p);
}
END_TEST

START_TEST(one_port_may_differ_by_family_transport_or_state)
{
	struct err e;
	struct profile *p = parse(HEAD
	    "ports:\n"
	    "  - {transport: tcp, port: 80, family: ipv4, states: [factory]}\n"
	    "  - {transport: tcp, port: 80, family: ipv6}\n"
	    "  - {transport: udp, port: 80}\n"
	    "  - {transport: tcp, port: 80, family: ipv4, states: [reset]}\n",
	    &e);

	ck_assert_msg(p != NULL, "%u: %s", e.line, e.text);
	ck_assert_uint_eq(p->nports, 4);
	profile_free(p);
}
END_TEST

#define PORT(text) "ports: [{transport: tcp, port: " text "}]\n"
#define PORT_ERROR(text) \
	"p.yaml:3:32: port: expected 1 to 65535 or a range like 1000-2000, " \
	"found " text

#define FLOW(text) "flows: [{to: a.example.com, port: " text "}]\n"
#define FLOW_ERROR(text) \
	"p.yaml:3:35: port: expected 1 to 65535 or a range like 1000-2000, " \
	"found \"" text "\""

#define AUTH(text) "authentication: [{interface: https, " text "}]\n"

static const struct {
	const char *rest, *error;
} refused[] = {
	{ PORT("x"), PORT_ERROR("\"x\"") },
	{ PORT("0"), PORT_ERROR("\"0\"") },
	{ PORT("65536"), PORT_ERROR("\"65536\"") },
	{ PORT("99999"), PORT_ERROR("\"99999\"") },
	{ PORT("20-10"), PORT_ERROR("\"20-10\"") },
	{ PORT("10-"), PORT_ERROR("\"10-\"") },
	{ PORT("-10"), PORT_ERROR("\"-10\"") },
	{ PORT("10-20-30"), PORT_ERROR("\"10-20-30\"") },
	{ PORT("\"80 \""), PORT_ERROR("\"80 \"") },
	{ PORT("[80]"), PORT_ERROR("a list") },
	{ FLOW("99999"), FLOW_ERROR("99999") },
	{ FLOW("0"), FLOW_ERROR("0") },
	{ FLOW("1-65536"), FLOW_ERROR("1-65536") },
	{ FLOW("20-10"), FLOW_ERROR("20-10") },
	{ "ports: [{port: 80}]\n",
	    "p.yaml:3:9: the key \"transport\" is missing" },
	{ "ports: [{transport: sctp, port: 80}]\n",
	    "p.yaml:3:21: transport: expected one of tcp, udp, found "
	    "\"sctp\"" },
	{ "ports:\n", "p.yaml:3:7: ports: expected a list, found nothing" },
	{ "ports:\n  - {transport: tcp, port: 80-90}\n"
	  "  - {transport: tcp, port: 85, family: ipv6}\n",
	    "p.yaml:5:5: ports: declared already in line 4" },
	{ "mac: 02:00:00:00:00\n",
	    "p.yaml:3:6: mac: expected a device's MAC address such as "
	    "02:00:00:00:00:10, found \"02:00:00:00:00\"" },
	{ "mac: ff:ff:ff:ff:ff:ff\n",
	    "p.yaml:3:6: mac: expected a device's MAC address such as "
	    "02:00:00:00:00:10, found \"ff:ff:ff:ff:ff:ff\"" },
	{ "mac: \"00:00:00:00:00:00\"\n",
	    "p.yaml:3:6: mac: expected a device's MAC address such as "
	    "02:00:00:00:00:10, found \"00:00:00:00:00:00\"" },
	{ "hazards: [explodes]\n",
	    "p.yaml:3:11: hazards: expected one of prints, sounds, moves, "
	    "heats, unlocks, costs, found \"explodes\"" },
	{ "actions: {a: {by: hook, check: {kind: up}}}\n",
	    "p.yaml:3:14: a: the key \"hook\" is missing: by: hook wants its "
	    "name" },
	{ "actions: {a: {by: person, check: {kind: up}}}\n",
	    "p.yaml:3:14: a: the key \"prompt\" is missing: by: person wants "
	    "what the person is to do" },
	{ "actions: {a: {by: hook, hook: h}}\n",
	    "p.yaml:3:14: the key \"check\" is missing" },
	{ "actions: {a: {by: hook, hook: /bin/sh, check: {kind: up}}}\n",
	    "p.yaml:3:31: hook: expected a hook's name in assayd.yaml, found "
	    "\"/bin/sh\"" },
	{ "actions: {a: {by: hook, hook: h, command: [x]}}\n",
	    "p.yaml:3:34: unknown key \"command\"; known here: by, hook, "
	    "prompt, impact, limit, check, hazards" },
	{ "actions: {a: {by: hook, hook: h, check: {kind: tcp}}}\n",
	    "p.yaml:3:14: a: the check's key \"port\" is missing: kind: tcp "
	    "wants one" },
	{ "actions: {a: {by: hook, hook: h, check: {kind: up, port: 2}}}\n",
	    "p.yaml:3:14: a: the check's key \"port\" belongs to kind: tcp "
	    "alone" },
	{ "actions: {\"a b\": {}}\n",
	    "p.yaml:3:11: actions: expected an action's name such as "
	    "power.cycle as a key, found \"a b\"" },
	{ "interfaces: [{kind: lora}]\n",
	    "p.yaml:3:21: kind: expected one of ethernet, wifi, ble, "
	    "bluetooth-classic, zigbee, thread, zwave, cellular, nfc, sub-ghz, "
	    "infrared, usb, serial, debug, card, buttons, other, found "
	    "\"lora\"" },
	{ AUTH("factor: knowledge, secret: pin"),
	    "p.yaml:3:18: the key \"length\" or \"keyspace\" is missing: what "
	    "can be known can be guessed" },
	{ AUTH("factor: possession"),
	    "p.yaml:3:18: the key \"secret\" is missing: what shows the "
	    "factor?" },
	{ AUTH("factor: none, secret: pin"),
	    "p.yaml:3:18: factor: none has no secret and no figures" },
	{ AUTH("factor: knowledge, secret: pin, length: 4, tries: 3"),
	    "p.yaml:3:18: the keys \"tries\", \"lockout\" and \"scope\" belong "
	    "together" },
	{ AUTH("factor: knowledge, secret: pin, length: 0"),
	    "p.yaml:3:77: length: expected a number from 1 to 9999, found "
	    "\"0\"" },
	{ AUTH("factor: knowledge, secret: pin, keyspace: 10^4"),
	    "p.yaml:3:79: keyspace: expected a number such as 1000000 or "
	    "2^128, found \"10^4\"" },
	{ "credentials: [{account: a}]\n",
	    "p.yaml:3:15: expected one of the keys \"file\", \"env\", "
	    "found none" },
	{ "credentials: [{account: a, file: /s, env: S}]\n",
	    "p.yaml:3:15: expected one of the keys \"file\", \"env\", "
	    "found more than one" },
	{ "credentials: [{account: a, password: hunter2}]\n",
	    "p.yaml:3:28: unknown key \"password\"; known here: account, "
	    "service, port, role, file, env, states" },
	{ "credentials: [{account: a, file: ../s}]\n",
	    "p.yaml:3:34: file: expected the absolute path of a file, found "
	    "\"../s\"" },
	{ "credentials: [{account: a, port: 65536, env: S}]\n",
	    "p.yaml:3:34: port: expected 1 to 65535, found \"65536\"" },
	{ "defaults: [{secret: pin, file: s}]\n",
	    "p.yaml:3:12: the key \"sample\" is missing" },
	{ "defaults: [{sample: 1, secret: pin, value: 1234}]\n",
	    "p.yaml:3:37: unknown key \"value\"; known here: sample, secret, "
	    "account, file, states" },
	{ "defaults: [{sample: 1, secret: pin, file: ../s}]\n",
	    "p.yaml:3:43: file: expected a file's name, without a folder, "
	    "found \"../s\"" },
	{ "crypto: [{interface: wifi, role: peer, versions: [wpa4]}]\n",
	    "p.yaml:3:51: versions: expected one of none, ssl3, tls1.0, "
	    "tls1.1, tls1.2, tls1.3, dtls1.0, dtls1.2, dtls1.3, quic1, ssh2, "
	    "oscore, wep, wpa, wpa2, wpa3, ble-legacy, "
	    "ble-secure-connections, zigbee3, zwave-s0, zwave-s2, thread, "
	    "matter, own, found \"wpa4\"" },
	{ "crypto: [{interface: a, role: peer, versions: [none, wpa2]}]\n",
	    "p.yaml:3:10: versions: none stands alone, and has no suites" },
	{ "crypto: [{interface: a, role: peer, versions: []}]\n",
	    "p.yaml:3:47: versions: expected 1 to 16 entries, found 0" },
	{ "updates: [{way: usb}]\n",
	    "p.yaml:3:11: the key \"signature\" is missing" },
	{ "updates: [{way: download, signature: none}]\n",
	    "p.yaml:3:11: the key \"host\" is missing: way: download wants the "
	    "host that it comes from" },
	{ "updates: [{way: usb, signature: none, port: 443}]\n",
	    "p.yaml:3:11: the keys \"transport\" and \"port\" belong to a "
	    "\"host\"" },
	{ "resets: [{way: button, erases: everything, action: reset}]\n",
	    "p.yaml:3:10: action: reset is not among the profile's actions" },
	{ "ports: [{transport: udp, port: 80}]\n"
	  "essential: [{function: f, kind: http, port: 80}]\n",
	    "p.yaml:4:13: port: TCP port 80 is not among the profile's ports "
	    "in that state" },
	{ "essential: [{function: f, kind: tls, port: 1, path: /}]\n",
	    "p.yaml:3:53: path: belongs to kind: http and coap alone" },
	{ "essential: [{function: f, kind: tls, port: 1, expect: x}]\n",
	    "p.yaml:3:55: expect: kind: tls works when its handshake does" },
	{ "essential: [{function: f, kind: coap, port: 1, expect: 200}]\n",
	    "p.yaml:3:56: expect: kind: coap wants a CoAP code such as 2.05" },
	{ "not_applicable: [{check: NET-03, technology: ble, reason: r, "
	  "by: b}]\n",
	    "p.yaml:3:18: expected one of the keys \"check\", "
	    "\"requirement\", \"technology\", found more than one" },
	{ "not_applicable: [{requirement: IAC-01, reason: r, by: b}]\n",
	    "p.yaml:3:32: requirement: expected a requirement with its scheme "
	    "such as USCTM:IAC-02, found \"IAC-01\"" },
	{ "technologies: [ble]\n"
	  "not_applicable: [{technology: ble, reason: r, by: b}]\n",
	    "p.yaml:4:18: technology: ble is among the profile's "
	    "technologies" },
	{ "recording: header\n",
	    "p.yaml:3:12: recording: expected one of full, headers, found "
	    "\"header\"" },
	{ "recovery: 30\n",
	    "p.yaml:3:11: recovery: expected a duration such as 30s, 0ms to "
	    "24h, found \"30\"" },
};

START_TEST(a_bad_profile_is_refused_with_place_and_cause)
{
	char text[600], found[900];
	struct err e;

	snprintf(text, sizeof(text), HEAD "%s", refused[_i].rest);
	ck_assert_ptr_null(parse(text, &e));
	ck_assert_str_eq(
	    err_format(&e, found, sizeof(found)), refused[_i].error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("profile");
	TCase *tc = tcase_create("profile");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_whole_profile_is_read);
	tcase_add_test(tc, tables_are_rows_of_named_cells);
	tcase_add_test(tc, ways_in_and_what_protects_them_are_read);
	tcase_add_test(tc,
	    what_is_not_applicable_is_a_check_a_requirement_or_a_technology);
	tcase_add_test(tc, the_reference_device_declares_its_services);
	tcase_add_test(tc, without_a_word_on_it_a_device_is_recorded_whole);
	tcase_add_test(tc, no_key_ports_is_not_an_empty_list_of_ports);
	tcase_add_test(tc, a_mac_address_is_read_in_either_case);
	tcase_add_test(tc, one_port_may_differ_by_family_transport_or_state);
	tcase_add_loop_test(tc, a_bad_profile_is_refused_with_place_and_cause,
	    0, (int)(sizeof(refused) / sizeof(refused[0])));
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
