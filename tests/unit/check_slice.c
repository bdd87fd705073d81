/*
 * check_slice: evidence names the right frames and no others, can be checked
 * again, and shows when somebody changed something; a slice is whole or not
 * there.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "captures/pcapng.h"
#include "captures/recording.h"
#include "captures/slice.h"
#include "tests/unit/capture_ground.h"

#define STAMP 1700000000000000000u
#define PORTS 400u

static struct ground captures, evidence;
static struct recording *recording;

static void
ignore_rotated(void *arg, uint32_t number, const struct recording_file *f)
{
	(void)arg;
	(void)number;
	(void)f;
}

static void
ignore_disk(void *arg, const char *why, uint64_t lost)
{
	(void)arg;
	(void)lost;
	ck_abort_msg("disk: %s", why);
}

/* Position 2p-1 is the SYN to port p, 2p the RST from it; several files. */
static void
record(void)
{
	static const struct recording_hooks hooks = { ignore_rotated,
		ignore_disk };
	struct recording_config c = { 0, 1, 20 << 10, "wired0",
		LINKTYPE_ETHERNET_NUMBER, 65280, 0 };
	uint8_t bytes[128];
	struct frame f;
	uint16_t p;

	ground_begin(&captures);
	ground_begin(&evidence);
	c.dir = captures.dir;
	recording = recording_new(&c, &hooks, NULL);
	for (p = 1; p <= PORTS; p++) {
		f = ground_syn(bytes, 40000, p, STAMP + 2u * p - 1);
		recording_add(recording, &f);
		f = ground_rst(bytes, 40000, p, STAMP + 2u * p);
		recording_add(recording, &f);
	}
	recording_flush(recording);
}

static void
forget(void)
{
	recording_free(recording);
	ground_end(&captures);
	ground_end(&evidence);
}

static struct slice_choice
ports(uint32_t observation, uint16_t first, uint16_t last, const char *comment)
{
	struct slice_choice c = { observation, { 0 }, comment };

	c.select.proto = 6;
	c.select.remote_first = first;
	c.select.remote_last = last;
	return c;
}

static struct slice *
make(const struct slice_choice *choices, size_t n, uint64_t from, uint64_t to,
    const char *name)
{
	struct slice_request q = { 0 };
	struct slice *s;

	q.from = from;
	q.to = to;
	memcpy(q.dut_mac, ground_dut_mac, 6);
	q.name = name;
	q.headline = "NET-01 fail";
	q.interface = "wired0";
	q.choices = choices;
	q.nchoices = n;
	q.secrets_type = PCAPNG_SECRETS_TLS;
	q.secrets = "CLIENT_RANDOM 00 00\n";
	q.secrets_size = 20;
	s = slice_new(
	    captures.dir, evidence.dir, recording_index(recording), &q);
	while (slice_step(s))
		continue;
	return s;
}

static int
verify(const struct evidence *v)
{
	struct err e = { 0 };
	int r = evidence_verify(captures.dir, v, ground_dut_mac, &e);

	ck_assert((r == 1) == (e.text[0] == '\0'));
	return r;
}

/* A frame of which the headers were kept, cited, stays as it was kept, with
 * what the capture said of it. */
START_TEST(a_cut_frame_keeps_its_length_and_its_note)
{
	struct slice_choice c = ports(7, 9999, 9999, "one port");
	struct slice *s;
	struct slice_result r;
	struct pcapng_reader *reader;
	struct pcapng_frame f;
	uint8_t bytes[128];
	struct frame cut = ground_syn(bytes, 40000, 9999, STAMP + 2 * PORTS);
	char text[4096];
	ssize_t n;
	int fd;

	cut.wire_size = 1000;
	recording_add_noted(recording, &cut, "whole: 1000 bytes");
	recording_flush(recording);
	s = make(&c, 1, 0, 2 * PORTS + 1, "12/58.pcapng");
	slice_result(s, &r);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.nevidence, 1);
	ck_assert_int_eq(verify(&r.evidence[0]), 1);
	slice_free(s);
	fd = openat(evidence.dir, "12/58.pcapng", O_RDONLY);
	reader = pcapng_open(fd);
	ck_assert_int_eq(pcapng_next(reader, &f), 1);
	ck_assert_uint_eq(f.frame.size, cut.size);
	ck_assert_uint_eq(f.frame.wire_size, 1000);
	pcapng_close(reader);
	n = pread(fd, text, sizeof(text), 0);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(memmem(text, (size_t)n, "whole: 1000 bytes", 17));
	ck_assert_ptr_nonnull(memmem(text, (size_t)n, "one port: file", 14));
	close(fd);
}
END_TEST

