/*
 * worker_says: what a worker says, read into plain structs.
 */
#include "daemon/shared/worker_says.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "probes/probe.h"

#define VALUES_MAX 16 /* of one verdict */
/* Bytes of JSON, so that a record always holds what it must. */
#define OBSERVATION_BYTES 36000
#define VALUES_BYTES 12000 /* of one verdict */
#define SANDBOX_BYTES 2000

const char *
claim_kind_name(uint8_t kind)
{
	static const char *const names[] = {
		[ASSAY_COMPLETENESS] = "completeness",
		[ASSAY_SUFFICIENCY] = "sufficiency",
		[ASSAY_BEHAVIOUR] = "behaviour",
	};

	return kind < ASSAY_COMPLETENESS || kind > ASSAY_BEHAVIOUR
	    ? "unknown"
	    : names[kind];
}

static bool
is_longer(const json_t *o, size_t bytes)
{
	return json_dumpb(o, NULL, 0, JSON_COMPACT) > bytes;
}

/* A record shows a text quoted; where that is not what was said, its bytes
 * stand beside it, so that it can be judged again. */
static json_t *
raw_json(const uint8_t *p, size_t n, const json_t *shown)
{
	const char *text = json_string_value(shown);
	json_t *raw;
	char *hex;

	if (strlen(text) == n && memcmp(text, p, n) == 0)
		return NULL;
	hex = xcalloc(2 * n + 1, 1);
	raw = json_stringn(hex_encode(p, n, hex), 2 * n);
	free(hex);
	return raw;
}

static json_t *
observation_json(const struct said_observation *o, json_t *value, json_t *raw)
{
	json_t *json = json_object(), *frames = json_array();
	unsigned i;

	for (i = 0; i < o->nframes; i++)
		json_array_append_new(frames, wire_frames_json(&o->frames[i]));
	json_object_set_new(json, "id", json_integer(o->id));
	json_object_set_new(json, "field", json_string(o->field));
	json_object_set_new(json, "subject", wire_subject_json(&o->subject));
	json_object_set_new(json, "value", value);
	json_object_set_new(json, "frames", frames);
	if (raw != NULL)
		json_object_set_new(json, "raw", raw);
	return json;
}

int
worker_says_observation(struct msg_in *m, struct said_observation *o)
{
	json_t *value, *raw = NULL;
	const uint8_t *from;
	unsigned i;

	memset(o, 0, sizeof(*o));
	msg_get_u32(m, &o->id);
	msg_get_string(m, o->field, sizeof(o->field));
	wire_get_subject(m, &o->subject);
	from = m->p;
	value = wire_get_value(m, &o->type);
	if (json_is_string(value)) { /* behind its type and length */
		from += 5;
		raw = raw_json(from, (size_t)(m->p - from), value);
	}
	msg_get_u8(m, &o->nframes);
	if (o->nframes > SAID_FRAMES_MAX)
		m->bad = true;
	for (i = 0; i < o->nframes && !m->bad; i++)
		wire_get_frames(m, &o->frames[i]);
	if (msg_end(m) == -1) {
		json_decref(value);
		json_decref(raw);
		return -1;
	}
	o->json = observation_json(o, value, raw);
	/* A name that is no UTF-8 is left out of an object. */
	if (!is_longer(o->json, OBSERVATION_BYTES) &&
	    json_object_get(o->json, "field") != NULL)
		return 0;
	json_decref(o->json);
	o->json = NULL;
	return -1;
}

int
worker_says_control(struct msg_in *m, struct said_control *c)
{
	uint8_t good;

	msg_get_u8(m, &c->phase);
	msg_get_u8(m, &good);
	msg_get_u32(m, &c->observation);
	c->good = good != 0;
	return msg_end(m) == -1 || c->phase < ASSAY_BEFORE ||
		c->phase > ASSAY_AFTER
	    ? -1
	    : 0;
}

int
worker_says_note(struct msg_in *m, struct said_note *n)
{
	msg_get_string(m, n->name, sizeof(n->name));
	n->value = wire_get_value(m, NULL);
	if (msg_end(m) == 0)
		return 0;
	json_decref(n->value);
	n->value = NULL;
	return -1;
}

int
worker_says_note_into(struct msg_in *m, json_t *notes)
{
	struct said_note n;

	if (worker_says_note(m, &n) == -1)
		return -1;
	if (json_object_size(notes) == SAID_NOTES_MAX &&
	    json_object_get(notes, n.name) == NULL) {
		json_decref(n.value);
		return -1;
	}
	/* Takes the value over, also when the name is no UTF-8. */
	if (json_object_set_new(notes, n.name, n.value) == -1)
		return -1;
	return is_longer(notes, SAID_NOTES_BYTES) ? -1 : 0;
}

