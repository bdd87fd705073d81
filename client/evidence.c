/*
 * evidence: assayctl evidence: a verdict's frames, as a file.
 *
 * The file appears under its name only when its size and SHA-256 are those of
 * the sealed record: there is never half a file, and never another one.
 */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"

struct slice {
	struct client *client;
	json_int_t verdict, size, have;
	char sha256[SHA256_HEX_SIZE]; /* of the record */
	EVP_MD_CTX *digest;
	int fd;
};

/* What the record says of its slice; 0 or the exit status. */
static int
ask_record(struct slice *s)
{
	const json_t *slice;
	const char *sha256;
	json_t *result;
	int status;

	status = client_call(s->client, "verdict.show",
	    json_pack("{s:I}", "verdict", s->verdict), &result);
	if (status != 0)
		return status;
	slice = json_object_get(json_object_get(result, "record"), "slice");
	sha256 = json_string_value(json_object_get(slice, "sha256"));
	s->size = json_integer_value(json_object_get(slice, "size"));
	if (sha256 != NULL)
		snprintf(s->sha256, sizeof(s->sha256), "%s", sha256);
	json_decref(result);
	if (sha256 == NULL || s->size <= 0)
		return client_complainf(CLIENT_INCOMPLETE,
		    "verdict %" JSON_INTEGER_FORMAT " has no evidence",
		    s->verdict);
	return 0;
}

static int
write_all(int fd, const unsigned char *bytes, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, bytes, size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return client_complainf(
			    CLIENT_USAGE, "write: %s", strerror(errno));
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* One piece; 0 or the exit status. */
static int
take_piece(struct slice *s)
{
	unsigned char *bytes;
	json_t *result;
	int n, status;

	status = client_call(s->client, "evidence.read",
	    json_pack("{s:I, s:I}", "verdict", s->verdict, "offset", s->have),
	    &result);
	if (status != 0)
		return status;
	n = client_decode_data(json_object_get(result, "data"), &bytes);
	json_decref(result);
	if (n <= 0 || n > s->size - s->have) {
		free(bytes);
		return client_complainf(CLIENT_BENCH,
		    "the evidence is not what was sealed: %s",
		    n > 0 ? "it is longer" : "it ends early");
	}
	EVP_DigestUpdate(s->digest, bytes, (size_t)n);
	s->have += n;
	status = write_all(s->fd, bytes, (size_t)n);
	free(bytes);
	return status;
}

static int
take_all(struct slice *s)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	int status = 0;

	EVP_DigestInit_ex(s->digest, EVP_sha256(), NULL);
	while (status == 0 && s->have < s->size)
		status = take_piece(s);
	if (status != 0)
		return status;
	EVP_DigestFinal_ex(s->digest, digest, NULL);
	hex_encode(digest, sizeof(digest), hex);
	if (strcmp(hex, s->sha256) != 0)
		return client_complainf(CLIENT_BENCH,
		    "the evidence is not what was sealed: its SHA-256 is %s, "
		    "the record says %s",
		    hex, s->sha256);
	if (fsync(s->fd) == -1 && errno != EINVAL)
		return client_complainf(
		    CLIENT_USAGE, "fsync: %s", strerror(errno));
	return 0;
}

static int
publish(const char *temporary, const char *path, bool is_forced)
{
	int r;

	if (is_forced)
		r = rename(temporary, path);
	else
		r = renameat2(
		    AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE);
	if (r == -1 && errno == EINVAL && !is_forced) {
		/* A file system without RENAME_NOREPLACE: link(2) neither. */
		r = link(temporary, path);
		if (r == 0)
			unlink(temporary);
	}
	if (r == -1 && errno == EEXIST)
		return client_complainf(CLIENT_USAGE,
		    "%s: is there already (--force replaces it)", path);
	if (r == -1)
		return client_complainf(
		    CLIENT_USAGE, "%s: %s", path, strerror(errno));
	return 0;
}

static int
fetch(struct slice *s, const char *path, bool is_forced)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	struct stat st;
	int status;

	if (!is_forced && lstat(path, &st) == 0) {
		free(temporary);
		return client_complainf(CLIENT_USAGE,
		    "%s: is there already (--force replaces it)", path);
	}
	s->fd = mkostemp(temporary, O_CLOEXEC);
	if (s->fd == -1) {
		status = client_complainf(
		    CLIENT_USAGE, "%s: %s", temporary, strerror(errno));
		free(temporary);
		return status;
	}
	s->digest = EVP_MD_CTX_new();
	status = take_all(s);
	EVP_MD_CTX_free(s->digest);
	close(s->fd);
	if (status == 0)
		status = publish(temporary, path, is_forced);
	if (status != 0)
		unlink(temporary);
	free(temporary);
	return status;
}

int
client_evidence(struct client *c)
{
	const char *path = args_value(&c->args, "output");
	struct slice s = { .client = c };
	char *own = NULL, *shown;
	int status;

	status = client_number(c, 0, "VERDICT", &s.verdict);
	if (status == 0)
		status = ask_record(&s);
	if (status != 0)
		return status;
	if (path == NULL) {
		own = xasprintf("%" JSON_INTEGER_FORMAT ".pcapng", s.verdict);
		path = own;
	}
	status = fetch(&s, path, args_has(&c->args, "force"));
	if (status == 0 && c->is_json) {
		json_t *o =
		    json_pack("{s:I, s:s, s:I, s:s}", "verdict", s.verdict,
			"file", path, "size", s.size, "sha256", s.sha256);

		client_print_json(o);
		json_decref(o);
	} else if (status == 0) {
		shown = text_quote(path);
		printf("%s: %" JSON_INTEGER_FORMAT
		       " bytes, as sealed in verdict %" JSON_INTEGER_FORMAT
		       "\n",
		    shown, s.size, s.verdict);
		free(shown);
	}
	free(own);
	return status;
}
