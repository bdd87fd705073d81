/*
 * check_capture_file: a capture made by anyone is read as it is, whatever its
 * format; one that was cut off gives what is before the cut and says so; what
 * is broken is an error with the frame and the byte.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "captures/capture_file.h"
#include "captures/pcapng.h"
#include "tests/unit/capture_ground.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define SECONDS 1700000000u
#define FRAMES 5
#define HEADER 24u
#define RECORD 16u

/* ---- a pcap file, written by hand ---- */

struct image {
	uint8_t bytes[2048];
	size_t size;
	bool big;
};

static void
put32(struct image *m, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		m->bytes[m->size++] =
		    (uint8_t)(v >> (m->big ? 24 - 8 * i : 8 * i));
}

static void
put_head(struct image *m, bool big, uint32_t magic, uint32_t link_type)
{
	m->size = 0;
	m->big = big;
	put32(m, magic);
	put32(m, big ? 2u << 16 | 4 : 4u << 16 | 2);
	put32(m, 0);
	put32(m, 0);
	put32(m, 65535);
	put32(m, link_type);
}

static void
put_record(struct image *m, uint32_t fraction, const void *p, uint32_t size,
    uint32_t wire)
{
	put32(m, SECONDS);
	put32(m, fraction);
	put32(m, size);
	put32(m, wire);
	memcpy(m->bytes + m->size, p, size);
	m->size += size;
}

static void
put_all(struct image *m, bool big, uint32_t magic)
{
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	put_head(m, big, magic, 1);
	for (i = 0; i < FRAMES; i++) {
		f = ground_syn(bytes, 40000, (uint16_t)(i + 1), 0);
		put_record(
		    m, i + 1, f.data, (uint32_t)f.size, (uint32_t)(f.size + i));
	}
}

static struct capture_file *
open_image(const struct image *m)
{
	struct err e = { .line = 0 };
	struct capture_file *c =
	    capture_file_open_memory("x.pcap", m->bytes, m->size, &e);

	ck_assert_msg(c != NULL, "%s", e.text);
	return c;
}

static void
expect_frames(struct capture_file *c, unsigned n, uint64_t unit_ns)
{
	struct capture_frame f;
	uint8_t bytes[128];
	struct frame want;
	struct err e;
	unsigned i;

	for (i = 0; i < n; i++) {
		ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
		want = ground_syn(bytes, 40000, (uint16_t)(i + 1), 0);
		ck_assert_uint_eq(f.number, i + 1);
		ck_assert_uint_eq(f.frame.size, want.size);
		ck_assert_mem_eq(f.frame.data, want.data, want.size);
		ck_assert_uint_eq(f.frame.wire_size, want.size + i);
		ck_assert_uint_eq(f.frame.stamp_ns,
		    SECONDS * UINT64_C(1000000000) + (i + 1) * unit_ns);
		ck_assert_int_eq(f.frame.link_type, 1);
		ck_assert_int_eq(f.frame.direction, FRAME_UNKNOWN);
	}
}

static void
expect_error(const struct image *m, unsigned good, const char *text)
{
	struct err e = { .line = 0 };
	struct capture_file *c =
	    capture_file_open_memory("x.pcap", m->bytes, m->size, &e);
	struct capture_frame f;
	unsigned i;

	if (c != NULL) {
		for (i = 0; i < good; i++)
			ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
		ck_assert_int_eq(capture_file_next(c, &f, &e), -1);
		ck_assert_ptr_null(capture_file_cut(c));
	}
	ck_assert_msg(strstr(e.text, text) != NULL, "said: %s", e.text);
	ck_assert_msg(strncmp(e.text, "x.pcap: ", 8) == 0, "%s", e.text);
	capture_file_close(c);
}

START_TEST(pcap_is_read_in_either_byte_order_in_us_and_ns)
{
	bool big = (_i & 1) != 0, ns = (_i & 2) != 0;
	struct capture_file *c;
	struct capture_frame f;
	struct image m;
	struct err e;
	int again;

	put_all(&m, big, ns ? MAGIC_NS : MAGIC_US);
	c = open_image(&m);
	for (again = 0; again < 2; again++) {
		expect_frames(c, FRAMES, ns ? 1 : 1000);
		ck_assert_int_eq(capture_file_next(c, &f, &e), 0);
		ck_assert_ptr_null(capture_file_cut(c));
		capture_file_rewind(c);
	}
	ck_assert_str_eq(capture_file_format(c), "pcap");
	capture_file_close(c);
}
END_TEST

