/*
 * check_recording: positions lead to frames; what the disk refused is lost
 * and counted; what was written stays readable, whatever happens.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "captures/clock_step.h"
#include "captures/pcapng.h"
#include "captures/recording.h"
#include "tests/unit/capture_ground.h"

#define RETRY_NS 500000000u
#define STAMP 1700000000000000000u

struct heard {
	unsigned rotated, disk;
	uint32_t number; /* of the last begun */
	struct recording_file finished;
	bool has_finished;
	uint64_t lost;
	char why[128];
};

static void
on_rotated(void *arg, uint32_t number, const struct recording_file *finished)
{
	struct heard *h = arg;

	h->rotated++;
	h->number = number;
	h->has_finished = finished != NULL;
	if (finished != NULL)
		h->finished = *finished;
}

static void
on_disk(void *arg, const char *why, uint64_t lost)
{
	struct heard *h = arg;

	h->disk++;
	h->lost = lost;
	snprintf(h->why, sizeof(h->why), "%s", why);
}

static struct recording *
begin(const struct ground *g, struct heard *h, uint64_t file_bytes)
{
	static const struct recording_hooks hooks = { on_rotated, on_disk };
	struct recording_config c = { g->dir, 1, file_bytes, "wired0",
		LINKTYPE_ETHERNET_NUMBER, 65280, RETRY_NS };

	memset(h, 0, sizeof(*h));
	return recording_new(&c, &hooks, h);
}

/* Frame i has its own port and stamp, so that it is known again. */
static void
add(struct recording *r, unsigned first, unsigned n)
{
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	for (i = first; i < first + n; i++) {
		f = ground_syn(bytes, 40000, (uint16_t)i, STAMP + i);
		recording_add(r, &f);
	}
}

/* Reads the file's frames; checks that each is the one of its position as
 * the index says. Returns how many. */
static uint64_t
expect_file(
    const struct ground *g, const struct segment_index *x, uint32_t file)
{
	char name[SEGMENT_NAME_SIZE];
	int fd = openat(g->dir, segment_capture_name(file, name), O_RDONLY);
	struct pcapng_reader *r;
	struct pcapng_frame f;
	uint64_t n = 0, position;
	size_t i;

	ck_assert_int_ne(fd, -1);
	r = pcapng_open(fd);
	while (pcapng_next(r, &f) == 1) {
		n++;
		position = f.frame.stamp_ns - STAMP;
		for (i = 0; i < x->n; i++)
			if (x->blocks[i].file == file &&
			    x->blocks[i].position <= position &&
			    position <
				x->blocks[i].position + x->blocks[i].frames)
				break;
		ck_assert_uint_lt(i, x->n);
		ck_assert_uint_eq(f.number,
		    x->blocks[i].first_frame + position -
			x->blocks[i].position);
		if (position == x->blocks[i].position)
			ck_assert_uint_eq(f.offset, x->blocks[i].offset);
	}
	ck_assert_str_eq(pcapng_why(r), "");
	pcapng_close(r);
	close(fd);
	return n;
}

START_TEST(every_position_leads_to_its_frame_over_several_files)
{
	struct ground g;
	struct heard h;
	struct recording *r;
	struct recording_place place;
	struct segment_index loaded = { 0 };
	struct segment_summary summary;
	struct err e = { 0 };
	uint32_t file;
	uint64_t position, frames = 0, in_file = 0;

	ground_begin(&g);
	r = begin(&g, &h, 64u << 10);
	add(r, 1, 5000);
	recording_flush(r);
	ck_assert_uint_eq(recording_position(r), 5000);
	ck_assert_uint_eq(recording_lost(r), 0);
	ck_assert_uint_gt(h.number, 5);
	for (file = 1; file <= h.number; file++)
		frames += expect_file(&g, recording_index(r), file);
	ck_assert_uint_eq(frames, 5000);
	file = 1;
	for (position = 1; position <= 5000; position += 7) {
		ck_assert_int_eq(recording_locate(r, position, &place), 0);
		ck_assert(place.file >= file);
		in_file = place.file == file ? in_file : 0;
		ck_assert_uint_gt(place.frame, in_file);
		file = place.file;
		in_file = place.frame;
	}
	ck_assert_int_eq(recording_locate(r, 0, &place), -1);
	ck_assert_int_eq(recording_locate(r, 5001, &place), -1);
	recording_last(r, &file, &in_file);
	ck_assert_uint_eq(file, h.number);
	ck_assert_int_eq(recording_locate(r, 5000, &place), 0);
	ck_assert_uint_eq(place.frame, in_file);
	/* The files' indexes say the same as the one in memory. */
	for (file = 1; file <= h.number; file++)
		ck_assert_msg(
		    segment_index_load(g.dir, file, &loaded, &summary, &e) == 0,
		    "%s", e.text);
	ck_assert_uint_eq(loaded.n, recording_index(r)->n);
	ck_assert_mem_eq(loaded.blocks, recording_index(r)->blocks,
	    loaded.n * sizeof(*loaded.blocks));
	segment_index_free(&loaded);
	recording_free(r);
	ground_end(&g);
}
END_TEST

