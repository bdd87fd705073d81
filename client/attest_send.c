/*
 * attest_send: a document and what somebody says of it, to the bench.
 */
#include "client/attest_send.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "captures/digest.h"
#include "client/follow.h"

#define PIECE (384u * 1024u) /* bytes of a document, a call */

/* The piece from there on: in memory, or read into room.  NULL after saying why
 * not. */
static const uint8_t *
piece_at(const struct attest_said *said, uint64_t at, size_t n, uint8_t *room)
{
	ssize_t got = 0;
	size_t have;

	if (said->bytes != NULL)
		return said->bytes + at;
	for (have = 0; have < n; have += (size_t)got) {
		got =
		    pread(said->fd, room + have, n - have, (off_t)(at + have));
		if (got > 0)
			continue;
		client_complainf(CLIENT_USAGE, "%s: %s", said->file,
		    got == 0 ? "it became shorter" : strerror(errno));
		return NULL;
	}
	return room;
}

static size_t
piece_size(const struct attest_said *said, uint64_t at)
{
	return said->size - at < PIECE ? (size_t)(said->size - at) : PIECE;
}

static int
hash_document(const struct attest_said *said, char sha256[SHA256_HEX_SIZE])
{
	struct digest *d = digest_new();
	uint8_t *room = xcalloc(1, PIECE);
	const uint8_t *bytes = room;
	uint8_t hash[SHA256_SIZE];
	uint64_t at;
	size_t n;

	for (at = 0; bytes != NULL && at < said->size; at += n) {
		n = piece_size(said, at);
		bytes = piece_at(said, at, n, room);
		if (bytes != NULL)
			digest_add(d, bytes, n);
	}
	digest_end(d, hash);
	hex_encode(hash, sizeof(hash), sha256);
	digest_free(d);
	free(room);
	return bytes == NULL ? CLIENT_USAGE : 0;
}

static int
send_piece(struct client *c, const struct attest_said *said, const char *sha256,
    uint64_t at, uint8_t *room)
{
	size_t n = piece_size(said, at);
	const uint8_t *bytes = piece_at(said, at, n, room);
	unsigned char *text;
	json_t *params, *result;
	int status;

	if (bytes == NULL)
		return CLIENT_USAGE;
	text = xcalloc(1, PIECE / 3 * 4 + 8);
	EVP_EncodeBlock(text, bytes, (int)n);
	params = json_pack("{s:s, s:I, s:I, s:s}", "sha256", sha256, "size",
	    (json_int_t)said->size, "offset", (json_int_t)at, "data",
	    (const char *)text);
	free(text);
	status = client_call(c, "attestation.file", params, &result);
	if (status == 0)
		json_decref(result);
	return status;
}

static int
send_document(
    struct client *c, const struct attest_said *said, const char *sha256)
{
	uint8_t *room = xcalloc(1, PIECE);
	int status = 0;
	uint64_t at;

	for (at = 0; status == 0 && at < said->size; at += PIECE)
		status = send_piece(c, said, sha256, at, room);
	free(room);
	return status;
}

static json_t *
checks_object(const json_t *rows)
{
	json_t *o = json_object();
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		json_object_set_new(o,
		    json_string_value(json_object_get(row, "check")),
		    json_pack("{s:O, s:O}", "good",
			json_object_get(row, "good"), "detail",
			json_object_get(row, "detail")));
	return o;
}

static int
send_said(struct client *c, const struct attest_said *said, const char *sha256,
    json_int_t *run)
{
	json_t *params = json_pack(
	    "{s:s, s:s, s:s, s:s, s:b, s:o, s:s, s:s, s:s*, s:s*, s:s*, s:s*}",
	    "device", said->device, "requirement", said->requirement, "sha256",
	    sha256, "file", said->file, "despite", (int)said->is_despite,
	    "checks", checks_object(said->rows), "by", said->by, "note",
	    said->note, "conclusion", said->conclusion, "clause", said->clause,
	    "covers", said->covers, "order", said->order);
	json_t *result;
	int status;

	if (params == NULL)
		return client_complainf(CLIENT_USAGE, "not UTF-8");
	status = client_call(c, "attestation.add", params, &result);
	if (status != 0)
		return status;
	*run = json_integer_value(json_object_get(result, "run"));
	if (c->is_json)
		client_print_json(result);
	json_decref(result);
	return 0;
}

static void
print_seal(struct client *c, json_int_t run)
{
	char *line = NULL;

	/* Who followed to the end has given up the connection. */
	if (c->rpc != NULL || client_connect(c) == 0)
		line = client_seal(c, run);
	if (line != NULL)
		fputs(line, stdout);
	free(line);
}

int
attest_send(struct client *c, const struct attest_said *said)
{
	char sha256[SHA256_HEX_SIZE];
	json_int_t run = 0;
	int status = hash_document(said, sha256);

	if (status == 0)
		status = send_document(c, said, sha256);
	if (status == 0)
		status = send_said(c, said, sha256, &run);
	if (status == 0) /* its records, to the signed manifest */
		status = follow_records(c, run, run);
	if (status == 0 && !c->is_json)
		print_seal(c, run);
	return status;
}
