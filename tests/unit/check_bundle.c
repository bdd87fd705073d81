/*
 * check_bundle: a bundle is opened whatever it holds, and leads nowhere; no
 * changed byte of it passes for what was sealed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/alloc.h"
#include "bundles/bundle_list.h"
#include "bundles/bundle_unpack.h"
#include "bundles/bundle_write.h"
#include "tests/unit/bundle_rig.h"

static struct bundle_rig rig;
static char *tar;
static bool is_zip; /* the next one that is written */

static void
begin(void)
{
	bundle_rig_begin(&rig);
	tar = xasprintf("%s/x.tar", rig.home.path);
	is_zip = false;
}

static void
end(void)
{
	free(tar);
	bundle_rig_end(&rig);
}

/* ---- archives that nobody of ours made ---- */

struct entry {
	const char *name;
	int type; /* AE_IFREG … */
	const char *link;
};

static void
write_tar(const struct entry *entries, size_t n)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e;
	size_t i;

	if (is_zip)
		archive_write_set_format_zip(a);
	else
		archive_write_set_format_pax_restricted(a);
	ck_assert_int_eq(archive_write_open_filename(a, tar), ARCHIVE_OK);
	for (i = 0; i < n; i++) {
		e = archive_entry_new();
		archive_entry_set_pathname(e, entries[i].name);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_filetype(e, (unsigned)entries[i].type);
		archive_entry_set_size(e, entries[i].type == AE_IFREG ? 3 : 0);
		if (entries[i].type == AE_IFLNK)
			archive_entry_set_symlink(e, entries[i].link);
		else if (entries[i].link != NULL)
			archive_entry_set_hardlink(e, entries[i].link);
		ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
		if (entries[i].type == AE_IFREG && entries[i].link == NULL)
			archive_write_data(a, "{}\n", 3);
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
}

/* Nothing is left behind, and nothing is written elsewhere. */
static void
not_opened(const char *why)
{
	char *private = xasprintf("%s/private", rig.home.path);
	struct err e = { .line = 0 };
	json_t *names;
	int dir;

	mkdir(private, 0700);
	setenv("TMPDIR", private, 1);
	ck_assert_ptr_null(bundle_open(tar, &e));
	ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
	dir = open(private, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	names = bundle_list(dir, &e);
	ck_assert_uint_eq(json_array_size(names), 0);
	json_decref(names);
	close(dir);
	unsetenv("TMPDIR");
	free(private);
}

static void
refused(const struct entry *entries, size_t n, const char *why)
{
	write_tar(entries, n);
	not_opened(why);
}

#define REFUSED(why, ...) \
	do { \
		const struct entry entries[] = { \
			{ "records.jsonl", AE_IFREG, NULL }, __VA_ARGS__ \
		}; \
		refused(entries, sizeof(entries) / sizeof(entries[0]), (why)); \
	} while (0)

START_TEST(an_archive_with_anything_but_plain_files_is_refused)
{
	REFUSED("name that no bundle", { "../x", AE_IFREG, NULL });
	REFUSED("name that no bundle", { "a/../../x", AE_IFREG, NULL });
	REFUSED("name that no bundle", { "/tmp/x", AE_IFREG, NULL });
	REFUSED("name that no bundle", { ".hidden", AE_IFREG, NULL });
	REFUSED("name that no bundle", { "a b", AE_IFREG, NULL });
	REFUSED("name that no bundle", { "a/b/c/d/e", AE_IFREG, NULL });
	REFUSED("name that no bundle", { "../", AE_IFDIR, NULL });
	REFUSED("no plain file", { "x", AE_IFLNK, "/etc/passwd" });
	REFUSED("no plain file", { "x", AE_IFREG, "records.jsonl" });
	REFUSED("no plain file", { "x", AE_IFIFO, NULL });
	REFUSED("no plain file", { "x", AE_IFCHR, NULL });
	REFUSED("in it twice", { "records.jsonl", AE_IFREG, NULL });
	REFUSED("in it twice", { "./records.jsonl", AE_IFREG, NULL });
	REFUSED("unpacking", { "records.jsonl/x", AE_IFREG, NULL });
}
END_TEST

START_TEST(a_zip_file_with_anything_but_plain_files_is_refused)
{
	is_zip = true;
	REFUSED("name that no bundle", { "../x", AE_IFREG, NULL });
	REFUSED("name that no bundle", { "/tmp/x", AE_IFREG, NULL });
	REFUSED("name that no bundle", { "a b", AE_IFREG, NULL });
	REFUSED("no plain file", { "x", AE_IFLNK, "/etc/passwd" });
	REFUSED("in it twice", { "records.jsonl", AE_IFREG, NULL });
	REFUSED("unpacking", { "records.jsonl/x", AE_IFREG, NULL });
}
END_TEST

/* 64 MiB of nothing, packed into some 64 kB. */
START_TEST(a_zip_bomb_is_refused_at_its_own_size)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char *nothing = xcalloc(1, 1 << 20);
	struct stat st;
	int i;

	ck_assert_int_eq(archive_write_set_format_zip(a), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_filename(a, tar), ARCHIVE_OK);
	archive_entry_set_pathname(entry, "records.jsonl");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, 64 << 20);
	ck_assert_int_eq(archive_write_header(a, entry), ARCHIVE_OK);
	for (i = 0; i < 64; i++)
		archive_write_data(a, nothing, 1 << 20);
	archive_entry_free(entry);
	archive_write_close(a);
	archive_write_free(a);
	free(nothing);
	ck_assert_int_eq(stat(tar, &st), 0);
	ck_assert_int_lt(st.st_size, 1 << 20);
	not_opened("longer than the archive");
}
END_TEST

