/*
 * fuzz_worker_says: a message from any worker.  It is refused, or becomes
 * something that a record can hold; an observation can be told to a worker
 * again as it was said.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shared/wire.h"
#include "daemon/shared/worker_brief.h"
#include "daemon/shared/worker_says.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* It fits into a record, beside what else stands there. */
static void
check_recordable(const json_t *o)
{
	struct err e;
	size_t size;
	char *bytes = record_encode(o, &size, &e);

	require(bytes != NULL && size < RECORD_MAX - 2000);
	free(bytes);
}

static void
read_observation(struct msg_in *m)
{
	static struct msg_out out;
	struct said_observation o;
	const uint8_t *from = m->p;
	struct err e;

	if (worker_says_observation(m, &o) == -1)
		return;
	require(o.nframes <= SAID_FRAMES_MAX);
	check_recordable(o.json);
	if (o.id != 0) {
		require(worker_brief_recorded(&out, o.json, o.type, &e) == 0);
		/* id, then the field with its length: the same bytes again */
		require(out.size > 8 + strlen(o.field));
		require(memcmp(out.body, from, 8 + strlen(o.field)) == 0);
	}
	json_decref(o.json);
}

static void
read_control(struct msg_in *m)
{
	static struct msg_out out;
	struct said_control c;
	struct err e;
	json_t *o;

	if (worker_says_control(m, &c) == -1)
		return;
	o = said_control_json(&c);
	require(worker_brief_recorded_control(&out, o, &e) == 0);
	json_decref(o);
}

static void
read_verdict(struct msg_in *m)
{
	static const char claims[] =
	    "{\"claims\":[{\"check\":\"NET-01\",\"kind\":\"completeness\"},"
	    "{\"check\":7},{}]}";
	json_t *descriptor = json_loads(claims, 0, NULL), *o;
	struct said_verdict v;

	if (worker_says_verdict(m, &v) == 0) {
		require(v.nobservations <= SAID_CITED_MAX);
		require(v.said >= VERDICT_INFO && v.said <= VERDICT_FAIL);
		(void)said_verdict_is_claimed(&v, descriptor);
		o = said_verdict_json(&v);
		require(json_object_get(o, "subject") != NULL);
		json_decref(o);
		check_recordable(v.values);
		said_verdict_clear(&v);
	}
	json_decref(descriptor);
}

static void
read_rest(struct msg_in *m)
{
	struct said_progress progress;
	json_t *notes, *o;
	char line[512];

	switch (m->type) {
	case ENGINE_NOTE:
		notes = json_object();
		if (worker_says_note_into(m, notes) == 0)
			check_recordable(notes);
		json_decref(notes);
		break;
	case ENGINE_PROGRESS:
		(void)worker_says_progress(m, &progress);
		break;
	case ENGINE_DESCRIPTION:
		o = worker_says_description(m);
		json_decref(o);
		break;
	case ENGINE_SANDBOX:
		free(worker_says_sandbox(m));
		break;
	default:
		(void)worker_says_line(m, line);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_in m;

	if (msg_read(&m, data, size) == -1)
		return 0;
	if (m.type == ENGINE_OBSERVATION)
		read_observation(&m);
	else if (m.type == ENGINE_CONTROL)
		read_control(&m);
	else if (m.type == ENGINE_VERDICT)
		read_verdict(&m);
	else
		read_rest(&m);
	return 0;
}
