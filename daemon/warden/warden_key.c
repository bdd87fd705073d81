/*
 * warden_key: the bench's signing key, and what it signs.
 *
 * The private half is in this process and in STATE_DIR/keys alone; the engine
 * sees signatures.  It may have a manifest or a tombstone signed, by its
 * SHA-256; a rotation is made here, from what is known here, so that an engine
 * in wrong hands cannot hand the bench's name to a key of its own.
 *
 *   keys/bench.key        the key in use
 *   keys/bench.key.ID     one that was replaced, for the archive
 *   keys/rotation.ID      how the key ID came to be in use
 *   keys/next.key         not in use yet: left by a kill, and of no worth
 */
#include "daemon/warden/warden_parts.h"

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

int
warden_key_open(struct warden *w, struct err *e)
{
	char *path = path_of(w, "bench.key", NULL);
	int r = read_key(path, &w->key, e);

	if (r == 0 && w->key == NULL) {
		w->key = sign_key_new(e);
		if (w->key == NULL || write_next(w, w->key, e) == -1 ||
		    use_next(w, e) == -1)
			r = -1;
		else
			log_info("key %.16s: made, this bench signs with it",
			    sign_key_id(w->key));
	}
	free(path);
	return r;
}

/* ---- to the engine ---- */

static void
tell_key(struct warden *w)
{
	char *pem = sign_key_public_pem(w->key);
	struct msg_out m;

	if (pem == NULL)
		fatal("key: cannot encode the public key");
	msg_start(&m, ENGINE_KEY);
	msg_put_string(&m, sign_key_id(w->key));
	msg_put_string(&m, pem);
	warden_tell_engine(w, &m, -1);
	free(pem);
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
	char *path = path_of(w, "rotation", sign_key_id(w->key));
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
	uint8_t sig[SIGN_SIZE];
	struct msg_out m;

	if (purpose != SIGN_MANIFEST && purpose != SIGN_TOMBSTONE)
		return err_set(
		    e, "nothing is signed for purpose %u", (unsigned)purpose);
	if (sign_digest(w->key, (enum sign_purpose)purpose, digest, sig, e) ==
	    -1)
		return -1;
	msg_start(&m, ENGINE_SIGNED);
	msg_put_u32(&m, request);
	msg_put_string(&m, sign_key_id(w->key));
	msg_put_bytes(&m, sig, sizeof(sig));
	warden_tell_engine(w, &m, -1);
	return 0;
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
	char *kept = path_of(w, "bench.key", sign_key_id(w->key));
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
make_rotation(const struct warden *w, const struct sign_key *key,
    const char *prev_manifest, struct err *e)
{
	json_t *rotation = rotation_make(w->key, key, w->conf->bench,
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

int
warden_key_rotate(struct warden *w, uint32_t request, const char *prev_manifest,
    struct err *e)
{
	struct sign_key *key = sign_key_new(e);
	char *text = NULL;

	if (key != NULL)
		text = make_rotation(w, key, prev_manifest, e);
	if (text == NULL || switch_to(w, key, text, e) == -1) {
		free(text);
		sign_key_free(key);
		return err_prefix(e, "the key was not replaced");
	}
	log_info("key %.16s: replaced by %.16s", sign_key_id(w->key),
	    sign_key_id(key));
	sign_key_free(w->key);
	w->key = key;
	tell_key(w);
	tell_rotation(w, request, text);
	free(text);
	return 0;
}
