/*
 * prune_gather: which raw capture files there are, and what speaks for each.
 *
 * In this order, so that no verdict is missed: the files of a segment and, at
 * once, the runs under way on it; then, when the store has everything that was
 * sent to it, tombstones, holds, manifests and verdicts.  A run that begins
 * later has newer files than any that was listed as finished.
 */
#include "daemon/engine/prune_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/run.h"

#define STORE_WAIT_MS 100

static void list_next(struct prune_pass *pass);

static void
put_name(char out[PRUNE_NAME_SIZE], const char *segment, const char *file)
{
	int n = snprintf(out, PRUNE_NAME_SIZE, "%s/%s", segment, file);

	if (n < 0 || n >= PRUNE_NAME_SIZE)
		out[0] = '\0'; /* no file of ours */
}

static void
add_mark(
    struct prune_pass *pass, enum prune_why why, const char *name, uint64_t by)
{
	struct prune_mark *m;

	if (pass->nmarks > 0) { /* many frames of one file follow each other */
		m = &pass->marks[pass->nmarks - 1];
		if (m->why == why && strcmp(m->name, name) == 0)
			return;
	}
	if (pass->nmarks == pass->marks_room) {
		pass->marks_room =
		    pass->marks_room == 0 ? 64 : pass->marks_room * 2;
		pass->marks = xrealloc(
		    pass->marks, pass->marks_room, sizeof(*pass->marks));
	}
	m = &pass->marks[pass->nmarks++];
	m->why = why;
	m->by = by;
	snprintf(m->name, sizeof(m->name), "%s", name);
}

static void
mark_file(struct prune_pass *pass, enum prune_why why, const char *segment,
    const char *file, uint64_t by)
{
	char name[PRUNE_NAME_SIZE];

	put_name(name, segment, file);
	add_mark(pass, why, name, by);
}

/* ---- verdicts ---- */

static void
on_verdict(void *arg, const json_t *row, const char *error)
{
	struct prune_pass *pass = arg;
	const json_t *record, *entry, *list;
	const char *source, *file;
	size_t i;

	if (row == NULL) {
		prune_on_gathered(pass, error);
		return;
	}
	record = json_object_get(row, "record");
	list = json_object_get(record, "evidence");
	json_array_foreach (list, i, entry) {
		source = json_string_value(json_object_get(entry, "source"));
		file = json_string_value(json_object_get(entry, "file"));
		if (source != NULL && file != NULL)
			mark_file(pass, PRUNE_CITED, source, file,
			    (uint64_t)json_integer_value(
				json_object_get(record, "seq")));
	}
}

/* ---- manifests: which files a held run or order has ---- */

static bool
is_held(const struct prune_pass *pass, const json_t *manifest)
{
	const char *order =
	    json_string_value(json_object_get(manifest, "order"));
	char *name;
	bool held;

	name = xasprintf("run/%lld",
	    (long long)json_integer_value(json_object_get(manifest, "run")));
	held = json_object_get(pass->held, name) != NULL;
	free(name);
	if (held || order == NULL)
		return held;
	name = xasprintf("order/%s", order);
	held = json_object_get(pass->held, name) != NULL;
	free(name);
	return held;
}

/* Those the manifest had no room for are numbered on from its last. */
static void
mark_omitted(struct prune_pass *pass, const char *segment, const char *last,
    json_int_t omitted, uint64_t run)
{
	char name[SEGMENT_NAME_SIZE];
	uint32_t number;

	if (segment_number(last, &number) == -1)
		return;
	for (; omitted > 0 && number < UINT32_MAX; omitted--)
		mark_file(pass, PRUNE_HELD, segment,
		    segment_capture_name(++number, name), run);
}

static void ask_verdicts(struct prune_pass *pass);

static void
on_manifest(void *arg, const json_t *row, const char *error)
{
	struct prune_pass *pass = arg;
	const json_t *record, *entry, *list;
	const char *segment = NULL, *file = NULL;
	uint64_t run;
	size_t i;

	if (row == NULL) {
		if (error != NULL)
			prune_on_gathered(pass, error);
		else
			ask_verdicts(pass);
		return;
	}
	record = json_object_get(row, "record");
	if (!is_held(pass, record))
		return;
	run = (uint64_t)json_integer_value(json_object_get(record, "run"));
	list = json_object_get(record, "captures");
	json_array_foreach (list, i, entry) {
		segment = json_string_value(json_object_get(entry, "segment"));
		file = json_string_value(json_object_get(entry, "file"));
		if (segment != NULL && file != NULL)
			mark_file(pass, PRUNE_HELD, segment, file, run);
	}
	if (segment != NULL && file != NULL)
		mark_omitted(pass, segment, file,
		    json_integer_value(
			json_object_get(record, "captures_omitted")),
		    run);
}

/* ---- the store's questions, one after the other ---- */

static void
ask_verdicts(struct prune_pass *pass)
{
	store_query(pass->en->store, "verdicts", NULL, on_verdict, pass);
}

static void
on_hold(void *arg, const json_t *row, const char *error)
{
	struct prune_pass *pass = arg;
	const char *name;
	json_t *args;

	if (row != NULL) {
		name = json_string_value(json_object_get(row, "name"));
		if (name != NULL &&
		    json_is_true(
			json_object_get(json_object_get(row, "value"), "held")))
			json_object_set_new(pass->held, name, json_true());
		return;
	}
	if (error != NULL) {
		prune_on_gathered(pass, error);
	} else if (json_object_size(pass->held) == 0) {
		ask_verdicts(pass);
	} else {
		args = json_pack("{s:s}", "type", "manifest");
		store_query(
		    pass->en->store, "records", args, on_manifest, pass);
		json_decref(args);
	}
}

