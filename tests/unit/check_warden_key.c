/*
 * The bench's key: made once, read by root alone, signing what it is for, and
 * replaced so that a kill at any moment leaves one key and its history.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "daemon/warden/warden_key.h"
#include "daemon/warden/warden_parts.h"
#include "signing/rotation.h"
#include "signing/sign_key.h"

static struct warden w;
static struct conf conf;
static char state[64], path[192];
static int engine; /* our end of the engine's socket */
static struct err e;

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)m;
	(void)fd;
	return -1;
}

static void
on_close(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static const char *
in_keys(const char *name)
{
	snprintf(path, sizeof(path), "%s/keys/%s", state, name);
	return path;
}

static void
set_up(void)
{
	static const struct peer_hooks hooks = { on_message, on_close };
	int fds[2];

	memset(&w, 0, sizeof(w));
	snprintf(state, sizeof(state), "/tmp/assay-keys.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	ck_assert_int_eq(mkdir(in_keys(""), 0700), 0);
	conf.state_dir = state;
	conf.bench = xstrdup("bench-1");
	w.conf = &conf;
	w.base = event_base_new();
	peer_pair(fds);
	engine = fds[0];
	w.engine.peer = peer_new(w.base, fds[1], &hooks, &w);
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
	warden_key_close(&w);
	free(conf.bench);
	nftw(state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Another life of the warden. */
static int
open_again(void)
{
	warden_key_close(&w);
	return warden_key_open(&w, &e);
}

/* The next message to the engine. */
static struct msg_in
next(uint16_t type)
{
	static uint8_t datagram[MSG_MAX];
	struct msg_in m = { .type = 0 };
	ssize_t n = recv(engine, datagram, sizeof(datagram), MSG_DONTWAIT);

	ck_assert_msg(n > 0, "no message");
	ck_assert_int_eq(msg_read(&m, datagram, (size_t)n), 0);
	ck_assert_uint_eq(m.type, type);
	return m;
}

static void
nothing_more(void)
{
	uint8_t byte;

	ck_assert_int_eq(recv(engine, &byte, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(the_first_start_makes_a_key_and_the_next_reads_it)
{
	char id[SHA256_HEX_SIZE];
	struct stat st;

	ck_assert_msg(warden_key_open(&w, &e) == 0, "%s", e.text);
	snprintf(id, sizeof(id), "%s", w.key_id);
	ck_assert_int_eq(stat(in_keys("bench.key"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(access(in_keys("next.key"), F_OK), -1);
	ck_assert_int_eq(open_again(), 0);
	ck_assert_str_eq(w.key_id, id);
}
END_TEST

START_TEST(a_key_that_others_may_read_is_refused)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0601 };
	size_t i;

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(chmod(in_keys("bench.key"), modes[i]), 0);
		ck_assert_int_eq(open_again(), -1);
		ck_assert_ptr_nonnull(strstr(e.text, "open to others"));
		ck_assert_ptr_nonnull(strstr(e.text, in_keys("bench.key")));
	}
	ck_assert_int_eq(chmod(in_keys("bench.key"), 0400), 0);
	ck_assert_int_eq(open_again(), 0);
}
END_TEST

START_TEST(what_is_not_roots_own_file_is_refused)
{
	FILE *f;

	if (geteuid() != 0) {
		puts("skipped: needs root");
		return;
	}
	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	ck_assert_int_eq(chown(in_keys("bench.key"), 12345, 0), 0);
	ck_assert_int_eq(open_again(), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "uid 12345"));
	unlink(in_keys("bench.key"));
	ck_assert_int_eq(symlink("/etc/passwd", in_keys("bench.key")), 0);
	ck_assert_int_eq(open_again(), -1);
	unlink(in_keys("bench.key"));
	ck_assert_int_eq(mkfifo(in_keys("bench.key"), 0600), 0);
	ck_assert_int_eq(open_again(), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "not a file"));
	unlink(in_keys("bench.key"));
	f = fopen(in_keys("bench.key"), "w");
	fputs("rubbish", f);
	fclose(f);
	chmod(in_keys("bench.key"), 0600);
	ck_assert_int_eq(open_again(), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "no private key"));
}
END_TEST

START_TEST(manifests_and_tombstones_are_signed_and_nothing_else)
{
	static const uint8_t digest[SHA256_SIZE] = { 1, 2, 3 };
	char id[SHA256_HEX_SIZE];
	struct sign_key *key;
	const uint8_t *sig;
	uint32_t request;
	struct msg_in m;
	unsigned i;
	size_t n;

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	key = sign_key_from_public(w.key_pem, strlen(w.key_pem), &e);
	ck_assert_ptr_nonnull(key);
	for (i = SIGN_MANIFEST; i <= SIGN_TOMBSTONE; i++) {
		ck_assert_int_eq(
		    warden_key_sign(&w, 70 + i, (uint8_t)i, digest, &e), 0);
		m = next(ENGINE_SIGNED);
		msg_get_u32(&m, &request);
		msg_get_string(&m, id, sizeof(id));
		msg_get_bytes(&m, &sig, &n);
		ck_assert_int_eq(msg_end(&m), 0);
		ck_assert_uint_eq(request, 70 + i);
		ck_assert_str_eq(id, w.key_id);
		ck_assert_uint_eq(n, SIGN_SIZE);
		ck_assert_int_eq(
		    sign_verify(key, (enum sign_purpose)i, digest, sig, &e), 0);
	}
	ck_assert_int_eq(warden_key_sign(&w, 1, 0, digest, &e), -1);
	ck_assert_int_eq(warden_key_sign(&w, 1, SIGN_ROTATION, digest, &e), -1);
	ck_assert_int_eq(warden_key_sign(&w, 1, 4, digest, &e), -1);
	nothing_more();
	sign_key_free(key);
}
END_TEST

START_TEST(what_was_made_ready_signs_and_is_gone)
{
	static const uint8_t digest[SHA256_SIZE] = { 7 };
	pid_t pid;

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	ck_assert_int_eq(w.key_apart.pid, 0);
	warden_key_prepare(&w);
	pid = w.key_apart.pid;
	ck_assert_int_gt(pid, 0);
	warden_key_prepare(&w);
	ck_assert_int_eq(w.key_apart.pid, pid); /* one is enough */
	ck_assert_int_eq(warden_key_sign(&w, 1, SIGN_MANIFEST, digest, &e), 0);
	next(ENGINE_SIGNED);
	ck_assert_int_eq(w.key_apart.pid, 0);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(one_that_was_killed_is_no_loss)
{
	static const uint8_t digest[SHA256_SIZE] = { 8 };
	int status;
	pid_t pid;

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	warden_key_prepare(&w);
	pid = w.key_apart.pid;
	kill(pid, SIGKILL);
	ck_assert_int_eq(warden_key_sign(&w, 1, SIGN_MANIFEST, digest, &e), 0);
	next(ENGINE_SIGNED);
	/* Or whoever reaps all children tells. */
	warden_key_prepare(&w);
	pid = w.key_apart.pid;
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(!warden_key_reap(&w, pid + 1));
	ck_assert(warden_key_reap(&w, pid));
	ck_assert_int_eq(w.key_apart.pid, 0);
	ck_assert_int_eq(warden_key_sign(&w, 2, SIGN_MANIFEST, digest, &e), 0);
	next(ENGINE_SIGNED);
}
END_TEST

START_TEST(a_key_that_was_exchanged_behind_its_back_does_not_sign)
{
	static const uint8_t digest[SHA256_SIZE] = { 9 };
	struct sign_key *key = sign_key_new(&e);

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	unlink(in_keys("bench.key"));
	ck_assert_int_eq(warden_key_sign(&w, 1, SIGN_MANIFEST, digest, &e), -1);
	ck_assert_int_eq(
	    sign_key_write_private(key, in_keys("bench.key"), &e), 0);
	ck_assert_int_eq(warden_key_sign(&w, 1, SIGN_MANIFEST, digest, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "start it anew"));
	ck_assert_int_eq(warden_key_rotate(&w, 2, "", &e), -1);
	nothing_more();
	sign_key_free(key);
}
END_TEST

/* The rotation that the engine is told of under this request. */
static json_t *
take_rotation(uint32_t want)
{
	uint32_t request;
	struct msg_in m = next(ENGINE_KEY);
	json_t *rotation;
	char *text;

	m = next(ENGINE_ROTATED);
	msg_get_u32(&m, &request);
	text = msg_dup_string(&m);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(request, want);
	rotation = json_loads(text, 0, NULL);
	free(text);
	return rotation;
}

static void
check_rotation(
    const json_t *rotation, const struct sign_key *from, const char *to)
{
	struct sign_key *k = rotation_check(rotation, from, &e);

	ck_assert_msg(k != NULL, "%s", e.text);
	ck_assert_str_eq(sign_key_id(k), to);
	sign_key_free(k);
}

/* What the key before is called now. */
static char *
old_name(const json_t *rotation)
{
	json_t *o = json_loads(
	    json_string_value(json_object_get(rotation, "statement")), 0, NULL);
	char *name = xasprintf(
	    "bench.key.%s", json_string_value(json_object_get(o, "old_key")));

	json_decref(o);
	return name;
}

START_TEST(a_rotation_is_told_once_more_at_every_greeting)
{
	struct sign_key *old_key;
	json_t *rotation;
	char *name;

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	warden_key_tell(&w);
	next(ENGINE_KEY);
	nothing_more(); /* the first key came from nowhere */
	ck_assert_int_eq(warden_key_rotate(&w, 7, "", &e), 0);
	rotation = take_rotation(7);
	name = old_name(rotation);
	old_key = sign_key_read_private(in_keys(name), &e);
	ck_assert_msg(old_key != NULL, "%s", e.text);
	check_rotation(rotation, old_key, w.key_id);
	json_decref(rotation);
	ck_assert_int_eq(open_again(), 0);
	warden_key_tell(&w);
	rotation = take_rotation(0);
	check_rotation(rotation, old_key, w.key_id);
	json_decref(rotation);
	nothing_more();
	sign_key_free(old_key);
	free(name);
}
END_TEST

START_TEST(a_rotation_that_was_cut_off_leaves_the_old_key)
{
	char id[SHA256_HEX_SIZE], *name;
	struct sign_key *key = sign_key_new(&e);
	FILE *f;

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	snprintf(id, sizeof(id), "%s", w.key_id);
	/* As it is just before the new name. */
	ck_assert_int_eq(
	    sign_key_write_private(key, in_keys("next.key"), &e), 0);
	name = xasprintf("rotation.%s", sign_key_id(key));
	f = fopen(in_keys(name), "w");
	fputs("{}", f);
	fclose(f);
	free(name);
	name = xasprintf("%s/keys/bench.key.%s", state, id);
	ck_assert_int_eq(link(in_keys("bench.key"), name), 0);
	free(name);
	ck_assert_int_eq(open_again(), 0);
	ck_assert_str_eq(w.key_id, id);
	warden_key_tell(&w);
	next(ENGINE_KEY);
	nothing_more();
	ck_assert_msg(warden_key_rotate(&w, 8, "", &e) == 0, "%s", e.text);
	ck_assert_str_ne(w.key_id, id);
	ck_assert_str_ne(w.key_id, sign_key_id(key));
	json_decref(take_rotation(8));
	sign_key_free(key);
}
END_TEST

START_TEST(a_rotation_that_cannot_be_written_changes_nothing)
{
	char id[SHA256_HEX_SIZE];

	ck_assert_int_eq(warden_key_open(&w, &e), 0);
	snprintf(id, sizeof(id), "%s", w.key_id);
	ck_assert_int_eq(mkdir(in_keys("next.key"), 0700), 0);
	ck_assert_int_eq(warden_key_rotate(&w, 9, "", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "not replaced"));
	ck_assert_str_eq(w.key_id, id);
	nothing_more();
	ck_assert_int_eq(open_again(), 0);
	ck_assert_str_eq(w.key_id, id);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("warden_key");
	TCase *c = tcase_create("warden_key");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, the_first_start_makes_a_key_and_the_next_reads_it);
	tcase_add_test(c, a_key_that_others_may_read_is_refused);
	tcase_add_test(c, what_is_not_roots_own_file_is_refused);
	tcase_add_test(c, manifests_and_tombstones_are_signed_and_nothing_else);
	tcase_add_test(c, what_was_made_ready_signs_and_is_gone);
	tcase_add_test(c, one_that_was_killed_is_no_loss);
	tcase_add_test(
	    c, a_key_that_was_exchanged_behind_its_back_does_not_sign);
	tcase_add_test(c, a_rotation_is_told_once_more_at_every_greeting);
	tcase_add_test(c, a_rotation_that_was_cut_off_leaves_the_old_key);
	tcase_add_test(c, a_rotation_that_cannot_be_written_changes_nothing);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
