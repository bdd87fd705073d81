/*
 * action: something done to the device from outside, and seen to have worked.
 */
#include "daemon/engine/action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/run.h"
#include "daemon/shared/wire_frames.h"
#include "probes/probe.h"

#define EXERCISE_LIMIT_MS 1000
#define RETRY_MS 500

enum action_state {
	ACTION_DOING,
	ACTION_CHECKING,
	ACTION_ENDED
};

enum {
	WORD_ACTION,
	WORD_MANUAL,
	WORD_WAIT
};
static const char *const words[] = { "action", "manual", "wait" };

struct action {
	struct run *run;
	const struct profile_action *what;
	struct profile_action own; /* of a scenario's step: what, then */
	const char *word;
	enum action_state state;
	struct event *limit, *retry, *end;
	bool was_down; /* seen since it began */
	char code[32], text[256];
};

static void
end(struct action *a, const char *code, const char *text)
{
	static const struct timeval at_once;

	if (a->state == ACTION_ENDED)
		return;
	a->state = ACTION_ENDED;
	snprintf(a->code, sizeof(a->code), "%s", code);
	snprintf(a->text, sizeof(a->text), "%s", text);
	evtimer_del(a->limit);
	evtimer_del(a->retry);
	evtimer_add(a->end, &at_once);
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct action *a = arg;

	(void)fd;
	(void)what;
	run_on_action_end(a->run, a->code, a->text); /* frees a */
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct action *a = arg;

	(void)fd;
	(void)what;
	if (a->word == words[WORD_WAIT])
		end(a, "", "");
	else if (a->state == ACTION_CHECKING)
		end(a, "action_failed",
		    "the check did not see it work in time");
	else if (a->what->by == ACTION_BY_PERSON)
		end(a, "not_confirmed", "nobody confirmed in time");
	else
		end(a, "action_failed", "the hook did not end in time");
}

static void
check_again(struct action *a)
{
	static const struct timeval pause = { 0, RETRY_MS * 1000 };

	evtimer_add(a->retry, &pause);
}

static void
on_checked(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct action *a = arg;
	uint8_t good = 0;

	(void)fd;
	(void)why;
	if (m != NULL)
		msg_get_u8(m, &good);
	if (good)
		end(a, "", "");
	else
		check_again(a);
}

/* The device's own addresses may have changed: look them up each time. */
static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct action *a = arg;
	const struct participant *p =
	    seg_find(a->run->seg, a->run->device->mac);
	struct seg_exercise x;

	(void)fd;
	(void)what;
	if (a->state != ACTION_CHECKING)
		return;
	if (p == NULL || p->naddresses == 0 ||
	    (a->what->check == ACTION_CHECK_REBOOT && !a->was_down)) {
		check_again(a);
		return;
	}
	x.dut = a->run->device->id;
	x.family = p->addresses[0].family;
	x.addr = p->addresses[0].addr;
	x.port = a->what->check == ACTION_CHECK_TCP ? a->what->check_port : 0;
	x.limit_ms = EXERCISE_LIMIT_MS;
	seg_ask_exercise(a->run->seg, &x, on_checked, a);
}

static void
start_check(struct action *a)
{
	a->state = ACTION_CHECKING;
	on_retry(-1, 0, a);
}

static void
on_hook_done(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct action *a = arg;
	uint32_t status;
	uint8_t how;
	char text[200], output[4200], quoted[120];

	(void)fd;
	if (m == NULL) {
		end(a, "action_failed", why);
		return;
	}
	if (m->type == ENGINE_REFUSED) {
		msg_get_string(m, output, sizeof(output));
		end(a, "refused", output);
		return;
	}
	msg_get_u8(m, &how);
	msg_get_u32(m, &status);
	msg_get_string(m, output, sizeof(output));
	if (how == 0 && status == 0) {
		start_check(a);
		return;
	}
	snprintf(text, sizeof(text), "hook %s: %s %u: %s", a->what->hook,
	    how == 0       ? "exit status"
		: how == 1 ? "signal"
			   : "ended at its limit, status",
	    status, log_quote(output, strlen(output), quoted, sizeof(quoted)));
	end(a, "action_failed", text);
}

