/*
 * sign_key: Ed25519 keys (RFC 8032) and what is signed with them.
 *
 * Any other kind of key is refused where it is read, so that nothing further
 * on has to ask what it holds.
 */
#include "signing/sign_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/alloc.h"
#include "signing/sign_openssl.h"

struct sign_key {
	EVP_PKEY *pkey;
	bool private;
	char id[SHA256_HEX_SIZE];
};

static const char *const purposes[] = {
	[SIGN_MANIFEST] = "manifest",
	[SIGN_TOMBSTONE] = "tombstone",
	[SIGN_ROTATION] = "rotation",
};

#define MESSAGE_MAX (32 + SHA256_SIZE)

EVP_PKEY *
sign_key_pkey(const struct sign_key *k)
{
	return k->pkey;
}

static int
read_id(struct sign_key *k, struct err *e)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k->pkey, &der);

	if (n <= 0)
		return sign_openssl_error(e, "cannot encode the public key");
	sha256_hex(der, (size_t)n, k->id);
	OPENSSL_free(der);
	return 0;
}

struct sign_key *
sign_key_from_pkey(EVP_PKEY *pkey, struct err *e)
{
	struct sign_key *k;
	size_t n = 0;

	if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
		err_set(e, "not an Ed25519 key");
		EVP_PKEY_free(pkey);
		return NULL;
	}
	k = xcalloc(1, sizeof(*k));
	k->pkey = pkey;
	k->private = EVP_PKEY_get_raw_private_key(pkey, NULL, &n) == 1;
	ERR_clear_error();
	if (read_id(k, e) == 0)
		return k;
	sign_key_free(k);
	return NULL;
}

struct sign_key *
sign_key_new(struct err *e)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (pkey == NULL) {
		sign_openssl_error(e, "cannot generate a key");
		return NULL;
	}
	return sign_key_from_pkey(pkey, e);
}

/* Instead of OpenSSL's question on the terminal. */
static int
no_password(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

struct sign_key *
sign_key_from_private(
    const char *pem, size_t size, const char *name, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)size);
	EVP_PKEY *pkey = NULL;
	struct sign_key *k;

	if (bio != NULL)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey == NULL) {
		err_set_at(e, name, 0, 0,
		    "holds no private key in PEM that is not encrypted");
		return NULL;
	}
	k = sign_key_from_pkey(pkey, e);
	if (k == NULL)
		err_set_at(e, name, 0, 0, "not an Ed25519 key");
	return k;
}

struct sign_key *
sign_key_read_private(const char *path, struct err *e)
{
	struct sign_key *k;
	size_t size;
	char *pem = sign_openssl_read(path, SIGN_PEM_MAX, &size, e);

	if (pem == NULL)
		return NULL;
	k = sign_key_from_private(pem, size, path, e);
	OPENSSL_cleanse(pem, size);
	free(pem);
	return k;
}

struct sign_key *
sign_key_from_public(const char *pem, size_t size, struct err *e)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	if (size > SIGN_PEM_MAX) {
		err_set(e, "a public key larger than %d bytes", SIGN_PEM_MAX);
		return NULL;
	}
	bio = BIO_new_mem_buf(pem, (int)size);
	if (bio != NULL)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey == NULL) {
		err_set(e, "not a public key in PEM");
		return NULL;
	}
	return sign_key_from_pkey(pkey, e);
}

/* What BIO_s_mem holds, as a string; frees bio. */
static char *
take_text(BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);
	char *text = xcalloc(1, (size_t)n + 1);

	memcpy(text, data, (size_t)n);
	BIO_free(bio);
	return text;
}

char *
sign_key_public_pem(const struct sign_key *k)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio == NULL || PEM_write_bio_PUBKEY(bio, k->pkey) != 1) {
		BIO_free(bio);
		ERR_clear_error();
		return NULL;
	}
	return take_text(bio);
}

