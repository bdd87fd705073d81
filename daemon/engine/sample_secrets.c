/*
 * sample_secrets: the marks of two samples' default secrets, one after the
 * other.
 */
#include "daemon/engine/sample_secrets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/peer.h"
#include "daemon/engine/device.h"
#include "daemon/engine/orders.h"
#include "daemon/engine/requests.h"
#include "daemon/shared/wire.h"

#define LIMIT_MS 15000 /* for the warden to answer: its own is shorter */
#define SECRETS_MAX \
	64 /* of both samples: each is a process beside the warden */

struct asking {
	struct engine *en;
	json_t *list; /* file is in a row until it is answered */
	size_t at;    /* of which row an answer is awaited */
	uint8_t nonce[WIRE_NONCE_SIZE];
	sample_secrets_on_marks *on_marks;
	void *arg;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- which there are ---- */

/* The device that a sample is at this bench; NULL. */
static const struct device *
device_of(const struct engine *en, const char *sample)
{
	const struct device *d;

	TAILQ_FOREACH (d, &en->devices, entry)
		if (strcmp(text_of(json_object_get(d->value, "sample"), "name"),
			sample) == 0)
			return d;
	return NULL;
}

static int
add_sample(
    const struct engine *en, const char *sample, json_t *list, struct err *e)
{
	const struct device *d = device_of(en, sample);
	const char *serial = text_of(
	    json_object_get(orders_samples(en->orders), sample), "serial");
	const struct profile_rows *rows;
	const char *const *cells;
	size_t i;

	if (d == NULL || serial[0] == '\0')
		return err_set(e, "no device is sample \"%s\"", sample);
	rows = &d->profile->tables[PROFILE_DEFAULTS];
	for (i = 0; i < rows->n; i++) {
		cells = (const char *const *)rows->rows[i].cells;
		if (strcmp(cells[0], serial) == 0)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:s, s:s, s:n, s:n}",
				"sample", sample, "secret", cells[1], "account",
				cells[2], "file", cells[3], "mark", "why"));
	}
	return 0;
}

/* One file for both would be compared with itself. */
static bool
is_of_another(const struct asking *a, const json_t *row)
{
	const json_t *other;
	size_t i;

	json_array_foreach (a->list, i, other)
		if (strcmp(text_of(other, "sample"), text_of(row, "sample")) !=
			0 &&
		    json_equal(json_object_get(other, "file"),
			json_object_get(row, "file")))
			return true;
	return false;
}

/* ---- asked for ---- */

static void
end(struct asking *a, const char *error)
{
	json_t *row;
	size_t i;

	json_array_foreach (a->list, i, row)
		json_object_del(row, "file");
	if (error != NULL) {
		json_decref(a->list);
		a->list = NULL;
	}
	a->on_marks(a->arg, a->list, error);
	free(a);
}

static void on_mark(void *arg, struct msg_in *m, int fd, const char *why);

static void
ask(struct asking *a, const char *file)
{
	struct msg_out m;

	msg_start(&m, WARDEN_SECRET);
	msg_put_u32(&m,
	    requests_add(a->en->requests, ASKED_WARDEN, LIMIT_MS, on_mark, a));
	msg_put_string(&m, file);
	msg_put_bytes(&m, a->nonce, sizeof(a->nonce));
	peer_send(a->en->warden, &m, -1);
}

/* The next that can be compared; or the end. */
static void
ask_next(struct asking *a)
{
	json_t *row;

	for (; a->at < json_array_size(a->list); a->at++) {
		row = json_array_get(a->list, a->at);
		if (!is_of_another(a, row)) {
			ask(a, text_of(row, "file"));
			return;
		}
		json_object_set_new(row, "why",
		    json_string("one file is named for both samples"));
	}
	end(a, NULL);
}

static void
on_mark(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct asking *a = arg;
	json_t *row = json_array_get(a->list, a->at);
	char hex[2 * WIRE_MARK_SIZE + 1], text[512];
	const uint8_t *mark;
	size_t n;

	(void)fd;
	if (m == NULL) {
		end(a, why);
		return;
	}
	if (m->type == ENGINE_SECRET) {
		msg_get_bytes(m, &mark, &n);
		if (msg_end(m) == -1 || n != WIRE_MARK_SIZE)
			fatal("warden: malformed mark");
		hex_encode(mark, n, hex);
		json_object_set_new(row, "mark", json_string(hex));
	} else {
		if (msg_get_string(m, text, sizeof(text)) == -1 ||
		    msg_end(m) == -1)
			fatal("warden: malformed refusal");
		json_object_set_new(row, "why", json_string(text));
	}
	a->at++;
	ask_next(a);
}

/* NULL with *e. */
static json_t *
find(const struct engine *en, const char *a, const char *b, struct err *e)
{
	json_t *list = json_array();

	if (strcmp(a, b) == 0)
		err_set(e, "a sample is not compared with itself");
	else if (add_sample(en, a, list, e) == 0 &&
	    add_sample(en, b, list, e) == 0) {
		if (json_array_size(list) <= SECRETS_MAX)
			return list;
		err_set(e, "more than %d default secrets are declared",
		    SECRETS_MAX);
	}
	json_decref(list);
	return NULL;
}

int
sample_secrets_ask(struct engine *en, const char *a, const char *b,
    sample_secrets_on_marks *on_marks, void *arg, struct err *e)
{
	json_t *list = find(en, a, b, e);
	struct asking *asking;

	if (list == NULL)
		return -1;
	asking = xcalloc(1, sizeof(*asking));
	asking->en = en;
	asking->list = list;
	asking->on_marks = on_marks;
	asking->arg = arg;
	if (getrandom(asking->nonce, sizeof(asking->nonce), 0) !=
	    (ssize_t)sizeof(asking->nonce))
		fatal("getrandom: %s", strerror(errno));
	ask_next(asking);
	return 0;
}
