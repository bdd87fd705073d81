/*
 * Ways in which people get their files wrong, in every kind of file that they
 * write: each is refused at its place, with what was expected there.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "catalogue/catalogue.h"
#include "reports/report_lab.h"
#include "scenarios/conf.h"
#include "scenarios/messages.h"
#include "scenarios/profile.h"
#include "scenarios/scenario.h"

enum kind {
	SCENARIO,
	PROFILE,
	CONF,
	MESSAGES,
	LAB,
	CHECKS, /* these of a lab's overlay of the catalogue */
	SCHEMES,
	CONFIRMATIONS,
	TEXTS,
};

static char directory[] = "/tmp/assay-check-XXXXXX";

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void
teardown(void)
{
	rmdir(directory);
	memset(directory + sizeof(directory) - 7, 'X', 6);
}

static char *
write_file(const char *folder, const char *bytes, size_t size)
{
	char *path, *under = xasprintf("%s/%s", directory, folder);
	FILE *f;

	if (folder[0] != '\0')
		ck_assert_int_eq(mkdir(under, 0755), 0);
	path = xasprintf("%s/f.yaml", under);
	free(under);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

/* Is it refused? */
static bool
refuses_overlay(
    const char *folder, const char *bytes, size_t size, struct err *e)
{
	char *path = write_file(folder, bytes, size),
	     *under = xasprintf("%s/%s", directory, folder);
	struct catalogue *c = catalogue_load("etc/catalogue", directory, e);
	bool is_refused = c == NULL;

	catalogue_free(c);
	unlink(path);
	rmdir(under);
	free(path);
	free(under);
	return is_refused;
}

static bool
refuses_lab(const char *bytes, size_t size, struct err *e)
{
	char *path = write_file("", bytes, size);
	json_t *lab = report_lab_read(path, e);
	bool is_refused = lab == NULL;

	json_decref(lab);
	unlink(path);
	free(path);
	return is_refused;
}

static bool
refuses(enum kind kind, const char *bytes, size_t size, struct err *e)
{
	static const char *const folders[] = { [CHECKS] = "checks",
		[SCHEMES] = "schemes",
		[CONFIRMATIONS] = "confirmations",
		[TEXTS] = "texts" };
	struct scenario *s;
	struct profile *p;
	struct conf *c;
	struct messages *m;
	bool is_refused;

	switch (kind) {
	case SCENARIO:
		s = scenario_parse(bytes, size, "f.yaml", e);
		is_refused = s == NULL;
		scenario_free(s);
		return is_refused;
	case PROFILE:
		p = profile_parse(bytes, size, "f.yaml", e);
		is_refused = p == NULL;
		profile_free(p);
		return is_refused;
	case CONF:
		c = conf_parse(bytes, size, "f.yaml", e);
		is_refused = c == NULL;
		conf_free(c);
		return is_refused;
	case MESSAGES:
		m = messages_parse(bytes, size, "f.yaml", e);
		is_refused = m == NULL;
		messages_free(m);
		return is_refused;
	case LAB:
		return refuses_lab(bytes, size, e);
	case CHECKS:
	case SCHEMES:
	case CONFIRMATIONS:
	case TEXTS:
		return refuses_overlay(folders[kind], bytes, size, e);
	}
	return false;
}

#define S "version: 1\nname: s\ntitle: t\n"
#define P "version: 1\nproduct: {name: Lamp}\nfirmware: \"1\"\n"
#define C "version: 1\nbench: b\n"
#define L "version: 1\nname: Lab\n"
#define TEXT(t) t, sizeof(t) - 1

static const struct {
	enum kind kind;
	const char *text;
	size_t size;
	const char *place; /* "line:column: what was expected" */
} mistakes[] = {
	/* what YAML itself refuses */
	{ SCENARIO, TEXT(""), "1:1: the file is empty" },
	{ SCENARIO, TEXT("\n# nothing\n"), "1:1: the file is empty" },
	{ SCENARIO, TEXT("---\n...\n"),
	    "2:1: expected keys and values, beginning with version: 1" },
	{ SCENARIO, TEXT(S "steps:\n\t- probe: tcp.ports\n"),
	    "5:1: not YAML: spaces alone indent, found a tab" },
	{ SCENARIO, TEXT(S "steps:\n  - probe: tcp.ports\n\tparams: {}\n"),
	    "6:1: not YAML: spaces alone indent, found a tab" },
	{ PROFILE, TEXT("version: 1\nproduct:\n\tname: x\n"),
	    "3:1: not YAML: spaces alone indent, found a tab" },
	{ SCENARIO, TEXT(S "steps:\n  - probe: tcp.ports\n   params: {}\n"),
	    "6:4: not YAML: expected '- ' or a line indented as "
	    "the one above" },
	{ SCENARIO, TEXT(S "steps:\n  - probe: tcp.ports\n      timeout: 5s\n"),
	    "6:14: not YAML: no key can be here: is the line "
	    "indented as those above, is a text with a ':' in "
	    "quotes?" },
	{ PROFILE, TEXT("version: 1\n product: x\n"),
	    "2:9: not YAML: no key can be here: is the line "
	    "indented as those above, is a text with a ':' in "
	    "quotes?" },
	{ PROFILE, TEXT("version:1\n"),
	    "1:1: expected keys and values, beginning with version: 1" },
	{ PROFILE, TEXT("version: 1\nproduct {name: x}\n"),
	    "2:1: unknown key \"product {name\"; known here: " },
	{ PROFILE, TEXT("version: 1\nproduct: {name: x\nfirmware: 1\n"),
	    "3:9: not YAML: did not find expected ',' or '}'" },
	{ PROFILE, TEXT("version: 1\nfirmware: \"1\n"),
	    "3:1: not YAML: a quote is not closed" },
	{ PROFILE, TEXT("version: 1\nfirmware: 'it's'\n"),
	    "2:15: not YAML: expected a key: is the line "
	    "indented as those above, are quotes in their "
	    "places?" },
	{ PROFILE, TEXT("version: 1\nfirmware: @1\n"),
	    "2:11: not YAML: a text that begins so must be in quotes" },
	{ PROFILE, TEXT("version: 1\nfirmware: %1\n"),
	    "2:11: not YAML: a text that begins so must be in quotes" },
	{ PROFILE, TEXT("version: 1\nfirmware: a: b\n"),
	    "2:12: not YAML: no key can be here: is the line "
	    "indented as those above, is a text with a ':' in "
	    "quotes?" },
	{ SCENARIO, TEXT(S "steps: [a, b\n"),
	    "5:1: not YAML: did not find expected ',' or ']'" },
	{ SCENARIO, TEXT("version: 1\nname: &x s\ntitle: t\nsteps: []\n"),
	    "2:7: anchors (&name) are not accepted" },
	{ SCENARIO, TEXT("version: 1\nname: s\ntitle: *x\n"),
	    "3:8: aliases (*name) are not accepted" },
	{ SCENARIO, TEXT("version: 1\n<<: *base\n"),
	    "2:5: aliases (*name) are not accepted" },
	{ SCENARIO, TEXT("version: !!int 1\n"),
	    "1:10: tags (!name) are not accepted" },
	{ SCENARIO, TEXT("version: 1\n---\nversion: 1\n"),
	    "2:1: a second document; one is accepted" },
	{ SCENARIO, TEXT("version: 1\nname: s\nname: t\n"),
	    "3:1: the key \"name\" is there twice, first in line 2" },
	{ SCENARIO, TEXT("- version: 1\n"),
	    "1:1: expected keys and values, beginning with version: 1" },
	{ SCENARIO, TEXT("version\n"),
	    "1:1: expected keys and values, beginning with version: 1" },
	{ SCENARIO, TEXT("{\"version\": 1, \"name\": \"s\",}\n"),
	    "1:1: the key \"steps\" is missing" },
	{ PROFILE, TEXT("version: 1\n? [a]\n: b\n"),
	    "2:3: a key must be a text" },
	/* the bytes */
	{ PROFILE, TEXT("\xef\xbb\xbf" P),
	    "1:1: expected UTF-8 without a byte order mark" },
	{ PROFILE, TEXT("\xff\xfev\0e\0r\0"),
	    "1:1: expected UTF-8, found UTF-16" },
	{ PROFILE, TEXT("\xfe\xff\0v\0e\0r"),
	    "1:1: expected UTF-8, found UTF-16" },
	{ PROFILE, TEXT("version: 1\nproduct: {name: L\0mp}\n"),
	    "2:18: expected UTF-8 without control characters, "
	    "found the byte 0x00" },
	{ PROFILE, TEXT("version: 1\nproduct: {name: Gr\xfc\xdf}\n"),
	    "2:19: expected UTF-8 without control characters, "
	    "found the byte 0xfc" },
	{ PROFILE, TEXT("version: 1\rproduct: {name: x}\r"),
	    "1:11: expected a line end of Linux or Windows, "
	    "found a carriage return alone" },
	{ PROFILE, TEXT("version: 1\r\nproduct: 5\r\n"),
	    "2:10: product: expected keys and values, found \"5\"" },
	{ PROFILE, TEXT("version: 1\nproduct: {name: \"a\\u202eb\"}\n"),
	    "2:17: a text may hold no control character and no line end" },
	{ PROFILE, TEXT("version: 1\nproduct:\xc2\xa0{name: x}\n"),
	    "2:1: unknown key \"product: {name\"; known here: " },
	{ PROFILE, TEXT("PK\x03\x04"),
	    "1:3: expected UTF-8 without control characters, "
	    "found the byte 0x03" },
	{ PROFILE, TEXT("%PDF-1.7\n"),
	    "1:7: not YAML: found unexpected non-alphabetical character" },
	{ PROFILE, TEXT("<html>\n<body>\n"),
	    "1:1: expected keys and values, beginning with version: 1" },
	/* keys and values */
	{ SCENARIO, TEXT("name: s\n"),
	    "1:1: the key \"version\" is missing: expected version: 1" },
	{ SCENARIO, TEXT("version: 2\n"),
	    "1:10: version: expected 1, found \"2\"" },
	{ SCENARIO, TEXT("version: one\n"),
	    "1:10: version: expected 1, found \"one\"" },
	{ SCENARIO, TEXT("version: 1\nnmae: s\n"),
	    "2:1: unknown key \"nmae\", did you mean \"name\"?" },
	{ SCENARIO, TEXT("Version: 1\n"),
	    "1:1: the key \"version\" is missing: expected version: 1" },
	{ SCENARIO, TEXT(S "steps: tcp.ports\n"),
	    "4:8: steps: expected a list, found \"tcp.ports\"" },
	{ SCENARIO, TEXT(S "steps: []\n"),
	    "4:8: steps: expected 1 to 1000 entries, found 0" },
	{ SCENARIO, TEXT(S), "1:1: the key \"steps\" is missing" },
	{ SCENARIO, TEXT(S "steps: [{prob: tcp.ports}]\n"),
	    "4:10: unknown key \"prob\", did you mean \"probe\"?" },
	{ SCENARIO, TEXT(S "steps: [{probe: [tcp.ports]}]\n"),
	    "4:17: probe: expected a probe's name such as "
	    "tcp.ports, found a list" },
	{ SCENARIO, TEXT(S "mode: seald\nsteps: [{probe: tcp.ports}]\n"),
	    "4:7: mode: expected one of sealed, cloud, found \"seald\"" },
	{ SCENARIO, TEXT(S "steps: [{probe: tcp.ports, timeout: 30}]\n"),
	    "4:37: timeout: expected a duration such as 30s, 1s "
	    "to 168h, found \"30\"" },
	{ SCENARIO, TEXT(S "steps: [{probe: tcp.ports, timeout: 30 s}]\n"),
	    "4:37: timeout: expected a duration such as 30s, 1s "
	    "to 168h, found \"30 s\"" },
	{ SCENARIO, TEXT(S "steps: [{probe: tcp.ports, timeout: 1.5s}]\n"),
	    "4:37: timeout: expected a duration such as 30s, 1s "
	    "to 168h, found \"1.5s\"" },
	{ SCENARIO, TEXT(S "steps: [{probe: tcp.ports, timeout: -5s}]\n"),
	    "4:37: timeout: expected a duration such as 30s, 1s "
	    "to 168h, found \"-5s\"" },
	{ SCENARIO,
	    TEXT(S
		"steps: [{probe: tcp.ports, repeat: 99999999999999999999}]\n"),
	    "4:36: repeat: expected 1 to 100, found "
	    "\"99999999999999999999\"" },
	{ PROFILE, TEXT(P "ports: [{transport: tcp, port: 65536}]\n"),
	    "4:32: port: expected 1 to 65535 or a range like "
	    "1000-2000, found \"65536\"" },
	{ PROFILE, TEXT(P "ports: [{transport: tcp, port: 080}]\n"),
	    "4:32: port: expected 1 to 65535 or a range like "
	    "1000-2000, found \"080\"" },
	{ PROFILE, TEXT(P "ports: [{transport: tcp, port: 90-80}]\n"),
	    "4:32: port: expected 1 to 65535 or a range like "
	    "1000-2000, found \"90-80\"" },
	{ PROFILE, TEXT(P "ports: [{transport: TCP, port: 80}]\n"),
	    "4:21: transport: expected one of tcp, udp, found \"TCP\"" },
	{ PROFILE, TEXT(P "ports: {transport: tcp, port: 80}\n"),
	    "4:8: ports: expected a list, found keys and values" },
	{ PROFILE, TEXT(P "ports:\n"),
	    "4:7: ports: expected a list, found nothing" },
	{ PROFILE, TEXT("version: 1\nproduct: {}\nfirmware: a\n"),
	    "2:10: the key \"name\" is missing" },
	{ PROFILE,
	    TEXT(P "ports: [{transport: tcp, port: 80, optional: yes}]\n"),
	    "4:46: optional: expected true or false, found \"yes\"" },
	{ CONF,
	    TEXT(C "segments: [{name: w, kind: wired, interface: eth0, "
		   "addresses: [10.0.0.1]}]\n"),
	    "3:64: addresses: expected an address of the bench "
	    "with its prefix such as 10.77.0.1/24 (8 to 29 "
	    "bits) or fd77::1/64 (48 to 125), with room for the "
	    "one after it, found \"10.0.0.1\"" },
	{ CONF, TEXT(C "segments: [{name: w, kind: wirde, interface: eth0}]\n"),
	    "3:28: kind: expected one of wired, found \"wirde\"" },
	{ CONF,
	    TEXT(C "segments: [{name: w, kind: wired, interface: eth0}, {name: "
		   "w, kind: wired, interface: eth1}]\n"),
	    "3:12: the key \"addresses\" is missing" },
	{ CONF, TEXT("version: 1\nbench: \"a b\"\n"),
	    "2:8: bench: expected a name: up to 63 letters, "
	    "digits or . _ -, found \"a b\"" },
	{ MESSAGES, TEXT("version: 1\nlanguage: english\nmessages: {}\n"),
	    "2:11: language: expected two letters such as en, "
	    "found \"english\"" },
	{ MESSAGES, TEXT("version: 1\nlanguage: en\nmessages: {Tcp: x}\n"),
	    "3:12: messages: expected a code such as "
	    "tcp.undeclared_open as a key, found \"Tcp\"" },
	{ MESSAGES, TEXT("version: 1\nlanguage: en\nmessages: {a.b: [x]}\n"),
	    "3:17: a.b: expected a text of 1 to 1000 bytes, found a list" },
	{ LAB, TEXT("version: 1\nnmae: Lab\n"),
	    "2:1: unknown key \"nmae\", did you mean \"name\"?" },
	{ LAB, TEXT(L "issued: 23.11.2026\n"),
	    "3:9: issued: expected a date such as 2026-11-23, "
	    "found \"23.11.2026\"" },
	{ LAB, TEXT(L "authorised: {by: B}\n"),
	    "3:13: the key \"date\" is missing" },
	{ LAB, TEXT(L "opinions: one\n"),
	    "3:11: opinions: expected a list, found \"one\"" },
	{ CHECKS, TEXT("version: 1\nchekcs: []\n"),
	    "2:1: unknown key \"chekcs\", did you mean \"checks\"?" },
	{ CHECKS, TEXT("version: 1\nchecks: [{id: NET-01}]\n"),
	    "2:10: the key \"title\" is missing" },
	{ SCHEMES, TEXT("version: 1\nscheme: X\n"),
	    "1:1: the key \"title\" is missing" },
	{ CONFIRMATIONS,
	    TEXT("version: 1\nconfirmations:\n  - {check: ZB-04, by: J, "
		 "clause: c, level: requierd}\n"),
	    "3:45: level: expected one of info, recommended, "
	    "required, found \"requierd\"" },
	{ CONFIRMATIONS,
	    TEXT("version: 1\nconfirmations:\n  - {check: ZB-99, by: J, "
		 "clause: c, level: required}\n"),
	    "3:5: check ZB-99 is nowhere defined" },
	{ TEXTS,
	    TEXT("version: 1\ntexts: [{requirement: \"JC-STAR:S9\", text: "
		 "x}]\n"),
	    "2:9: requirement JC-STAR:S9 is nowhere defined" },
};

START_TEST(each_is_refused_at_its_place_with_what_was_expected)
{
	struct err e = { .line = 0 };
	char found[2 * sizeof(e.text)];

	ck_assert(refuses(
	    mistakes[_i].kind, mistakes[_i].text, mistakes[_i].size, &e));
	snprintf(found, sizeof(found), "%u:%u: %s", e.line, e.column, e.text);
	found[strlen(mistakes[_i].place)] = '\0'; /* a long list may follow */
	ck_assert_str_eq(found, mistakes[_i].place);
	/* In which file it is is said, too. */
	ck_assert(strlen(e.file) >= 6 &&
	    strcmp(e.file + strlen(e.file) - 6, "f.yaml") == 0);
}
END_TEST

/* Neither waits nor reads further than a file may be long. */
START_TEST(what_is_no_such_file_is_refused_by_its_name)
{
	static const char *const why[] = { "No such file or directory",
		"not a file", "not a file", "everybody may write it",
		"larger than 1048576 bytes", "the file is empty" };
	char *path = xasprintf("%s/f.yaml", directory);
	struct err e = { .line = 0 };
	int fd = -1;

	if (_i == 1)
		ck_assert_int_eq(mkdir(path, 0700), 0);
	if (_i == 2)
		ck_assert_int_eq(mkfifo(path, 0600), 0);
	if (_i >= 3)
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (_i == 3)
		ck_assert_int_eq(fchmod(fd, 0666), 0);
	if (_i == 4)
		ck_assert_int_eq(ftruncate(fd, 100 << 20), 0);
	ck_assert_ptr_null(conf_load(path, &e));
	ck_assert_str_eq(e.text, why[_i]);
	ck_assert_str_eq(e.file, path);
	e.text[0] = '\0';
	ck_assert_ptr_null(report_lab_read(path, &e));
	ck_assert_str_eq(e.text, why[_i]);
	if (fd != -1)
		close(fd);
	remove(path);
	free(path);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("yaml_mistakes");
	TCase *c = tcase_create("mistakes");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c,
	    each_is_refused_at_its_place_with_what_was_expected, 0,
	    (int)(sizeof(mistakes) / sizeof(mistakes[0])));
	tcase_add_loop_test(
	    c, what_is_no_such_file_is_refused_by_its_name, 0, 6);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
