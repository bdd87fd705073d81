/*
 * store_fill: many more runs like one that was really made, through the real
 * store process.
 *
 *   store_fill ASSAYD STATE_DIR RUN RUNS VERDICTS CAPTURE_MB
 *
 * The records of run RUN are written again, RUNS times, as a daemon would have
 * written them: numbered on, chained, each run with VERDICTS verdicts (those
 * of RUN, one after the other, each of a port of its own) and a manifest that
 * names CAPTURE_MB of captures, which lie there without taking disk.  The
 * daemon must not run meanwhile.  Prints the number of the last run.
 */
#include <inttypes.h>
#include <time.h>

#include "tests/bench/store_process.h"

#define PENDING 1024 /* unanswered at most */
#define CAPTURE_FILES 4

struct fill {
	struct store_process store;
	const char *state_dir;
	json_t *template; /* the records of the run, in order */
	json_t *numbers;  /* {old number: new one} of the run being written */
	uint64_t seq, run, verdicts, capture_bytes;
	char prev[SHA256_HEX_SIZE], prev_manifest[SHA256_HEX_SIZE];
	int64_t time;
	bool is_asked;
};

static void
note_error(struct fill *f, const char *error)
{
	if (error != NULL && f->store.error[0] == '\0')
		snprintf(f->store.error, sizeof(f->store.error), "%s", error);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- what is there ---- */

static void
on_record(void *arg, const json_t *row, const char *error)
{
	struct fill *f = arg;

	if (row != NULL)
		json_array_append(f->template, json_object_get(row, "record"));
	else
		f->is_asked = true;
	note_error(f, error);
}

static void
on_last(void *arg, const json_t *row, const char *error)
{
	struct fill *f = arg;

	if (row != NULL) {
		f->seq =
		    (uint64_t)json_integer_value(json_object_get(row, "seq"));
		snprintf(f->prev_manifest, sizeof(f->prev_manifest), "%s",
		    text_of(row, "manifest"));
	} else {
		f->is_asked = true;
	}
	note_error(f, error);
}

static void
ask_store(struct fill *f, const char *query, json_t *args, store_on_row *on_row)
{
	f->is_asked = false;
	store_query(f->store.store, query, args, on_row, f);
	while (!f->is_asked && f->store.error[0] == '\0')
		event_base_loop(f->store.loop, EVLOOP_ONCE);
	json_decref(args);
}

/* ---- what is written ---- */

static void
on_durable(void *arg, uint64_t seq, const char *error)
{
	(void)seq;
	note_error(arg, error);
}

static void
append(struct fill *f, const json_t *o)
{
	struct err e;
	size_t size;
	char *bytes = record_encode(o, &size, &e);

	if (bytes == NULL)
		fatal("record: %s", e.text);
	sha256_hex(bytes, size, f->prev);
	store_append(f->store.store, f->seq, bytes, size, on_durable, f);
	free(bytes);
	while (store_pending(f->store.store) >= PENDING &&
	    f->store.error[0] == '\0')
		event_base_loop(f->store.loop, EVLOOP_ONCE);
}

/* A number of the template's run as the one that stands for it. */
static void
renumber(struct fill *f, json_t *o, const char *key)
{
	char old[24];
	const json_t *number = json_object_get(o, key);

	snprintf(
	    old, sizeof(old), "%" PRId64, (int64_t)json_integer_value(number));
	if (json_is_integer(number))
		json_object_set(o, key, json_object_get(f->numbers, old));
}

/* Next in the chain, whatever else it says. */
static json_t *
next_like(struct fill *f, const json_t *like)
{
	bool is_first = strcmp(text_of(like, "type"), "run") == 0;
	json_t *o = json_deep_copy(like);
	char old[24];

	f->seq++;
	if (is_first) {
		f->run = f->seq;
		json_object_clear(f->numbers);
	}
	snprintf(old, sizeof(old), "%" PRId64,
	    (int64_t)json_integer_value(json_object_get(like, "seq")));
	json_object_set_new(f->numbers, old, json_integer((json_int_t)f->seq));
	renumber(f, o, "job");
	json_object_set_new(o, "seq", json_integer((json_int_t)f->seq));
	json_object_set_new(o, "run", json_integer((json_int_t)f->run));
	json_object_set_new(o, "time", json_integer(f->time += 1000));
	json_object_set_new(
	    o, "prev", is_first ? json_null() : json_string(f->prev));
	return o;
}

static void
make_capture(struct fill *f, const char *segment, const char *file)
{
	char *path =
	    xasprintf("%s/captures/%s/%s", f->state_dir, segment, file);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1 ||
	    ftruncate(fd, (off_t)(f->capture_bytes / CAPTURE_FILES)) == -1)
		fatal("%s: %s", path, strerror(errno));
	close(fd);
	free(path);
}

