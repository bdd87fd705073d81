/*
 * control_evidence: verdict.*, evidence.read: verdicts and the frames that show
 * them.
 */
#include "daemon/control/control_asked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"

#define CHUNK (256 * 1024) /* of evidence, a call */

void
control_call_verdict_list(
    void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "run", "device", "limit", NULL };
	static const struct control_listing shape = { .key = "verdicts",
		.member = "record" };

	control_list(arg, c, "verdicts", control_args(params, names), &shape);
}

void
control_call_verdict_newest(
    void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "device", "order", NULL };
	static const struct control_listing shape = { .key = "verdicts" };

	control_list(arg, c, "newest", control_args(params, names), &shape);
}

struct showing {
	struct engine *en;
	struct control_call *call;
	uint64_t seq, offset;
	bool evidence, answered;
};

static void
reply_chunk(struct showing *s, const json_t *record)
{
	const json_t *slice = json_object_get(record, "slice");
	const char *file = json_string_value(json_object_get(slice, "file"));
	json_int_t size = json_integer_value(json_object_get(slice, "size"));
	unsigned char *bytes, *text;
	ssize_t n;
	int fd, length;

	if (file == NULL) {
		control_refusef(s->call, CONTROL_NOT_FOUND,
		    "this verdict has no frames to show");
		return;
	}
	fd = openat(
	    s->en->evidence_dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1) {
		control_refusef(s->call, CONTROL_NOT_FOUND, "%s: %s", file,
		    strerror(errno));
		return;
	}
	bytes = xcalloc(1, CHUNK);
	n = pread(fd, bytes, CHUNK,
	    s->offset > INT64_MAX ? INT64_MAX : (off_t)s->offset);
	close(fd);
	if (n == -1) {
		control_refusef(s->call, CONTROL_UNAVAILABLE, "%s: %s", file,
		    strerror(errno));
		free(bytes);
		return;
	}
	text = xcalloc(1, (size_t)n / 3 * 4 + 8);
	length = EVP_EncodeBlock(text, bytes, (int)n);
	control_reply(s->call,
	    json_pack("{s:I,s:O,s:I,s:s#,s:b}", "size", size, "sha256",
		json_object_get(slice, "sha256"), "offset",
		(json_int_t)s->offset, "data", (const char *)text, length,
		"eof", (json_int_t)s->offset + n >= size));
	free(text);
	free(bytes);
}

static void
on_shown(void *arg, const json_t *row, const char *error)
{
	struct showing *s = arg;
	const json_t *record = json_object_get(row, "record");
	const char *type = json_string_value(json_object_get(record, "type"));

	if (row != NULL) {
		if (s->answered || type == NULL || strcmp(type, "verdict") != 0)
			return;
		s->answered = true;
		if (s->evidence)
			reply_chunk(s, record);
		else
			control_reply(s->call,
			    json_pack("{s:O,s:O,s:O}", "record", record,
				"sha256", json_object_get(row, "sha256"),
				"slice", json_object_get(record, "slice")));
		return;
	}
	if (!s->answered && error != NULL)
		control_refusef(s->call, CONTROL_UNAVAILABLE, "%s", error);
	else if (!s->answered)
		control_refusef(s->call, CONTROL_NOT_FOUND,
		    "record %llu is not a verdict", (unsigned long long)s->seq);
	free(s);
}

static void
show_verdict(struct engine *en, struct control_call *c, const json_t *params,
    bool evidence)
{
	struct showing *s;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	s = xcalloc(1, sizeof(*s));
	s->en = en;
	s->call = c;
	s->seq = control_number(params, "verdict");
	s->offset = control_number(params, "offset");
	s->evidence = evidence;
	args = json_pack(
	    "{s:I,s:I}", "from", (json_int_t)s->seq, "to", (json_int_t)s->seq);
	store_query(en->store, "records", args, on_shown, s);
	json_decref(args);
}

void
control_call_verdict_show(
    void *arg, struct control_call *c, const json_t *params)
{
	show_verdict(arg, c, params, false);
}

void
control_call_evidence_read(
    void *arg, struct control_call *c, const json_t *params)
{
	show_verdict(arg, c, params, true);
}