START_TEST(few_frames_are_named_one_by_one_and_verify)
{
	struct slice_choice c[2] = { ports(7, 100, 107, "eight"),
		ports(9, 300, 300, "one port") };
	struct slice *s = make(c, 2, 0, 2 * PORTS, "12/57.pcapng");
	struct slice_result r;
	struct evidence v;
	size_t i;

	slice_result(s, &r);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.frames, 18);
	ck_assert_uint_eq(r.nevidence, 18);
	for (i = 0; i < r.nevidence; i++) {
		v = r.evidence[i];
		ck_assert_uint_eq(v.observation, i < 16 ? 7 : 9);
		ck_assert_uint_eq(v.choice, i < 16 ? 0 : 1);
		ck_assert_uint_eq(v.count, 1);
		ck_assert_uint_eq(
		    v.stamp_first, STAMP + (i < 16 ? 199 + i : 599 + i - 16));
		ck_assert_int_eq(verify(&v), 1);
		v.sha256[3] ^= 1;
		ck_assert_int_eq(verify(&v), 0);
		v = r.evidence[i];
		v.first++;
		v.last++;
		ck_assert_int_ne(verify(&v), 1);
		v = r.evidence[i];
		v.stamp_first++;
		ck_assert_int_eq(verify(&v), 0);
	}
	slice_free(s);
}
END_TEST

START_TEST(many_frames_become_one_range_for_each_file_and_verify)
{
	struct slice_choice c = ports(3, 0, 0, "all");
	struct slice *s = make(&c, 1, 0, 2 * PORTS, "x.pcapng");
	struct slice_result r;
	struct evidence v;
	uint64_t count = 0, expected = STAMP + 1;
	size_t i;

	slice_result(s, &r);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.frames, 2 * PORTS);
	ck_assert_uint_gt(r.nevidence, 3);
	for (i = 0; i < r.nevidence; i++) {
		v = r.evidence[i];
		ck_assert_uint_eq(v.first, 1);
		ck_assert_uint_eq(v.last, v.count);
		ck_assert_uint_eq(v.stamp_first, expected);
		count += v.count;
		expected = v.stamp_last + 1;
		ck_assert_int_eq(verify(&v), 1);
		v.count--;
		ck_assert_int_eq(verify(&v), 0);
		v.count++;
		v.sha256[31] ^= 0x80;
		ck_assert_int_eq(verify(&v), 0);
		v.sha256[31] ^= 0x80;
		v.select.remote_first = 2;
		v.select.remote_last = 65535;
		ck_assert_int_eq(verify(&v), i == 0 ? 0 : 1);
	}
	ck_assert_uint_eq(count, 2 * PORTS);
	slice_free(s);
}
END_TEST

START_TEST(sixteen_frames_are_named_and_seventeen_are_a_range)
{
	struct slice_choice c = ports(1, 1, 50, "");
	struct slice *s;
	struct slice_result r;

	s = make(&c, 1, 0, 16, "x.pcapng");
	slice_result(s, &r);
	ck_assert_uint_eq(r.nevidence, 16);
	slice_free(s);
	s = make(&c, 1, 0, 17, "x.pcapng");
	slice_result(s, &r);
	ck_assert_uint_eq(r.nevidence, 1);
	ck_assert_uint_eq(r.evidence[0].count, 17);
	ck_assert_int_eq(verify(&r.evidence[0]), 1);
	slice_free(s);
}
END_TEST

START_TEST(a_span_begins_behind_from_and_ends_with_to)
{
	struct slice_choice c = ports(1, 0, 0, "");
	struct slice_result r;
	struct slice *s = make(&c, 1, 399, 403, "x.pcapng");

	slice_result(s, &r);
	ck_assert_uint_eq(r.nevidence, 4);
	ck_assert_uint_eq(r.evidence[0].stamp_first, STAMP + 400);
	ck_assert_uint_eq(r.evidence[3].stamp_first, STAMP + 403);
	slice_free(s);
	s = make(&c, 1, 2 * PORTS - 1, UINT64_MAX, "x.pcapng");
	slice_result(s, &r);
	ck_assert_uint_eq(r.frames, 1);
	slice_free(s);
}
END_TEST

