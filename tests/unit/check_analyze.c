/*
 * check_analyze: what a capture made elsewhere shows of a device: a login that
 * was seen fails on its frames, nothing ever passes, and it is never guessed
 * which device is meant.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "captures/capture_file.h"
#include "judging/analyze.h"
#include "tests/unit/capture_ground.h"
#include "tests/unit/stored_frames.h"

static const char with_mac[] = "version: 1\n"
			       "product: {name: Lock}\n"
			       "mac: 02:00:00:00:00:10\n"
			       "ports: []\n"
			       "recovery: 1s\n";
static const char without_mac[] = "version: 1\n"
				  "product: {name: Lock}\n"
				  "ports: []\n"
				  "recovery: 1s\n";
static const struct stored_flow telnet = { true, 6, 23, 40000 };
static const struct stored_flow to_telnet = { false, 6, 23, 40000 };
static const struct stored_flow tls = { true, 6, 443, 40001 };
static const struct stored_flow dns = { true, 17, 40002, 53 };
static const char record[] = "\x16\x03\x01\x01\x05login";
static const char question[] = "\0\1\1\0\0\1\0\0\0\0\0\0\4time\4lock\0\0\1\0\1";

static struct ground ground;
static struct profile *profile;
static struct stored image;
static struct analyze_request q;
static json_t *senders, *result;
static struct err e;
static char *path, *worker, *probe_dir;

/* Tests lie in BUILD/tests/unit. */
static char *
build_path(const char *file)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int up;

	ck_assert_int_gt(n, 0);
	exe[n] = '\0';
	for (up = 0; up < 3; up++)
		*strrchr(exe, '/') = '\0';
	return xasprintf("%s/%s", exe, file);
}

static void
use_profile(const char *text)
{
	profile_free(profile);
	profile = profile_parse(text, strlen(text), "p.yaml", &e);
	ck_assert_msg(profile != NULL, "%s", e.text);
	q.profile = profile;
}

static void
set_up(void)
{
	ground_begin(&ground);
	path = xasprintf("%s/x.pcap", ground.path);
	worker = build_path("assay-worker");
	probe_dir = build_path("tests/probes");
	stored_begin(&image, 1);
	memset(&q, 0, sizeof(q));
	q.file = path;
	q.worker = worker;
	q.probe_dir = probe_dir;
	q.probe = "sample.passive";
	q.output = -1;
	use_profile(with_mac);
}

static void
tear_down(void)
{
	json_decref(senders);
	json_decref(result);
	senders = result = NULL;
	stored_end(&image);
	profile_free(profile);
	profile = NULL;
	free(path);
	free(worker);
	free(probe_dir);
	ground_end(&ground);
}

static void
run(void)
{
	stored_write(&image, path);
	e.text[0] = '\0';
	result = analyze(&q, &senders, &e);
}

static void
run_well(void)
{
	run();
	ck_assert_msg(result != NULL, "%s", e.text);
}

static void
add(const struct stored_flow *flow, const char *text, size_t size)
{
	static uint64_t n;

	stored_add_flow(&image, flow, text, size, STORED_BEGIN + n++);
}

static const json_t *
verdict(size_t n)
{
	return json_array_get(json_object_get(result, "verdicts"), n);
}

static const char *
string_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "(none)" : s;
}

static json_int_t
integer_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

START_TEST(login_that_was_seen_fails_on_its_frames)
{
	const json_t *one;
	char hex[SHA256_HEX_SIZE];

	add(&tls, record, 10);                     /* 1 */
	add(&to_telnet, "\r\n", 2);                /* 2 */
	add(&dns, question, sizeof(question) - 1); /* 3 */
	add(&telnet, "lock login: ", 12);          /* 4 */
	add(&to_telnet, "root\r\n", 6);            /* 5 */
	add(&tls, record, 10);                     /* 6 */
	run_well();
	ck_assert_str_eq(string_of(verdict(0), "verdict"), "fail");
	ck_assert_str_eq(string_of(verdict(0), "check"), "TEST-06");
	ck_assert_str_eq(string_of(verdict(0), "reason"), "sample.login_seen");
	ck_assert_int_eq(integer_of(verdict(0), "frames"), 3);
	ck_assert_int_eq(integer_of(result, "exit"), 1);
	one = json_array_get(json_object_get(verdict(0), "evidence"), 0);
	ck_assert_int_eq(integer_of(one, "first"), 2);
	ck_assert_int_eq(integer_of(one, "last"), 5);
	ck_assert_int_eq(integer_of(one, "count"), 3);
	ck_assert_uint_eq(strlen(string_of(one, "sha256")), 64);
	sha256_hex(image.bytes, image.size, hex);
	ck_assert_str_eq(string_of(result, "sha256"), hex);
	ck_assert_str_eq(
	    json_string_value(json_array_get(
		json_object_get(json_object_get(result, "device"), "names"),
		0)),
	    "time.lock");
}
END_TEST