/* A tombstone is of a file when it names its very bytes. */
static void
take_tombstone(struct prune_pass *pass, const json_t *row)
{
	const char *text = json_string_value(json_object_get(row, "statement")),
		   *name, *hash;
	char hex[SHA256_HEX_SIZE];
	json_t *o = text == NULL ? NULL : json_loads(text, 0, NULL);
	struct prune_file *f;
	size_t i;

	name = json_string_value(json_object_get(o, "file"));
	hash = json_string_value(json_object_get(o, "sha256"));
	for (i = 0; name != NULL && hash != NULL && i < pass->nfiles; i++) {
		f = &pass->files[i];
		if (strcmp(f->name, name) != 0 || f->is_writing)
			continue;
		if (f->has_sha256 &&
		    strcmp(hex_encode(f->sha256, SHA256_SIZE, hex), hash) == 0)
			add_mark(pass, PRUNE_TOMBSTONE, name, 0);
		else
			log_warn(
			    "prune: %s has a tombstone of another file", name);
	}
	json_decref(o);
}

/* Nobody asked, no limit is set, and nothing is left over: then no verdict has
 * to be read to know that nothing goes. */
static bool
is_idle(const struct prune_pass *pass)
{
	const struct conf *c = pass->en->conf;
	size_t i;

	for (i = 0; i < pass->nmarks; i++)
		if (pass->marks[i].why == PRUNE_TOMBSTONE)
			return false;
	return pass->on_report == NULL && c->prune_after_s == 0 &&
	    c->prune_disk_bytes == 0;
}

static void
on_tombstone(void *arg, const json_t *row, const char *error)
{
	struct prune_pass *pass = arg;
	json_t *args;

	if (row != NULL) {
		take_tombstone(pass, row);
		return;
	}
	if (error != NULL) {
		prune_on_gathered(pass, error);
		return;
	}
	if (is_idle(pass)) {
		prune_on_gathered(pass, NULL);
		return;
	}
	args = json_pack("{s:s}", "kind", "hold");
	store_query(pass->en->store, "registered", args, on_hold, pass);
	json_decref(args);
}

static void
ask_store(struct prune_pass *pass)
{
	const struct timeval soon = { 0, STORE_WAIT_MS * 1000 };
	json_t *args;

	/* A verdict that is on its way may cite a file. */
	if (store_pending(pass->en->store) > 0) {
		evtimer_add(pass->wait, &soon);
		return;
	}
	args = json_pack("{s:s}", "kind", "tombstone");
	store_query(pass->en->store, "added", args, on_tombstone, pass);
	json_decref(args);
}

static void
on_wait(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_store(arg);
}

/* ---- files ---- */

static void
add_file(struct prune_pass *pass, const struct seg_file *from)
{
	struct prune_file *f;

	if (pass->nfiles == pass->files_room) {
		pass->files_room =
		    pass->files_room == 0 ? 64 : pass->files_room * 2;
		pass->files = xrealloc(
		    pass->files, pass->files_room, sizeof(*pass->files));
	}
	f = &pass->files[pass->nfiles++];
	memset(f, 0, sizeof(*f));
	put_name(
	    f->name, pass->en->conf->segments[pass->segment].name, from->name);
	f->segment = pass->segment;
	f->number = from->number;
	f->size = from->size;
	f->frames = from->frames;
	f->stamp_ns = from->stamp_ns;
	f->is_writing = from->state == CAPTURE_FILE_WRITING;
	f->has_sha256 = from->has_sha256;
	memcpy(f->sha256, from->sha256, SHA256_SIZE);
}

/* The files of runs that are under way now, on the segment just listed; of one
 * that reads the recording all there are, since its verdict may cite any. */
static void
mark_runs(struct prune_pass *pass)
{
	const struct seg *seg = &pass->en->segments[pass->segment];
	const struct prune_file *f;
	const struct run *run;
	size_t i;

	TAILQ_FOREACH (run, &pass->en->runs, entry) {
		if (run->seg != seg || run->first_file == 0)
			continue;
		for (i = 0; i < pass->nfiles; i++) {
			f = &pass->files[i];
			if (f->segment == seg->index &&
			    (run->is_reading || f->number >= run->first_file))
				add_mark(pass, PRUNE_IN_USE, f->name,
				    run->chain.run);
		}
	}
}

static void
on_file(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct prune_pass *pass = arg;
	struct seg_files_end end;
	struct seg_file f;

	(void)fd;
	if (m != NULL && m->type == ENGINE_CAPTURE_FILE) {
		seg_read_file(m, &f);
		add_file(pass, &f);
		return;
	}
	end.error[0] = '\0';
	if (m != NULL) {
		seg_read_files_end(m, &end);
		why = end.error;
	}
	/* What could not be listed does not go. */
	if (why[0] != '\0')
		log_warn("prune: segment %s: not looked at: %s",
		    pass->en->conf->segments[pass->segment].name, why);
	mark_runs(pass);
	pass->segment++;
	list_next(pass);
}

static void
list_next(struct prune_pass *pass)
{
	struct seg *seg;

	for (; pass->segment < pass->en->conf->nsegments; pass->segment++) {
		seg = &pass->en->segments[pass->segment];
		if (seg->capture == NULL)
			continue;
		seg_ask_files(seg, CAPTURE_LIST, 1, on_file, pass);
		return;
	}
	ask_store(pass);
}

void
prune_gather(struct prune_pass *pass)
{
	pass->held = json_object();
	pass->wait = evtimer_new(pass->en->base, on_wait, pass);
	if (pass->wait == NULL)
		fatal("prune: cannot make a timer");
	list_next(pass);
}
