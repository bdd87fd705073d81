/*
 * warden_key: the bench's signing key, and what it signs.
 *
 * The private half is in STATE_DIR/keys alone, and in a process beside this one
 * for as long as a signature takes (apart.h): neither it nor what OpenSSL needs
 * for it stays in the warden's memory.  The engine sees signatures.  It may
 * have a manifest or a tombstone signed, by its SHA-256; a rotation is made
 * here, from what is known here, so that an engine in wrong hands cannot hand
 * the bench's name to a key of its own.
 *
 *   keys/bench.key        the key in use
 *   keys/bench.key.ID     one that was replaced, for the archive
 *   keys/rotation.ID      how the key ID came to be in use
 *   keys/next.key         not in use yet: left by a kill, and of no worth
 */
#include "daemon/warden/warden_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/warden/warden_parts.h"
#include "signing/rotation.h"
#include "signing/sign_key.h"

#define ROTATION_MAX (4 * SIGN_PEM_MAX) /* bytes of its file */

/* keys/NAME or keys/NAME.ID; caller frees. */
static char *
path_of(const struct warden *w, const char *name, const char *id)
{
	return xasprintf("%s/keys/%s%s%s", w->conf->state_dir, name,
	    id == NULL ? "" : ".", id == NULL ? "" : id);
}

