/*
 * store_query: questions to the store, answered row by row.
 *
 * The SQL of a query is put together from its arguments, each of which adds a
 * clause of its own: so SQLite plans with what is asked, and an absent
 * argument costs nothing.
 */
#include "daemon/store/store_query.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "daemon/store/store_db.h"
#include "daemon/store/store_shelf.h"
#include "records/verdict_algebra.h"

#define ARGS_MAX 7

enum arg_type {
	ARG_NUMBER,
	ARG_TEXT,
	ARG_WORD, /* a text that stands in the SQL itself (%Q), so that an index
		     of some types alone is seen to do */
	ARG_BOOL
};

struct arg {
	const char *name; /* also the SQL parameter, after a colon */
	enum arg_type type;
	bool required;
	const char *clause; /* "" when it is not a condition */
};

struct kind {
	const char *name;
	const char *added;  /* the argument "kind" of the query "added" */
	const char *select; /* %s: the table of the argument "kind" */
	struct arg args[ARGS_MAX + 1]; /* ends with name NULL */
	const char *order;             /* for ascending rows */
	const char *newest;            /* for the newest first, under a limit */
	bool newest_first;             /* rows stay in that order */
	bool limit_is_newest;          /* a limit keeps the newest */
	/* A row as JSON text; NULL with *e. */
	char *(*row)(sqlite3_stmt *s, struct err *e);
};

struct store_query {
	const struct kind *kind;
	sqlite3 *db;
	sqlite3_stmt *statement;
	uint64_t bytes_left; /* of rows; the first is always given */
	bool is_begun;
};

static const char *
text_of(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

static json_t *
text_or_null(sqlite3_stmt *s, int column)
{
	const char *text = text_of(s, column);

	return text == NULL ? json_null() : json_string(text);
}

/* Dumps and gives up o. */
static char *
dump(json_t *o, struct err *e)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);

	json_decref(o);
	if (text == NULL)
		err_set(e, "a stored text is not UTF-8");
	return text;
}

/* seq, sha256, bytes: are these the bytes that were hashed? */
static int
check_bytes(sqlite3_stmt *s, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	const char *stored = text_of(s, 1);
	const void *bytes = sqlite3_column_blob(s, 2);

	sha256_hex(bytes, (size_t)sqlite3_column_bytes(s, 2), sha256);
	if (stored == NULL || strcmp(stored, sha256) != 0)
		return err_set(e,
		    "record %lld: its stored bytes do not match their hash",
		    (long long)sqlite3_column_int64(s, 0));
	return 0;
}

/* seq, sha256, bytes.  The bytes are JSON already and stay as they are; keys
 * stand sorted, as everywhere on the control socket. */
static char *
row_record(sqlite3_stmt *s, struct err *e)
{
	if (check_bytes(s, e) == -1)
		return NULL;
	return xasprintf("{\"record\":%.*s,\"seq\":%lld,\"sha256\":\"%s\"}",
	    sqlite3_column_bytes(s, 2), (const char *)sqlite3_column_blob(s, 2),
	    (long long)sqlite3_column_int64(s, 0), text_of(s, 1));
}

static char *
row_chain(sqlite3_stmt *s, struct err *e)
{
	if (check_bytes(s, e) == -1)
		return NULL;
	return xasprintf("{\"seq\":%lld,\"sha256\":\"%s\"}",
	    (long long)sqlite3_column_int64(s, 0), text_of(s, 1));
}

/* seq, manifest */
static char *
row_last(sqlite3_stmt *s, struct err *e)
{
	return dump(json_pack("{s:I, s:o}", "seq",
			(json_int_t)sqlite3_column_int64(s, 0), "manifest",
			text_or_null(s, 1)),
	    e);
}

