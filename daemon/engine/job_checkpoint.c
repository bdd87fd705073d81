/*
 * job_checkpoint: what a job has settled, kept for the next one of its key.
 *
 * The store keeps the newest of each key, and gives up what is over 30 days
 * old.  A worker may say a new one as often as it likes: the disk sees one in
 * two seconds, and the last.
 */
#include "daemon/engine/job_checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/job.h"
#include "probes/probe.h"
#include "records/record.h"

#define EVERY_NS UINT64_C(2000000000)
#define KEPT_NS UINT64_C(2592000000000000) /* 30 days */

/* A question to the store outlives the job that asked. */
struct ask {
	struct job *job; /* NULL: it is gone */
	void (*then)(void *job);
};

struct job_checkpoint {
	char key[SHA256_HEX_SIZE]; /* "": it has none */
	struct ask *ask;           /* NULL: not asked, or answered */
	/* what an earlier job left */
	uint64_t run; /* 0: nothing */
	uint8_t resumed[ASSAY_CHECKPOINT_MAX];
	size_t nresumed;
	/* what this one has said */
	uint8_t newest[ASSAY_CHECKPOINT_MAX];
	size_t nnewest;
	bool is_new, is_over; /* not stored yet; nothing is left to do */
	uint64_t stored_ns;
};

/* ---- the key ---- */

static json_t *
params_of(const struct job *job)
{
	json_t *params = json_object();
	size_t i;

	for (i = 0; i < job->step->nparams; i++)
		json_object_set_new(params, job->step->params[i].name,
		    json_quoted(job->step->params[i].value));
	return params;
}

static void
make_key(const struct job *job, char key[SHA256_HEX_SIZE])
{
	const struct device *d = job->run->device;
	json_t *o = json_object();
	struct err e;
	char mac[18], *text;
	size_t size;

	json_object_set(o, "common", job->run->chain.common);
	json_object_set_new(o, "device", json_string(d->name));
	json_object_set_new(o, "mac", json_string(mac_text(d->mac, mac)));
	json_object_set(o, "profile", json_object_get(d->value, "profile"));
	json_object_set(o, "probe", json_object_get(job->descriptor, "name"));
	json_object_set(
	    o, "method", json_object_get(job->descriptor, "method"));
	json_object_set_new(o, "params", params_of(job));
	text = record_encode(o, &size, &e);
	key[0] = '\0';
	if (text != NULL)
		sha256_hex(text, size, key);
	free(text);
	json_decref(o);
}

void
job_checkpoint_begin(struct job *job)
{
	job->checkpoint = xcalloc(1, sizeof(*job->checkpoint));
	make_key(job, job->checkpoint->key);
}

void
job_checkpoint_free(struct job *job)
{
	if (job->checkpoint->ask != NULL)
		job->checkpoint->ask->job = NULL;
	free(job->checkpoint);
	job->checkpoint = NULL;
}

/* ---- what an earlier job left ---- */

static void
take_row(struct job_checkpoint *c, const json_t *row)
{
	const char *hex = json_string_value(json_object_get(row, "bytes"));
	json_int_t run = json_integer_value(json_object_get(row, "run"));
	size_t n = hex == NULL ? 0 : strlen(hex) / 2;

	if (run <= 0 || n == 0 || n > sizeof(c->resumed) ||
	    hex_decode(hex, c->resumed, n) == -1)
		return;
	c->nresumed = n;
	c->run = (uint64_t)run;
}

static void
on_row(void *arg, const json_t *row, const char *error)
{
	struct ask *ask = arg;
	struct job *job = ask->job;

	if (row != NULL) {
		if (job != NULL)
			take_row(job->checkpoint, row);
		return;
	}
	if (job != NULL) {
		if (error != NULL)
			log_warn("checkpoint: %s: it begins anew", error);
		job->checkpoint->ask = NULL;
		ask->then(job);
	}
	free(ask);
}

void
job_checkpoint_ask(struct job *job, void (*then)(void *job))
{
	struct job_checkpoint *c = job->checkpoint;
	uint64_t now = now_realtime_ns();
	json_t *args;

	if (!job->step->resume || c->key[0] == '\0') {
		then(job);
		return;
	}
	c->ask = xcalloc(1, sizeof(*c->ask));
	c->ask->job = job;
	c->ask->then = then;
	args = json_pack("{s:s,s:I}", "key", c->key, "since",
	    (json_int_t)(now < KEPT_NS ? 0 : now - KEPT_NS));
	store_query(job->engine->store, "checkpoint", args, on_row, c->ask);
	json_decref(args);
}

void
job_checkpoint_send(struct job *job)
{
	const struct job_checkpoint *c = job->checkpoint;
	static struct msg_out m;

	if (c->run == 0)
		return;
	msg_start(&m, WORKER_RESUMED);
	msg_put_u64(&m, c->run);
	msg_put_bytes(&m, c->resumed, c->nresumed);
	peer_send(job->peer, &m, -1);
}

void
job_checkpoint_tell(const struct job *job, json_t *record)
{
	const struct job_checkpoint *c = job->checkpoint;
	char hex[SHA256_HEX_SIZE];

	if (c->run == 0)
		return;
	json_object_set_new(record, "resumed",
	    json_pack("{s:I,s:s}", "run", (json_int_t)c->run, "sha256",
		sha256_hex(c->resumed, c->nresumed, hex)));
}

/* ---- what this one leaves ---- */

static void
on_kept(void *arg, uint64_t seq, const char *error)
{
	(void)arg;
	(void)seq;
	if (error != NULL)
		log_warn("checkpoint: %s: the next job begins anew", error);
}

static void
keep(struct job *job)
{
	struct job_checkpoint *c = job->checkpoint;
	char *hex = xcalloc(c->nnewest * 2 + 1, 1);
	json_t *value;

	value = json_pack("{s:s,s:I,s:s}", "key", c->key, "run",
	    (json_int_t)job->run->chain.run, "bytes",
	    hex_encode(c->newest, c->nnewest, hex));
	store_add(job->engine->store, "checkpoint", value, on_kept, NULL);
	json_decref(value);
	free(hex);
	c->is_new = false;
	c->stored_ns = now_monotonic_ns();
}

int
job_checkpoint_read(struct job *job, struct msg_in *m)
{
	struct job_checkpoint *c = job->checkpoint;
	const uint8_t *p;
	size_t n;

	if (msg_get_bytes(m, &p, &n) == -1 || msg_end(m) == -1 ||
	    n > sizeof(c->newest))
		return -1;
	c->is_over = n == 0;
	if (n == 0 || c->key[0] == '\0')
		return 0;
	memcpy(c->newest, p, n);
	c->nnewest = n;
	c->is_new = true;
	if (now_monotonic_ns() - c->stored_ns >= EVERY_NS)
		keep(job);
	return 0;
}

void
job_checkpoint_end(struct job *job, bool good)
{
	struct job_checkpoint *c = job->checkpoint;
	json_t *value;

	if (c->is_over && good && c->key[0] != '\0') {
		value = json_pack("{s:s}", "key", c->key);
		store_add(job->engine->store, "checkpoint_over", value, on_kept,
		    NULL);
		json_decref(value);
	} else if (c->is_new) {
		keep(job);
	}
}
