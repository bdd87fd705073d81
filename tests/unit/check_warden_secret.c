/*
 * Marks of default secrets: the same for the same secret under one nonce alone,
 * and none for what others could have read, written or named twice.
 */
#include "daemon/warden/warden_secret.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/peer.h"
#include "daemon/warden/warden_parts.h"

static struct conf conf;
static struct warden w;
static char dir[64], path[128];
static int engine;
static struct err e;

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)m;
	(void)fd;
	return 0;
}

static void
on_close(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static const char *
in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
put(const char *name, const void *secret, size_t size)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, secret, size), (ssize_t)size);
	close(fd);
}

static void
set_up(void)
{
	static const struct peer_hooks hooks = { on_message, on_close };
	int fds[2];

	memset(&w, 0, sizeof(w));
	snprintf(dir, sizeof(dir), "/tmp/assay-secrets.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	conf.secret_dir = dir;
	w.conf = &conf;
	w.base = event_base_new();
	peer_pair(fds);
	engine = fds[0];
	w.engine.peer = peer_new(w.base, fds[1], &hooks, &w);
	put("a", "hunter2", 7);
}

static int
remove_entry(const char *name, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(name);
}

static void
tear_down(void)
{
	peer_free(w.engine.peer);
	close(engine);
	event_base_free(w.base);
	nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* nonce: its first byte. */
static void
mark(const char *file, uint8_t nonce, uint8_t out[WIRE_MARK_SIZE])
{
	static uint8_t datagram[MSG_MAX];
	uint8_t bytes[WIRE_NONCE_SIZE] = { nonce };
	const uint8_t *p;
	struct msg_in m;
	uint32_t request;
	ssize_t size;
	size_t n;

	ck_assert_msg(
	    warden_secret_mark(&w, 9, file, bytes, &e) == 0, "%s", e.text);
	size = recv(engine, datagram, sizeof(datagram), MSG_DONTWAIT);
	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(msg_read(&m, datagram, (size_t)size), 0);
	ck_assert_uint_eq(m.type, ENGINE_SECRET);
	msg_get_u32(&m, &request);
	msg_get_bytes(&m, &p, &n);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(request, 9);
	ck_assert_uint_eq(n, WIRE_MARK_SIZE);
	memcpy(out, p, n);
}

static bool
is_same(const char *a, uint8_t nonce_a, const char *b, uint8_t nonce_b)
{
	uint8_t of_a[WIRE_MARK_SIZE], of_b[WIRE_MARK_SIZE];

	mark(a, nonce_a, of_a);
	mark(b, nonce_b, of_b);
	return memcmp(of_a, of_b, sizeof(of_a)) == 0;
}

static void
refused(const char *file, const char *why)
{
	uint8_t nonce[WIRE_NONCE_SIZE] = { 1 }, byte;

	ck_assert_int_eq(warden_secret_mark(&w, 9, file, nonce, &e), -1);
	ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
	ck_assert_ptr_null(strstr(e.text, "hunter2"));
	ck_assert_int_eq(recv(engine, &byte, 1, MSG_DONTWAIT), -1);
}

START_TEST(the_same_secret_has_the_same_mark_and_another_another)
{
	put("b", "hunter2", 7);
	put("c", "hunter3", 7);
	put("line", "hunter2\n", 8);
	put("dos", "hunter2\r\n", 9);
	put("longer", "hunter2\n\n", 9);
	put("nul", "hunter2\0x", 9);
	ck_assert(is_same("a", 1, "b", 1));
	ck_assert(is_same("a", 1, "line", 1));
	ck_assert(is_same("a", 1, "dos", 1));
	ck_assert(!is_same("a", 1, "c", 1));
	ck_assert(!is_same("a", 1, "longer", 1));
	ck_assert(!is_same("a", 1, "nul", 1));
}
END_TEST

START_TEST(a_mark_is_of_one_nonce_and_of_one_life)
{
	uint8_t before[WIRE_MARK_SIZE], after[WIRE_MARK_SIZE];

	ck_assert(!is_same("a", 1, "a", 2));
	mark("a", 1, before);
	w.has_mark_key = false; /* begun anew */
	mark("a", 1, after);
	ck_assert_mem_ne(before, after, sizeof(before));
}
END_TEST

START_TEST(what_is_no_secret_has_no_mark)
{
	static char large[16386];

	refused("", "a file of secret_dir");
	refused("../a", "a file of secret_dir");
	refused("/etc/shadow", "a file of secret_dir");
	refused(".", "a file of secret_dir");
	refused("absent", "No such file");
	put("b", "", 0);
	refused("b", "is empty");
	put("b", "\n", 1);
	refused("b", "is empty");
	put("b", large, sizeof(large));
	refused("b", "larger than 16384 bytes");
	ck_assert_int_eq(symlink(dir, in_dir("link")), 0);
	refused("link", "symbolic links");
	ck_assert_int_eq(mkdir(in_dir("folder"), 0700), 0);
	refused("folder", "not a file");
	ck_assert_int_eq(mkfifo(in_dir("pipe"), 0600), 0);
	refused("pipe", "not a file");
}
END_TEST

START_TEST(what_others_could_read_write_or_name_has_no_mark)
{
	char first[128];

	ck_assert_int_eq(chmod(in_dir("a"), 0640), 0);
	refused("a", "open to others");
	ck_assert_int_eq(chmod(in_dir("a"), 0400), 0);
	ck_assert(is_same("a", 1, "a", 1));
	ck_assert_int_eq(chown(in_dir("a"), 12345, 0), 0);
	refused("a", "open to others");
	ck_assert_int_eq(chown(in_dir("a"), 0, 0), 0);
	snprintf(first, sizeof(first), "%s", in_dir("a"));
	ck_assert_int_eq(link(first, in_dir("again")), 0);
	refused("a", "a second name");
	refused("again", "a second name");
	ck_assert_int_eq(unlink(in_dir("again")), 0);
	ck_assert_int_eq(chmod(dir, 0770), 0);
	refused("a", "others than root can put a file");
	ck_assert_int_eq(chmod(dir, 0700), 0);
	ck_assert(is_same("a", 1, "a", 1));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("warden_secret");
	TCase *c = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(
	    c, the_same_secret_has_the_same_mark_and_another_another);
	tcase_add_test(c, a_mark_is_of_one_nonce_and_of_one_life);
	tcase_add_test(c, what_is_no_secret_has_no_mark);
	tcase_add_test(c, what_others_could_read_write_or_name_has_no_mark);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