START_TEST(only_tls_seen_is_not_said_to_pass)
{
	add(&tls, record, 10);
	run_well();
	ck_assert_str_eq(string_of(verdict(0), "verdict"), "inconc");
	ck_assert_str_eq(string_of(verdict(0), "said"), "pass");
	ck_assert_str_eq(string_of(verdict(0), "reason"), "foreign_capture");
	ck_assert_str_eq(
	    string_of(json_object_get(verdict(0), "values"), "said_reason"),
	    "sample.only_tls");
	ck_assert_int_eq(integer_of(verdict(0), "frames"), 1);
	ck_assert_int_eq(integer_of(result, "exit"), 2);
}
END_TEST

START_TEST(what_another_device_says_is_not_held_against_this_one)
{
	uint8_t frame[STORED_FRAME_MAX];
	size_t n = stored_frame(frame, &telnet, "login: ", 7);

	add(&tls, record, 10);
	frame[6 + 5] = 0x77;     /* another's MAC */
	frame[14 + 12 + 3] = 77; /* and address */
	stored_add(&image, frame, n, n, STORED_BEGIN);
	run_well();
	ck_assert_str_eq(string_of(verdict(0), "verdict"), "inconc");
	/* With its own address spoofed there is still no frame of the device
	 * to show it, so nothing fails. */
	frame[14 + 12 + 3] = 10;
	stored_add(&image, frame, n, n, STORED_BEGIN);
	json_decref(result);
	run_well();
	ck_assert_str_ne(string_of(verdict(0), "verdict"), "fail");
	ck_assert_str_ne(string_of(verdict(0), "verdict"), "pass");
}
END_TEST

START_TEST(device_is_the_only_sender_or_it_is_asked_for)
{
	use_profile(without_mac);
	add(&telnet, "x", 1);
	run_well();
	ck_assert_str_eq(string_of(json_object_get(result, "device"), "mac"),
	    "02:00:00:00:00:10");
	json_decref(result);
	add(&to_telnet, "x", 1);
	run();
	ck_assert_ptr_null(result);
	ck_assert_uint_eq(json_array_size(senders), 2);
	ck_assert_ptr_nonnull(strstr(e.text, "which of those below"));
	json_decref(senders);
	q.mac = "02:00:00:00:00:09";
	run_well();
	ck_assert_str_eq(string_of(json_object_get(result, "device"), "mac"),
	    "02:00:00:00:00:09");
	json_decref(result);
	q.mac = "02:00:00:00:00:99";
	run();
	ck_assert_ptr_null(result);
	ck_assert_ptr_nonnull(strstr(e.text, "02:00:00:00:00:99 (--mac)"));
	ck_assert_uint_eq(json_array_size(senders), 2);
	json_decref(senders);
	q.mac = "02:00:00:00:00";
	run();
	ck_assert_ptr_null(result);
	ck_assert_ptr_null(senders);
	ck_assert_ptr_nonnull(strstr(e.text, "not like 02:00:00:00:00:10"));
}
END_TEST

START_TEST(profile_whose_device_is_not_there_is_an_error)
{
	use_profile("version: 1\nproduct: {name: L}\n"
		    "mac: 02:00:00:00:00:55\nrecovery: 1s\n");
	add(&telnet, "login: ", 7);
	run();
	ck_assert_ptr_null(result);
	ck_assert_ptr_nonnull(
	    strstr(e.text, "02:00:00:00:00:55 (the profile's mac)"));
	ck_assert_uint_eq(json_array_size(senders), 1);
}
END_TEST

START_TEST(cut_file_is_judged_up_to_the_cut_and_says_so)
{
	add(&telnet, "login: ", 7);
	add(&telnet, "login: ", 7);
	image.size -= 3;
	run_well();
	ck_assert_int_eq(integer_of(result, "frames"), 1);
	ck_assert_ptr_nonnull(
	    strstr(string_of(result, "end"), "cut off in frame 2"));
	ck_assert_str_eq(string_of(verdict(0), "verdict"), "fail");
}
END_TEST

START_TEST(broken_file_is_an_error_with_frame_and_byte)
{
	size_t second;

	add(&telnet, "login: ", 7);
	second = image.size;
	add(&telnet, "login: ", 7);
	image.bytes[second + 11] = 0x7f;
	run();
	ck_assert_ptr_null(result);
	ck_assert_ptr_null(senders);
	ck_assert_ptr_nonnull(strstr(e.text, "x.pcap: frame 2: at byte 101"));
}
END_TEST

START_TEST(other_link_types_are_counted_not_looked_at)
{
	uint8_t frame[STORED_FRAME_MAX];
	size_t n = stored_frame(frame, &telnet, "login: ", 7);

	stored_end(&image);
	stored_begin(&image, 127); /* radiotap */
	stored_add(&image, frame, n, n, STORED_BEGIN);
	run();
	ck_assert_ptr_null(result);
	ck_assert_ptr_nonnull(senders);
	ck_assert_uint_eq(json_array_size(senders), 0);
}
END_TEST

