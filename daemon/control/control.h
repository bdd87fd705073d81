/*
 * control: the JSON-RPC 2.0 socket (daemon/control/CONTROL.md is the protocol).
 *
 * control.c owns connections, framing, credentials, parameter checks and the
 * method table's shape; what a method does stands in the engine's files, as
 * rows of control_methods[] (control_methods.c).
 */
#ifndef ASSAY_CONTROL_H
#define ASSAY_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"

struct control;
struct control_call; /* one request under way; answered exactly once */
struct control_client;
struct event_base;

enum control_type { /* of a parameter */
	CONTROL_STRING,
	CONTROL_INT,
	CONTROL_BOOL,
	CONTROL_OBJECT,
};

struct control_param {
	const char *name;
	enum control_type type;
	bool required;
	const char *help;
};

enum control_right {
	CONTROL_VIEW,
	CONTROL_RUN
};

enum control_error {
	CONTROL_REFUSED = -32000,
	CONTROL_NOT_FOUND = -32001,
	CONTROL_NOT_ALLOWED = -32002,
	CONTROL_UNAVAILABLE = -32003,
	CONTROL_INVALID_PARAMS = -32602,
	CONTROL_INTERNAL = -32603,
};

struct control_method {
	const char *name;
	enum control_right right;
	const struct control_param *params; /* ends with name NULL; or NULL */
	const char *help;
	/* params: checked against the table (unknown names refused), borrowed.
	 * Answers now or later with control_reply or control_refuse; params
	 * live until then, or until it returns if that is later. */
	void (*call)(
	    void *engine, struct control_call *c, const json_t *params);
};

/* fd: a listening SOCK_STREAM AF_UNIX socket; methods ends with name NULL;
 * uid 0 and the groups may call (gid -1: nobody).  engine is handed to each
 * method. */
struct control *control_new(struct event_base *base, int fd,
    const struct control_method *methods, int64_t run_gid, int64_t view_gid,
    void *engine);
/* Calls and replays under way stay valid until they are answered or ended; the
 * answers then go nowhere. */
void control_free(struct control *c);

/* result is stolen (json_t reference taken over).  The call is then gone; so
 * it is, silently, when the client has gone in between. */
void control_reply(struct control_call *c, json_t *result);
/* result: JSON already, borrowed. */
void control_reply_text(struct control_call *c, const char *result);
void control_refuse(
    struct control_call *c, enum control_error code, const struct err *e);
void control_refusef(struct control_call *c, enum control_error code,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Who calls, for a run's "by". */
uint32_t control_call_uid(const struct control_call *c);
uint32_t control_call_gid(const struct control_call *c);
/* Not only look: the caller has CONTROL_RUN. */
bool control_call_may_run(const struct control_call *c);

/* Subscriptions: turns the caller into a subscriber; replies for it.  from:
 * first seq wanted; run: 0 or the only run wanted. */
void control_subscribe(struct control_call *c, uint64_t from, uint64_t run);
/* A catch-up is wanted: the engine reads records [from, to] from the store and
 * gives them with control_replay_record, then control_replay_end.  Live ones
 * that come meanwhile wait in line, so that order and completeness hold. */
struct control_replay;
/* to is INT64_MAX when the newest is not known.  A long catch-up is asked for
 * piece by piece, as fast as the subscriber reads; what is published meanwhile
 * is durable, so it comes with a later piece. */
void control_set_replay(struct control *c,
    void (*on_replay)(void *engine, struct control_replay *r, uint64_t from,
	uint64_t to, uint64_t run));
/* Safe to call when the subscriber has gone or has enough for now. */
void control_replay_record(struct control_replay *r, uint64_t seq,
    const char *sha256, const json_t *record);
void control_replay_end(struct control_replay *r, const char *error);
/* The newest durable record when the daemon starts, if it has any: catch-ups
 * then know where to end. */
void control_set_newest(struct control *c, uint64_t seq);
/* A durable record: to every subscriber it concerns, in order. */
void control_publish_record(struct control *c, uint64_t seq, uint64_t run,
    const char *sha256, const json_t *record);
/* A passing word ("progress", "prompt", "log"); may be dropped.  params is
 * borrowed. run 0: everyone. */
void control_publish_word(
    struct control *c, const char *method, uint64_t run, const json_t *params);

/* The JSON Schema of methods; caller decrefs. */
json_t *control_schema(const struct control_method *methods);

#endif
