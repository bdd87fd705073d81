/*
 * check_segment_file: a capture file as a whole: what it says of itself, what
 * is found out by reading it, and what may be removed.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captures/ethernet_source.h"
#include "captures/pcapng.h"
#include "captures/recording.h"
#include "captures/segment_file.h"
#include "tests/unit/capture_ground.h"

static struct ground g;
static struct recording *left; /* by a process that is gone */

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
	(void)why;
	(void)lost;
}

static struct recording *
begin_big(uint64_t file_bytes)
{
	static const struct recording_hooks hooks = { ignore_rotated,
		ignore_disk };
	struct recording_config c = { .dir = g.dir,
		.first_file = 1,
		.file_bytes = file_bytes,
		.interface = "near0",
		.link_type = LINKTYPE_ETHERNET_NUMBER,
		.snaplen = ETHERNET_SNAPLEN,
		.retry_ns = 1 };

	return recording_new(&c, &hooks, NULL);
}

static struct recording *
begin(void)
{
	return begin_big(1 << 20);
}

static void
add(struct recording *r, unsigned n)
{
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	for (i = 0; i < n; i++) {
		f = ground_syn(bytes, 40000, (uint16_t)(1 + i), 1000 + i);
		recording_add(r, &f);
	}
}

static void
hash_whole(const char *name, uint8_t out[SHA256_SIZE], uint64_t *size)
{
	static uint8_t all[4 << 20];
	int fd = openat(g.dir, name, O_RDONLY);
	ssize_t n = read(fd, all, sizeof(all));

	ck_assert_int_gt(n, 0);
	close(fd);
	sha256(all, (size_t)n, out);
	*size = (uint64_t)n;
}

