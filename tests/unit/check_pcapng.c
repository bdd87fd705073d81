/*
 * check_pcapng: what is written is read back, by us and by others; what is
 * broken is refused at the right place.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "captures/pcapng.h"
#include "tests/unit/capture_ground.h"

#define STAMP 1700000000123456789u
#define FRAMES 5

static void
put_head(struct pcapng_out *o)
{
	struct pcapng_section s = { "x86_64", "Linux 6.1", "assay 0.1",
		"a headline" };
	struct pcapng_interface i = { "wired0", NULL, 1, 65280 };

	pcapng_put_section(o, &s);
	pcapng_put_secrets(o, PCAPNG_SECRETS_TLS, "CLIENT_RANDOM 00 00\n", 20);
	pcapng_put_interface(o, &i);
}

static struct frame
nth_frame(uint8_t *bytes, unsigned i)
{
	struct frame f = i % 2 == 0
	    ? ground_syn(bytes, 40000, (uint16_t)(i + 1), STAMP + i)
	    : ground_rst(bytes, 40000, (uint16_t)(i + 1), STAMP + i);

	f.wire_size = f.size + i; /* as if it had been cut */
	return f;
}

/* ends[i]: where the file ends after frame i. */
static void
put_frames(struct pcapng_out *o, size_t ends[FRAMES])
{
	static const char *const comments[] = { "first comment", "second" };
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	for (i = 0; i < FRAMES; i++) {
		f = nth_frame(bytes, i);
		pcapng_put_packet(o, &f, comments, i == 2 ? 2 : 0);
		ends[i] = o->size;
	}
	pcapng_put_statistics(o, STAMP, 7, 2);
}

static void
expect_all(struct pcapng_reader *r, const size_t ends[FRAMES])
{
	uint8_t bytes[128];
	struct pcapng_frame f;
	struct frame want;
	unsigned i;

	for (i = 0; i < FRAMES; i++) {
		want = nth_frame(bytes, i);
		ck_assert_int_eq(pcapng_next(r, &f), 1);
		ck_assert_uint_eq(f.number, i + 1);
		ck_assert_uint_eq(f.offset + f.block_size, ends[i]);
		ck_assert_uint_eq(f.frame.size, want.size);
		ck_assert_uint_eq(f.frame.wire_size, want.wire_size);
		ck_assert_uint_eq(f.frame.stamp_ns, want.stamp_ns);
		ck_assert_int_eq(f.frame.direction, want.direction);
		ck_assert_uint_eq(f.frame.link_type, 1);
		ck_assert_mem_eq(f.frame.data, want.data, want.size);
		if (i == 2) {
			ck_assert_uint_eq(f.comment_size, 13);
			ck_assert_mem_eq(f.comment, "first comment", 13);
		} else
			ck_assert_ptr_null(f.comment);
	}
	ck_assert_int_eq(pcapng_next(r, &f), 0);
}

START_TEST(what_is_written_is_read_back)
{
	struct pcapng_out o = { 0 };
	size_t ends[FRAMES];
	struct pcapng_reader *r;
	char path[] = "/tmp/assay-pcapng-XXXXXX";
	int fd = mkstemp(path);

	put_head(&o);
	put_frames(&o, ends);
	r = pcapng_open_memory(o.data, o.size);
	expect_all(r, ends);
	pcapng_close(r);
	ck_assert_int_ne(fd, -1);
	unlink(path);
	ck_assert_int_eq(write(fd, o.data, o.size), (ssize_t)o.size);
	r = pcapng_open(fd);
	expect_all(r, ends);
	pcapng_close(r);
	close(fd);
	pcapng_out_free(&o);
}
END_TEST

START_TEST(a_file_cut_anywhere_gives_the_whole_frames_before_the_cut)
{
	struct pcapng_out o = { 0 };
	size_t ends[FRAMES], cut, want, got;
	struct pcapng_reader *r;
	struct pcapng_frame f;
	uint8_t *copy;
	int last;

	put_head(&o);
	put_frames(&o, ends);
	for (cut = 0; cut < o.size; cut++) {
		for (want = 0; want < FRAMES && ends[want] <= cut; want++)
			continue;
		copy =
		    malloc(cut + 1); /* of its very size, for the sanitizer */
		memcpy(copy, o.data, cut);
		r = pcapng_open_memory(copy, cut);
		got = 0;
		while ((last = pcapng_next(r, &f)) == 1)
			got++;
		ck_assert_uint_eq(got, want);
		if (want > 0 && cut != ends[want - 1]) {
			ck_assert_int_eq(last, -1);
			ck_assert_str_ne(pcapng_why(r), "");
		} else if (want > 0)
			ck_assert_int_eq(last, 0);
		pcapng_close(r);
		free(copy);
	}
	pcapng_out_free(&o);
}
END_TEST