START_TEST(where_no_frame_is_cited_there_is_no_slice)
{
	struct slice_choice c = ports(1, PORTS + 1, PORTS + 1, "");
	struct slice *s = make(&c, 1, 0, 2 * PORTS, "x.pcapng");
	struct slice_result r;

	slice_result(s, &r);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.frames, 0);
	ck_assert_uint_eq(r.nevidence, 0);
	ck_assert_uint_eq(r.size, 0);
	ck_assert_int_eq(faccessat(evidence.dir, "x.pcapng", F_OK, 0), -1);
	slice_free(s);
}
END_TEST

START_TEST(a_slice_has_each_cited_frame_once_with_its_comments)
{
	struct slice_choice c[3] = { ports(1, 1, 100, "sweep"),
		ports(2, 50, 50, "open\x1b[31m"), ports(3, 50, 50, "twice") };
	struct slice *s = make(c, 3, 0, 2 * PORTS, "3/4.pcapng");
	struct slice_result r;
	struct pcapng_reader *in;
	struct pcapng_frame f;
	uint64_t expected = STAMP + 1, commented = 0;
	char text[256];
	struct stat st;
	uint8_t *all, sum[SHA256_SIZE];
	int fd;

	slice_result(s, &r);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.frames, 200);
	fd = openat(evidence.dir, "3/4.pcapng", O_RDONLY);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, r.size);
	ck_assert_uint_eq(st.st_mode & 0777, 0440);
	all = malloc(r.size);
	ck_assert_int_eq(pread(fd, all, r.size, 0), st.st_size);
	sha256(all, r.size, sum);
	ck_assert_mem_eq(sum, r.sha256, SHA256_SIZE);
	in = pcapng_open(fd);
	while (pcapng_next(in, &f) == 1) {
		ck_assert_uint_eq(f.frame.stamp_ns, expected);
		ck_assert_int_eq(f.frame.direction,
		    expected % 2 == 1 ? FRAME_OUT : FRAME_IN);
		expected++;
		if (f.comment == NULL)
			continue;
		commented++;
		snprintf(text, sizeof(text), "%.*s", (int)f.comment_size,
		    (const char *)f.comment);
		ck_assert_ptr_null(strchr(text, '\x1b'));
		if (f.number == 1)
			ck_assert_str_eq(
			    text, "sweep: file 000001.pcapng frame 1");
		else
			ck_assert_ptr_nonnull(strstr(text, "open\\x1b[31m"));
	}
	ck_assert_str_eq(pcapng_why(in), "");
	ck_assert_uint_eq(expected, STAMP + 201);
	ck_assert_uint_eq(commented, 3);
	pcapng_close(in);
	close(fd);
	free(all);
	slice_free(s);
}
END_TEST

/* Blocks of which all is cited are copied in one piece: but not what is in a
 * block before `from` or behind `to`, or has a comment in its middle. */
START_TEST(a_slice_of_all_has_each_frame_of_the_span_as_it_was_captured)
{
	static const uint64_t spans[][2] = { { 0, 2 * PORTS }, { 3, 797 },
		{ 1, 2 }, { 777, 2 * PORTS } };
	struct slice_choice c[2] = { ports(1, 1, PORTS, "sweep"),
		ports(2, 390, 390, "open") };
	struct slice *s;
	struct slice_result r;
	struct pcapng_reader *in;
	struct pcapng_frame f;
	uint8_t bytes[128];
	struct frame was;
	uint64_t at;
	size_t i, k;
	int fd;

	for (i = 0; i < 4; i++) {
		s = make(c, 2, spans[i][0], spans[i][1], "7.pcapng");
		slice_result(s, &r);
		ck_assert_str_eq(r.error, "");
		ck_assert_uint_eq(r.frames, spans[i][1] - spans[i][0]);
		for (k = 0; k < r.nevidence; k++)
			ck_assert_int_eq(verify(&r.evidence[k]), 1);
		fd = openat(evidence.dir, "7.pcapng", O_RDONLY);
		in = pcapng_open(fd);
		for (at = spans[i][0] + 1; pcapng_next(in, &f) == 1; at++) {
			was = at % 2 == 1
			    ? ground_syn(bytes, 40000, (uint16_t)((at + 1) / 2),
				  STAMP + at)
			    : ground_rst(
				  bytes, 40000, (uint16_t)(at / 2), STAMP + at);
			ck_assert_uint_eq(f.frame.stamp_ns, was.stamp_ns);
			ck_assert_int_eq(f.frame.direction, was.direction);
			ck_assert_uint_eq(f.frame.size, was.size);
			ck_assert_mem_eq(f.frame.data, was.data, was.size);
			ck_assert_int_eq(f.comment != NULL,
			    at == spans[i][0] + 1 || at == 779 || at == 780 ||
				spans[i][1] == 2);
		}
		ck_assert_str_eq(pcapng_why(in), "");
		ck_assert_uint_eq(at, spans[i][1] + 1);
		pcapng_close(in);
		close(fd);
		ck_assert_int_eq(unlinkat(evidence.dir, "7.pcapng", 0), 0);
		slice_free(s);
	}
}
END_TEST

