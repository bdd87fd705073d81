/*
 * bundle_fetch: a run from the daemon into a bundle's directory.
 *
 * What the daemon cannot give any more is left out and said; whether the rest
 * still shows what was sealed is verification's to say.
 */
#include "client/bundle_fetch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "bundles/bundle_write.h"
#include "records/record.h"

struct fetching {
	struct client *client;
	json_int_t run;
	int dir;
	size_t missing;
	json_t *slices;    /* [verdict's seq] */
	json_t *documents; /* {SHA-256: true} */
	json_t *attested;  /* {SHA-256: true}: of any bytes */
	json_t *captures;  /* the manifest's list */
	json_t *buried;    /* {capture file: true}: those with a tombstone */
	char *bench;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static bool
is_interrupted(void)
{
	sigset_t pending;

	sigemptyset(&pending);
	sigpending(&pending);
	return sigismember(&pending, SIGINT) == 1 ||
	    sigismember(&pending, SIGTERM) == 1 ||
	    sigismember(&pending, SIGHUP) == 1;
}

/* 0 with *result; 1: not to be had, which was said; else the exit status. */
static int
ask(struct fetching *f, const char *method, json_t *params, json_t **result)
{
	struct err e = { .line = 0 };
	int code;

	if (is_interrupted()) {
		json_decref(params);
		return client_complainf(CLIENT_INCOMPLETE, "interrupted");
	}
	code = rpc_call(f->client->rpc, method, params, result, &e);
	if (code == 0)
		return 0;
	if (code == RPC_LOST || code == -32601 || code == -32602 ||
	    code == -32002) /* also of every call that would follow */
		return client_complain(CLIENT_BENCH, &e);
	client_complain(CLIENT_BENCH, &e);
	f->missing++;
	return 1;
}

static int
complain_file(const struct err *e)
{
	return client_complain(CLIENT_USAGE, e);
}

/* ---- records ---- */

static void
want_document(struct fetching *f, const char *sha256)
{
	if (*sha256 != '\0')
		json_object_set_new(f->documents, sha256, json_true());
}

static void
look_at(struct fetching *f, const json_t *record)
{
	const char *type = text_of(record, "type");

	if (strcmp(type, "run") == 0) {
		f->bench = xstrdup(text_of(record, "bench"));
		want_document(
		    f, text_of(json_object_get(record, "scenario"), "sha256"));
		want_document(
		    f, text_of(json_object_get(record, "profile"), "sha256"));
	} else if (strcmp(type, "verdict") == 0) {
		want_document(f, text_of(record, "profile"));
		if (json_is_object(json_object_get(record, "slice")))
			json_array_append(
			    f->slices, json_object_get(record, "seq"));
	} else if (strcmp(type, "attestation") == 0) {
		json_object_set_new(f->attested,
		    text_of(json_object_get(record, "document"), "sha256"),
		    json_true());
	} else if (strcmp(type, "manifest") == 0) {
		json_decref(f->captures);
		f->captures = json_incref(json_object_get(record, "captures"));
	}
}

/* Canonical bytes have one form alone, so that encoding gives them again; the
 * daemon's own hash shows that these are they. */
static int
put_record(struct fetching *f, const json_t *row)
{
	const json_t *record = json_object_get(row, "record");
	char sha256[SHA256_HEX_SIZE], *text;
	struct err e = { .line = 0 };
	size_t size;
	int r;

	text = record_encode(record, &size, &e);
	if (text == NULL)
		return client_complain(CLIENT_BENCH, &e);
	if (strcmp(sha256_hex(text, size, sha256), text_of(row, "sha256")) !=
	    0) {
		free(text);
		return client_complainf(
		    CLIENT_BENCH, "a record's bytes are not those of its hash");
	}
	text[size] = '\n'; /* instead of the NUL */
	r = bundle_append(f->dir, "records.jsonl", text, size + 1, &e);
	free(text);
	if (r == -1)
		return complain_file(&e);
	look_at(f, record);
	return 0;
}

static int
fetch_records(struct fetching *f)
{
	json_int_t from = f->run;
	const json_t *list, *row;
	json_t *result;
	int status = 0;
	size_t i, n;

	do {
		status = ask(f, "bundle.records",
		    json_pack("{s:I,s:I}", "run", f->run, "from", from),
		    &result);
		if (status != 0)
			return status == 1 ? CLIENT_BENCH : status;
		list = json_object_get(result, "records");
		n = json_array_size(list);
		json_array_foreach (list, i, row) {
			if (status == 0)
				status = put_record(f, row);
			from =
			    json_integer_value(json_object_get(row, "seq")) + 1;
		}
		json_decref(result);
	} while (status == 0 && n > 0);
	if (status == 0 && f->bench == NULL)
		return client_complainf(CLIENT_USAGE,
		    "there is no run %" JSON_INTEGER_FORMAT
		    " (`assayctl runs` lists them)",
		    f->run);
	return status;
}

/* ---- what stands beside them ---- */

/* The rows of a kind, or NULL with *status. Caller decrefs. */
static json_t *
added(struct fetching *f, const char *kind, const char *by, json_t *value,
    int *status)
{
	json_t *params = json_pack("{s:s}", "kind", kind), *result, *rows;

	if (by != NULL)
		json_object_set_new(params, by, value);
	*status = ask(f, "bundle.added", params, &result);
	if (*status == 1)
		*status = 0;
	else if (*status == 0) {
		rows = json_incref(json_object_get(result, "added"));
		json_decref(result);
		return rows;
	}
	return NULL;
}

/* Those members of a row that the file has, and "purpose" when given. */
static int
put_row(struct fetching *f, const char *file, const json_t *row,
    const char *const *members, const char *purpose)
{
	struct err e = { .line = 0 };
	json_t *o = json_object();
	int r;

	for (; *members != NULL; members++)
		json_object_set(o, *members, json_object_get(row, *members));
	if (purpose != NULL)
		json_object_set_new(o, "purpose", json_string(purpose));
	r = bundle_append_line(f->dir, file, o, &e);
	json_decref(o);
	return r == -1 ? complain_file(&e) : 0;
}

static int
fetch_signatures(struct fetching *f)
{
	static const char *const members[] = { "seq", "key", "sig", NULL };
	json_t *rows, *row;
	size_t i;
	int status;

	rows = added(f, "signature", "run", json_integer(f->run), &status);
	json_array_foreach (rows, i, row)
		if (status == 0)
			status = put_row(
			    f, "signatures.jsonl", row, members, "manifest");
	json_decref(rows);
	return status;
}

/* Each key with its newest certificate. */
static int
fetch_keys(struct fetching *f)
{
	static const char *const members[] = { "key", "public", "certificate",
		NULL };
	json_t *keys, *certificates, *row, *of_key = json_object(), *pem;
	int status;
	size_t i;

	keys = added(f, "key", NULL, NULL, &status);
	certificates =
	    status == 0 ? added(f, "certificate", NULL, NULL, &status) : NULL;
	json_array_foreach (certificates, i, row)
		json_object_set(of_key, text_of(row, "key"),
		    json_object_get(row, "certificate"));
	json_array_foreach (keys, i, row) {
		pem = json_object_get(of_key, text_of(row, "key"));
		if (pem == NULL)
			json_object_set_new(row, "certificate", json_null());
		else
			json_object_set(row, "certificate", pem);
		if (status == 0)
			status = put_row(f, "keys.jsonl", row, members, NULL);
	}
	json_decref(of_key);
	json_decref(certificates);
	json_decref(keys);
	return status;
}

static int
fetch_rotations(struct fetching *f)
{
	static const char *const members[] = { "statement", "sig_old",
		"sig_new", NULL };
	json_t *rows, *row;
	size_t i;
	int status;

	rows = added(f, "rotation", NULL, NULL, &status);
	json_array_foreach (rows, i, row)
		if (status == 0)
			status =
			    put_row(f, "rotations.jsonl", row, members, NULL);
	json_decref(rows);
	return status;
}

static int
fetch_tombstone(struct fetching *f, const char *name, const char *file)
{
	static const char *const members[] = { "statement", "key", "sig",
		NULL };
	json_t *rows, *row;
	size_t i;
	int status;

	rows = added(f, "tombstone", "file", json_string(name), &status);
	if (json_array_size(rows) > 0)
		json_object_set_new(f->buried, file, json_true());
	json_array_foreach (rows, i, row)
		if (status == 0)
			status =
			    put_row(f, "tombstones.jsonl", row, members, NULL);
	json_decref(rows);
	return status;
}

/* Of the run's captures, by the file's name with and without its segment's. */
static int
fetch_tombstones(struct fetching *f)
{
	const json_t *o;
	char *name;
	size_t i;
	int status = 0;

	json_array_foreach (f->captures, i, o) {
		name = xasprintf(
		    "%s/%s", text_of(o, "segment"), text_of(o, "file"));
		if (status == 0)
			status = fetch_tombstone(f, name, text_of(o, "file"));
		if (status == 0)
			status = fetch_tombstone(
			    f, text_of(o, "file"), text_of(o, "file"));
		free(name);
	}
	return status;
}

static int
fetch_timestamps(struct fetching *f)
{
	struct err e = { .line = 0 };
	const char *hex;
	json_t *rows, *row;
	uint8_t *token;
	char *name;
	size_t i, n;
	int status;

	rows = added(f, "timestamp", "run", json_integer(f->run), &status);
	json_array_foreach (rows, i, row) {
		hex = text_of(row, "token");
		n = strlen(hex) / 2;
		token = xcalloc(n + 1, 1);
		name = xasprintf("timestamps/%" JSON_INTEGER_FORMAT ".tsr",
		    json_integer_value(json_object_get(row, "seq")));
		/* One a manifest: the oldest. */
		if (i == 0 && status == 0 &&
		    (hex_decode(hex, token, n) == -1 ||
			bundle_put(f->dir, name, token, n, &e) == -1))
			status = complain_file(&e);
		free(name);
		free(token);
	}
	json_decref(rows);
	return status;
}

static int
fetch_documents(struct fetching *f)
{
	struct err e = { .line = 0 };
	const json_t *text;
	const char *sha256;
	json_t *result, *value;
	char *name;
	int status = 0;

	json_object_foreach (f->documents, sha256, value) {
		if (status != 0)
			break;
		status = ask(f, "bundle.document",
		    json_pack("{s:s}", "sha256", sha256), &result);
		if (status == 1)
			status = 0;
		else if (status == 0) {
			text = json_array_get(
			    json_object_get(result, "documents"), 0);
			name = xasprintf("documents/%s", sha256);
			if (!json_is_string(text))
				f->missing++;
			else if (bundle_put(f->dir, name,
				     json_string_value(text),
				     json_string_length(text), &e) == -1)
				status = complain_file(&e);
			free(name);
			json_decref(result);
		}
	}
	return status;
}

/* ---- slices, captures: in pieces ---- */

/* method gives {data, eof} from params with "offset". params is stolen. */
static int
fetch_pieces(
    struct fetching *f, const char *method, json_t *params, const char *name)
{
	struct err e = { .line = 0 };
	unsigned char *bytes;
	json_int_t offset = 0;
	json_t *result;
	bool eof = false;
	int n, status = 0;