START_TEST(a_changed_byte_never_reads_outside_the_file)
{
	struct pcapng_out o = { 0 };
	size_t ends[FRAMES], at;
	struct pcapng_reader *r;
	struct pcapng_frame f;
	unsigned frames, bit;

	put_head(&o);
	put_frames(&o, ends);
	for (at = 0; at < o.size; at++) {
		for (bit = 0; bit < 8; bit++) {
			o.data[at] ^= (uint8_t)(1u << bit);
			r = pcapng_open_memory(o.data, o.size);
			frames = 0;
			while (pcapng_next(r, &f) == 1) {
				frames++;
				ck_assert(f.frame.data >= o.data);
				ck_assert(f.frame.data + f.frame.size <=
				    o.data + o.size);
			}
			ck_assert_uint_le(frames, FRAMES + 1);
			pcapng_close(r);
			o.data[at] ^= (uint8_t)(1u << bit);
		}
	}
	pcapng_out_free(&o);
}
END_TEST

/* A big-endian file, byte for byte: µs stamps (no if_tsresol), one frame. */
START_TEST(the_other_byte_order_is_read)
{
	static const uint8_t file[] = { 0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28,
		0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0, 0, 0, 28,
		/* interface, link type 1 */
		0, 0, 0, 1, 0, 0, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20,
		/* packet at 2 s and 3 µs, 3 of 60 bytes, sent */
		0, 0, 0, 6, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1e, 0x84,
		0x83, 0, 0, 0, 3, 0, 0, 0, 60, 'a', 'b', 'c', 0, 0, 2, 0, 4, 0,
		0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 48 };
	struct pcapng_reader *r = pcapng_open_memory(file, sizeof(file));
	struct pcapng_frame f;

	ck_assert_int_eq(pcapng_next(r, &f), 1);
	ck_assert_uint_eq(f.frame.stamp_ns, 2000003000u);
	ck_assert_uint_eq(f.frame.size, 3);
	ck_assert_uint_eq(f.frame.wire_size, 60);
	ck_assert_int_eq(f.frame.direction, FRAME_OUT);
	ck_assert_mem_eq(f.frame.data, "abc", 3);
	ck_assert_int_eq(pcapng_next(r, &f), 0);
	pcapng_close(r);
}
END_TEST

/* Patches the interface's if_tsresol, and asks what one unit is. */
static uint64_t
stamp_with_resolution(uint8_t resolution, uint64_t units)
{
	struct pcapng_out o = { 0 };
	struct pcapng_interface i = { NULL, NULL, 1, 0 };
	struct pcapng_section s = { 0 };
	struct pcapng_reader *r;
	struct pcapng_frame f;
	struct frame in = { 0 };

	pcapng_put_section(&o, &s);
	pcapng_put_interface(&o, &i);
	o.data[o.size - 12] = resolution; /* option, end option, length */
	in.data = (const uint8_t *)"";
	in.stamp_ns = units;
	pcapng_put_packet(&o, &in, NULL, 0);
	r = pcapng_open_memory(o.data, o.size);
	ck_assert_int_eq(pcapng_next(r, &f), 1);
	pcapng_close(r);
	pcapng_out_free(&o);
	return f.frame.stamp_ns;
}

START_TEST(stamps_of_every_resolution_become_ns)
{
	ck_assert_uint_eq(stamp_with_resolution(9, STAMP), STAMP);
	ck_assert_uint_eq(stamp_with_resolution(6, 5), 5000);
	ck_assert_uint_eq(stamp_with_resolution(0, 5), 5000000000u);
	ck_assert_uint_eq(stamp_with_resolution(12, 5000), 5);
	ck_assert_uint_eq(stamp_with_resolution(0x80 | 10, 512), 500000000u);
	ck_assert_uint_eq(stamp_with_resolution(0x7f, STAMP), 0);
	ck_assert_uint_eq(stamp_with_resolution(0xff, STAMP), 0);
}
END_TEST