static void
start_hook(struct action *a)
{
	static struct msg_out m;

	msg_start(&m, WARDEN_HOOK);
	msg_put_u32(&m,
	    requests_add(a->run->engine->requests, ASKED_WARDEN,
		a->what->limit_ms + 5000, on_hook_done, a));
	msg_put_string(&m, a->what->hook);
	peer_send(a->run->engine->warden, &m, -1);
}

static void
prompt(struct action *a)
{
	json_t *o = json_pack("{s:I,s:i,s:s,s:s,s:I}", "run",
	    (json_int_t)a->run->chain.run, "step", (int)a->run->step + 1,
	    "action", a->what->name, "prompt", a->what->prompt, "limit_ms",
	    (json_int_t)a->what->limit_ms);

	run_event(a->run, a->word, "prompt", a->what->prompt, 0,
	    json_pack("{s:s,s:I}", "action", a->what->name, "limit_ms",
		(json_int_t)a->what->limit_ms));
	control_publish_word(
	    a->run->engine->control, "prompt", a->run->chain.run, o);
	json_decref(o);
}

static struct action *
make(struct run *run, const char *word, uint32_t limit_ms)
{
	struct action *a = xcalloc(1, sizeof(*a));
	struct timeval tv = { limit_ms / 1000, limit_ms % 1000 * 1000 };

	a->run = run;
	a->word = word;
	a->limit = evtimer_new(run->engine->base, on_limit, a);
	a->retry = evtimer_new(run->engine->base, on_retry, a);
	a->end = evtimer_new(run->engine->base, on_end, a);
	if (a->limit == NULL || a->retry == NULL || a->end == NULL)
		fatal("action: cannot make timers");
	evtimer_add(a->limit, &tv);
	return a;
}

struct action *
action_new(struct run *run, const struct profile_action *what)
{
	struct action *a = make(run, words[WORD_ACTION], what->limit_ms);

	a->what = what;
	if (what->by == ACTION_BY_HOOK)
		start_hook(a);
	else
		prompt(a);
	return a;
}

struct action *
action_new_step(struct run *run, const struct step *step)
{
	static char name[] = "by hand";
	struct action *a;

	if (step->kind == STEP_WAIT) {
		a = make(run, words[WORD_WAIT], step->wait_ms);
		run_event(run, a->word, "begin", "", 0,
		    json_pack("{s:I}", "limit_ms", (json_int_t)step->wait_ms));
		return a;
	}
	a = make(run, words[WORD_MANUAL], step->limit_ms);
	a->own.name = name;
	a->own.by = ACTION_BY_PERSON;
	a->own.prompt = step->prompt;
	a->own.limit_ms = step->limit_ms;
	a->what = &a->own;
	prompt(a);
	return a;
}

const char *
action_word(const struct action *a)
{
	return a->word;
}

bool
action_is_word(const char *what)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], what) == 0)
			return true;
	return false;
}

void
action_free(struct action *a)
{
	if (a == NULL)
		return;
	requests_forget(a->run->engine->requests, a);
	event_free(a->limit);
	event_free(a->retry);
	event_free(a->end);
	free(a);
}

int
action_confirm(struct action *a, bool done, const char *note)
{
	if (a->what == NULL || a->what->by != ACTION_BY_PERSON ||
	    a->state != ACTION_DOING)
		return -1;
	if (done && a->word == words[WORD_MANUAL])
		end(a, "", ""); /* the device may well be off now */
	else if (done)
		start_check(a);
	else
		end(a, "not_confirmed",
		    note[0] == '\0' ? "it was not done" : note);
	return 0;
}

void
action_on_health(struct action *a, uint8_t health)
{
	if (health == ASSAY_DOWN || health == ASSAY_REBOOTED ||
	    health == ASSAY_LINK_LOST)
		a->was_down = true;
}

void
action_cancel(struct action *a)
{
	end(a, "cancelled", "");
}
