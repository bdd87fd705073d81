/*
 * rpc: calls to the daemon and what it says unasked.
 *
 * The daemon's lines are bounded here too: a far end that is no daemon of ours
 * costs a message, not memory.
 */
#include "client/rpc.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#define READ_SIZE 65536
#define LINE_MAX_BYTES (8u * 1024u * 1024u) /* what the daemon lets pile up */

struct rpc {
	struct connection connection;
	int interrupt;
	char *bytes;
	size_t size, room, scanned;
	json_t *kept; /* notifications, in order */
	json_int_t last_id;
	struct err last_words; /* an error line with no id */
	bool has_last_words;
};

struct rpc *
rpc_new(const struct connection *c)
{
	struct rpc *r = xcalloc(1, sizeof(*r));

	r->connection = *c;
	r->interrupt = -1;
	r->kept = json_array();
	return r;
}

void
rpc_free(struct rpc *r)
{
	if (r == NULL)
		return;
	connect_close(&r->connection);
	json_decref(r->kept);
	free(r->bytes);
	free(r);
}

void
rpc_set_interrupt(struct rpc *r, int fd)
{
	r->interrupt = fd;
}

/* A failure shows when the answer is read: the daemon may have said why. */
static void
send_all(const struct rpc *r, const char *bytes, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(r->connection.out, bytes, size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return;
		bytes += n;
		size -= (size_t)n;
	}
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Waits for bytes and takes them. */
static enum rpc_event
read_some(struct rpc *r, int timeout_ms, struct err *e)
{
	struct pollfd p[2] = {
		{ .fd = r->connection.in, .events = POLLIN },
		{ .fd = r->interrupt, .events = POLLIN },
	};
	ssize_t n;
	int ready;

	ready = poll(p, 2, timeout_ms);
	if (ready == 0 || (ready == -1 && errno == EINTR))
		return RPC_TIME;
	if (p[1].revents != 0)
		return RPC_INTERRUPT;
	if (r->room - r->size < READ_SIZE) {
		r->room = 2 * r->room + READ_SIZE;
		r->bytes = xrealloc(r->bytes, r->room, 1);
	}
	n = read(r->connection.in, r->bytes + r->size, READ_SIZE);
	if (n > 0) {
		r->size += (size_t)n;
		return RPC_MESSAGE;
	}
	if (r->has_last_words)
		*e = r->last_words;
	else if (r->connection.ssh > 0)
		err_set(e, "the connection over ssh has ended");
	else
		err_set(e, "assayd has closed the connection");
	return RPC_END;
}

struct text {
	char *bytes;
	size_t size;
};

/* A whole line is here already: its bytes.  *is_bad: the far end does not
 * speak our language. */
static bool
has_line(struct rpc *r, size_t *n, bool *is_bad)
{
	char *newline = NULL;

	*is_bad = false;
	if (r->size > r->scanned)
		newline =
		    memchr(r->bytes + r->scanned, '\n', r->size - r->scanned);
	if (newline == NULL) {
		r->scanned = r->size;
		*is_bad = r->size > LINE_MAX_BYTES;
		return false;
	}
	*n = (size_t)(newline - r->bytes);
	return true;
}

static void
drop_line(struct rpc *r, size_t n)
{
	r->size -= n + 1;
	r->scanned = 0;
	memmove(r->bytes, r->bytes + n + 1, r->size);
}

/* A whole line that is here already, as JSON; NULL: none. */
static json_t *
take_line(struct rpc *r, bool *is_bad)
{
	json_t *o;
	size_t n;

	if (!has_line(r, &n, is_bad))
		return NULL;
	o = json_loadb(r->bytes, n, 0, NULL);
	*is_bad = !json_is_object(o);
	drop_line(r, n);
	if (!*is_bad)
		return o;
	json_decref(o);
	return NULL;
}

/* The line that is here already is the result that is wanted: what stands
 * before it in the answer is taken off, and the last brace.  NULL: it is not.
 */
static char *
take_result(struct rpc *r, json_int_t id, size_t *size)
{
	char begin[64], *text;
	bool is_bad;
	size_t n, skip;

	if (!has_line(r, &n, &is_bad))
		return NULL;
	skip = (size_t)snprintf(begin, sizeof(begin),
	    "{\"jsonrpc\":\"2.0\",\"id\":%" JSON_INTEGER_FORMAT ",\"result\":",
	    id);
	if (n <= skip || memcmp(r->bytes, begin, skip) != 0 ||
	    r->bytes[n - 1] != '}')
		return NULL;
	*size = n - skip - 1;
	text = xmemdup(r->bytes + skip, *size + 1);
	text[*size] = '\0';
	drop_line(r, n);
	return text;
}

static void
copy_error(const json_t *error, struct err *e)
{
	const char *text = json_string_value(json_object_get(error, "message"));
	const json_t *data = json_object_get(error, "data");
	const char *file = json_string_value(json_object_get(data, "file"));
	json_int_t line = json_integer_value(json_object_get(data, "line"));
	json_int_t column = json_integer_value(json_object_get(data, "column"));

	if (text == NULL)
		text = "an error without a text";
	err_set_at(e, file, line < 0 ? 0 : (unsigned)line,
	    column < 0 ? 0 : (unsigned)column, "%s", text);
}

/* An answer is returned; what has no id is kept or remembered. */
static json_t *
sort_line(struct rpc *r, json_t *o)
{
	const json_t *id = json_object_get(o, "id");

	if (json_is_string(json_object_get(o, "method"))) {
		json_array_append_new(r->kept, o);
		return NULL;
	}
	if (json_is_integer(id))
		return o;
	copy_error(json_object_get(o, "error"), &r->last_words);
	r->has_last_words = true;
	json_decref(o);
	return NULL;
}

static int
take_answer(json_t *o, json_t **result, struct err *e)
{
	const json_t *error = json_object_get(o, "error");
	json_int_t code;

	if (error == NULL) {
		*result = json_incref(json_object_get(o, "result"));
		json_decref(o);
		return 0;
	}
	code = json_integer_value(json_object_get(error, "code"));
	copy_error(error, e);
	json_decref(o);
	return code < 0 && code > -100000 ? (int)code : -32603;
}

/* The answer; NULL with *e, or with text->bytes when a text is wanted (text is
 * not NULL) and the result is one. */
static json_t *
wait_for_answer(struct rpc *r, json_int_t id, struct text *text, struct err *e)
{
	json_t *o;
	enum rpc_event event = RPC_TIME;
	bool is_bad;

	for (;;) {
		if (text != NULL) {
			text->bytes = take_result(r, id, &text->size);
			if (text->bytes != NULL)
				return NULL;
		}
		o = take_line(r, &is_bad);
		if (is_bad) {
			err_set(e, "what answers is not assayd");
			return NULL;
		}
		if (o != NULL)
			o = sort_line(r, o);
		else
			event = read_some(r, -1, e);
		if (event == RPC_END)
			return NULL;
		if (event == RPC_INTERRUPT) {
			err_set(e, "interrupted");
			return NULL;
		}
		if (o != NULL &&
		    json_integer_value(json_object_get(o, "id")) == id)
			return o;
		json_decref(o);
	}
}

/* Its id; 0 with *e. */
static json_int_t
send_request(struct rpc *r, const char *method, json_t *params, struct err *e)
{
	json_int_t id = ++r->last_id;
	json_t *request;
	char *line;

	request = json_pack(
	    "{s:s, s:I, s:s}", "jsonrpc", "2.0", "id", id, "method", method);
	if (params != NULL)
		json_object_set_new(request, "params", params);
	line = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (line == NULL) {
		err_set(e, "what was typed is not UTF-8");
		return 0;
	}
	send_all(r, line, strlen(line));
	send_all(r, "\n", 1);
	free(line);
	return id;
}

int
rpc_call(struct rpc *r, const char *method, json_t *params, json_t **result,
    struct err *e)
{
	json_int_t id = send_request(r, method, params, e);
	json_t *o;

	*result = NULL;
	o = id == 0 ? NULL : wait_for_answer(r, id, NULL, e);
	if (o == NULL)
		return RPC_LOST;
	return take_answer(o, result, e);
}

int
rpc_call_text(struct rpc *r, const char *method, json_t *params, char **bytes,
    size_t *size, struct err *e)
{
	json_int_t id = send_request(r, method, params, e);
	struct text text = { .bytes = NULL };
	json_t *o, *result = NULL;
	int code;

	o = id == 0 ? NULL : wait_for_answer(r, id, &text, e);
	*bytes = text.bytes;
	*size = text.size;
	if (text.bytes != NULL)
		return 0;
	if (o == NULL)
		return RPC_LOST;
	code = take_answer(o, &result, e);
	json_decref(result);
	if (code != 0)
		return code;
	err_set(e, "what answers is not assayd"); /* it writes otherwise */
	return RPC_LOST;
}

static json_t *
take_kept(struct rpc *r)
{
	json_t *o = json_array_get(r->kept, 0);

	if (o == NULL)
		return NULL;
	json_incref(o);
	json_array_remove(r->kept, 0);
	return o;
}

enum rpc_event
rpc_next(struct rpc *r, int timeout_ms, json_t **message, struct err *e)
{
	uint64_t end = now_ms() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms);
	uint64_t now;
	enum rpc_event event;
	bool is_bad;
	json_t *o;

	for (;;) {
		*message = take_kept(r);
		if (*message != NULL)
			return RPC_MESSAGE;
		o = take_line(r, &is_bad);
		if (is_bad) {
			err_set(e, "what answers is not assayd");
			return RPC_END;
		}
		if (o != NULL) {
			json_decref(sort_line(r, o));
			continue;
		}
		now = now_ms();
		if (timeout_ms >= 0 && now >= end)
			return RPC_TIME;
		event = read_some(r, timeout_ms < 0 ? -1 : (int)(end - now), e);
		if (event != RPC_MESSAGE)
			return event;
	}
}