START_TEST(a_finished_file_is_read_only_small_enough_and_says_so)
{
	struct ground g;
	struct heard h;
	struct recording *r;
	struct segment_index x = { 0 };
	struct segment_summary s;
	struct stat st;
	struct err e;
	int fd;

	ground_begin(&g);
	r = begin(&g, &h, 64u << 10);
	add(r, 1, 700);
	ck_assert_uint_eq(h.number, 2);
	ck_assert(h.has_finished);
	fd = openat(g.dir, "000001.pcapng", O_RDONLY);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0440);
	ck_assert_int_le(st.st_size, 64 << 10);
	ck_assert_int_gt(st.st_size, 63 << 10);
	ck_assert_uint_eq(h.finished.number, 1);
	ck_assert_int_eq((int)h.finished.size, (int)st.st_size);
	close(fd);
	ck_assert_int_eq(segment_index_load(g.dir, 1, &x, &s, &e), 0);
	ck_assert_int_eq(s.whole, 1);
	ck_assert_int_eq(s.finished, 0); /* it is hashed later */
	ck_assert_uint_eq(s.frames, h.finished.frames);
	ck_assert_uint_eq(s.size, h.finished.size);
	segment_index_free(&x);
	/* The one under way has not ended. */
	ck_assert_int_eq(segment_index_load(g.dir, 2, &x, &s, &e), 0);
	ck_assert_int_eq(s.whole, 0);
	segment_index_free(&x);
	recording_free(r);
	ck_assert_int_eq(segment_index_load(g.dir, 2, &x, &s, &e), 0);
	ck_assert_int_eq(s.whole, 1);
	segment_index_free(&x);
	ground_end(&g);
}
END_TEST

START_TEST(numbers_in_use_are_passed_over)
{
	struct ground g;
	struct heard h;
	struct stat st;

	ground_begin(&g);
	close(openat(g.dir, "000001.pcapng", O_WRONLY | O_CREAT, 0400));
	close(openat(g.dir, "000002.pcapng", O_WRONLY | O_CREAT, 0400));
	recording_free(begin(&g, &h, 1 << 20));
	ck_assert_uint_eq(h.number, 3);
	ck_assert_int_eq(fstatat(g.dir, "000001.pcapng", &st, 0), 0);
	ck_assert_int_eq(st.st_size, 0);
	ground_end(&g);
}
END_TEST

/* Sums frames over all files there are, and checks that each is whole. */
static uint64_t
count_frames(
    const struct ground *g, const struct segment_index *x, uint32_t last)
{
	char name[SEGMENT_NAME_SIZE];
	uint64_t frames = 0;
	uint32_t file;

	for (file = 1; file <= last; file++)
		if (faccessat(
			g->dir, segment_capture_name(file, name), F_OK, 0) == 0)
			frames += expect_file(g, x, file);
	return frames;
}

