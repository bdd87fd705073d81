/*
 * warden_secret: marks of the default secrets that root put on the bench.
 *
 * A secret is read in a process beside this one (apart.h), so that the warden's
 * memory never has it.  What others could read or have written is refused: it
 * would be no secret.  So is a file with a second name, for then two samples'
 * files could be one.
 */
#include "daemon/warden/warden_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/log.h"
#include "daemon/warden/warden_parts.h"

#define FILE_SIZE 256     /* of its name */
#define SECRET_MAX 16384u /* bytes: a private key, too */

struct question {
	char file[FILE_SIZE];
	uint8_t nonce[WIRE_NONCE_SIZE];
};

struct answer {
	int r;
	struct err e;
	uint8_t mark[WIRE_MARK_SIZE];
};

/* ---- in the process beside ---- */

static int
open_dir(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 022) == 0)
		return fd;
	close(fd);
	return err_set(
	    e, "%s: others than root can put a file into this folder", path);
}

static int
check_file(const char *file, int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set(e, "%s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: not a file", file);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(e,
		    "%s: open to others than root: no secret any more", file);
	if (st.st_nlink != 1)
		return err_set(e,
		    "%s: has a second name, so it may be another sample's",
		    file);
	return 0;
}

/* Without the end of its line.  How many bytes, or -1 with *e. */
static ssize_t
read_secret(int fd, const char *file, uint8_t *out, struct err *e)
{
	ssize_t n = read(fd, out, SECRET_MAX + 1);

	if (n == -1)
		return err_set(e, "%s: %s", file, strerror(errno));
	if ((size_t)n > SECRET_MAX)
		return err_set(e, "%s: larger than %u bytes", file, SECRET_MAX);
	if (n > 0 && out[n - 1] == '\n')
		n--;
	if (n > 0 && out[n - 1] == '\r')
		n--;
	if (n == 0)
		return err_set(e, "%s: is empty", file);
	return n;
}

static int
mark_secret(
    const struct warden *w, const struct question *q, int dir, struct answer *a)
{
	/* Nonce and secret in one piece. */
	static uint8_t text[WIRE_NONCE_SIZE + SECRET_MAX + 1];
	unsigned size = 0;
	ssize_t n = -1;
	int fd;

	fd = openat(
	    dir, q->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return err_set(&a->e, "%s: %s", q->file, strerror(errno));
	memcpy(text, q->nonce, WIRE_NONCE_SIZE);
	if (check_file(q->file, fd, &a->e) == 0)
		n = read_secret(fd, q->file, text + WIRE_NONCE_SIZE, &a->e);
	close(fd);
	if (n == -1)
		return -1;
	if (HMAC(EVP_sha256(), w->mark_key, sizeof(w->mark_key), text,
		WIRE_NONCE_SIZE + (size_t)n, a->mark, &size) == NULL ||
	    size != WIRE_MARK_SIZE)
		return err_set(&a->e, "%s: no mark can be made", q->file);
	return 0;
}

static void
work(void *arg, int fd)
{
	const struct warden *w = arg;
	struct answer a = { .r = -1 };
	struct question q;
	int dir;

	if (apart_take(fd, &q, sizeof(q)) == -1)
		return;
	dir = open_dir(w->conf->secret_dir, &a.e);
	if (dir != -1)
		a.r = mark_secret(w, &q, dir, &a);
	apart_give(fd, &a, sizeof(a));
}

/* ---- in the warden ---- */

static int
make_key(struct warden *w, struct err *e)
{
	if (w->has_mark_key)
		return 0;
	if (getrandom(w->mark_key, sizeof(w->mark_key), 0) !=
	    (ssize_t)sizeof(w->mark_key))
		return err_set(e, "getrandom: %s", strerror(errno));
	w->has_mark_key = true;
	return 0;
}

int
warden_secret_mark(struct warden *w, uint32_t request, const char *file,
    const uint8_t nonce[WIRE_NONCE_SIZE], struct err *e)
{
	struct apart beside = { .pid = 0 };
	struct question q = { .file = "" };
	struct answer a = { .r = -1 };
	struct msg_out m;

	if (file[0] == '\0' || file[0] == '.' || strchr(file, '/') != NULL ||
	    strlen(file) >= sizeof(q.file))
		return err_set(e, "a secret is a file of secret_dir");
	snprintf(q.file, sizeof(q.file), "%s", file);
	memcpy(q.nonce, nonce, sizeof(q.nonce));
	if (make_key(w, e) == -1 || apart_start(&beside, work, w, e) == -1 ||
	    apart_ask(&beside, &q, sizeof(q), &a, sizeof(a), e) == -1)
		return -1;
	if (a.r == -1) {
		*e = a.e;
		return -1;
	}
	msg_start(&m, ENGINE_SECRET);
	msg_put_u32(&m, request);
	msg_put_bytes(&m, a.mark, sizeof(a.mark));
	warden_tell_engine(w, &m, -1);
	return 0;
}
