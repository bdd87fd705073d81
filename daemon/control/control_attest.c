/*
 * control_attest: attestation.*, document.read: what persons say of documents.
 */
#include "daemon/control/control_asked.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "daemon/engine/attest.h"
#include "daemon/engine/attest_files.h"
#include "daemon/engine/attest_release.h"
#include "daemon/engine/device.h"
#include "daemon/engine/signer.h"

#define PIECE_TEXT_MAX (768u * 1024u) /* of base64, a call */

/* ---- attestation.file ---- */

/* A part of a document on its way to the store. */
struct keeping {
	struct engine *en;
	struct control_call *call;
	char sha256[SHA256_HEX_SIZE]; /* of the whole */
	uint32_t uid;
	bool is_last;
};

static void
on_kept(void *arg, uint64_t seq, const char *error)
{
	struct keeping *k = arg;

	(void)seq;
	attest_files_stored(k->en->attest_files, k->uid, k->sha256);
	if (error != NULL)
		control_refusef(k->call, CONTROL_UNAVAILABLE,
		    "the document is not stored: %s", error);
	else
		control_reply(k->call,
		    json_pack("{s:s,s:b}", "sha256", k->sha256, "stored",
			(int)k->is_last));
	free(k);
}

/* The list of a large document's parts is answered behind the last of them, and
 * refused when one of them was. */
static void
keep(struct keeping *k, struct attest_part *part)
{
	struct store *store = k->en->store;
	json_t *value;

	if (part->parts == NULL) {
		store_put_document(
		    store, part->sha256, part->bytes, part->size, on_kept, k);
		return;
	}
	store_put_document(
	    store, part->sha256, part->bytes, part->size, NULL, NULL);
	value =
	    json_pack("{s:s,s:s}", "sha256", k->sha256, "parts", part->parts);
	store_add(store, "large_document", value, on_kept, k);
	json_decref(value);
}

/* Bytes of a base64 text; NULL: it is none.  Caller frees. */
static uint8_t *
decode(const char *text, size_t *size)
{
	size_t n = strlen(text);
	uint8_t *bytes;
	int length;

	if (n == 0 || n % 4 != 0 || n > PIECE_TEXT_MAX)
		return NULL;
	bytes = xcalloc(1, n);
	length = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n);
	if (length > 0 && text[n - 1] == '=')
		length--;
	if (length > 0 && text[n - 2] == '=')
		length--;
	if (length <= 0) {
		free(bytes);
		return NULL;
	}
	*size = (size_t)length;
	return bytes;
}

void
control_call_attestation_file(
    void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct attest_piece piece = { .now_ns = now_monotonic_ns() };
	struct attest_part part;
	struct keeping *k;
	uint8_t *bytes;
	struct err e;
	int r;

	if (!control_is_ready(en, c))
		return;
	bytes = decode(control_text(params, "data"), &piece.nbytes);
	if (bytes == NULL) {
		control_refusef(c, CONTROL_INVALID_PARAMS, "data: not base64");
		return;
	}
	piece.sha256 = control_text(params, "sha256");
	piece.size = control_number(params, "size");
	piece.offset = control_number(params, "offset");
	piece.bytes = bytes;
	piece.uid = control_call_uid(c);
	piece.max_mib = en->conf->document_mib;
	if (en->attest_files == NULL)
		en->attest_files = attest_files_new();
	r = attest_files_take(en->attest_files, &piece, &part, &e);
	if (r == -1) {
		control_refuse(c,
		    piece.size > (uint64_t)piece.max_mib << 20
			? CONTROL_INVALID_PARAMS
			: CONTROL_REFUSED,
		    &e);
	} else if (part.bytes == NULL) {
		control_reply(c,
		    json_pack(
			"{s:s,s:b}", "sha256", piece.sha256, "stored", 0));
	} else {
		k = xcalloc(1, sizeof(*k));
		k->en = en;
		k->call = c;
		memcpy(k->sha256, piece.sha256, sizeof(k->sha256));
		k->uid = piece.uid;
		k->is_last = r == 1;
		keep(k, &part);
	}
	free(part.bytes);
	free(part.parts);
	free(bytes);
}

/* ---- attestation.add ---- */

struct adding {
	struct engine *en;
	struct control_call *call;
	json_t *params;
	struct attest_given given; /* its texts are those of params */
	uint64_t size;
	bool found;
};

static const char *
text_or(const json_t *params, const char *name, const char *otherwise)
{
	const char *text = control_text(params, name);

	return text == NULL ? otherwise : text;
}

static void
read_given(const struct adding *a, struct attest_given *g)
{
	const json_t *params = a->params;

	*g = (struct attest_given){
		.order = control_text(params, "order"),
		.requirement = control_text(params, "requirement"),
		.sha256 = control_text(params, "sha256"),
		.file = control_text(params, "file"),
		.size = a->size,
		.by = control_text(params, "by"),
		.conclusion = control_text(params, "conclusion"),
		.clause = text_or(params, "clause", ""),
		.note = control_text(params, "note"),
		.covers = text_or(params, "covers", ""),
		.checks = json_object_get(params, "checks"),
		.is_despite = json_is_true(json_object_get(params, "despite")),
		.uid = control_call_uid(a->call),
		.gid = control_call_gid(a->call),
	};
}

