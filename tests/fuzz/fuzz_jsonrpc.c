/*
 * fuzz_jsonrpc: a line from any client.  It becomes a request that keeps the
 * table's word, or an error that is itself one line of JSON.
 * The source is here, since a fuzzer is built without the daemon.
 */
#include "daemon/control/control_rpc.c" /* NOLINT(bugprone-suspicious-include) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct control_param params[] = {
	{ "text", CONTROL_STRING, true, NULL },
	{ "n", CONTROL_INT, false, NULL },
	{ "done", CONTROL_BOOL, false, NULL },
	{ "o", CONTROL_OBJECT, false, NULL },
	{ .name = NULL },
};
static const struct control_method methods[] = {
	{ "m", CONTROL_VIEW, params, NULL, NULL },
	{ .name = NULL },
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* What goes out is one line of JSON with the id that came in. */
static void
check_line(char *line, const json_t *id)
{
	json_t *o = json_loads(line, 0, NULL);

	require(json_is_object(o));
	require(strchr(line, '\n') == NULL);
	require(json_equal(json_object_get(o, "id"),
		    id == NULL ? json_null() : id) == 1);
	json_decref(o);
	free(line);
}

static void
check_call(const struct control_request *r, struct err *e)
{
	const struct control_method *m = control_rpc_find(methods, r->method);
	int code;

	if (m == NULL)
		return;
	code = control_rpc_check(m->params, r->params, e);
	if (code != 0) {
		require(code == CONTROL_INVALID_PARAMS);
		check_line(control_rpc_error(r->id, code, e), r->id);
		return;
	}
	require(json_is_string(json_object_get(r->params, "text")));
	check_line(control_rpc_result(r->id, r->params), r->id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_request r;
	struct err e = { .text = "" };
	int code;

	code = control_rpc_parse(&r, (const char *)data, size, &e);
	if (code == 0) {
		require(r.method != NULL);
		check_call(&r, &e);
	} else {
		require(e.text[0] != '\0');
		check_line(control_rpc_error(r.id, code, &e), r.id);
	}
	control_rpc_free(&r);
	return 0;
}