START_TEST(long_blocks_are_passed_over_unless_they_should_say_something)
{
	struct pcapng_out o = { 0 };
	uint8_t *big = calloc(1, 2u << 20), bytes[128];
	struct frame f = nth_frame(bytes, 0), huge = f;
	struct pcapng_reader *r;
	struct pcapng_frame got;

	put_head(&o);
	pcapng_put_secrets(&o, 1, big, 2u << 20);
	pcapng_put_packet(&o, &f, NULL, 0);
	huge.data = big;
	huge.size = 2u << 20;
	pcapng_put_packet(&o, &huge, NULL, 0);
	r = pcapng_open_memory(o.data, o.size);
	ck_assert_int_eq(pcapng_next(r, &got), 1);
	ck_assert_uint_eq(got.frame.size, f.size);
	ck_assert_int_eq(pcapng_next(r, &got), -1);
	ck_assert_int_eq(pcapng_next(r, &got), -1);
	pcapng_close(r);
	pcapng_out_free(&o);
	free(big);
}
END_TEST

START_TEST(a_packet_block_is_viewed_only_when_it_is_all_there)
{
	struct pcapng_out o = { 0 };
	uint8_t bytes[128];
	struct frame f = nth_frame(bytes, 1), got;
	size_t n;

	pcapng_put_packet(&o, &f, NULL, 0);
	for (n = 0; n < o.size; n++)
		ck_assert_uint_eq(pcapng_view_packet(o.data, n, &got), 0);
	ck_assert_uint_eq(pcapng_view_packet(o.data, o.size, &got), o.size);
	ck_assert_uint_eq(got.stamp_ns, f.stamp_ns);
	ck_assert_int_eq(got.direction, FRAME_IN);
	ck_assert_mem_eq(got.data, f.data, f.size);
	o.data[20] = 0xff; /* longer than its block */
	ck_assert_uint_eq(pcapng_view_packet(o.data, o.size, &got), 0);
	pcapng_out_free(&o);
}
END_TEST

static void
write_file(const char *path)
{
	struct pcapng_out o = { 0 };
	size_t ends[FRAMES];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	put_head(&o);
	put_frames(&o, ends);
	ck_assert_int_eq(write(fd, o.data, o.size), (ssize_t)o.size);
	close(fd);
	pcapng_out_free(&o);
}

START_TEST(tshark_and_capinfos_read_the_same)
{
	char path[96], out[8192];
	struct ground g;
	const char *const tshark[] = { "tshark", "-r", path, "-T", "fields",
		"-e", "frame.time_epoch", "-e", "frame.comment", "-e",
		"frame.packet_flags_direction", "-e", "tcp.port", NULL };
	const char *const capinfos[] = { "capinfos", path, NULL };

	ground_begin(&g);
	snprintf(path, sizeof(path), "%s/x.pcapng", g.path);
	write_file(path);
	if (ground_run(tshark, out, sizeof(out)) == 127) {
		puts("skipped: tshark is not installed");
	} else {
		ck_assert_ptr_nonnull(strstr(out, "1700000000.123456789\t"));
		ck_assert_ptr_nonnull(strstr(out, "1700000000.123456793\t"));
		ck_assert_ptr_nonnull(strstr(out, "first comment"));
		ck_assert_ptr_nonnull(strstr(out, "\t40000,1"));
		ck_assert_ptr_null(strstr(out, "cut short"));
	}
	if (ground_run(capinfos, out, sizeof(out)) == 127) {
		puts("skipped: capinfos is not installed");
	} else {
		ck_assert_ptr_nonnull(strstr(out, "assay 0.1"));
		ck_assert_ptr_nonnull(strstr(out, "a headline"));
		ck_assert_ptr_nonnull(strstr(out, "Number of packets:   5"));
		ck_assert_ptr_nonnull(strstr(out, "wired0"));
		ck_assert_ptr_nonnull(strstr(out, "nanoseconds"));
	}
	ground_end(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pcapng");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_is_written_is_read_back);
	tcase_add_test(
	    t, a_file_cut_anywhere_gives_the_whole_frames_before_the_cut);
	tcase_add_test(t, a_changed_byte_never_reads_outside_the_file);
	tcase_add_test(t, the_other_byte_order_is_read);
	tcase_add_test(t, stamps_of_every_resolution_become_ns);
	tcase_add_test(
	    t, long_blocks_are_passed_over_unless_they_should_say_something);
	tcase_add_test(t, a_packet_block_is_viewed_only_when_it_is_all_there);
	tcase_add_test(t, tshark_and_capinfos_read_the_same);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