/* run, time, device, scenario, outcome, verdicts as a JSON object */
static char *
row_run(sqlite3_stmt *s, struct err *e)
{
	const char *counts = text_of(s, 5);
	json_t *verdicts = counts == NULL ? NULL : json_loads(counts, 0, NULL);

	return dump(json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "run",
			(json_int_t)sqlite3_column_int64(s, 0), "time",
			(json_int_t)sqlite3_column_int64(s, 1), "device",
			text_or_null(s, 2), "scenario", text_or_null(s, 3),
			"outcome", text_or_null(s, 4), "verdicts",
			verdicts == NULL ? json_object() : verdicts),
	    e);
}

static json_t *
column_value(sqlite3_stmt *s, int column)
{
	size_t n;
	char *hex;
	json_t *v;

	switch (sqlite3_column_type(s, column)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(s, column));
	case SQLITE_BLOB:
		n = (size_t)sqlite3_column_bytes(s, column);
		hex = xcalloc(n + 1, 2);
		hex_encode(sqlite3_column_blob(s, column), n, hex);
		v = json_string(hex);
		free(hex);
		return v;
	default:
		return text_or_null(s, column);
	}
}

/* sample, state, check, claim, verdict, reason, probe, firmware, run, seq,
 * method, step, repeat */
static char *
row_newest(sqlite3_stmt *s, struct err *e)
{
	static const char *const names[] = { "sample", "state", "check",
		"claim", "verdict", "reason", "probe", "firmware", "run", "seq",
		"method", "step", "repeat" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_set_new(o, names[i], column_value(s, (int)i));
	return dump(o, e);
}

/* sha256, bytes */
static char *
row_document(sqlite3_stmt *s, struct err *e)
{
	const char *bytes = sqlite3_column_blob(s, 1);
	size_t size = (size_t)sqlite3_column_bytes(s, 1);
	char sha256[SHA256_HEX_SIZE];
	const char *stored = text_of(s, 0);

	sha256_hex(bytes, size, sha256);
	if (stored == NULL || strcmp(stored, sha256) != 0) {
		err_set(e, "the document does not match its hash");
		return NULL;
	}
	if (bytes == NULL)
		bytes = ""; /* SQLite's way to say that it is empty */
	if (memchr(bytes, 0, size) != NULL) {
		err_set(e, "the document is not text");
		return NULL;
	}
	return dump(json_pack("{s:o}", "text", json_stringn(bytes, size)), e);
}

/* name, value as JSON text, time */
static char *
row_registered(sqlite3_stmt *s, struct err *e)
{
	const char *text = text_of(s, 1);
	json_t *value = text == NULL ? NULL : json_loads(text, 0, NULL);

	return dump(json_pack("{s:o, s:o, s:I}", "name", text_or_null(s, 0),
			"value", value == NULL ? json_null() : value, "time",
			(json_int_t)sqlite3_column_int64(s, 2)),
	    e);
}

/* The columns as they are, a blob in hexadecimal. */
static char *
row_columns(sqlite3_stmt *s, struct err *e)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < sqlite3_column_count(s); i++)
		if (json_object_set_new(o, sqlite3_column_name(s, i),
			column_value(s, i)) == -1) {
			json_decref(o);
			o = NULL;
			break;
		}
	return dump(o, e);
}

#define OF_RUN " AND t.seq IN (SELECT seq FROM record WHERE run = :run)"
#define OF_DEVICE \
	" AND r.run IN (SELECT seq FROM record_index" \
	" WHERE type = 'run' AND device = :device)"
/* What a verdict v is worth when its run is void
 * (records/verdict_algebra.h). */
#define IS_VOID \
	" v.verdict IN ('pass', 'fail') AND EXISTS (SELECT 1" \
	" FROM record_index AS m INDEXED BY record_index_manifests" \
	" WHERE m.run = v.run AND m.type = 'manifest'" \
	" AND m.outcome = '" VERDICT_VOID_OUTCOME "') "
#define WORTH " CASE WHEN" IS_VOID "THEN 'inconc' ELSE v.verdict END AS verdict"
#define KIND \
	{ \
		"kind", ARG_TEXT, true, "" \
	}