START_TEST(probe_that_breaks_is_an_error_and_never_a_pass)
{
	static const char *const names[] = { "bad.passive_crash",
		"bad.passive_liar", "bad.filter" };
	static const char *const reasons[] = { "crashed", "no_evidence",
		"bench_failed" };

	q.probe = names[_i];
	add(&telnet, "login: ", 7);
	run_well();
	ck_assert_str_eq(string_of(verdict(0), "verdict"), "error");
	ck_assert_str_eq(string_of(verdict(0), "reason"), reasons[_i]);
	ck_assert_int_ne(integer_of(result, "exit"), 0);
	ck_assert_ptr_null(
	    json_object_get(json_object_get(result, "counts"), "pass"));
}
END_TEST

START_TEST(probe_that_only_asks_or_is_not_there_is_refused)
{
	add(&telnet, "x", 1);
	q.probe = "sample.ok";
	run();
	ck_assert_ptr_null(result);
	ck_assert_ptr_nonnull(strstr(e.text, "only asks the device"));
	q.probe = "sample.nowhere";
	run();
	ck_assert_ptr_null(result);
	ck_assert_ptr_nonnull(strstr(e.text, "no probe sample.nowhere"));
}
END_TEST

START_TEST(cited_frames_are_written_as_a_capture)
{
	const json_t *slice;
	struct capture_file *c;
	struct capture_frame f;
	char *file;
	int n = 0;

	q.output = open(ground.path, O_RDONLY | O_DIRECTORY);
	add(&tls, record, 10);
	add(&telnet, "login: ", 7);
	add(&to_telnet, "root\r\n", 6);
	run_well();
	slice = json_object_get(verdict(0), "slice");
	ck_assert_str_eq(string_of(slice, "file"), "1.pcapng");
	file = xasprintf("%s/1.pcapng", ground.path);
	c = capture_file_open(file, &e);
	ck_assert_msg(c != NULL, "%s", e.text);
	while (capture_file_next(c, &f, &e) == 1)
		n++;
	ck_assert_int_eq(n, 2);
	capture_file_close(c);
	free(file);
	close(q.output);
}
END_TEST

/* Captures that nobody here made; the device's MAC was looked up by hand. */
static const struct {
	const char *file;
	const char *mac;
	const char *name; /* that it asked for; NULL: none */
	int frames;
} real[] = {
	{ "tls/testrun-tls.pcap", "38:d1:35:01:17:fe", NULL, 588 },
	{ "tls/testrun-no_tls.pcap", "00:15:5d:0c:86:b9", "www.google.com",
	    57 },
	{ "tls/testrun-unsupported_tls.pcap", "00:15:5d:0c:86:b9", NULL, 157 },
	{ "lan/testrun-conn-startup.pcap", "98:f0:7b:d1:87:06", NULL, 17 },
	{ "lan/testrun-dns-non_dhcp_server.pcap", "00:30:64:8a:c8:cc",
	    "ntp.ubuntu.com", 16 },
	{ "lan/testrun-ntp.pcap", "38:d1:35:09:01:8e", NULL, 2383 },
};
#define REAL (sizeof(real) / sizeof(real[0]))

START_TEST(captures_of_others_are_read_and_never_pass)
{
	const json_t *names, *name;
	bool found = real[_i].name == NULL;
	char *file = xasprintf("../shared/data/%s", real[_i].file), *own;
	size_t i;

	if (access(file, R_OK) == -1) {
		printf("skipped: there is no %s\n", file);
		free(file);
		return;
	}
	own = build_path("probes");
	q.file = file;
	q.mac = real[_i].mac;
	q.probe = NULL;
	q.probe_dir = own;
	result = analyze(&q, &senders, &e);
	ck_assert_msg(result != NULL, "%s", e.text);
	ck_assert_int_eq(integer_of(result, "frames"), real[_i].frames);
	ck_assert_ptr_null(
	    json_object_get(json_object_get(result, "counts"), "pass"));
	ck_assert_ptr_null(
	    json_object_get(json_object_get(result, "counts"), "error"));
	ck_assert_int_ge(integer_of(result, "exit"), 1);
	names = json_object_get(json_object_get(result, "device"), "names");
	json_array_foreach (names, i, name)
		found = found ||
		    strcmp(json_string_value(name), real[_i].name) == 0;
	ck_assert(found);
	free(file);
	free(own);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("analyze");
	TCase *t = tcase_create("analyze");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, login_that_was_seen_fails_on_its_frames);
	tcase_add_test(t, only_tls_seen_is_not_said_to_pass);
	tcase_add_test(
	    t, what_another_device_says_is_not_held_against_this_one);
	tcase_add_test(t, device_is_the_only_sender_or_it_is_asked_for);
	tcase_add_test(t, profile_whose_device_is_not_there_is_an_error);
	tcase_add_test(t, cut_file_is_judged_up_to_the_cut_and_says_so);
	tcase_add_test(t, broken_file_is_an_error_with_frame_and_byte);
	tcase_add_test(t, other_link_types_are_counted_not_looked_at);
	tcase_add_loop_test(
	    t, probe_that_breaks_is_an_error_and_never_a_pass, 0, 3);
	tcase_add_test(t, probe_that_only_asks_or_is_not_there_is_refused);
	tcase_add_test(t, cited_frames_are_written_as_a_capture);
	tcase_add_loop_test(
	    t, captures_of_others_are_read_and_never_pass, 0, (int)REAL);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
