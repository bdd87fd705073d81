/*
 * impostor_authority: the bench's own certificate authority, and a job's.
 */
#include "daemon/warden/impostor_authority.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"

#define DAY 86400L
#define YEAR (365 * DAY)

struct authority {
	EVP_PKEY *key;
	X509 *certificate;
};

static void
drop(struct authority *a)
{
	X509_free(a->certificate);
	EVP_PKEY_free(a->key);
	a->certificate = NULL;
	a->key = NULL;
}

/* ---- certificates ---- */

static bool
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	bool good;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	good = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return good;
}

static bool
set_serial(X509 *x)
{
	uint64_t serial;

	return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1;
}

/* by NULL: itself. */
static bool
fill(X509 *x, EVP_PKEY *key, const char *name, const struct authority *by)
{
	X509_NAME *subject = X509_get_subject_name(x);
	X509 *issuer = by == NULL ? x : by->certificate;

	return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -DAY) != NULL &&
	    X509_gmtime_adj(
		X509_getm_notAfter(x), by == NULL ? 10 * YEAR : DAY) != NULL &&
	    X509_set_pubkey(x, key) == 1 &&
	    extend(x, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
	    extend(x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    extend(x, issuer, NID_subject_key_identifier, "hash") &&
	    extend(x, issuer, NID_authority_key_identifier, "keyid") &&
	    X509_sign(x, by == NULL ? key : by->key, EVP_sha256()) > 0;
}

static int
make(struct authority *a, const char *name, const struct authority *by,
    struct err *e)
{
	a->key = EVP_EC_gen("P-256");
	a->certificate = X509_new();
	if (a->key != NULL && a->certificate != NULL &&
	    fill(a->certificate, a->key, name, by))
		return 0;
	drop(a);
	return err_set(e, "%s: it cannot be made", name);
}

/* ---- files ---- */

static bool
write_pem(FILE *f, const struct authority *a, bool with_key)
{
	return (!with_key ||
		   PEM_write_PrivateKey(f, a->key, NULL, NULL, 0, NULL, NULL) ==
		       1) &&
	    PEM_write_X509(f, a->certificate) == 1;
}

/* Whole or not at all, also when we end in the midst of it. */
static int
write_file(
    const char *path, const struct authority *a, bool with_key, struct err *e)
{
	char *next = xasprintf("%s.next", path);
	FILE *f = NULL;
	int fd, r = 0;

	(void)unlink(next);
	fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    with_key ? 0600 : 0644);
	if (fd != -1)
		f = fdopen(fd, "w");
	if (f == NULL || !write_pem(f, a, with_key) || fflush(f) != 0 ||
	    fsync(fd) == -1 || rename(next, path) == -1)
		r = err_set(e, "%s: %s", path, strerror(errno));
	if (f != NULL)
		(void)fclose(f);
	else if (fd != -1)
		close(fd);
	free(next);
	return r;
}

static int
read_file(int fd, const char *path, struct authority *a, struct err *e)
{
	struct stat st;
	FILE *f;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		close(fd);
		return err_set(
		    e, "%s: it is not a file that root alone reads", path);
	}
	f = fdopen(fd, "r");
	if (f == NULL) {
		close(fd);
		return err_set(e, "%s: %s", path, strerror(errno));
	}
	a->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	rewind(f); /* in whatever order they are */
	a->certificate = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	if (a->key != NULL && a->certificate != NULL &&
	    X509_check_private_key(a->certificate, a->key) == 1)
		return 0;
	drop(a);
	return err_set(e, "%s: no key with its certificate", path);
}

static int
take_bench(const char *directory, struct authority *a, struct err *e)
{
	char *path = xasprintf("%s/authority.pem", directory);
	char *shown = xasprintf("%s/authority.crt", directory);
	int fd, r;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1) {
		r = read_file(fd, path, a, e);
	} else if (errno != ENOENT) {
		r = err_set(e, "%s: %s", path, strerror(errno));
	} else {
		r = make(a, "assay bench authority", NULL, e);
		if (r == 0)
			r = write_file(path, a, true, e);
	}
	if (r == 0 && access(shown, F_OK) == -1)
		r = write_file(shown, a, false, e);
	free(path);
	free(shown);
	return r;
}

static int
give(const struct authority *job, const struct authority *bench, struct err *e)
{
	int fd = memfd_create("authority", MFD_CLOEXEC);
	int copy = fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	FILE *f = copy == -1 ? NULL : fdopen(copy, "w");
	bool good =
	    f != NULL && write_pem(f, job, true) && write_pem(f, bench, false);

	if (f != NULL)
		good = fclose(f) == 0 && good;
	else if (copy != -1)
		close(copy);
	if (good && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return err_set(e, "authority: it cannot be handed on");
}

int
impostor_authority_open(const char *directory, struct err *e)
{
	struct authority bench = { NULL, NULL }, job = { NULL, NULL };
	int fd = -1;

	if (take_bench(directory, &bench, e) == 0 &&
	    make(&job, "assay job authority", &bench, e) == 0)
		fd = give(&job, &bench, e);
	drop(&job);
	drop(&bench);
	return fd;
}