static int
sync_keys(const struct warden *w, struct err *e)
{
	char *path = xasprintf("%s/keys", w->conf->state_dir);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd == -1 ? -1 : fsync(fd);

	if (r == -1)
		err_set(e, "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	free(path);
	return r;
}

/* The place becomes part of the text.  -1. */
static int
with_path(struct err *e)
{
	char text[sizeof(e->text)];

	return err_set(e, "%s", err_format(e, text, sizeof(text)));
}

/* ---- the key in use ---- */

static int
check_file(const char *path, int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: not a file", path);
	if (st.st_uid != geteuid())
		return err_set(e,
		    "%s: the bench's key belongs to uid %u and not to root: "
		    "whoever that is may have signed with it; move it away "
		    "and a new key is made",
		    path, (unsigned)st.st_uid);
	if ((st.st_mode & 077) != 0)
		return err_set(e,
		    "%s: the bench's key is open to others (mode %04o): "
		    "`chmod 600` it, and if somebody may have read it, "
		    "`assayctl key rotate`",
		    path, (unsigned)st.st_mode & 07777);
	return 0;
}

/* 0, or -1 with *e; *key NULL: there is no such file. */
static int
read_key(const char *path, struct sign_key **key, struct err *e)
{
	char pem[SIGN_PEM_MAX];
	ssize_t n;
	int fd, r;

	*key = NULL;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	r = check_file(path, fd, e);
	n = r == 0 ? read(fd, pem, sizeof(pem)) : 0;
	if (n == -1)
		r = err_set(e, "%s: %s", path, strerror(errno));
	close(fd);
	if (r == 0) {
		*key = sign_key_from_private(pem, (size_t)n, path, e);
		if (*key == NULL)
			r = with_path(e);
	}
	OPENSSL_cleanse(pem, sizeof(pem));
	return r;
}

/* keys/next.key, durable. */
static int
write_next(const struct warden *w, const struct sign_key *key, struct err *e)
{
	char *path = path_of(w, "next.key", NULL);
	int r;

	(void)unlink(path);
	r = sign_key_write_private(key, path, e);
	if (r == -1)
		with_path(e);
	free(path);
	return r;
}

/* keys/next.key becomes keys/bench.key: from here on it is in use. */
static int
use_next(const struct warden *w, struct err *e)
{
	char *next = path_of(w, "next.key", NULL);
	char *current = path_of(w, "bench.key", NULL);
	int r = rename(next, current);

	if (r == -1)
		err_set(e, "%s: %s", current, strerror(errno));
	else if (sync_keys(w, e) == -1)
		log_warn("key: %s", e->text); /* it is in use all the same */
	free(next);
	free(current);
	return r;
}

static struct sign_key *
make_first(const struct warden *w, struct err *e)
{
	struct sign_key *key = sign_key_new(e);

	if (key == NULL)
		return NULL;
	if (write_next(w, key, e) == 0 && use_next(w, e) == 0) {
		log_info("key %.16s: made, this bench signs with it",
		    sign_key_id(key));
		return key;
	}
	sign_key_free(key);
	return NULL;
}

/* ---- rotation ---- */

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
write_rotation(const char *path, const char *text, struct err *e)
{
	size_t size = strlen(text);
	int fd, r = -1;

	if (size >= ROTATION_MAX)
		return err_set(e, "%s: too large", path);
	fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd != -1 && write(fd, text, size) == (ssize_t)size &&
	    fsync(fd) == 0)
		r = 0;
	else
		err_set(e, "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	return r;
}

/* The key in use gets its archive's name, too. */
static int
keep_old(const struct warden *w, struct err *e)
{
	char *current = path_of(w, "bench.key", NULL);
	char *kept = path_of(w, "bench.key", w->key_id);
	int r = link(current, kept);

	if (r == -1 && errno == EEXIST)
		r = 0; /* by a rotation that was cut off here */
	if (r == -1)
		err_set(e, "%s: %s", kept, strerror(errno));
	free(current);
	free(kept);
	return r;
}

/* In an order in which a kill at any moment leaves the old key in use, or the
 * new one with its rotation. */
static int
switch_to(const struct warden *w, const struct sign_key *key, const char *text,
    struct err *e)
{
	char *rotation = path_of(w, "rotation", sign_key_id(key));
	int r = write_next(w, key, e);

	if (r == 0)
		r = write_rotation(rotation, text, e);
	if (r == 0)
		r = keep_old(w, e);
	if (r == 0)
		r = sync_keys(w, e);
	if (r == 0)
		r = use_next(w, e);
	if (r == -1)
		(void)unlink(rotation);
	free(rotation);
	return r;
}

static char *
make_rotation(const struct warden *w, const struct sign_key *from,
    const struct sign_key *to, const char *prev_manifest, struct err *e)
{
	json_t *rotation = rotation_make(from, to, w->conf->bench,
	    prev_manifest[0] == '\0' ? NULL : prev_manifest, now_ns(), e);
	char *text;

	if (rotation == NULL)
		return NULL;
	text = json_dumps(rotation, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(rotation);
	if (text == NULL)
		err_set(e, "cannot write the rotation");
	return text;
}

/* The new key, in use, with its rotation's text, which the caller frees; or
 * NULL with *e. */
static struct sign_key *
rotate(const struct warden *w, const struct sign_key *from,
    const char *prev_manifest, char **text, struct err *e)
{
	struct sign_key *to = sign_key_new(e);

	if (to == NULL)
		return NULL;
	*text = make_rotation(w, from, to, prev_manifest, e);
	if (*text != NULL && switch_to(w, to, *text, e) == 0)
		return to;
	free(*text);
	*text = NULL;
	sign_key_free(to);
	return NULL;
}

/* ---- in the process beside ---- */

enum wanted {
	WANTED_KEY,
	WANTED_SIGNATURE,
	WANTED_ROTATION
};

struct question {
	enum wanted wanted;
	enum sign_purpose purpose;           /* of a signature */
	uint8_t digest[SHA256_SIZE];         /* … */
	char prev_manifest[SHA256_HEX_SIZE]; /* of a rotation */
};

struct answer {
	int r;
	struct err e;
	char id[SHA256_HEX_SIZE];
	char pem[SIGN_PEM_MAX]; /* the public half */
	uint8_t sig[SIGN_SIZE];
	char rotation[ROTATION_MAX];
};

static int
tell_public(const struct sign_key *key, struct answer *a)
{
	char *pem = sign_key_public_pem(key);
	int r = 0;

	if (pem == NULL || strlen(pem) >= sizeof(a->pem))
		r = err_set(&a->e, "cannot encode the public key");
	else
		memcpy(a->pem, pem, strlen(pem) + 1);
	memcpy(a->id, sign_key_id(key), sizeof(a->id));
	free(pem);
	return r;
}

static int
answer_key(const struct warden *w, struct sign_key **key,
    const struct question *q, struct answer *a)
{
	(void)q;
	if (*key == NULL)
		*key = make_first(w, &a->e);
	return *key == NULL ? -1 : tell_public(*key, a);
}

/* The key that everybody was told of. */
static int
is_same(const struct warden *w, const struct sign_key *key, struct err *e)
{
	char *path;

	if (key != NULL && strcmp(sign_key_id(key), w->key_id) == 0)
		return 0;
	path = path_of(w, "bench.key", NULL);
	err_set(e,
	    "%s: not key %.16s any more, with which this daemon began: start "
	    "it anew",
	    path, w->key_id);
	free(path);
	return -1;
}

static int
answer_signature(const struct warden *w, struct sign_key **key,
    const struct question *q, struct answer *a)
{
	if (is_same(w, *key, &a->e) == -1)
		return -1;
	return sign_digest(*key, q->purpose, q->digest, a->sig, &a->e);
}

static int
answer_rotation(const struct warden *w, struct sign_key **key,
    const struct question *q, struct answer *a)
{
	struct sign_key *to;
	char *text;
	int r;

	if (is_same(w, *key, &a->e) == -1)
		return -1;
	to = rotate(w, *key, q->prev_manifest, &text, &a->e);
	if (to == NULL)
		return -1;
	r = tell_public(to, a);
	snprintf(a->rotation, sizeof(a->rotation), "%s", text);
	free(text);
	sign_key_free(to);
	return r;
}

/* Ready, that is with the key read, before it is asked. */
static void
work(void *arg, int fd)
{
	static int (*const answers[])(const struct warden *, struct sign_key **,
	    const struct question *, struct answer *) = {
		[WANTED_KEY] = answer_key,
		[WANTED_SIGNATURE] = answer_signature,
		[WANTED_ROTATION] = answer_rotation,
	};
	const struct warden *w = arg;
	char *path = path_of(w, "bench.key", NULL);
	struct answer *a = xcalloc(1, sizeof(*a));
	struct sign_key *key;
	struct question q;

	a->r = read_key(path, &key, &a->e);
	free(path);
	if (apart_take(fd, &q, sizeof(q)) == 0) {
		if (a->r == 0)
			a->r = answers[q.wanted](w, &key, &q, a);
		apart_give(fd, a, sizeof(*a));
	}
	sign_key_free(key);
	free(a);
}

/* ---- in the warden ---- */

void
warden_key_prepare(struct warden *w)
{
	struct err e;

	if (w->key_apart.pid == 0 &&
	    apart_start(&w->key_apart, work, w, &e) == -1)
		log_warn("key: %s", e.text); /* tried again when it is needed */
}

bool
warden_key_reap(struct warden *w, pid_t pid)
{
	if (w->key_apart.pid != pid)
		return false;
	apart_gone(&w->key_apart);
	return true;
}

void
warden_key_close(struct warden *w)
{
	apart_end(&w->key_apart);
	free(w->key_pem);
	w->key_pem = NULL;
}

/* The answer, which the caller frees; or NULL with *e. */
static struct answer *
ask(struct warden *w, const struct question *q, struct err *e)
{
	struct answer *a = xcalloc(1, sizeof(*a));
	int r = -1;

	if (w->key_apart.pid != 0)
		r = apart_ask(
		    &w->key_apart, q, sizeof(*q), a, sizeof(*a), NULL);
	/* There was none, or it has gone: nobody else would ask it twice. */
	if (r == -1) {
		r = apart_start(&w->key_apart, work, w, e);
		if (r == 0)
			r = apart_ask(
			    &w->key_apart, q, sizeof(*q), a, sizeof(*a), e);
	}
	if (r == 0 && a->r == -1) {
		*e = a->e;
		r = -1;
	}
	if (r == 0)
		return a;
	free(a);
	return NULL;
}

static void
use(struct warden *w, const struct answer *a)
{
	memcpy(w->key_id, a->id, sizeof(w->key_id));
	free(w->key_pem);
	w->key_pem = xstrdup(a->pem);
}

int
warden_key_open(struct warden *w, struct err *e)
{
	const struct question q = { .wanted = WANTED_KEY };
	struct answer *a = ask(w, &q, e);

	if (a == NULL)
		return -1;
	use(w, a);
	free(a);
	return 0;
}

/* ---- to the engine ---- */

static void
tell_key(struct warden *w)
{
	struct msg_out m;

	msg_start(&m, ENGINE_KEY);
	msg_put_string(&m, w->key_id);
	msg_put_string(&m, w->key_pem);
	warden_tell_engine(w, &m, -1);
}

static void
tell_rotation(struct warden *w, uint32_t request, const char *text)
{
	struct msg_out m;

	msg_start(&m, ENGINE_ROTATED);
	msg_put_u32(&m, request);
	msg_put_string(&m, text);
	warden_tell_engine(w, &m, -1);
}

void
warden_key_tell(struct warden *w)
{
	char *path = path_of(w, "rotation", w->key_id);
	char text[ROTATION_MAX];
	ssize_t n = 0;
	int fd;

	tell_key(w);
	/* The engine may have died before it had stored it. */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n > 0) {
		text[n] = '\0';
		tell_rotation(w, 0, text);
	}
	free(path);
}

int
warden_key_sign(struct warden *w, uint32_t request, uint8_t purpose,
    const uint8_t digest[32], struct err *e)
{
	struct question q = { .wanted = WANTED_SIGNATURE };
	struct answer *a;
	struct msg_out m;

	if (purpose != SIGN_MANIFEST && purpose != SIGN_TOMBSTONE)
		return err_set(
		    e, "nothing is signed for purpose %u", (unsigned)purpose);
	q.purpose = (enum sign_purpose)purpose;
	memcpy(q.digest, digest, sizeof(q.digest));
	a = ask(w, &q, e);
	if (a == NULL)
		return -1;
	msg_start(&m, ENGINE_SIGNED);
	msg_put_u32(&m, request);
	msg_put_string(&m, w->key_id);
	msg_put_bytes(&m, a->sig, sizeof(a->sig));
	warden_tell_engine(w, &m, -1);
	free(a);
	return 0;
}

int
warden_key_rotate(struct warden *w, uint32_t request, const char *prev_manifest,
    struct err *e)
{
	struct question q = { .wanted = WANTED_ROTATION };
	struct answer *a;

	snprintf(q.prev_manifest, sizeof(q.prev_manifest), "%s", prev_manifest);
	/* In a new one, for what failed half-way must not be tried again. */
	apart_end(&w->key_apart);
	a = ask(w, &q, e);
	if (a == NULL)
		return err_prefix(e, "the key was not replaced");
	log_info("key %.16s: replaced by %.16s", w->key_id, a->id);
	use(w, a);
	tell_key(w);
	tell_rotation(w, request, a->rotation);
	free(a);
	return 0;
}