/* Most of the span's files have nothing for the second pass. */
START_TEST(a_slice_of_the_first_and_the_last_frames_has_just_those)
{
	static const uint64_t wanted[] = { 1, 2, 2 * PORTS - 1, 2 * PORTS };
	struct slice_choice c[2] = { ports(1, 1, 1, "first"),
		ports(2, PORTS, PORTS, "last") };
	struct slice *s = make(c, 2, 0, 2 * PORTS, "6.pcapng");
	struct slice_result r;
	struct pcapng_reader *in;
	struct pcapng_frame f;
	size_t n = 0;
	int fd;

	slice_result(s, &r);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.frames, 4);
	fd = openat(evidence.dir, "6.pcapng", O_RDONLY);
	ck_assert_int_ne(fd, -1);
	in = pcapng_open(fd);
	while (pcapng_next(in, &f) == 1) {
		ck_assert_uint_lt(n, 4);
		ck_assert_uint_eq(f.frame.stamp_ns, STAMP + wanted[n++]);
		ck_assert_ptr_nonnull(f.comment);
	}
	ck_assert_uint_eq(n, 4);
	pcapng_close(in);
	close(fd);
	slice_free(s);
}
END_TEST

START_TEST(tshark_reads_a_slice_headline_keys_and_all)
{
	struct slice_choice c[2] = { ports(1, 1, 100, "sweep"),
		ports(2, 50, 50, "open") };
	char path[96], out[65536];
	const char *const tshark[] = { "tshark", "-r", path, "-T", "fields",
		"-e", "frame.number", "-e", "frame.comment", NULL };
	const char *const capinfos[] = { "capinfos", path, NULL };
	struct slice *s = make(c, 2, 0, 2 * PORTS, "x.pcapng");

	slice_free(s);
	snprintf(path, sizeof(path), "%s/x.pcapng", evidence.path);
	if (ground_run(tshark, out, sizeof(out)) == 127) {
		puts("skipped: tshark is not installed");
		return;
	}
	ck_assert_ptr_nonnull(
	    strstr(out, "\n99\topen: file 000001.pcapng frame 99\n"));
	ck_assert_ptr_nonnull(strstr(out, "\n200\t\n"));
	ck_assert_ptr_null(strstr(out, "\n201\t"));
	if (ground_run(capinfos, out, sizeof(out)) == 127) {
		puts("skipped: capinfos is not installed");
		return;
	}
	ck_assert_ptr_nonnull(strstr(out, "NET-01 fail"));
	ck_assert_ptr_nonnull(strstr(out, "Number of packets:   200"));
	ck_assert_ptr_nonnull(
	    strstr(out, "Number of decryption secrets in file: 1"));
}
END_TEST

static size_t
count_entries(const struct ground *g)
{
	const char *const argv[] = { "ls", "-A", g->path, NULL };
	char out[4096];

	ck_assert_int_eq(ground_run(argv, out, sizeof(out)), 0);
	return ground_count_lines(out);
}

START_TEST(a_slice_that_cannot_be_written_is_an_error_and_no_file)
{
	static const char *const names[] = { "../x.pcapng", "/x", "a/b/c", ".x",
		"a/.x", "", "a/", "a\n" };
	struct slice_choice c = ports(1, 0, 0, "");
	struct slice_result r;
	struct ground whole;
	struct slice *s;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		s = make(&c, 1, 0, 2 * PORTS, names[i]);
		slice_result(s, &r);
		ck_assert_str_ne(r.error, "");
		ck_assert_uint_eq(r.size, 0);
		slice_free(s);
	}
	ck_assert_uint_eq(count_entries(&evidence), 0);
	whole = evidence;
	if (!ground_begin_small(&evidence, 16 << 10)) {
		evidence = whole;
		puts("skipped: needs root, for a tmpfs of its own");
		return;
	}
	s = make(&c, 1, 0, 2 * PORTS, "x.pcapng");
	slice_result(s, &r);
	ck_assert_ptr_nonnull(strstr(r.error, "No space left"));
	slice_free(s);
	ck_assert_uint_eq(count_entries(&evidence), 0);
	ground_end(&evidence);
	evidence = whole;
}
END_TEST