START_TEST(an_archive_with_directories_and_dots_before_names_is_taken)
{
	const struct entry entries[] = { { "./", AE_IFDIR, NULL },
		{ "./slices/", AE_IFDIR, NULL },
		{ "./records.jsonl", AE_IFREG, NULL } };
	struct err e = { .line = 0 };
	struct bundle *b;

	write_tar(entries, 3);
	b = bundle_open(tar, &e);
	ck_assert_msg(b != NULL, "%s", e.text);
	ck_assert_uint_eq(bundle_record_count(b), 1);
	bundle_close(b);
}
END_TEST

START_TEST(what_is_no_bundle_is_said_to_be_none)
{
	const struct entry other = { "x", AE_IFREG, NULL };
	struct err e = { .line = 0 };

	ck_assert_ptr_null(bundle_open("/nonexistent/x", &e));
	ck_assert_ptr_null(bundle_open(rig.home.path, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "no bundle"));
	ck_assert_ptr_null(bundle_open(rig.lab_file, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "no tar file"));
	ck_assert_ptr_null(bundle_open("/dev/null", &e));
	write_tar(&other, 1);
	ck_assert_ptr_null(bundle_open(tar, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "no bundle"));
}
END_TEST

START_TEST(links_and_pipes_in_a_directory_lead_nowhere)
{
	struct err e = { .line = 0 };
	struct bundle *b;
	const void *data;
	size_t size;

	ck_assert_int_eq(symlinkat("/etc/passwd", rig.dir, "link"), 0);
	ck_assert_int_eq(symlinkat("/etc", rig.dir, "etc"), 0);
	ck_assert_int_eq(mkfifoat(rig.dir, "pipe", 0600), 0);
	b = bundle_open(rig.path, &e);
	ck_assert_int_eq(bundle_file(b, "link", &data, &size, &e), -1);
	ck_assert_int_eq(bundle_file(b, "etc/passwd", &data, &size, &e), -1);
	ck_assert_int_eq(bundle_file(b, "pipe", &data, &size, &e), -1);
	ck_assert_int_eq(bundle_file(b, "../lab.pem", &data, &size, &e), -1);
	ck_assert_int_eq(bundle_file(b, rig.lab_file, &data, &size, &e), -1);
	ck_assert_int_eq(bundle_file(b, "slices", &data, &size, &e), -1);
	ck_assert_int_eq(bundle_file(b, "records.jsonl", &data, &size, &e), 0);
	bundle_close(b);
	ck_assert_int_eq(bundle_rig_outcome(&rig, rig.lab_file), BUNDLE_BROKEN);
}
END_TEST

START_TEST(a_record_line_that_is_no_record_is_broken_not_a_crash)
{
	static const char *const lines[] = { "", "\n", "{}\n", "x\n", "[]\n",
		"{\"v\":1}\n", "{\"seq\":-5,\"v\":1}\n", "null\n" };
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		bundle_rig_put(
		    &rig, "records.jsonl", lines[i], strlen(lines[i]));
		ck_assert_int_eq(bundle_rig_outcome(&rig, NULL), BUNDLE_BROKEN);
	}
}
END_TEST

/* ---- every byte ---- */

static bool
is_intact(enum bundle_outcome outcome)
{
	return outcome == BUNDLE_TRUSTED || outcome == BUNDLE_UNKNOWN;
}

/* What a byte of this file may be turned into unnoticed: nothing.  Returns
 * how many were tried. */
static size_t
flip(const char *name, size_t step)
{
	static const unsigned char masks[] = { 0x01, 0x20, 0x80 };
	size_t size, i, tried = 0;
	char *data = bundle_rig_get(&rig, name, &size), old;
	enum bundle_outcome outcome;

	for (i = 0; i < size; i += step, tried++) {
		old = data[i];
		data[i] = (char)(old ^ (char)masks[tried % 3]);
		bundle_rig_put(&rig, name, data, size);
		outcome = bundle_rig_outcome(&rig, rig.lab_file);
		ck_assert_msg(!is_intact(outcome), "%s: byte %zu: %s", name, i,
		    bundle_outcome_name(outcome));
		data[i] = old;
	}
	bundle_rig_put(&rig, name, data, size);
	ck_assert_int_eq(
	    bundle_rig_outcome(&rig, rig.lab_file), BUNDLE_TRUSTED);
	free(data);
	return tried;
}