/* Named, or all records of a run were looked through for its manifest. */
#define ITS_MANIFEST \
	" FROM record_index AS m INDEXED BY record_index_manifests" \
	" WHERE m.run = r.seq AND m.type = 'manifest'"

static const struct kind kinds[] = {
	{ .name = "last",
	    .select = "SELECT ifnull((SELECT max(seq) FROM record), 0),"
		      " (SELECT sha256 FROM record WHERE type = 'manifest'"
		      " ORDER BY seq DESC LIMIT 1) WHERE 1",
	    .order = "",
	    .row = row_last },
	{ .name = "records",
	    .select = "SELECT r.seq AS seq, r.sha256, r.bytes"
		      " FROM record AS r WHERE 1",
	    .args = { { "run", ARG_NUMBER, false, " AND r.run = :run" },
		{ "type", ARG_WORD, false, " AND r.type = %Q" },
		{ "from", ARG_NUMBER, false, " AND r.seq >= :from" },
		{ "to", ARG_NUMBER, false, " AND r.seq <= :to" },
		{ "limit", ARG_NUMBER, false, "" },
		{ "bytes", ARG_NUMBER, false, "" },
		{ "newest", ARG_BOOL, false, "" } },
	    .order = " ORDER BY seq",
	    .newest = " ORDER BY seq DESC",
	    .row = row_record },
	{ .name = "drawn",
	    .select = "SELECT r.seq AS seq, r.sha256, r.bytes"
		      " FROM record AS r, record_index AS i"
		      " WHERE i.seq = r.seq"
		      " AND r.type IN ('job', 'jobend', 'event')",
	    .args = { { "device", ARG_TEXT, true, OF_DEVICE },
		{ "since", ARG_NUMBER, true, " AND i.time >= :since" } },
	    .order = " ORDER BY seq",
	    .row = row_record },
	{ .name = "verdicts",
	    .select = "SELECT r.seq AS seq, r.sha256, r.bytes"
		      " FROM record AS r WHERE r.type = 'verdict'",
	    .args = { { "run", ARG_NUMBER, false, " AND r.run = :run" },
		{ "device", ARG_TEXT, false, OF_DEVICE },
		{ "limit", ARG_NUMBER, false, "" } },
	    .order = " ORDER BY seq",
	    .newest = " ORDER BY seq DESC",
	    .limit_is_newest = true,
	    .row = row_record },
	/* Of each check on each sample in each state, what its newest run said.
	 */
	{ .name = "newest",
	    .select = "SELECT v.sample, v.state, v.check_id, v.claim," WORTH ","
		      " CASE WHEN" IS_VOID "THEN '" VERDICT_VOID_REASON
		      "' ELSE v.reason END, v.probe, v.firmware, v.run, v.seq, "
		      "v.method,"
		      " v.step, v.repeat FROM (SELECT r.sample AS of_sample,"
		      "  r.state AS of_state, r.check_id AS of_check,"
		      "  max(r.run) AS newest"
		      "  FROM record_index AS r WHERE r.type = 'verdict'"
		      "  AND r.check_id IS NOT NULL",
	    .args = { { "device", ARG_TEXT, false, OF_DEVICE },
		{ "order", ARG_TEXT, false, " AND r.order_name = :order" } },
	    .order = " GROUP BY of_sample, of_state, of_check)"
		     " JOIN record_index AS v ON v.run = newest"
		     " AND v.type = 'verdict' AND v.check_id = of_check"
		     " AND v.sample IS of_sample AND v.state IS of_state"
		     " ORDER BY v.seq",
	    .row = row_newest },
	{ .name = "history",
	    .select = "SELECT v.run, v.check_id AS \"check\", v.claim," WORTH
		      ", v.method, v.firmware, v.state"
		      " FROM record_index AS v WHERE v.type = 'verdict'"
		      " AND v.run IN (SELECT seq FROM record_index"
		      "  WHERE type = 'run' AND device = :device"
		      "  AND seq <= :to ORDER BY seq DESC LIMIT :runs)",
	    .args = { { "device", ARG_TEXT, true, "" },
		{ "to", ARG_NUMBER, true, "" },
		{ "runs", ARG_NUMBER, true, "" } },
	    .order = " ORDER BY v.run, v.seq",
	    .row = row_columns },
	/* How long a probe's jobs took that came to their end, of the newest so
	 * many jobs of any. */
	{ .name = "took",
	    .select =
		"SELECT json_extract(CAST(j.bytes AS TEXT), '$.probe')"
		" AS probe, count(*) AS jobs,"
		" CAST(avg(json_extract(CAST(e.bytes AS TEXT), '$.took_ns'))"
		" AS INTEGER) AS mean_ns,"
		" max(json_extract(CAST(e.bytes AS TEXT), '$.took_ns'))"
		" AS longest_ns"
		" FROM (SELECT bytes FROM record WHERE type = 'jobend'"
		"  ORDER BY seq DESC LIMIT :newest) AS e"
		" JOIN record AS j"
		"  ON j.seq = json_extract(CAST(e.bytes AS TEXT), '$.job')"
		" WHERE json_extract(CAST(e.bytes AS TEXT), '$.outcome')"
		"  = 'done'",
	    .args = { { "newest", ARG_NUMBER, true, "" } },
	    .order = " GROUP BY 1 ORDER BY 1",
	    .row = row_columns },
	{ .name = "chain",
	    .select = "SELECT r.seq AS seq, r.sha256, r.bytes"
		      " FROM record AS r WHERE 1",
	    .args = { { "run", ARG_NUMBER, true, " AND r.run = :run" } },
	    .order = " ORDER BY seq",
	    .row = row_chain },
	{ .name = "runs",
	    .select = "SELECT r.seq AS seq, r.time, r.device, r.scenario,"
		      " (SELECT m.outcome" ITS_MANIFEST "),"
		      " (SELECT json_group_object(verdict, n) FROM"
		      "  (SELECT v.verdict AS verdict, count(*) AS n"
		      "   FROM record_index AS v WHERE v.run = r.seq"
		      "   AND v.type = 'verdict' AND v.verdict IS NOT NULL"
		      "   GROUP BY v.verdict))"
		      " FROM record_index AS r WHERE r.type = 'run'",
	    .args = { { "limit", ARG_NUMBER, false, "" },
		{ "before", ARG_NUMBER, false, " AND r.seq < :before" },
		{ "device", ARG_TEXT, false, " AND r.device = :device" },
		{ "open", ARG_BOOL, false,
		    " AND :open = (NOT EXISTS (SELECT 1" ITS_MANIFEST "))" } },
	    .newest = " ORDER BY seq DESC",
	    .newest_first = true,
	    .row = row_run },
	/* Runs with a verdict of that probe and method; those are counted. */
	{ .name = "affected",
	    .select = "SELECT r.seq AS seq, r.time, r.device, r.scenario,"
		      " (SELECT m.outcome" ITS_MANIFEST "),"
		      " (SELECT json_group_object(verdict, n) FROM"
		      "  (SELECT v.verdict AS verdict, count(*) AS n"
		      "   FROM record_index AS v WHERE v.run = r.seq"
		      "   AND v.type = 'verdict' AND v.probe = :probe"
		      "   AND v.method = :method AND v.verdict IS NOT NULL"
		      "   GROUP BY v.verdict))"
		      " FROM record_index AS r WHERE r.type = 'run'"
		      " AND r.seq IN (SELECT run FROM record_index"
		      "  WHERE type = 'verdict' AND probe = :probe"
		      "  AND method = :method)",
	    .args = { { "probe", ARG_TEXT, true, "" },
		{ "method", ARG_NUMBER, true, "" },
		{ "limit", ARG_NUMBER, false, "" },
		{ "before", ARG_NUMBER, false, " AND r.seq < :before" } },
	    .newest = " ORDER BY seq DESC",
	    .newest_first = true,
	    .row = row_run },
	{ .name = "document",
	    .select = "SELECT sha256, bytes FROM document WHERE 1",
	    .args = { { "sha256", ARG_TEXT, true, " AND sha256 = :sha256" } },
	    .order = "",
	    .row = row_document },
	{ .name = "piece",
	    .select = "SELECT length(bytes) AS size,"
		      " substr(bytes, :offset + 1, :length) AS bytes"
		      " FROM document WHERE sha256 = :sha256 UNION ALL SELECT"
		      " (SELECT sum(size) FROM document_part WHERE whole = "
		      ":sha256),"
		      " substr(d.bytes, :offset - p.at + 1, :length)"
		      " FROM document_part AS p, document AS d"
		      " WHERE d.sha256 = p.part AND p.whole = :sha256"
		      " AND p.at <= :offset AND :offset < p.at + p.size",
	    .args = { { "sha256", ARG_TEXT, true, "" },
		{ "offset", ARG_NUMBER, true, "" },
		{ "length", ARG_NUMBER, true, "" } },
	    .order = "",
	    .row = row_columns },
	/* Their runs are known by the name that they have for a scenario. */
	{ .name = "attestations",
	    .select = "SELECT r.seq AS seq, r.sha256, r.bytes FROM record AS r"
		      " WHERE r.type = 'attestation' AND r.run IN"
		      " (SELECT seq FROM record_index WHERE type = 'run'"
		      " AND scenario = 'attestation'",
	    .args = { { "device", ARG_TEXT, false, " AND device = :device" },
		{ "order", ARG_TEXT, false, " AND order_name = :order" } },
	    .order = ") ORDER BY seq",
	    .row = row_record },
	{ .name = "registered",
	    .select = "SELECT t.name, t.value, t.time FROM %s AS t WHERE t.id ="
		      " (SELECT max(n.id) FROM %s AS n WHERE n.name = t.name)",
	    .args = { { "kind", ARG_TEXT, true, "" },
		{ "name", ARG_TEXT, false, " AND t.name = :name" } },
	    .order = " ORDER BY t.name",
	    .row = row_registered },
	{ .name = "checkpoint",
	    .select = "SELECT run, bytes, time FROM checkpoint WHERE 1",
	    .args = { { "key", ARG_TEXT, true, " AND key = :key" },
		{ "since", ARG_NUMBER, false, " AND time >= :since" } },
	    .order = "",
	    .row = row_columns },
	{ .name = "unstamped",
	    .select = "SELECT r.seq AS seq, r.sha256, r.bytes FROM record AS r"
		      " WHERE r.type = 'manifest' AND NOT EXISTS"
		      " (SELECT 1 FROM timestamp AS t WHERE t.seq = r.seq)",
	    .args = { { "limit", ARG_NUMBER, false, "" } },
	    .order = " ORDER BY seq",
	    .newest = " ORDER BY seq DESC",
	    .limit_is_newest = true,
	    .row = row_record },
	{ .name = "unsigned",
	    .select = "SELECT r.seq AS seq, r.sha256, r.bytes FROM record AS r"
		      " WHERE r.type = 'manifest' AND NOT EXISTS"
		      " (SELECT 1 FROM signature AS t WHERE t.seq = r.seq)"
		      " AND json_extract(CAST(r.bytes AS TEXT), '$.signer')"
		      " IS NOT NULL",
	    .order = " ORDER BY seq",
	    .row = row_record },
	{ .name = "added",
	    .added = "signature",
	    .select = "SELECT t.seq, t.key_id AS \"key\", t.sig, t.time"
		      " FROM signature AS t WHERE 1",
	    .args = { KIND, { "seq", ARG_NUMBER, false, " AND t.seq = :seq" },
		{ "run", ARG_NUMBER, false, OF_RUN },
		{ "key", ARG_TEXT, false, " AND t.key_id = :key" } },
	    .order = " ORDER BY t.id",
	    .row = row_columns },
	{ .name = "added",
	    .added = "key",
	    .select = "SELECT t.key_id AS \"key\", t.pem AS public, t.time"
		      " FROM bench_key AS t WHERE 1",
	    .args = { KIND,
		{ "key", ARG_TEXT, false, " AND t.key_id = :key" } },
	    .order = " ORDER BY t.id",
	    .row = row_columns },
	{ .name = "added",
	    .added = "certificate",
	    .select = "SELECT t.key_id AS \"key\", t.pem AS certificate, t.time"
		      " FROM certificate AS t WHERE 1",
	    .args = { KIND,
		{ "key", ARG_TEXT, false, " AND t.key_id = :key" } },
	    .order = " ORDER BY t.id",
	    .row = row_columns },
	{ .name = "added",
	    .added = "rotation",
	    .select = "SELECT t.statement, t.sig_old, t.sig_new, t.time"
		      " FROM rotation AS t WHERE 1",
	    .args = { KIND },
	    .order = " ORDER BY t.id",
	    .row = row_columns },
	{ .name = "added",
	    .added = "timestamp",
	    .select = "SELECT t.seq, t.token, t.time FROM timestamp AS t"
		      " WHERE 1",
	    .args = { KIND, { "seq", ARG_NUMBER, false, " AND t.seq = :seq" },
		{ "run", ARG_NUMBER, false, OF_RUN } },
	    .order = " ORDER BY t.id",
	    .row = row_columns },
	{ .name = "added",
	    .added = "tombstone",
	    .select = "SELECT t.file, t.statement, t.key_id AS \"key\", t.sig,"
		      " t.time FROM tombstone_signature AS t WHERE 1",
	    .args = { KIND, { "file", ARG_TEXT, false, " AND t.file = :file" },
		{ "key", ARG_TEXT, false, " AND t.key_id = :key" } },
	    .order = " ORDER BY t.id",
	    .row = row_columns },
};