/* Nothing speaks against it: its records follow. */
static void
attest(struct adding *a)
{
	struct err e;
	uint64_t run;

	/* Time has passed since it was looked up. */
	a->given.device = control_device(a->en, a->call, a->params);
	if (a->given.device == NULL)
		return;
	if (signer_is_rotating(a->en->signer)) {
		control_refusef(a->call, CONTROL_REFUSED,
		    "the bench's key is being replaced: try again");
		return;
	}
	run = attest_add(a->en, &a->given, &e);
	if (run == 0)
		control_refuse(a->call, CONTROL_REFUSED, &e);
	else
		control_reply(
		    a->call, json_pack("{s:I}", "run", (json_int_t)run));
}

static void
end_adding(struct adding *a)
{
	json_decref(a->params);
	free(a);
}

static void
on_release(void *arg, const char *why, bool refused)
{
	struct adding *a = arg;

	if (why != NULL)
		control_refusef(a->call,
		    refused ? CONTROL_REFUSED : CONTROL_UNAVAILABLE, "%s", why);
	else
		attest(a);
	end_adding(a);
}

static void
on_document(void *arg, const json_t *row, const char *error)
{
	struct adding *a = arg;

	if (row != NULL) {
		a->found = true;
		a->size =
		    (uint64_t)json_integer_value(json_object_get(row, "size"));
		return;
	}
	read_given(a, &a->given);
	a->given.device = NULL;
	if (error != NULL)
		control_refusef(a->call, CONTROL_UNAVAILABLE, "%s", error);
	else if (!a->found)
		control_refusef(a->call, CONTROL_NOT_FOUND,
		    "the store has no document of this hash: "
		    "attestation.file brings it");
	else
		a->given.device = control_device(a->en, a->call, a->params);
	if (a->given.device == NULL) {
		end_adding(a);
	} else if (attest_is_release(a->given.requirement)) {
		attest_ask_release(a->en, &a->given, on_release, a);
	} else {
		attest(a);
		end_adding(a);
	}
}

void
control_call_attestation_add(
    void *arg, struct control_call *c, const json_t *params)
{
	struct adding given = { .call = c, .params = json_deep_copy(params) };
	struct engine *en = arg;
	struct attest_given g;
	struct adding *a;
	struct err e;
	json_t *args;

	read_given(&given, &g);
	if (!control_is_ready(en, c) || control_device(en, c, params) == NULL ||
	    !control_order_is_known(en, c, params)) {
		json_decref(given.params);
		return;
	}
	if (attest_check(&g, &e) == -1) {
		control_refuse(c, CONTROL_REFUSED, &e);
		json_decref(given.params);
		return;
	}
	a = xcalloc(1, sizeof(*a));
	*a = given;
	a->en = en;
	args = json_pack(
	    "{s:s,s:i,s:i}", "sha256", g.sha256, "offset", 0, "length", 0);
	store_query(en->store, "piece", args, on_document, a);
	json_decref(args);
}

/* ---- reading ---- */

void
control_call_attestation_list(
    void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "device", "order", NULL };
	static const struct control_listing shape = { .key = "attestations",
		.member = "record" };

	control_list(
	    arg, c, "attestations", control_args(params, names), &shape);
}

static void
on_gate(void *arg, const char *lacks)
{
	struct control_call *c = arg;

	control_reply(c,
	    json_pack("{s:s,s:b,s:s*}", "requirement", ATTEST_GATE, "open",
		lacks == NULL, "lacks", lacks));
}

void
control_call_attestation_gate(
    void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;

	if (!control_is_ready(en, c) || control_device(en, c, params) == NULL)
		return;
	attest_ask_gate(en, control_text(params, "device"),
	    control_text(params, "order"), on_gate, c);
}

struct reading {
	struct control_call *call;
	json_int_t offset;
	bool answered;
};

static void
reply_piece(struct reading *r, const json_t *row)
{
	const char *hex = json_string_value(json_object_get(row, "bytes"));
	json_int_t size = json_integer_value(json_object_get(row, "size"));
	size_t n = hex == NULL ? 0 : strlen(hex) / 2;
	unsigned char *bytes = xcalloc(n + 1, 1);
	unsigned char *text = xcalloc(n / 3 * 4 + 8, 1);
	int length = 0;

	if (hex != NULL && hex_decode(hex, bytes, n) == 0)
		length = EVP_EncodeBlock(text, bytes, (int)n);
	control_reply(r->call,
	    json_pack("{s:I,s:I,s:s#,s:b}", "size", size, "offset", r->offset,
		"data", (const char *)text, length, "eof",
		n == 0 || r->offset + (json_int_t)n >= size));
	free(text);
	free(bytes);
}

static void
on_piece(void *arg, const json_t *row, const char *error)
{
	struct reading *r = arg;

	if (row != NULL) {
		reply_piece(r, row);
		r->answered = true;
		return;
	}
	if (!r->answered && error != NULL)
		control_refusef(r->call, CONTROL_UNAVAILABLE, "%s", error);
	else if (!r->answered)
		control_refusef(r->call, CONTROL_NOT_FOUND,
		    "the store has no document of this hash");
	free(r);
}

void
control_call_document_read(
    void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct reading *r;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	r = xcalloc(1, sizeof(*r));
	r->call = c;
	r->offset = (json_int_t)control_number(params, "offset");
	args =
	    json_pack("{s:s,s:I,s:i}", "sha256", control_text(params, "sha256"),
		"offset", r->offset, "length", 256 * 1024);
	store_query(en->store, "piece", args, on_piece, r);
	json_decref(args);
}