	while (status == 0 && !eof) {
		json_object_set_new(params, "offset", json_integer(offset));
		status = ask(f, method, json_incref(params), &result);
		if (status != 0)
			break;
		n = client_decode_data(json_object_get(result, "data"), &bytes);
		eof = n <= 0 || json_is_true(json_object_get(result, "eof"));
		if (n > 0 &&
		    bundle_append(f->dir, name, bytes, (size_t)n, &e) == -1)
			status = complain_file(&e);
		offset += n;
		free(bytes);
		json_decref(result);
	}
	json_decref(params);
	return status == 1 ? 0 : status;
}

/* What a record names may be anything: it becomes the name of a file only
 * when it is a hash. */
static bool
is_hash(const char *text)
{
	uint8_t hash[SHA256_SIZE];

	return strlen(text) == 2 * sizeof(hash) &&
	    hex_decode(text, hash, sizeof(hash)) == 0;
}

static int
fetch_attested(struct fetching *f)
{
	const char *sha256;
	json_t *value;
	char *name;
	int status = 0;

	json_object_foreach (f->attested, sha256, value) {
		if (status != 0 || !is_hash(sha256) ||
		    json_object_get(f->documents, sha256) != NULL)
			continue;
		name = xasprintf("documents/%s", sha256);
		status = fetch_pieces(f, "document.read",
		    json_pack("{s:s}", "sha256", sha256), name);
		free(name);
	}
	return status;
}

static int
fetch_slices(struct fetching *f)
{
	const json_t *seq;
	char *name;
	size_t i;
	int status = 0;

	json_array_foreach (f->slices, i, seq) {
		if (status != 0)
			break;
		name = xasprintf("slices/%" JSON_INTEGER_FORMAT
				 "/%" JSON_INTEGER_FORMAT ".pcapng",
		    f->run, json_integer_value(seq));
		status = fetch_pieces(f, "evidence.read",
		    json_pack("{s:I}", "verdict", json_integer_value(seq)),
		    name);
		free(name);
	}
	return status;
}

static int
fetch_captures(struct fetching *f)
{
	const json_t *o;
	char *name;
	size_t i;
	int status = 0;

	json_array_foreach (f->captures, i, o) {
		if (status != 0)
			break;
		if (json_object_get(f->buried, text_of(o, "file")) != NULL)
			continue; /* gone, and known to be */
		name = xasprintf("captures/%s", text_of(o, "file"));
		status = fetch_pieces(f, "bundle.capture",
		    json_pack(
			"{s:I,s:s}", "run", f->run, "file", text_of(o, "file")),
		    name);
		free(name);
	}
	return status;
}

int
bundle_fetch(
    struct client *c, json_int_t run, int dir, bool captures, size_t *missing)
{
	static int (*const parts[])(struct fetching *) = { fetch_records,
		fetch_signatures, fetch_keys, fetch_rotations, fetch_tombstones,
		fetch_timestamps, fetch_documents, fetch_attested, fetch_slices,
		fetch_captures };
	const size_t n = sizeof(parts) / sizeof(parts[0]) - (captures ? 0 : 1);
	const struct bundle_copying how = { false, captures };
	struct fetching f = { .client = c, .run = run, .dir = dir };
	struct err e = { .line = 0 };
	int status = 0;
	size_t i;

	f.slices = json_array();
	f.documents = json_object();
	f.attested = json_object();
	f.buried = json_object();
	for (i = 0; i < n && status == 0; i++)
		status = parts[i](&f);
	if (status == 0 &&
	    bundle_put_label(dir, f.bench, (uint64_t)run, &how, &e) == -1)
		status = complain_file(&e);
	*missing = f.missing;
	json_decref(f.slices);
	json_decref(f.documents);
	json_decref(f.attested);
	json_decref(f.captures);
	json_decref(f.buried);
	free(f.bench);
	return status;
}