static const struct kind *
find_kind(const char *name, const json_t *args, struct err *e)
{
	const char *kind = json_string_value(json_object_get(args, "kind"));
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0 &&
		    (kinds[i].added == NULL ||
			(kind != NULL && strcmp(kinds[i].added, kind) == 0)))
			return &kinds[i];
	err_set(e, "no such query");
	return NULL;
}

static const struct arg *
find_arg(const struct kind *k, const char *name)
{
	const struct arg *a;

	for (a = k->args; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static bool
fits(const struct arg *a, const json_t *v)
{
	switch (a->type) {
	case ARG_NUMBER:
		return json_is_integer(v) && json_integer_value(v) >= 0;
	case ARG_TEXT:
	case ARG_WORD:
		return json_is_string(v);
	case ARG_BOOL:
		return json_is_boolean(v);
	}
	return false;
}

static int
check_args(const struct kind *k, const json_t *args, struct err *e)
{
	json_t *object = (json_t *)(uintptr_t)args; /* only read */
	const struct arg *a;
	void *iter;

	for (iter = json_object_iter(object); iter != NULL;
	     iter = json_object_iter_next(object, iter)) {
		a = find_arg(k, json_object_iter_key(iter));
		if (a == NULL)
			return err_set(e, "%s: no such argument", k->name);
		if (!fits(a, json_object_iter_value(iter)))
			return err_set(e, "%s: \"%s\" is of another type",
			    k->name, a->name);
	}
	for (a = k->args; a->name != NULL; a++)
		if (a->required && json_object_get(args, a->name) == NULL)
			return err_set(
			    e, "%s: \"%s\" is missing", k->name, a->name);
	return 0;
}

static void
append_clause(sqlite3_str *sql, const struct arg *a, const json_t *v)
{
	if (v == NULL)
		return;
	if (a->type == ARG_WORD)
		sqlite3_str_appendf(sql, a->clause, json_string_value(v));
	else
		sqlite3_str_appendall(sql, a->clause);
}

/* The SQL for these arguments; sqlite3_free() it.  NULL with *e. */
static char *
build_sql(const struct kind *k, const json_t *args, struct err *e)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);
	const char *kind = json_string_value(json_object_get(args, "kind"));
	const char *table = kind == NULL ? NULL : store_shelf_table(kind);
	bool newest = json_is_true(json_object_get(args, "newest")) ||
	    (k->limit_is_newest && json_object_get(args, "limit") != NULL);
	const struct arg *a;

	if (kind != NULL && table == NULL && k->added == NULL) {
		sqlite3_free(sqlite3_str_finish(sql));
		err_set(e, "no such registry");
		return NULL;
	}
	if (newest)
		sqlite3_str_appendall(sql, "SELECT * FROM (");
	sqlite3_str_appendf(sql, k->select, table, table);
	for (a = k->args; a->name != NULL; a++)
		append_clause(sql, a, json_object_get(args, a->name));
	sqlite3_str_appendall(
	    sql, newest || k->newest_first ? k->newest : k->order);
	if (json_object_get(args, "limit") != NULL)
		sqlite3_str_appendall(sql, " LIMIT :limit");
	if (newest) {
		sqlite3_str_appendall(sql, ")");
		sqlite3_str_appendall(sql, k->order);
	}
	return sqlite3_str_finish(sql);
}

