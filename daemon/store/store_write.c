/*
 * store_write: what may be added to the store, and its making durable in
 * groups.
 *
 * The chains of the runs in use are kept in memory; what is not there is read
 * from the database, its newest hash recomputed from the bytes.
 */
#include "daemon/store/store_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/alloc.h"
#include "records/record_chain.h"
#include "daemon/store/store_db.h"
#include "daemon/store/store_index.h"

#define RUNS_MAX 256 /* kept in memory */

struct run {
	TAILQ_ENTRY(run) entry;
	struct record_chain chain;
	bool in_group;     /* the open group has a record of it */
	char refused[512]; /* why nothing more is taken; "" it is */
};

/* A record on its way in. */
struct incoming {
	struct record_head head;
	const char *bytes;
	size_t size;
	char sha256[SHA256_HEX_SIZE];
};

enum found {
	FOUND_NONE,
	FOUND_SAME,
	FOUND_OTHER,
	FOUND_FAILED
};

enum statement {
	FIND_RECORD,
	ADD_RECORD,
	NEWEST_OF_RUN,
	BEGIN_GROUP,
	COMMIT_GROUP,
	STATEMENT_COUNT,
};

static const char *const sql[STATEMENT_COUNT] = {
	[FIND_RECORD] = "SELECT bytes FROM record WHERE seq = ?1",
	[ADD_RECORD] = "INSERT INTO record(seq, run, type, sha256, bytes)"
		       " VALUES(?1, ?2, ?3, ?4, ?5)",
	[NEWEST_OF_RUN] = "SELECT seq, type, sha256, bytes,"
			  " (SELECT count(*) FROM record WHERE run = ?1)"
			  " FROM record WHERE run = ?1"
			  " ORDER BY seq DESC LIMIT 1",
	[BEGIN_GROUP] = "BEGIN IMMEDIATE",
	[COMMIT_GROUP] = "COMMIT",
};

struct store_write {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT], *index;
	struct record_view view;        /* the record on its way in */
	TAILQ_HEAD(run_list, run) runs; /* the newest used first */
	size_t nruns;
};

struct store_write *
store_write_new(sqlite3 *writer)
{
	struct store_write *w = xcalloc(1, sizeof(*w));

	w->db = writer;
	TAILQ_INIT(&w->runs);
	return w;
}

void
store_write_forget(struct store_write *w)
{
	struct run *run, *next;

	for (run = TAILQ_FIRST(&w->runs); run != NULL; run = next) {
		next = TAILQ_NEXT(run, entry);
		free(run);
	}
	TAILQ_INIT(&w->runs);
	w->nruns = 0;
}

void
store_write_free(struct store_write *w)
{
	size_t i;

	if (w == NULL)
		return;
	store_write_forget(w);
	for (i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(w->statements[i]);
	sqlite3_finalize(w->index);
	record_view_free(&w->view);
	store_db_rollback(w->db);
	free(w);
}

/* Ready to be bound.  NULL with *e. */
static sqlite3_stmt *
statement(struct store_write *w, enum statement which, struct err *e)
{
	if (w->statements[which] == NULL &&
	    store_db_prepare(w->db, sql[which], &w->statements[which], e) == -1)
		return NULL;
	return w->statements[which];
}

/* A statement that stays open would hold its transaction open, too. */
static void
finish(sqlite3_stmt *s)
{
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
}

static int
read_newest(struct record_chain *c, sqlite3_stmt *s, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	const char *type = (const char *)sqlite3_column_text(s, 1);
	const char *stored = (const char *)sqlite3_column_text(s, 2);

	sha256_hex(sqlite3_column_blob(s, 3),
	    (size_t)sqlite3_column_bytes(s, 3), sha256);
	if (stored == NULL || strcmp(stored, sha256) != 0)
		return err_set(e, "stored record %lld does not match its hash",
		    (long long)sqlite3_column_int64(s, 0));
	c->last = (uint64_t)sqlite3_column_int64(s, 0);
	c->ended = type != NULL && strcmp(type, "manifest") == 0;
	c->count = (uint64_t)sqlite3_column_int64(s, 4);
	memcpy(c->sha256, sha256, sizeof(sha256));
	return 0;
}

/* 0, 1 refused, -1 failed. */
static int
load_chain(struct store_write *w, struct record_chain *c, uint64_t number,
    struct err *e)
{
	sqlite3_stmt *s = statement(w, NEWEST_OF_RUN, e);
	int r = 0;

	record_chain_start(c, number);
	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, (int64_t)number);
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		if (read_newest(c, s, e) == -1)
			r = 1;
		break;
	case SQLITE_DONE:
		break;
	default:
		r = store_db_error(w->db, e);
	}
	finish(s);
	return r;
}