/* Somebody with root rewrites a byte of a finished capture. */
START_TEST(a_changed_capture_verifies_no_longer)
{
	struct slice_choice c = ports(1, 0, 0, "");
	struct slice *s = make(&c, 1, 0, 2 * PORTS, "x.pcapng");
	struct segment_index x = { 0 };
	struct segment_summary sum;
	struct slice_result r;
	struct err e;
	uint8_t byte;
	int fd;

	slice_result(s, &r);
	ck_assert_int_eq(verify(&r.evidence[0]), 1);
	ck_assert_int_eq(segment_index_load(captures.dir, 1, &x, &sum, &e), 0);
	ck_assert_int_eq(fchmodat(captures.dir, "000001.pcapng", 0600, 0), 0);
	fd = openat(captures.dir, "000001.pcapng", O_RDWR);
	ck_assert_int_ne(fd, -1);
	/* The first frame's sequence number. */
	ck_assert_int_eq(
	    pread(fd, &byte, 1, (off_t)x.blocks[0].offset + 28 + 14 + 20 + 7),
	    1);
	byte ^= 1;
	ck_assert_int_eq(
	    pwrite(fd, &byte, 1, (off_t)x.blocks[0].offset + 28 + 14 + 20 + 7),
	    1);
	ck_assert_int_eq(verify(&r.evidence[0]), 0);
	ck_assert_int_eq(verify(&r.evidence[1]), 1);
	/* Cut off: nobody can tell. */
	ck_assert_int_eq(ftruncate(fd, (off_t)x.blocks[0].offset + 50), 0);
	ck_assert_int_eq(verify(&r.evidence[0]), -1);
	close(fd);
	unlinkat(captures.dir, "000001.pcapng", 0);
	ck_assert_int_eq(verify(&r.evidence[0]), -1);
	segment_index_free(&x);
	slice_free(s);
}
END_TEST

START_TEST(an_index_that_lies_is_an_error_and_no_slice)
{
	struct slice_choice c = ports(1, 0, 0, "");
	struct slice_request q = { 0 };
	struct segment_index x = { 0 };
	struct slice_result r;
	struct slice *s;

	x.blocks = recording_index(recording)->blocks;
	x.n = 1;
	x.blocks[0].offset += 4;
	q.to = UINT64_MAX;
	memcpy(q.dut_mac, ground_dut_mac, 6);
	q.name = "x.pcapng";
	q.choices = &c;
	q.nchoices = 1;
	s = slice_new(captures.dir, evidence.dir, &x, &q);
	while (slice_step(s))
		continue;
	slice_result(s, &r);
	ck_assert_ptr_nonnull(strstr(r.error, "is not where the index says"));
	slice_free(s);
	ck_assert_uint_eq(count_entries(&evidence), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("slice");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, record, forget);
	tcase_add_test(t, a_cut_frame_keeps_its_length_and_its_note);
	tcase_add_test(t, few_frames_are_named_one_by_one_and_verify);
	tcase_add_test(
	    t, many_frames_become_one_range_for_each_file_and_verify);
	tcase_add_test(t, sixteen_frames_are_named_and_seventeen_are_a_range);
	tcase_add_test(t, a_span_begins_behind_from_and_ends_with_to);
	tcase_add_test(t, where_no_frame_is_cited_there_is_no_slice);
	tcase_add_test(t, a_slice_has_each_cited_frame_once_with_its_comments);
	tcase_add_test(
	    t, a_slice_of_all_has_each_frame_of_the_span_as_it_was_captured);
	tcase_add_test(
	    t, a_slice_of_the_first_and_the_last_frames_has_just_those);
	tcase_add_test(t, tshark_reads_a_slice_headline_keys_and_all);
	tcase_add_test(
	    t, a_slice_that_cannot_be_written_is_an_error_and_no_file);
	tcase_add_test(t, a_changed_capture_verifies_no_longer);
	tcase_add_test(t, an_index_that_lies_is_an_error_and_no_slice);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
