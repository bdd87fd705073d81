/*
 * attest_send: a document and what somebody says of it, to the bench.
 */
#include "client/attest_send.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "client/follow.h"

#define PIECE (384u * 1024u) /* bytes of a document, a call */

static int
send_document(
    struct client *c, const struct attest_said *said, const char *sha256)
{
	unsigned char *text = xcalloc(1, PIECE / 3 * 4 + 8);
	json_t *result;
	size_t at = 0, n;
	int status = 0, length;

	while (status == 0 && at < said->size) {
		n = said->size - at < PIECE ? said->size - at : PIECE;
		length = EVP_EncodeBlock(text, said->bytes + at, (int)n);
		status = client_call(c, "attestation.file",
		    json_pack("{s:s, s:I, s:I, s:s#}", "sha256", sha256, "size",
			(json_int_t)said->size, "offset", (json_int_t)at,
			"data", (const char *)text, length),
		    &result);
		if (status == 0)
			json_decref(result);
		at += n;
	}
	free(text);
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
	int status;

	sha256_hex(said->bytes, said->size, sha256);
	status = send_document(c, said, sha256);
	if (status == 0)
		status = send_said(c, said, sha256, &run);
	if (status == 0) /* its records, to the signed manifest */
		status = follow_records(c, run, run);
	if (status == 0 && !c->is_json)
		print_seal(c, run);
	return status;
}