START_TEST(pcap_cut_anywhere_gives_the_frames_before_and_says_so)
{
	struct capture_file *c;
	struct capture_frame f;
	struct image m, part;
	size_t ends[FRAMES + 1], size, n;
	struct err e;

	put_all(&m, false, MAGIC_US);
	c = open_image(&m);
	for (n = 0; n < FRAMES; n++) {
		ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
		ends[n] = (size_t)f.offset;
	}
	ends[FRAMES] = m.size;
	capture_file_close(c);
	for (size = HEADER; size <= m.size; size++) {
		part = m;
		part.size = size;
		for (n = 0; n < FRAMES && ends[n + 1] <= size; n++)
			;
		c = open_image(&part);
		expect_frames(c, (unsigned)n, 1000);
		ck_assert_int_eq(capture_file_next(c, &f, &e), 0);
		ck_assert_int_eq(capture_file_cut(c) != NULL, ends[n] != size);
		ck_assert_int_eq(capture_file_next(c, &f, &e), 0);
		capture_file_close(c);
	}
}
END_TEST

START_TEST(cut_names_the_frame_and_the_byte)
{
	struct capture_file *c;
	struct capture_frame f;
	struct image m;
	struct err e;

	put_all(&m, false, MAGIC_US);
	m.size--;
	c = open_image(&m);
	while (capture_file_next(c, &f, &e) == 1)
		;
	ck_assert_str_eq(capture_file_cut(c),
	    "cut off in frame 5, at byte 304: the file ends within a frame");
	capture_file_close(c);
}
END_TEST

START_TEST(impossible_length_is_an_error_with_frame_and_byte)
{
	struct image m;

	put_all(&m, false, MAGIC_US);
	m.bytes[HEADER + 70 + 8] = 0xff; /* length of the second record */
	m.bytes[HEADER + 70 + 11] = 0xff;
	expect_error(&m, 1, "frame 2: at byte 94: a record of impossible");
}
END_TEST

START_TEST(impossible_stamp_is_an_error)
{
	struct image m;

	put_head(&m, true, MAGIC_US, 1);
	put_record(&m, 999999, "abc", 3, 3);
	put_record(&m, 1000000, "abc", 3, 3);
	expect_error(&m, 1, "frame 2: at byte 43: a record with an impossible");
}
END_TEST

START_TEST(what_is_no_capture_is_refused_with_what_to_do)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b, 8, 0, 0 };
	struct image m;

	memset(&m, 0, sizeof(m));
	memcpy(m.bytes, gzip, sizeof(gzip));
	m.size = sizeof(gzip);
	expect_error(&m, 0, "compressed by gzip; unpack it first");
	memcpy(m.bytes, "#!/bin/sh", 9);
	m.size = 9;
	expect_error(&m, 0, "neither pcap nor pcapng: it begins with 23 21");
	m.size = 3;
	expect_error(&m, 0, "3 bytes are no capture file");
	m.size = 0;
	expect_error(&m, 0, "0 bytes are no capture file");
	put_head(&m, false, 0xa1b2cd34u, 1);
	expect_error(&m, 0, "convert it to pcapng");
	put_head(&m, false, MAGIC_US, 1);
	m.bytes[4] = 3;
	expect_error(&m, 0, "not version 2.4");
	m.size = 20;
	expect_error(&m, 0, "no whole header");
}
END_TEST

START_TEST(frame_of_no_bytes_and_one_larger_than_the_wire_are_frames)
{
	struct capture_file *c;
	struct capture_frame f;
	struct image m;
	struct err e;

	put_head(&m, false, MAGIC_NS, 0x10000000u | 113); /* with FCS bits */
	put_record(&m, 1, "", 0, 60);
	put_record(&m, 2, "abcd", 4, 2);
	c = open_image(&m);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
	ck_assert_uint_eq(f.frame.size, 0);
	ck_assert_uint_eq(f.frame.wire_size, 60);
	ck_assert_int_eq(f.frame.link_type, 113);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
	ck_assert_uint_eq(f.frame.wire_size, 4);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 0);
	capture_file_close(c);
}
END_TEST

static void
put_pcapng(struct pcapng_out *o)
{
	struct pcapng_section s = { NULL, NULL, "another", NULL };
	struct pcapng_interface i = { "eth0", NULL, 1, 0 };
	uint8_t bytes[128];
	struct frame f;

	pcapng_put_section(o, &s);
	pcapng_put_interface(o, &i);
	f = ground_syn(bytes, 40000, 1, 17);
	f.direction = FRAME_OUT;
	pcapng_put_packet(o, &f, NULL, 0);
	f = ground_rst(bytes, 40000, 1, 18);
	pcapng_put_packet(o, &f, NULL, 0);
}

