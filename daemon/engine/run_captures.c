/*
 * run_captures: the capture files of a run, which hold the run alone.
 */
#include "daemon/engine/run_captures.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "daemon/engine/engine_segment.h"

#define FILES_MAX 150   /* of which a manifest has room to tell */
#define CLOSE_TRIES 240 /* turns: longer than a capture is ever away */

/* ---- the beginning ---- */

static void
on_opened(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;
	struct seg_files_end end;

	(void)fd;
	if (m == NULL) {
		run_on_captures_open(run, why);
		return;
	}
	seg_read_files_end(m, &end);
	run->first_file = end.current;
	run_event(run, "capture", "begun", "", 0,
	    json_pack("{s:I}", "value", (json_int_t)end.current));
	run_on_captures_open(run, NULL);
}

void
run_captures_open(struct run *run)
{
	seg_ask_files(run->seg, CAPTURE_SEAL, 0, on_opened, run);
}

void
run_captures_restore(struct run *run, const json_t *event)
{
	json_int_t n = json_integer_value(
	    json_object_get(json_object_get(event, "values"), "value"));

	/* The first: later ones are of the same run, taken up again. */
	if (run->first_file == 0 && n > 0 && n <= UINT32_MAX)
		run->first_file = (uint32_t)n;
}

/* ---- the end ---- */

static json_t *
count(uint64_t n)
{
	return n > INT64_MAX ? json_null() : json_integer((json_int_t)n);
}

static json_t *
file_entry(const struct seg *seg, const struct seg_file *f)
{
	char hex[SHA256_HEX_SIZE];
	json_t *o = json_object();

	json_object_set_new(o, "segment", json_string(seg->conf->name));
	json_object_set_new(o, "file", json_string(f->name));
	json_object_set_new(o, "size", count(f->size));
	json_object_set_new(o, "sha256",
	    f->has_sha256 ? json_string(hex_encode(f->sha256, SHA256_SIZE, hex))
			  : json_null());
	json_object_set_new(o, "frames", count(f->frames));
	json_object_set_new(o, "dropped", count(f->dropped));
	if (f->state != CAPTURE_FILE_FINISHED)
		json_object_set_new(o, "cut", json_true());
	return o;
}

static void
add_file(struct run *run, const struct seg_file *f)
{
	if (json_array_size(run->captures) < FILES_MAX)
		json_array_append_new(run->captures, file_entry(run->seg, f));
	else
		run->captures_omitted++;
}

/* No capture says what it has: what was begun is named, and no more. */
static void
name_files(struct run *run)
{
	struct seg_file f;
	uint32_t n, last = run->seg->newest_file;

	if (last < run->first_file)
		last = run->first_file; /* a new engine has heard of none */
	for (n = run->first_file; n <= last; n++) {
		memset(&f, 0, sizeof(f));
		f.number = n;
		f.state = CAPTURE_FILE_CUT;
		f.size = f.frames = f.dropped = UINT64_MAX;
		segment_capture_name(n, f.name);
		add_file(run, &f);
	}
}

static void
start_anew(struct run *run)
{
	json_array_clear(run->captures);
	run->captures_omitted = 0;
}

static void
give_up(struct run *run, const char *why)
{
	start_anew(run);
	name_files(run);
	log_warn("run %llu: its capture files are not sealed: %s",
	    (unsigned long long)run->chain.run, why);
	run_event(run, "capture", "not_sealed", why, 0, NULL);
	run_on_captures_closed(run);
}

static void
on_closed(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;
	struct seg_files_end end;
	struct seg_file f;

	(void)fd;
	if (m != NULL && m->type == ENGINE_CAPTURE_FILE) {
		seg_read_file(m, &f);
		add_file(run, &f);
	} else if (m != NULL) {
		seg_read_files_end(m, &end);
		if (end.error[0] == '\0')
			run_on_captures_closed(run);
		else
			give_up(run, end.error);
	} else if (run->seg->up && ++run->close_tries < CLOSE_TRIES) {
		run_wait_a_turn(run); /* its successor knows the files */
	} else {
		give_up(run, why);
	}
}

void
run_captures_close(struct run *run)
{
	if (run->captures == NULL)
		run->captures = json_array();
	start_anew(run);
	seg_ask_files(run->seg, CAPTURE_SEAL, run->first_file, on_closed, run);
}

json_t *
run_captures_take(struct run *run, unsigned *omitted)
{
	json_t *captures = run->captures;

	run->captures = NULL;
	*omitted = run->captures_omitted;
	return captures == NULL ? json_array() : captures;
}