/* The oldest goes, if the open group has nothing of it.  A refused run that
 * goes is still held back by its chain. */
static void
make_room(struct store_write *w)
{
	struct run *run, *before;

	for (run = TAILQ_LAST(&w->runs, run_list);
	     run != NULL && w->nruns >= RUNS_MAX; run = before) {
		before = TAILQ_PREV(run, run_list, entry);
		if (run->in_group)
			continue;
		TAILQ_REMOVE(&w->runs, run, entry);
		w->nruns--;
		free(run);
	}
}

/* 0, 1 refused, -1 failed. */
static int
find_run(
    struct store_write *w, uint64_t number, struct run **found, struct err *e)
{
	struct run *run;
	int r;

	TAILQ_FOREACH (run, &w->runs, entry)
		if (run->chain.run == number)
			break;
	if (run != NULL)
		TAILQ_REMOVE(&w->runs, run, entry);
	else {
		make_room(w);
		run = xcalloc(1, sizeof(*run));
		r = load_chain(w, &run->chain, number, e);
		if (r != 0) {
			free(run);
			return r;
		}
		w->nruns++;
	}
	TAILQ_INSERT_HEAD(&w->runs, run, entry);
	*found = run;
	return 0;
}

static enum found
find_record(struct store_write *w, const struct incoming *in, struct err *e)
{
	sqlite3_stmt *s = statement(w, FIND_RECORD, e);
	enum found r = FOUND_NONE;

	if (s == NULL)
		return FOUND_FAILED;
	sqlite3_bind_int64(s, 1, (int64_t)in->head.seq);
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		r = FOUND_SAME;
		if ((size_t)sqlite3_column_bytes(s, 0) != in->size ||
		    memcmp(sqlite3_column_blob(s, 0), in->bytes, in->size) !=
			0) {
			err_set(e, "it is there already, with other bytes");
			r = FOUND_OTHER;
		}
		break;
	case SQLITE_DONE:
		break;
	default:
		store_db_error(w->db, e);
		r = FOUND_FAILED;
	}
	finish(s);
	return r;
}

static int
insert_record(struct store_write *w, const struct incoming *in, struct err *e)
{
	sqlite3_stmt *s = statement(w, ADD_RECORD, e);
	int r = 0;

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, (int64_t)in->head.seq);
	sqlite3_bind_int64(s, 2, (int64_t)in->head.run);
	sqlite3_bind_text(
	    s, 3, record_type_name(in->head.type), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, in->sha256, -1, SQLITE_STATIC);
	sqlite3_bind_blob(s, 5, in->bytes, (int)in->size, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = store_db_error(w->db, e);
	finish(s);
	return r;
}

static int
insert_index(struct store_write *w, struct err *e)
{
	if (w->index == NULL)
		w->index = store_index_prepare(w->db, e);
	if (w->index == NULL)
		return -1;
	return store_index_add(w->index, &w->view, e);
}