START_TEST(pcapng_is_read_and_its_cut_is_told)
{
	struct pcapng_out o = { 0 };
	struct capture_file *c;
	struct capture_frame f;
	struct err e;

	put_pcapng(&o);
	c = capture_file_open_memory("x", o.data, o.size, &e);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(capture_file_format(c), "pcapng");
	ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
	ck_assert_int_eq(f.frame.direction, FRAME_OUT);
	ck_assert_uint_eq(f.frame.stamp_ns, 17);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
	ck_assert_uint_eq(f.number, 2);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 0);
	ck_assert_ptr_null(capture_file_cut(c));
	capture_file_close(c);
	c = capture_file_open_memory("x", o.data, o.size - 4, &e);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 0);
	ck_assert_ptr_nonnull(strstr(capture_file_cut(c), "in frame 2, "));
	capture_file_close(c);
	/* Two lengths that differ are no cut. */
	o.data[o.size - 1] ^= 1;
	c = capture_file_open_memory("x", o.data, o.size, &e);
	ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
	ck_assert_int_eq(capture_file_next(c, &f, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "x: frame 2: at byte "));
	capture_file_close(c);
	pcapng_out_free(&o);
}
END_TEST

START_TEST(file_on_disk_is_read_and_a_directory_or_pipe_is_not)
{
	struct capture_file *c;
	struct ground g;
	struct image m;
	char path[128];
	struct err e;
	int fd;

	ground_begin(&g);
	put_all(&m, true, MAGIC_NS);
	snprintf(path, sizeof(path), "%s/a.pcap", g.path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_eq(write(fd, m.bytes, m.size), (ssize_t)m.size);
	close(fd);
	c = capture_file_open(path, &e);
	ck_assert_ptr_nonnull(c);
	expect_frames(c, FRAMES, 1);
	ck_assert_int_ge(capture_file_fd(c), 0);
	capture_file_close(c);
	ck_assert_ptr_null(capture_file_open(g.path, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "not a plain file"));
	snprintf(path, sizeof(path), "%s/pipe", g.path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_null(capture_file_open(path, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "not a plain file"));
	ck_assert_ptr_null(capture_file_open("/nowhere/x", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "No such file"));
	ground_end(&g);
}
END_TEST

/* Another program's files: what editcap writes of ours. */
START_TEST(wireshark_s_own_formats_are_read)
{
	static const char *const formats[] = { "pcap", "nsecpcap", "pcapng" };
	char in[128], out[128], text[512];
	struct capture_file *c;
	struct ground g;
	struct image m;
	struct err e;
	int fd;

	ground_begin(&g);
	put_all(&m, false, MAGIC_NS);
	snprintf(in, sizeof(in), "%s/in.pcap", g.path);
	snprintf(out, sizeof(out), "%s/out", g.path);
	fd = open(in, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_eq(write(fd, m.bytes, m.size), (ssize_t)m.size);
	close(fd);
	{
		const char *argv[] = { "editcap", "-F", formats[_i], in, out,
			NULL };
		int status = ground_run(argv, text, sizeof(text));

		if (status == 127) {
			printf("skipped: there is no editcap\n");
			ground_end(&g);
			return;
		}
		ck_assert_msg(status == 0, "%s", text);
	}
	c = capture_file_open(out, &e);
	ck_assert_msg(c != NULL, "%s", e.text);
	if (_i == 0) { /* µs: the fraction is gone */
		struct capture_frame f;

		ck_assert_int_eq(capture_file_next(c, &f, &e), 1);
		ck_assert_uint_eq(
		    f.frame.stamp_ns, SECONDS * UINT64_C(1000000000));
	} else
		expect_frames(c, FRAMES, 1);
	capture_file_close(c);
	ground_end(&g);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("capture_file");
	TCase *t = tcase_create("capture_file");

	tcase_add_loop_test(
	    t, pcap_is_read_in_either_byte_order_in_us_and_ns, 0, 4);
	tcase_add_test(
	    t, pcap_cut_anywhere_gives_the_frames_before_and_says_so);
	tcase_add_test(t, cut_names_the_frame_and_the_byte);
	tcase_add_test(t, impossible_length_is_an_error_with_frame_and_byte);
	tcase_add_test(t, impossible_stamp_is_an_error);
	tcase_add_test(t, what_is_no_capture_is_refused_with_what_to_do);
	tcase_add_test(
	    t, frame_of_no_bytes_and_one_larger_than_the_wire_are_frames);
	tcase_add_test(t, pcapng_is_read_and_its_cut_is_told);
	tcase_add_test(t, file_on_disk_is_read_and_a_directory_or_pipe_is_not);
	tcase_add_loop_test(t, wireshark_s_own_formats_are_read, 0, 3);
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