static json_t *
captures_of(struct fill *f, const json_t *like)
{
	const json_t *first =
	    json_array_get(json_object_get(like, "captures"), 0);
	json_t *list = json_array(), *o;
	char file[32];
	unsigned i;

	for (i = 0; f->capture_bytes > 0 && i < CAPTURE_FILES; i++) {
		snprintf(file, sizeof(file), "%06u.pcapng", 900000 + i);
		make_capture(f, text_of(first, "segment"), file);
		o = json_deep_copy(first);
		json_object_set_new(o, "file", json_string(file));
		json_object_set_new(o, "size",
		    json_integer(
			(json_int_t)(f->capture_bytes / CAPTURE_FILES)));
		json_array_append_new(list, o);
	}
	return list;
}

static void
end_run(struct fill *f, const json_t *like)
{
	char head[SHA256_HEX_SIZE];
	json_t *o;

	memcpy(head, f->prev, sizeof(head));
	o = next_like(f, like);
	json_object_set_new(o, "head", json_string(head));
	json_object_set_new(
	    o, "records", json_integer((json_int_t)(f->seq - f->run)));
	json_object_set_new(o, "prev_manifest",
	    f->prev_manifest[0] == '\0' ? json_null()
					: json_string(f->prev_manifest));
	json_object_set_new(o, "captures", captures_of(f, like));
	append(f, o);
	memcpy(f->prev_manifest, f->prev, sizeof(f->prev));
	json_decref(o);
}

/* Another port each time: otherwise all would say the same. */
static void
append_verdict(struct fill *f, const json_t *like, uint64_t number)
{
	json_t *o = next_like(f, like),
	       *subject = json_object_get(o, "subject");

	json_object_set_new(
	    subject, "port", json_integer(1 + (json_int_t)number % 65535));
	append(f, o);
	json_decref(o);
}

static void
write_run(struct fill *f)
{
	const json_t *like;
	uint64_t said = 0, kinds = 0, of_this, i;
	size_t at;

	json_array_foreach (f->template, at, like)
		kinds += strcmp(text_of(like, "type"), "verdict") == 0;
	json_array_foreach (f->template, at, like) {
		if (strcmp(text_of(like, "type"), "verdict") == 0) {
			of_this = f->verdicts - said;
			if (kinds > 1)
				of_this /= kinds--;
			for (i = 0; i < of_this; i++)
				append_verdict(f, like, said++);
		} else if (strcmp(text_of(like, "type"), "manifest") == 0) {
			end_run(f, like);
		} else {
			json_t *o = next_like(f, like);

			append(f, o);
			json_decref(o);
		}
	}
}

int
main(int argc, char **argv)
{
	struct fill f = { .template = json_array(), .numbers = json_object() };
	struct timespec now;
	uint64_t runs, i;

	if (argc != 7) {
		fprintf(stderr,
		    "usage: store_fill ASSAYD STATE_DIR RUN RUNS VERDICTS "
		    "CAPTURE_MB\n");
		return 64;
	}
	f.state_dir = argv[2];
	runs = strtoull(argv[4], NULL, 10);
	f.verdicts = strtoull(argv[5], NULL, 10);
	f.capture_bytes = strtoull(argv[6], NULL, 10) << 20;
	clock_gettime(CLOCK_REALTIME, &now);
	f.time = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	store_process_start(&f.store, argv[1], f.state_dir);
	ask_store(&f, "records",
	    json_pack("{s:I}", "run", (json_int_t)strtoull(argv[3], NULL, 10)),
	    on_record);
	ask_store(&f, "last", NULL, on_last);
	if (json_array_size(f.template) == 0)
		note_error(&f, "there is no such run");
	for (i = 0; i < runs && f.store.error[0] == '\0'; i++)
		write_run(&f);
	while (store_pending(f.store.store) > 0 && f.store.error[0] == '\0')
		event_base_loop(f.store.loop, EVLOOP_ONCE);
	store_process_stop(&f.store);
	json_decref(f.template);
	json_decref(f.numbers);
	if (f.store.error[0] != '\0') {
		fprintf(stderr, "store_fill: %s\n", f.store.error);
		return 1;
	}
	printf("%" PRIu64 "\n", f.run);
	return 0;
}
