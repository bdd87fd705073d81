/*
 * run_canary: as a run begins, proof that nothing gets out of its segment and
 * nothing of the machine's comes in.
 *
 * Outwards the kernel is asked (watch_canary); inwards it is tried: the watch
 * listens, the warden sends, the watch says what came.  The watch goes on
 * listening, so what comes late voids the isolation, too.
 */
#include "daemon/engine/run_canary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/shared/canary.h"
#include "daemon/shared/wire_frames.h"

#define SENT_LIMIT_MS 5000

struct run_canary {
	uint8_t nonce[CANARY_NONCE];
	bool is_good;
	json_t *facts;
	char bad[256]; /* the first bad fact */
};

static void
add_fact(struct run_canary *c, const char *name, const char *value, bool good)
{
	json_array_append_new(c->facts,
	    json_pack("{s:s,s:o,s:b}", "name", name, "value",
		json_quoted(value), "good", (int)good));
	if (good)
		return;
	c->is_good = false;
	if (c->bad[0] == '\0')
		snprintf(c->bad, sizeof(c->bad), "%.80s: %.160s", name, value);
}

/* m: NULL: no answer came, and why. */
static void
read_facts(struct run_canary *c, struct msg_in *m, const char *why)
{
	char name[64], value[256];
	uint8_t good = 0, expected;
	uint16_t n = 0;

	if (m == NULL) {
		c->is_good = false;
		if (c->bad[0] == '\0')
			snprintf(c->bad, sizeof(c->bad), "%s", why);
		return;
	}
	msg_get_u8(m, &good);
	msg_get_u16(m, &n);
	while (n-- > 0 && !m->bad) {
		msg_get_string(m, name, sizeof(name));
		msg_get_string(m, value, sizeof(value));
		msg_get_u8(m, &expected);
		add_fact(c, name, value, expected != 0);
	}
	if (msg_end(m) == -1)
		fatal("watch: malformed canary");
	c->is_good = c->is_good && good != 0;
}

static void
finish(struct run *run)
{
	struct run_canary *c = run->canary;
	json_t *o = json_object();

	/* A stranger that was heard before stays heard. */
	run->isolated = c->is_good && run->foreign[0] == '\0';
	json_object_set_new(o, "good", json_boolean(c->is_good));
	json_object_set(o, "facts", c->facts);
	journal_add(run->engine->journal, &run->chain, RECORD_CANARY, o);
	run_on_canary(run, c->is_good ? NULL : c->bad);
}

static void
on_inward(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;

	(void)fd;
	read_facts(run->canary, m, why);
	finish(run);
}

/* True: *names has what the warden said; else the reason why not. */
static bool
read_sent(struct msg_in *m, const char *why, char *text, size_t size)
{
	uint16_t sent;

	if (m == NULL) {
		snprintf(text, size, "%s", why);
		return false;
	}
	if (m->type == ENGINE_REFUSED) {
		msg_get_string(m, text, size);
		return false;
	}
	msg_get_u16(m, &sent);
	msg_get_string(m, text, size);
	if (msg_end(m) == -1)
		fatal("warden: malformed canary");
	return true;
}

static void
on_sent(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;
	char text[160];

	(void)fd;
	if (read_sent(m, why, text, sizeof(text))) {
		seg_ask_inward(run->seg, text, on_inward, run);
		return;
	}
	add_fact(run->canary, "inward", text, false);
	finish(run);
}

static void
on_sent_again(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;
	char text[160];

	(void)fd;
	if (read_sent(m, why, text, sizeof(text))) {
		run_event(run, "canary", "sent", text, 0, NULL);
		return;
	}
	run_event(run, "canary", "not_sent", text, 0, NULL);
	run->isolated = false;
}

static void
send_inward(struct run *run, request_answer *on_answer)
{
	static struct msg_out m;

	msg_start(&m, WARDEN_CANARY);
	msg_put_u32(&m,
	    requests_add(run->engine->requests, ASKED_WARDEN, SENT_LIMIT_MS,
		on_answer, run));
	msg_put_bytes(&m, run->canary->nonce, CANARY_NONCE);
	peer_send(run->engine->warden, &m, -1);
}

static void
on_outward(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;

	(void)fd;
	read_facts(run->canary, m, why);
	if (run->canary->is_good)
		send_inward(run, on_sent);
	else
		finish(run);
}

void
run_canary_begin(struct run *run)
{
	struct run_canary *c;

	run_canary_free(run);
	c = run->canary = xcalloc(1, sizeof(*c));
	c->is_good = true;
	c->facts = json_array();
	if (getrandom(c->nonce, sizeof(c->nonce), 0) !=
	    (ssize_t)sizeof(c->nonce))
		fatal("getrandom: %s", strerror(errno));
	seg_ask_canary(run->seg, run->scenario->mode == MODE_CLOUD, c->nonce,
	    on_outward, run);
}

void
run_canary_again(struct run *run)
{
	if (run->canary != NULL && run->state > RUN_CANARY &&
	    run->state < RUN_SEALING)
		send_inward(run, on_sent_again);
}

void
run_canary_free(struct run *run)
{
	if (run->canary == NULL)
		return;
	json_decref(run->canary->facts);
	free(run->canary);
	run->canary = NULL;
}