int
worker_says_progress(struct msg_in *m, struct said_progress *p)
{
	msg_get_u64(m, &p->done);
	msg_get_u64(m, &p->total);
	msg_get_string(m, p->what, sizeof(p->what));
	return msg_end(m) == -1 || p->done > INT64_MAX || p->total > INT64_MAX
	    ? -1
	    : 0;
}

static void
read_values(struct msg_in *m, json_t *values)
{
	char name[64];
	json_t *value;
	uint8_t n;

	msg_get_u8(m, &n);
	if (n > VALUES_MAX)
		m->bad = true;
	while (n-- > 0 && !m->bad) {
		msg_get_string(m, name, sizeof(name));
		value = wire_get_value(m, NULL);
		if (value == NULL ||
		    json_object_set_new(values, name, value) == -1)
			m->bad = true;
	}
	if (is_longer(values, VALUES_BYTES))
		m->bad = true;
}

static void
read_cited(struct msg_in *m, struct said_verdict *v)
{
	uint16_t n;

	msg_get_u16(m, &n);
	if (n > SAID_CITED_MAX)
		m->bad = true;
	if (m->bad)
		return;
	v->observations = xcalloc(n, sizeof(*v->observations));
	while (n-- > 0)
		msg_get_u32(m, &v->observations[v->nobservations++]);
}

void
said_verdict_clear(struct said_verdict *v)
{
	json_decref(v->values);
	free(v->observations);
	memset(v, 0, sizeof(*v));
}

int
worker_says_verdict(struct msg_in *m, struct said_verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->values = json_object();
	msg_get_string(m, v->check, sizeof(v->check));
	msg_get_u8(m, &v->kind);
	msg_get_u8(m, &v->said);
	wire_get_subject(m, &v->subject);
	msg_get_string(m, v->reason, sizeof(v->reason));
	read_values(m, v->values);
	read_cited(m, v);
	if (msg_end(m) == 0 && v->said >= VERDICT_INFO &&
	    v->said <= VERDICT_FAIL)
		return 0;
	said_verdict_clear(v);
	return -1;
}

int
worker_says_line(struct msg_in *m, char line[512])
{
	msg_get_string(m, line, 512);
	return msg_end(m);
}

char *
worker_says_sandbox(struct msg_in *m)
{
	char *text = msg_dup_string(m);

	if (msg_end(m) == 0 && strlen(text) <= SANDBOX_BYTES)
		return text;
	free(text);
	return NULL;
}

json_t *
worker_says_description(struct msg_in *m)
{
	char *text = msg_dup_string(m);
	json_t *o = NULL;

	if (msg_end(m) == 0)
		o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return o;
}

json_t *
said_verdict_json(const struct said_verdict *v)
{
	json_t *o = json_object(), *cited = json_array();
	size_t i;

	for (i = 0; i < v->nobservations; i++)
		json_array_append_new(cited, json_integer(v->observations[i]));
	json_object_set_new(o, "check", json_string(v->check));
	json_object_set_new(o, "claim", json_string(claim_kind_name(v->kind)));
	json_object_set_new(o, "verdict", json_string(verdict_name(v->said)));
	json_object_set_new(o, "subject", wire_subject_json(&v->subject));
	json_object_set_new(o, "reason", json_string(v->reason));
	json_object_set_new(o, "values", json_deep_copy(v->values));
	json_object_set_new(o, "observations", cited);
	return o;
}

json_t *
said_control_json(const struct said_control *c)
{
	return json_pack("{s:i,s:b,s:I}", "phase", (int)c->phase, "good",
	    (int)c->good, "observation", (json_int_t)c->observation);
}

const json_t *
descriptor_row(const json_t *descriptor, const char *table, const char *key,
    const char *name)
{
	const json_t *rows = json_object_get(descriptor, table), *row;
	const char *s;
	size_t i;

	json_array_foreach (rows, i, row) {
		s = json_string_value(json_object_get(row, key));
		if (s != NULL && strcmp(s, name) == 0)
			return row;
	}
	return NULL;
}

bool
said_verdict_is_claimed(const struct said_verdict *v, const json_t *descriptor)
{
	const json_t *rows = json_object_get(descriptor, "claims"), *row;
	const char *check, *kind;
	size_t i;

	json_array_foreach (rows, i, row) {
		check = json_string_value(json_object_get(row, "check"));
		kind = json_string_value(json_object_get(row, "kind"));
		if (check != NULL && kind != NULL &&
		    strcmp(check, v->check) == 0 &&
		    strcmp(kind, claim_kind_name(v->kind)) == 0)
			return true;
	}
	return false;
}
