/*
 * journal: gives every record its number, its place in its run's chain and
 * its canonical bytes, has it stored, and only when it is durable shows it.
 */
#include "daemon/engine/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/store/store.h"

struct journal {
	struct store *store;
	char bench[64];
	struct journal_hooks hooks;
	void *arg;
	uint64_t last;
	char manifest[SHA256_HEX_SIZE];
	char signer[SHA256_HEX_SIZE]; /* key id; "": none */
};

/* One record between store_append and its answer. */
struct pending {
	struct journal *journal;
	uint64_t run;
	char sha256[SHA256_HEX_SIZE];
	char manifest_before[SHA256_HEX_SIZE]; /* of a manifest */
	json_t *record;
};

uint64_t
now_realtime_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t
now_monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct journal *
journal_new(struct store *store, const char *bench,
    const struct journal_hooks *hooks, void *arg)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->store = store;
	snprintf(j->bench, sizeof(j->bench), "%s", bench);
	j->hooks = *hooks;
	j->arg = arg;
	return j;
}

void
journal_free(struct journal *j)
{
	free(j);
}

void
journal_resume(struct journal *j, uint64_t last_seq, const char *manifest)
{
	if (last_seq < j->last)
		return; /* read before what it has numbered meanwhile */
	j->last = last_seq;
	snprintf(j->manifest, sizeof(j->manifest), "%s", manifest);
}

static void
on_durable(void *arg, uint64_t seq, const char *error)
{
	struct pending *p = arg;
	struct journal *j = p->journal;

	if (error == NULL) {
		j->hooks.on_record(j->arg, seq, p->run, p->sha256, p->record);
	} else {
		log_error("record %llu: not stored: %s",
		    (unsigned long long)seq, error);
		if (strcmp(j->manifest, p->sha256) == 0)
			memcpy(j->manifest, p->manifest_before,
			    sizeof(j->manifest));
		j->hooks.on_refused(j->arg, p->run, error);
	}
	json_decref(p->record);
	free(p);
}

/* Fields every record has; what the type does not say is null. */
static void
complete(const struct journal *j, const struct chain *c, enum record_type type,
    uint64_t seq, json_t *o)
{
	static const char *const nullable[] = { "order", "product", "sample",
		"state", "firmware", "mode", "step", "job", "repeat" };
	size_t i;

	json_object_set_new(o, "v", json_integer(RECORD_FORMAT));
	json_object_set_new(o, "type", json_string(record_type_name(type)));
	json_object_set_new(o, "bench", json_string(j->bench));
	json_object_set_new(o, "seq", json_integer((json_int_t)seq));
	json_object_set_new(
	    o, "time", json_integer((json_int_t)now_realtime_ns()));
	json_object_set_new(
	    o, "run", json_integer((json_int_t)(c->run == 0 ? seq : c->run)));
	json_object_set_new(
	    o, "prev", c->prev[0] == '\0' ? json_null() : json_string(c->prev));
	if (c->common != NULL)
		json_object_update_missing(o, c->common);
	if (type == RECORD_JOB)
		json_object_set_new(o, "job", json_integer((json_int_t)seq));
	for (i = 0; i < sizeof(nullable) / sizeof(nullable[0]); i++)
		if (json_object_get(o, nullable[i]) == NULL)
			json_object_set_new(o, nullable[i], json_null());
}

uint64_t
journal_add(
    struct journal *j, struct chain *c, enum record_type type, json_t *fields)
{
	struct pending *p;
	struct err e;
	uint64_t seq;
	size_t size;
	char *bytes;

	if (fields == NULL)
		fatal("journal: a %s record without fields",
		    record_type_name(type));
	if (c->broken) {
		json_decref(fields);
		return 0;
	}
	seq = j->last + 1;
	complete(j, c, type, seq, fields);
	bytes = record_encode(fields, &size, &e);
	if (bytes == NULL) {
		log_error("record: %s: %s", record_type_name(type), e.text);
		json_decref(fields);
		return 0;
	}
	j->last = seq;
	p = xcalloc(1, sizeof(*p));
	p->journal = j;
	p->run = c->run == 0 ? seq : c->run;
	p->record = fields;
	sha256_hex(bytes, size, p->sha256);
	c->run = p->run;
	c->records++;
	memcpy(c->prev, p->sha256, sizeof(c->prev));
	if (type == RECORD_MANIFEST) {
		memcpy(p->manifest_before, j->manifest, sizeof(j->manifest));
		memcpy(j->manifest, p->sha256, sizeof(j->manifest));
	}
	store_append(j->store, seq, bytes, size, on_durable, p);
	free(bytes);
	return seq;
}

uint64_t
journal_close(struct journal *j, struct chain *c, json_t *fields)
{
	json_object_set_new(fields, "head", json_string(c->prev));
	json_object_set_new(
	    fields, "records", json_integer((json_int_t)c->records));
	json_object_set_new(fields, "prev_manifest",
	    j->manifest[0] == '\0' ? json_null() : json_string(j->manifest));
	json_object_set_new(fields, "signer",
	    j->signer[0] == '\0' ? json_null() : json_string(j->signer));
	return journal_add(j, c, RECORD_MANIFEST, fields);
}

uint64_t
journal_last(const struct journal *j)
{
	return j->last;
}

const char *
journal_manifest(const struct journal *j)
{
	return j->manifest;
}

void
journal_set_signer(struct journal *j, const char *key)
{
	snprintf(j->signer, sizeof(j->signer), "%s", key);
}

const char *
journal_bench(const struct journal *j)
{
	return j->bench;
}