static void
bind_args(sqlite3_stmt *s, const struct kind *k, const json_t *args)
{
	const struct arg *a;
	const json_t *v;
	char name[32];
	int at;

	for (a = k->args; a->name != NULL; a++) {
		v = json_object_get(args, a->name);
		snprintf(name, sizeof(name), ":%s", a->name);
		at = sqlite3_bind_parameter_index(s, name);
		if (v == NULL || at == 0)
			continue;
		if (a->type == ARG_TEXT)
			sqlite3_bind_text(
			    s, at, json_string_value(v), -1, SQLITE_TRANSIENT);
		else if (a->type == ARG_NUMBER)
			sqlite3_bind_int64(s, at, json_integer_value(v));
		else
			sqlite3_bind_int64(s, at, json_is_true(v) ? 1 : 0);
	}
}

struct store_query *
store_query_open(
    sqlite3 *reader, const char *name, const json_t *args, struct err *e)
{
	const struct kind *k = find_kind(name, args, e);
	struct store_query *q;
	sqlite3_stmt *s;
	char *sql;
	int r;

	if (k == NULL || check_args(k, args, e) == -1)
		return NULL;
	sql = build_sql(k, args, e);
	if (sql == NULL)
		return NULL;
	r = store_db_prepare(reader, sql, &s, e);
	sqlite3_free(sql);
	if (r == -1)
		return NULL;
	bind_args(s, k, args);
	q = xcalloc(1, sizeof(*q));
	q->kind = k;
	q->db = reader;
	q->statement = s;
	q->bytes_left = UINT64_MAX;
	if (json_object_get(args, "bytes") != NULL)
		q->bytes_left = (uint64_t)json_integer_value(
		    json_object_get(args, "bytes"));
	return q;
}

int
store_query_next(
    struct store_query *q, char **text, size_t *size, struct err *e)
{
	int step = sqlite3_step(q->statement);

	*text = NULL;
	*size = 0;
	if (step == SQLITE_DONE)
		return 0;
	if (step != SQLITE_ROW)
		return store_db_error(q->db, e);
	*text = q->kind->row(q->statement, e);
	if (*text == NULL)
		return -1;
	*size = strlen(*text);
	if (q->is_begun && *size > q->bytes_left) {
		free(*text);
		*text = NULL;
		return 0;
	}
	q->is_begun = true;
	q->bytes_left -= *size < q->bytes_left ? *size : q->bytes_left;
	return 1;
}

void
store_query_close(struct store_query *q)
{
	if (q == NULL)
		return;
	sqlite3_finalize(q->statement);
	free(q);
}