static int
write_all(int fd, const char *p, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(fd, p, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return fsync(fd);
}

/* The name is durable, too. */
static int
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory;
	int fd, r;

	if (slash == NULL)
		directory = xstrdup(".");
	else if (slash == path)
		directory = xstrdup("/");
	else
		directory = xasprintf("%.*s", (int)(slash - path), path);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(directory);
	if (fd == -1)
		return -1;
	r = fsync(fd);
	close(fd);
	return r;
}

static int
write_file(const char *path, const char *text, size_t n, struct err *e)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd == -1)
		return err_set_at(e, path, 0, 0, "%s", strerror(errno));
	r = fchmod(fd, 0600);
	if (r == 0)
		r = write_all(fd, text, n);
	if (r == 0)
		r = sync_directory(path);
	if (r == -1) {
		err_set_at(e, path, 0, 0, "%s", strerror(errno));
		unlink(path);
	}
	close(fd);
	return r;
}

int
sign_key_write_private(
    const struct sign_key *k, const char *path, struct err *e)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *data;
	long n;
	int r = -1;

	if (bio == NULL || !k->private ||
	    PEM_write_bio_PKCS8PrivateKey(
		bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		sign_openssl_error(e, "cannot encode the private key");
	else {
		n = BIO_get_mem_data(bio, &data);
		r = write_file(path, data, (size_t)n, e);
		OPENSSL_cleanse(data, (size_t)n);
	}
	BIO_free(bio);
	return r;
}

const char *
sign_key_id(const struct sign_key *k)
{
	return k->id;
}

void
sign_key_free(struct sign_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey); /* wipes it */
	free(k);
}

const char *
sign_purpose_name(enum sign_purpose purpose)
{
	size_t n = sizeof(purposes) / sizeof(purposes[0]);

	return (size_t)purpose < n ? purposes[purpose] : NULL;
}

/* "assay 1 PURPOSE", NUL, digest.  Its size, or 0: no such purpose. */
static size_t
make_message(uint8_t out[MESSAGE_MAX], enum sign_purpose purpose,
    const uint8_t digest[SHA256_SIZE])
{
	static const char start[] = "assay 1 ";
	const char *name = sign_purpose_name(purpose);
	size_t n = sizeof(start) - 1, more;

	if (name == NULL)
		return 0;
	more = strlen(name) + 1;
	memcpy(out, start, n);
	memcpy(out + n, name, more);
	memcpy(out + n + more, digest, SHA256_SIZE);
	return n + more + SHA256_SIZE;
}

int
sign_digest(const struct sign_key *k, enum sign_purpose purpose,
    const uint8_t digest[SHA256_SIZE], uint8_t sig[SIGN_SIZE], struct err *e)
{
	uint8_t message[MESSAGE_MAX];
	size_t size = make_message(message, purpose, digest), n = SIGN_SIZE;
	EVP_MD_CTX *ctx;
	int good;

	if (!k->private)
		return err_set(e, "cannot sign with a public key");
	if (size == 0)
		return err_set(e, "nothing is signed for this purpose");
	ctx = EVP_MD_CTX_new();
	good = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, message, size) == 1 && n == SIGN_SIZE;
	EVP_MD_CTX_free(ctx);
	return good ? 0 : sign_openssl_error(e, "cannot sign");
}

int
sign_verify(const struct sign_key *k, enum sign_purpose purpose,
    const uint8_t digest[SHA256_SIZE], const uint8_t sig[SIGN_SIZE],
    struct err *e)
{
	uint8_t message[MESSAGE_MAX];
	size_t size = make_message(message, purpose, digest);
	EVP_MD_CTX *ctx;
	int good;

	if (size == 0)
		return err_set(e, "nothing is signed for this purpose");
	ctx = EVP_MD_CTX_new();
	good = ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, SIGN_SIZE, message, size) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (good)
		return 0;
	return err_set(e, "not a signature of this %s by key %.16s",
	    purposes[purpose], k->id);
}