/* 0, 1 refused, -1 failed. */
static int
add_to_run(struct store_write *w, struct run *run, const struct incoming *in,
    struct err *e)
{
	if (run->refused[0] != '\0') {
		err_set(e, "nothing more is taken of this run since: %.400s",
		    run->refused);
		return 1;
	}
	if (record_chain_check(&run->chain, &in->head, e) == -1)
		return 1;
	run->in_group = true;
	if (insert_record(w, in, e) == -1 || insert_index(w, e) == -1)
		return -1;
	record_chain_extend(&run->chain, &in->head, in->sha256);
	return 0;
}

/* 0 taken or there already, 1 refused, -1 failed. */
static int
take(struct store_write *w, const struct incoming *in, struct err *e)
{
	struct run *run;
	int r;

	switch (find_record(w, in, e)) {
	case FOUND_SAME:
		return 0; /* durable, or it will be with this group */
	case FOUND_OTHER:
		return 1;
	case FOUND_FAILED:
		return -1;
	case FOUND_NONE:
		break;
	}
	r = find_run(w, in->head.run, &run, e);
	return r == 0 ? add_to_run(w, run, in, e) : r;
}

/* From here on nothing of the run is taken, as far as it can be told which
 * run was meant. */
static void
refuse_run(struct store_write *w, uint64_t number, const char *why)
{
	struct err e;
	struct run *run;

	if (number == 0 || find_run(w, number, &run, &e) != 0)
		return;
	if (run->refused[0] == '\0')
		snprintf(run->refused, sizeof(run->refused), "%s", why);
}

/* The run that a record says it is of, however wrong the rest of it is. */
static uint64_t
claimed_run(const struct record_view *view)
{
	const struct record_value *v = record_view_get(view, "run");

	return v != NULL && v->number > 0 ? (uint64_t)v->number : 0;
}

int
store_write_record(struct store_write *w, uint64_t seq, const char *bytes,
    size_t size, struct err *e)
{
	struct incoming in = { .bytes = bytes, .size = size };
	int r = 1;

	if (record_view_read(&w->view, bytes, size, e) == -1) {
		err_prefix(e, "record %" PRIu64, seq);
		return 1;
	}
	if (record_head_read(&in.head, &w->view, e) == 0) {
		sha256_hex(bytes, size, in.sha256);
		if (in.head.seq == seq)
			r = take(w, &in, e);
		else
			err_set(
			    e, "it says it is record %" PRIu64, in.head.seq);
	}
	if (r == 1) {
		err_prefix(e, "record %" PRIu64, seq);
		refuse_run(w, claimed_run(&w->view), e->text);
	}
	return r;
}

int
store_write_begin(struct store_write *w, struct err *e)
{
	sqlite3_stmt *s = statement(w, BEGIN_GROUP, e);
	int r;

	if (s == NULL)
		return -1;
	r = sqlite3_step(s);
	sqlite3_reset(s);
	if (r == SQLITE_DONE)
		return 0;
	store_db_error(w->db, e);
	return (r & 0xff) == SQLITE_BUSY ? 1 : -1;
}

int
store_write_commit(struct store_write *w, struct err *e)
{
	sqlite3_stmt *s = statement(w, COMMIT_GROUP, e);
	struct run *run;
	int r = s == NULL ? -1 : 0;

	if (r == 0 && sqlite3_step(s) != SQLITE_DONE)
		r = store_db_error(w->db, e);
	sqlite3_reset(s);
	if (r == -1) {
		store_write_rollback(w, e->text);
		return -1;
	}
	TAILQ_FOREACH (run, &w->runs, entry)
		run->in_group = false;
	return 0;
}

void
store_write_rollback(struct store_write *w, const char *why)
{
	struct run *run;

	store_db_rollback(w->db);
	TAILQ_FOREACH (run, &w->runs, entry) {
		if (!run->in_group)
			continue;
		/* Its chain in memory runs ahead of the database now; nobody
		 * looks at it any more. */
		run->in_group = false;
		snprintf(run->refused, sizeof(run->refused), "%s", why);
	}
}