START_TEST(one_changed_byte_of_a_record_is_found)
{
	ck_assert_uint_gt(flip("records.jsonl", 3), 1000);
}
END_TEST

START_TEST(one_changed_byte_of_a_slice_is_found)
{
	ck_assert_uint_gt(flip("slices/10/13.pcapng", 1), 500);
	ck_assert_uint_gt(flip("slices/10/14.pcapng", 23), 500);
}
END_TEST

START_TEST(one_changed_byte_of_a_capture_is_found)
{
	ck_assert_uint_gt(flip("captures/000001.pcapng", 17), 500);
	ck_assert_uint_gt(flip("captures/000009.pcapng", 3), 50);
}
END_TEST

START_TEST(one_changed_byte_of_a_document_is_found)
{
	struct err e = { .line = 0 };
	struct bundle *b = bundle_open(rig.path, &e);
	json_t *names = bundle_names(b, &e), *o;
	size_t i, found = 0;

	bundle_close(b);
	json_array_foreach (names, i, o)
		if (strncmp(json_string_value(o), "documents/", 10) == 0)
			found += flip(json_string_value(o), 1);
	ck_assert_uint_gt(found, 20);
	json_decref(names);
}
END_TEST

/* A signature's own bytes: none of its changes is trusted.  (Its digits may be
 * of either case.) */
START_TEST(one_changed_byte_of_a_signature_is_never_trusted)
{
	size_t size, i, tried = 0;
	char *data = bundle_rig_get(&rig, "signatures.jsonl", &size), old;

	for (i = 0; i < size - 1; i++, tried++) {
		old = data[i];
		data[i] = (char)(old ^ 0x01);
		bundle_rig_put(&rig, "signatures.jsonl", data, size);
		ck_assert_msg(
		    !is_intact(bundle_rig_outcome(&rig, rig.lab_file)),
		    "byte %zu", i);
		data[i] = old;
	}
	ck_assert_uint_gt(tried, 150);
	free(data);
}
END_TEST

START_TEST(a_file_cut_short_at_any_length_is_found)
{
	static const char *const names[] = { "records.jsonl",
		"slices/10/13.pcapng", "captures/000009.pcapng" };
	size_t size, i, n, step;
	char *data;

	for (i = 0; i < 3; i++) {
		data = bundle_rig_get(&rig, names[i], &size);
		step = size / 60 + 1;
		/* Without its last newline a line is the same line. */
		for (n = 0; n + 1 < size; n += step) {
			bundle_rig_put(&rig, names[i], data, n);
			ck_assert_msg(
			    !is_intact(bundle_rig_outcome(&rig, rig.lab_file)),
			    "%s cut to %zu", names[i], n);
		}
		bundle_rig_put(&rig, names[i], data, size);
		free(data);
	}
}
END_TEST

START_TEST(a_tar_file_cut_short_or_changed_is_never_intact_with_other_content)
{
	struct err e = { .line = 0 };
	struct bundle *b;
	struct bundle_report report;
	struct bundle_trust none = { .anchors = NULL };
	struct stat st;
	off_t at;

	ck_assert_int_eq(bundle_write_archive(rig.dir, tar, &e), 0);
	ck_assert_int_eq(stat(tar, &st), 0);
	for (at = st.st_size - 512; at > 0; at -= st.st_size / 40) {
		ck_assert_int_eq(truncate(tar, at), 0);
		b = bundle_open(tar, &e);
		if (b == NULL)
			continue;
		bundle_verify(b, &none, &report);
		/* Only the end mark, or a capture nobody asked for, may be
		 * missing. */
		if (is_intact(report.outcome))
			ck_assert_int_gt(at, st.st_size / 2);
		bundle_report_clear(&report);
		bundle_close(b);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bundle");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, an_archive_with_anything_but_plain_files_is_refused);
	tcase_add_test(t, a_zip_file_with_anything_but_plain_files_is_refused);
	tcase_add_test(t, a_zip_bomb_is_refused_at_its_own_size);
	tcase_add_test(
	    t, an_archive_with_directories_and_dots_before_names_is_taken);
	tcase_add_test(t, what_is_no_bundle_is_said_to_be_none);
	tcase_add_test(t, links_and_pipes_in_a_directory_lead_nowhere);
	tcase_add_test(
	    t, a_record_line_that_is_no_record_is_broken_not_a_crash);
	tcase_add_test(t, one_changed_byte_of_a_record_is_found);
	tcase_add_test(t, one_changed_byte_of_a_slice_is_found);
	tcase_add_test(t, one_changed_byte_of_a_capture_is_found);
	tcase_add_test(t, one_changed_byte_of_a_document_is_found);
	tcase_add_test(t, one_changed_byte_of_a_signature_is_never_trusted);
	tcase_add_test(t, a_file_cut_short_at_any_length_is_found);
	tcase_add_test(t,
	    a_tar_file_cut_short_or_changed_is_never_intact_with_other_content);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
