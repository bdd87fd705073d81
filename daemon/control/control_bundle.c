/*
 * control_bundle: bundle.*: what a run's bundle is made of, piece by piece.
 *
 * The store's rows go out as they lie there; whoever makes the bundle checks
 * each record's bytes against its hash.  A raw capture is read only for a run
 * whose manifest names it, and never beyond what the manifest says.
 */
#include "daemon/control/control_asked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "captures/segment_index.h"

/* Within a line, of 1 MiB. */
#define RECORDS_A_CALL 1000
#define BYTES_A_CALL (768 * 1024)
#define CHUNK (256 * 1024)

void
control_call_bundle_records(
    void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "run", "from", NULL };
	static const struct control_listing shape = { .key = "records" };
	json_t *args = control_args(params, names);

	json_object_set_new(args, "limit", json_integer(RECORDS_A_CALL));
	json_object_set_new(args, "bytes", json_integer(BYTES_A_CALL));
	control_list(arg, c, "records", args, &shape);
}

void
control_call_bundle_added(
    void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "kind", "run", "key", "file",
		NULL };
	static const struct control_listing shape = { .key = "added" };

	control_list(arg, c, "added", control_args(params, names), &shape);
}

void
control_call_bundle_document(
    void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "sha256", NULL };
	static const struct control_listing shape = { .key = "documents",
		.member = "text" };

	control_list(arg, c, "document", control_args(params, names), &shape);
}

/* ---- raw captures ---- */

struct reading {
	struct engine *en;
	struct control_call *call;
	char *file;
	uint64_t run, offset;
	bool answered;
};

static void
reply_bytes(struct reading *r, int fd, off_t size)
{
	unsigned char *bytes = xcalloc(1, CHUNK), *text;
	size_t want = CHUNK;
	ssize_t n = 0;
	int length;

	if (r->offset >= (uint64_t)size)
		want = 0;
	else if ((uint64_t)size - r->offset < want)
		want = (size_t)((uint64_t)size - r->offset);
	if (want > 0)
		n = pread(fd, bytes, want, (off_t)r->offset);
	if (n == -1) {
		control_refusef(r->call, CONTROL_UNAVAILABLE, "%s: %s", r->file,
		    strerror(errno));
		free(bytes);
		return;
	}
	text = xcalloc(1, (size_t)n / 3 * 4 + 8);
	length = EVP_EncodeBlock(text, bytes, (int)n);
	control_reply(r->call,
	    json_pack("{s:I,s:I,s:s#,s:b}", "size", (json_int_t)size, "offset",
		(json_int_t)r->offset, "data", (const char *)text, length,
		"eof", (int)((off_t)r->offset + n >= size || n == 0)));
	free(text);
	free(bytes);
}

/* sealed: the manifest's entry of the file. */
static void
reply_capture(struct reading *r, const json_t *sealed)
{
	const char *segment =
	    json_string_value(json_object_get(sealed, "segment"));
	json_int_t size = json_integer_value(json_object_get(sealed, "size"));
	struct stat st;
	char *path;
	int fd;

	path = xasprintf("%s/captures/%s/%s", r->en->conf->state_dir,
	    segment == NULL ? "" : segment, r->file);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	if (fd == -1 || fstat(fd, &st) == -1) {
		control_refusef(r->call, CONTROL_NOT_FOUND, "%s: %s", r->file,
		    strerror(errno));
	} else {
		reply_bytes(r, fd,
		    size > 0 && size < st.st_size ? (off_t)size : st.st_size);
	}
	if (fd != -1)
		close(fd);
}

static void
on_manifest(void *arg, const json_t *row, const char *error)
{
	struct reading *r = arg;
	const json_t *captures, *o, *record = json_object_get(row, "record");
	const char *name;
	size_t i;

	captures = json_object_get(record, "captures");
	json_array_foreach (captures, i, o) {
		name = json_string_value(json_object_get(o, "file"));
		if (r->answered || name == NULL || strcmp(name, r->file) != 0)
			continue;
		r->answered = true;
		reply_capture(r, o);
	}
	if (row != NULL)
		return;
	if (!r->answered && error != NULL)
		control_refusef(r->call, CONTROL_UNAVAILABLE, "%s", error);
	else if (!r->answered)
		control_refusef(r->call, CONTROL_NOT_FOUND,
		    "%s is no capture of run %llu", r->file,
		    (unsigned long long)r->run);
	free(r->file);
	free(r);
}

void
control_call_bundle_capture(
    void *arg, struct control_call *c, const json_t *params)
{
	const char *file = control_text(params, "file");
	struct engine *en = arg;
	struct reading *r;
	uint32_t number;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	if (segment_number(file, &number) == -1) {
		control_refusef(
		    c, CONTROL_INVALID_PARAMS, "file: no capture's name");
		return;
	}
	r = xcalloc(1, sizeof(*r));
	r->en = en;
	r->call = c;
	r->file = xstrdup(file);
	r->run = control_number(params, "run");
	r->offset = control_number(params, "offset");
	if (r->offset > INT64_MAX)
		r->offset = INT64_MAX;
	args = json_pack(
	    "{s:I,s:s}", "run", (json_int_t)r->run, "type", "manifest");
	store_query(en->store, "records", args, on_manifest, r);
	json_decref(args);
}