START_TEST(a_full_disk_loses_frames_and_counts_every_one)
{
	struct ground g;
	struct heard h;
	struct recording *r;
	struct recording_place place;
	struct segment_index x = { 0 };
	struct segment_summary s;
	struct err e;
	uint64_t lost_before, kept, limit;
	uint32_t file;
	unsigned begun;
	int fd;

	if (!ground_begin_small(&g, 1 << 20)) {
		puts("skipped: needs root, for a tmpfs of its own");
		return;
	}
	fd = openat(g.dir, "ballast", O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(posix_fallocate(fd, 0, 512 << 10), 0);
	r = begin(&g, &h, 16u << 20);
	add(r, 1, 8000); /* about 800 kB */
	recording_flush(r);
	ck_assert_uint_eq(h.disk, 1);
	ck_assert_ptr_nonnull(strstr(h.why, "No space left"));
	lost_before = recording_lost(r);
	ck_assert_uint_gt(lost_before, 0);
	ck_assert_uint_eq(recording_position(r), 8000);
	kept = count_frames(&g, recording_index(r), 99);
	ck_assert_uint_gt(kept, 0);
	ck_assert_uint_eq(kept + lost_before, 8000);
	ck_assert_int_eq(recording_locate(r, 8000, &place), -1);
	ck_assert_int_eq(recording_locate(r, 1, &place), 0);
	recording_last(r, &file, &kept);
	ck_assert_uint_eq(file, 0);
	/* Room again: a new file, and the gap stands in its index. */
	unlinkat(g.dir, "ballast", 0);
	close(fd);
	begun = h.rotated;
	limit = clock_monotonic_ns() + 10 * (uint64_t)RETRY_NS;
	while (h.rotated == begun && clock_monotonic_ns() < limit)
		recording_tick(r);
	ck_assert_uint_eq(h.rotated, begun + 1);
	add(r, 8001, 100);
	recording_flush(r);
	ck_assert_uint_eq(recording_lost(r), lost_before);
	recording_last(r, &file, &kept);
	ck_assert_uint_eq(file, h.number);
	ck_assert_uint_eq(kept, 100);
	ck_assert_int_eq(recording_locate(r, 8001, &place), 0);
	ck_assert_uint_eq(place.file, h.number);
	ck_assert_int_eq(segment_index_load(g.dir, h.number, &x, &s, &e), 0);
	ck_assert_uint_eq(s.gaps, 1);
	ck_assert_uint_eq(x.blocks[0].dropped, lost_before);
	segment_index_free(&x);
	recording_free(r);
	ground_end(&g);
}
END_TEST

START_TEST(no_directory_at_all_ends_nothing)
{
	struct ground g;
	struct heard h;
	struct recording *r;

	ground_begin(&g);
	rmdir(g.path);
	r = begin(&g, &h, 1 << 20);
	ck_assert_uint_eq(h.disk, 1);
	ck_assert_uint_eq(h.rotated, 0);
	add(r, 1, 10);
	ck_assert_uint_eq(recording_lost(r), 10);
	ck_assert_uint_eq(h.disk, 1); /* told once */
	recording_free(r);
	ground_end(&g);
}
END_TEST

START_TEST(killed_in_the_middle_a_capture_leaves_what_it_flushed)
{
	struct ground g;
	struct heard h;
	struct recording *r;
	struct segment_index x = { 0 };
	struct segment_summary s;
	struct err e = { 0 };
	int status;
	pid_t pid;

	ground_begin(&g);
	pid = fork();
	if (pid == 0) {
		r = begin(&g, &h, 16 << 20);
		add(r, 1, 3000);
		recording_flush(r);
		add(r, 3001, 50); /* still in memory */
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_msg(
	    segment_index_load(g.dir, 1, &x, &s, &e) == 0, "%s", e.text);
	ck_assert_int_eq(s.finished, 0);
	ck_assert_uint_eq(expect_file(&g, &x, 1), 3000);
	segment_index_free(&x);
	ground_end(&g);
}
END_TEST

static int
load_text(const struct ground *g, const char *text, struct segment_index *x)
{
	int fd =
	    openat(g->dir, "000001.idx", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct segment_summary s;
	struct err e;
	int r;

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	memset(x, 0, sizeof(*x));
	r = segment_index_load(g->dir, 1, x, &s, &e);
	return r;
}

START_TEST(a_broken_index_is_refused_and_a_cut_one_is_not)
{
	static const char head[] = "assay-index 1 000001.pcapng\n";
	static const char good[] = "block 1 200 96 1 1 5 5 1 0\n";
	struct ground g;
	struct segment_index x;
	char text[512];

	ground_begin(&g);
	snprintf(text, sizeof(text), "%s%s", head, good);
	ck_assert_int_eq(load_text(&g, text, &x), 0);
	ck_assert_uint_eq(x.n, 1);
	segment_index_free(&x);
	snprintf(text, sizeof(text), "%s%sblock 2 29", head, good);
	ck_assert_int_eq(load_text(&g, text, &x), 0);
	ck_assert_uint_eq(x.n, 1);
	segment_index_free(&x);
	snprintf(text, sizeof(text), "%s%s%s", head, good, good);
	ck_assert_int_eq(load_text(&g, text, &x), -1); /* out of order */
	segment_index_free(&x);
	snprintf(text, sizeof(text), "%sblock 1 200 96 0 1 5 5 1 0\n", head);
	ck_assert_int_eq(load_text(&g, text, &x), -1);
	segment_index_free(&x);
	snprintf(text, sizeof(text),
	    "%sblock 1 200 96 1 1 5 5 1 18446744073709551616\n", head);
	ck_assert_int_eq(load_text(&g, text, &x), -1); /* no such number */
	segment_index_free(&x);
	snprintf(text, sizeof(text), "%sblock 1 200 96 1 1 5 5 1 0 0\n", head);
	ck_assert_int_eq(load_text(&g, text, &x), -1);
	segment_index_free(&x);
	snprintf(text, sizeof(text), "%ssomething else\n", head);
	ck_assert_int_eq(load_text(&g, text, &x), -1);
	segment_index_free(&x);
	ck_assert_int_eq(
	    load_text(&g, "assay-index 1 000002.pcapng\n", &x), -1);
	segment_index_free(&x);
	ground_end(&g);
}
END_TEST

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(what_is_hashed_is_what_was_finished)
{
	static const struct {
		const char *lines;
		int loads;
	} cases[] = {
		{ "whole 1 296 0\n", 0 },
		{ "whole 1 296 0\nend 1 296 " HASH " 0\n", 0 },
		{ "end 1 296 " HASH " 0\n", 0 }, /* of earlier versions */
		{ "whole 1 296 0\nend 1 295 " HASH " 0\n", -1 },
		{ "whole 1 296 0\nend 2 296 " HASH " 0\n", -1 },
		{ "whole 1 296 0\nend 1 296 " HASH " 1\n", -1 },
		{ "whole 1 296 0\nend 1 296 " HASH "\n", -1 },
		{ "whole 1 296 0\nwhole 1 296 0\n", -1 },
		{ "whole 1 296 0\ncut 1 296 " HASH "\n", -1 },
		{ "whole 1 296 0\nblock 2 296 96 1 2 5 5 1 0\n", -1 },
		{ "whole 1 296\n", -1 },
		{ "whole 1 296 0 0\n", -1 },
	};
	struct ground g;
	struct segment_index x;
	char text[512];
	size_t i;

	ground_begin(&g);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
		    "assay-index 1 000001.pcapng\n"
		    "block 1 200 96 1 1 5 5 1 0\n%s",
		    cases[i].lines);
		ck_assert_msg(load_text(&g, text, &x) == cases[i].loads, "%s",
		    cases[i].lines);
		segment_index_free(&x);
	}
	ground_end(&g);
}
END_TEST

START_TEST(setting_the_clock_is_noticed_and_nothing_else_is)
{
	struct clock_step c = { 0 };
	int64_t now;

	ck_assert_int_eq(clock_step_check(&c, 5000000000), 0);
	ck_assert_int_eq(clock_step_check(&c, 5000400000), 0);
	ck_assert_int_eq(clock_step_check(&c, 6000400000), 1000000000);
	ck_assert_int_eq(clock_step_check(&c, 6000400000), 0);
	ck_assert_int_eq(clock_step_check(&c, 5990400000), -10000000);
	memset(&c, 0, sizeof(c));
	for (int i = 0; i < 100; i++) {
		now = clock_step_offset();
		ck_assert_int_eq(clock_step_check(&c, now), 0);
	}
}
END_TEST

START_TEST(only_our_own_names_are_numbers)
{
	uint32_t n;

	ck_assert_int_eq(segment_number("000042.pcapng", &n), 0);
	ck_assert_uint_eq(n, 42);
	ck_assert_int_eq(segment_number("1000000.pcapng", &n), 0);
	ck_assert_int_eq(segment_number("42.pcapng", &n), -1);
	ck_assert_int_eq(segment_number("000042.pcap", &n), -1);
	ck_assert_int_eq(segment_number("../042.pcapng", &n), -1);
	ck_assert_int_eq(segment_number("-00042.pcapng", &n), -1);
	ck_assert_int_eq(segment_number("99999999999.pcapng", &n), -1);
	ck_assert_int_eq(segment_number("", &n), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("recording");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_position_leads_to_its_frame_over_several_files);
	tcase_add_test(
	    t, a_finished_file_is_read_only_small_enough_and_says_so);
	tcase_add_test(t, numbers_in_use_are_passed_over);
	tcase_add_test(t, a_full_disk_loses_frames_and_counts_every_one);
	tcase_add_test(t, no_directory_at_all_ends_nothing);
	tcase_add_test(
	    t, killed_in_the_middle_a_capture_leaves_what_it_flushed);
	tcase_add_test(t, what_is_hashed_is_what_was_finished);
	tcase_add_test(t, a_broken_index_is_refused_and_a_cut_one_is_not);
	tcase_add_test(t, setting_the_clock_is_noticed_and_nothing_else_is);
	tcase_add_test(t, only_our_own_names_are_numbers);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
