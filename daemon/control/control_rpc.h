/*
 * control_rpc: one line of JSON-RPC 2.0, taken apart and put together.
 *
 * Pure: bytes in, a request or the reason against it out.  Source:
 * https://www.jsonrpc.org/specification; batches are not taken.
 */
#ifndef ASSAY_CONTROL_RPC_H
#define ASSAY_CONTROL_RPC_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "daemon/control/control.h"

enum { /* beside enum control_error */
	CONTROL_RPC_PARSE = -32700,
	CONTROL_RPC_INVALID = -32600,
	CONTROL_RPC_NO_METHOD = -32601,
};

struct control_request {
	json_t *root; /* owns the rest */
	json_t *id;   /* borrowed; NULL: a notification, wants no answer */
	const char *method; /* borrowed */
	json_t *params;     /* borrowed; an object, NULL when absent */
};

/* 0, or the error code with *e set; r->id is set even then, if the line had a
 * good one.  control_rpc_free() in both cases. */
int control_rpc_parse(
    struct control_request *r, const char *line, size_t size, struct err *e);
void control_rpc_free(struct control_request *r);

/* NULL when there is no such method. */
const struct control_method *control_rpc_find(
    const struct control_method *methods, const char *name);
/* 0, or CONTROL_INVALID_PARAMS with *e naming the one that is wrong. params:
 * an object, or NULL; not changed. */
int control_rpc_check(
    const struct control_param *table, json_t *params, struct err *e);

/* Lines without newline; the caller frees.  id NULL: null. */
char *control_rpc_result(const json_t *id, const json_t *result);
/* result: JSON already. */
char *control_rpc_result_text(const json_t *id, const char *result);
char *control_rpc_error(const json_t *id, int code, const struct err *e);
/* method: one of ours, not quoted. */
char *control_rpc_notification(const char *method, const json_t *params);
char *control_rpc_record(
    uint64_t seq, const char *sha256, const json_t *record);

#endif
