/*
 * store_rig: a real store process on a directory of its own, and records to
 * feed it with.
 */
#ifndef ASSAY_STORE_RIG_H
#define ASSAY_STORE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/hex.h"
#include "daemon/store/store.h"

#define RIG_LIMIT_MS 20000 /* for anything that is waited for */

struct event_base;
struct peer;

struct store_rig {
	char dir[64]; /* the state directory, in /tmp or on a tmpfs */
	struct event_base *base;
	struct store *store;
	struct peer *parent; /* our end of its WIRE_FD */
	pid_t pid;           /* 0: none */
};

/* Makes the directory and the client; no process yet. */
void store_rig_new(struct store_rig *r);
/* Ends the process (must not have failed already), removes the directory. */
void store_rig_free(struct store_rig *r);
/* Starts the process and attaches to it. */
void store_rig_start(struct store_rig *r);
/* A new socket to the same process, as after an engine's death. */
void store_rig_attach(struct store_rig *r);
/* ROLE_STOP; returns the exit status, or 128 + signal. */
int store_rig_stop(struct store_rig *r);
/* Waits for it to end by itself; the same. */
int store_rig_wait_end(struct store_rig *r);
void store_rig_kill(struct store_rig *r);
/* Runs the loop until *flag, at most RIG_LIMIT_MS.  False: the limit. */
bool store_rig_until(struct store_rig *r, const bool *flag);
bool store_rig_until_settled(struct store_rig *r); /* nothing pending */
/* What the process has logged has text in it. */
bool store_rig_logged(struct store_rig *r, const char *text);
/* A connection of a stranger.  Caller closes. */
sqlite3 *store_rig_open_raw(struct store_rig *r);
/* Result code of sql on a stranger's connection. */
int store_rig_raw(struct store_rig *r, const char *sql);

/* All rows of a query as an array (caller decrefs); NULL when it failed, with
 * the reason in error (size bytes). */
json_t *store_rig_query(struct store_rig *r, const char *name, json_t *args,
    char *error, size_t size);

/* Makes the records of one run, each on the one before. */
struct maker {
	uint64_t run, seq; /* seq: of the newest, in all runs */
	uint64_t count;
	char sha256[SHA256_HEX_SIZE];
};

struct made {
	uint64_t seq;
	char *bytes;
	size_t size;
	char sha256[SHA256_HEX_SIZE];
};

/* The next record of type ("run" begins a new run), with more fields (taken
 * over, may be NULL).  Caller frees bytes. */
struct made maker_next(struct maker *m, const char *type, json_t *more);

/* Appends and says what came of it. */
struct appended {
	bool answered;
	char error[512]; /* "" durable */
	uint64_t seq;
};

void store_rig_append(
    struct store_rig *r, const struct made *made, struct appended *a);
/* The same, waiting for the answer; returns its error ("" durable). */
const char *store_rig_append_now(
    struct store_rig *r, const struct made *made, struct appended *a);
/* Makes the next record and appends it, waiting. */
const char *store_rig_add(struct store_rig *r, struct maker *m,
    const char *type, json_t *more, struct appended *a);
/* store_on_durable for a struct appended. */
void store_rig_on_durable(void *arg, uint64_t seq, const char *error);

#endif