static bool
is_there(const char *name)
{
	return faccessat(g.dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Looked at, and hashed if that is needed. */
static struct segment_file
find_out(uint32_t number)
{
	struct segment_file f;
	struct segment_hash *h;
	struct err e;

	ck_assert_int_eq(segment_file_look(g.dir, number, &f, &e), 0);
	if (f.has_sha256)
		return f;
	h = segment_hash_new(g.dir, &f, &e);
	ck_assert_ptr_nonnull(h);
	while (segment_hash_step(h))
		;
	(void)segment_hash_end(h, &f, &e);
	return f;
}

/* Like one whose capture was killed: the last line of its index is half. */
static void
leave_cut(uint32_t frames)
{
	static const char half[] = "block 51 88";
	struct recording *r = begin();
	int fd;

	add(r, frames);
	recording_flush(r);
	fd = openat(g.dir, "000001.idx", O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(fd, half, strlen(half)), (int)strlen(half));
	close(fd);
	fd = openat(g.dir, "000001.pcapng", O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(fd, "torn", 4), 4);
	close(fd);
	left = r; /* as it is */
}

START_TEST(a_sealed_file_says_its_size_hash_frames_and_drops)
{
	struct recording *r = begin();
	struct segment_file f;
	uint8_t sum[SHA256_SIZE];
	uint64_t size;

	recording_set_counts(r, 300, 5);
	add(r, 300);
	recording_seal(r);
	ck_assert_uint_eq(recording_number(r), 2);
	f = find_out(1);
	hash_whole("000001.pcapng", sum, &size);
	ck_assert(!f.is_cut);
	ck_assert_uint_eq(f.size, size);
	ck_assert_mem_eq(f.sha256, sum, SHA256_SIZE);
	ck_assert_uint_eq(f.frames, 300);
	ck_assert_uint_eq(f.dropped, 5);
	/* Drops are told once, of the file they fell in. */
	recording_set_counts(r, 310, 7);
	add(r, 10);
	recording_seal(r);
	f = find_out(2);
	ck_assert_uint_eq(f.frames, 10);
	ck_assert_uint_eq(f.dropped, 2);
	recording_free(r);
}
END_TEST

START_TEST(a_finished_file_is_hashed_as_it_was_finished)
{
	struct recording *r = begin();
	struct segment_file f;
	struct segment_hash *h;
	struct stat st;
	struct err e;
	int fd;

	add(r, 20);
	recording_seal(r);
	add(r, 20);
	recording_seal(r);
	recording_free(r);
	ck_assert_int_eq(segment_file_look(g.dir, 1, &f, &e), 0);
	ck_assert(!f.is_cut);
	ck_assert(!f.has_sha256);
	ck_assert_uint_eq(f.frames, 20);
	f = find_out(1);
	ck_assert(f.has_sha256);
	ck_assert_int_eq(fstatat(g.dir, "000001.idx", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0440);
	/* One that is not what was finished gets none. */
	fd = openat(g.dir, "000002.pcapng", O_RDONLY);
	ck_assert_int_eq(fchmod(fd, 0640), 0);
	close(fd);
	fd = openat(g.dir, "000002.pcapng", O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(fd, "more", 4), 4);
	close(fd);
	ck_assert_int_eq(segment_file_look(g.dir, 2, &f, &e), 0);
	h = segment_hash_new(g.dir, &f, &e);
	while (segment_hash_step(h))
		;
	ck_assert_int_eq(segment_hash_end(h, &f, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "another size"));
	ck_assert_int_eq(segment_file_look(g.dir, 2, &f, &e), 0);
	ck_assert(!f.has_sha256);
}
END_TEST

/* As much as is worth a thread. */
static void
add_much(struct recording *r)
{
	add(r, 14000);
	recording_flush(r);
}

START_TEST(a_file_hashed_ahead_has_the_hash_of_the_whole)
{
	struct recording *r = begin_big(8 << 20);
	struct segment_file f = { .number = 1 };
	struct segment_hash *h;
	uint8_t sum[SHA256_SIZE];
	uint64_t size;
	struct err e;

	add_much(r);
	h = segment_hash_new(g.dir, &f, &e);
	ck_assert_uint_eq(segment_hash_number(h), 1);
	segment_hash_ahead(h);
	add_much(r);
	segment_hash_ahead(h); /* also while the thread is at work */
	add(r, 10);
	recording_seal(r);
	ck_assert_int_eq(segment_file_look(g.dir, 1, &f, &e), 0);
	while (segment_hash_step(h))
		;
	ck_assert_int_eq(segment_hash_end(h, &f, &e), 0);
	hash_whole("000001.pcapng", sum, &size);
	ck_assert_uint_gt(size, 2 << 20);
	ck_assert_uint_eq(f.size, size);
	ck_assert_mem_eq(f.sha256, sum, SHA256_SIZE);
	recording_free(r);
}
END_TEST

START_TEST(a_hash_begun_ahead_may_be_left)
{
	struct recording *r = begin_big(8 << 20);
	const struct segment_file one = { .number = 1 };
	struct segment_file f;
	struct segment_hash *h;
	uint8_t sum[SHA256_SIZE];
	uint64_t size;
	struct err e;

	add_much(r);
	h = segment_hash_new(g.dir, &one, &e);
	segment_hash_ahead(h);
	segment_hash_free(h);
	recording_seal(r);
	f = find_out(1);
	hash_whole("000001.pcapng", sum, &size);
	ck_assert_mem_eq(f.sha256, sum, SHA256_SIZE);
	recording_free(r);
}
END_TEST

START_TEST(what_was_hashed_ahead_and_changed_is_another_size)
{
	struct recording *r = begin_big(8 << 20);
	struct segment_file f = { .number = 1 };
	struct segment_hash *h;
	struct err e;
	int fd;

	add_much(r);
	h = segment_hash_new(g.dir, &f, &e);
	segment_hash_ahead(h);
	recording_seal(r);
	ck_assert_int_eq(segment_file_look(g.dir, 1, &f, &e), 0);
	fd = openat(g.dir, "000001.pcapng", O_RDONLY);
	ck_assert_int_eq(fchmod(fd, 0640), 0);
	close(fd);
	fd = openat(g.dir, "000001.pcapng", O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(fd, "more", 4), 4);
	close(fd);
	while (segment_hash_step(h))
		;
	ck_assert_int_eq(segment_hash_end(h, &f, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "another size"));
	recording_free(r);
}
END_TEST

START_TEST(a_file_without_a_frame_is_not_sealed)
{
	struct recording *r = begin();

	recording_seal(r);
	ck_assert_uint_eq(recording_number(r), 1);
	add(r, 1);
	recording_seal(r);
	ck_assert_uint_eq(recording_number(r), 2);
	recording_free(r);
}
END_TEST

START_TEST(positions_go_on_behind_a_seal)
{
	struct recording *r = begin();
	struct recording_place place;

	add(r, 10);
	recording_seal(r);
	add(r, 5);
	recording_flush(r);
	ck_assert_uint_eq(recording_position(r), 15);
	ck_assert_int_eq(recording_locate(r, 10, &place), 0);
	ck_assert_uint_eq(place.file, 1);
	ck_assert_int_eq(recording_locate(r, 12, &place), 0);
	ck_assert_uint_eq(place.file, 2);
	ck_assert_uint_eq(place.frame, 2);
	recording_free(r);
}
END_TEST

START_TEST(a_file_cut_short_is_read_once_and_then_known)
{
	struct segment_file f;
	uint8_t sum[SHA256_SIZE];
	uint64_t size;
	struct err e;

	leave_cut(50);
	ck_assert_int_eq(segment_file_look(g.dir, 1, &f, &e), 0);
	ck_assert(f.is_cut);
	ck_assert(!f.has_sha256);
	f = find_out(1);
	hash_whole("000001.pcapng", sum, &size);
	ck_assert(f.has_sha256);
	ck_assert_mem_eq(f.sha256, sum, SHA256_SIZE);
	ck_assert_uint_eq(f.size, size);
	/* Now from the index alone: its half line is gone. */
	ck_assert_int_eq(segment_file_look(g.dir, 1, &f, &e), 0);
	ck_assert(f.is_cut);
	ck_assert(f.has_sha256);
	ck_assert_mem_eq(f.sha256, sum, SHA256_SIZE);
	ck_assert_uint_eq(f.frames, 50);
	ck_assert_uint_eq(f.dropped, SEGMENT_FILE_UNKNOWN);
}
END_TEST

START_TEST(a_big_file_cut_short_is_read_in_many_steps)
{
	struct segment_file f;
	struct segment_hash *h;
	unsigned steps = 0;
	struct err e;

	leave_cut(6000);
	ck_assert_int_eq(segment_file_look(g.dir, 1, &f, &e), 0);
	h = segment_hash_new(g.dir, &f, &e);
	while (segment_hash_step(h))
		steps++;
	ck_assert_uint_ge(steps, 2);
	ck_assert_int_eq(segment_hash_end(h, &f, &e), 0);
}
END_TEST

START_TEST(a_file_without_an_index_gets_no_hash)
{
	struct segment_file f;

	leave_cut(5);
	ck_assert_int_eq(unlinkat(g.dir, "000001.idx", 0), 0);
	f = find_out(1);
	ck_assert(f.is_cut);
	ck_assert(!f.has_sha256);
	ck_assert_uint_eq(f.frames, SEGMENT_FILE_UNKNOWN);
	ck_assert(!is_there("000001.idx"));
}
END_TEST

START_TEST(only_capture_files_are_listed_in_order)
{
	static const char *const names[] = { "000009.pcapng", "000010.pcapng",
		"000002.pcapng", "000002.idx", "notes", "12.pcapng",
		"000011.pcapng.tmp" };
	uint32_t *list;
	struct err e;
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(openat(g.dir, names[i], O_WRONLY | O_CREAT, 0600));
	list = segment_file_list(g.dir, 1, &n, &e);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(list[0], 2);
	ck_assert_uint_eq(list[1], 9);
	ck_assert_uint_eq(list[2], 10);
	free(list);
	list = segment_file_list(g.dir, 10, &n, &e);
	ck_assert_uint_eq(n, 1);
	free(list);
}
END_TEST

START_TEST(a_file_goes_only_by_its_hash)
{
	struct recording *r = begin();
	struct segment_file f;
	uint8_t other[SHA256_SIZE];
	struct err e;

	add(r, 3);
	recording_seal(r);
	f = find_out(1);
	memcpy(other, f.sha256, sizeof(other));
	other[31] ^= 1;
	ck_assert_int_eq(segment_file_remove(g.dir, 1, other, &e), -1);
	ck_assert(is_there("000001.pcapng"));
	/* The one being written has none. */
	ck_assert_int_eq(segment_file_remove(g.dir, 2, f.sha256, &e), -1);
	ck_assert(is_there("000002.pcapng"));
	ck_assert_int_eq(segment_file_remove(g.dir, 1, f.sha256, &e), 0);
	ck_assert(!is_there("000001.pcapng"));
	ck_assert(!is_there("000001.idx"));
	/* Again, as after a crash: it is gone, and that is well. */
	ck_assert_int_eq(segment_file_remove(g.dir, 1, f.sha256, &e), 0);
	recording_free(r);
}
END_TEST

START_TEST(a_link_is_no_capture_file)
{
	struct segment_file f;
	struct err e;

	leave_cut(1);
	ck_assert_int_eq(symlinkat("000001.pcapng", g.dir, "000002.pcapng"), 0);
	ck_assert_int_eq(segment_file_look(g.dir, 2, &f, &e), -1);
	memset(&f, 0, sizeof(f));
	ck_assert_int_eq(segment_file_remove(g.dir, 2, f.sha256, &e), -1);
	ck_assert(is_there("000002.pcapng"));
	ck_assert(is_there("000001.pcapng"));
}
END_TEST

static void
setup(void)
{
	ground_begin(&g);
}

static void
teardown(void)
{
	recording_free(left);
	left = NULL;
	ground_end(&g);
}

int
main(void)
{
	Suite *s = suite_create("segment_file");
	TCase *t = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_sealed_file_says_its_size_hash_frames_and_drops);
	tcase_add_test(t, a_finished_file_is_hashed_as_it_was_finished);
	tcase_add_test(t, a_file_hashed_ahead_has_the_hash_of_the_whole);
	tcase_add_test(t, a_hash_begun_ahead_may_be_left);
	tcase_add_test(t, what_was_hashed_ahead_and_changed_is_another_size);
	tcase_add_test(t, a_file_without_a_frame_is_not_sealed);
	tcase_add_test(t, positions_go_on_behind_a_seal);
	tcase_add_test(t, a_file_cut_short_is_read_once_and_then_known);
	tcase_add_test(t, a_big_file_cut_short_is_read_in_many_steps);
	tcase_add_test(t, a_file_without_an_index_gets_no_hash);
	tcase_add_test(t, only_capture_files_are_listed_in_order);
	tcase_add_test(t, a_file_goes_only_by_its_hash);
	tcase_add_test(t, a_link_is_no_capture_file);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
