/*
 * rpc: calls to the daemon and what it says unasked.
 *
 * One thread, one connection: a call waits for its own answer; notifications
 * that come before it are kept for rpc_next(), in order.
 */
#ifndef ASSAY_RPC_H
#define ASSAY_RPC_H

#include <jansson.h>

#include "base/err.h"
#include "client/connect.h"

struct rpc;

enum rpc_code {       /* beside the daemon's own, which are negative */
	RPC_LOST = 1, /* the connection; *e says why */
	/* Of the daemon's (CONTROL.md): it cannot now, and may soon. */
	RPC_UNAVAILABLE = -32003,
};

/* Takes over the connection. */
struct rpc *rpc_new(const struct connection *c);
void rpc_free(struct rpc *r); /* NULL is fine */

/* 0 with *result (caller decrefs), or the error's code with *e set: text, and
 * file, line and column if the daemon gave them.  params is stolen; NULL:
 * none. */
int rpc_call(struct rpc *r, const char *method, json_t *params, json_t **result,
    struct err *e);

/* The same with the result as the daemon wrote it: what is large is read by
 * whoever knows what it is.  *bytes: caller frees. */
int rpc_call_text(struct rpc *r, const char *method, json_t *params,
    char **bytes, size_t *size, struct err *e);

/* A number for rpc_next beside the connection's: becomes readable on a signal.
 * -1: none. */
void rpc_set_interrupt(struct rpc *r, int fd);

enum rpc_event {
	RPC_MESSAGE,
	RPC_TIME,
	RPC_INTERRUPT,
	RPC_END
};
/* The next notification (*message, caller decrefs), or nothing within
 * timeout_ms (-1: for ever), or the end of the connection with *e set. */
enum rpc_event rpc_next(
    struct rpc *r, int timeout_ms, json_t **message, struct err *e);

#endif
