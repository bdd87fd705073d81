/*
 * watch_exercise: control exchanges: does this MAC answer for this address?
 *
 * The hard truth: a control that is wrongly good makes a false pass.  When in
 * doubt (an answer stamped before the question, another MAC) it is not good.
 */
#include "daemon/watch/watch_exercise.h"

#include <string.h>

static void
ask(struct watch_exercises *t, struct watch_exercise *x, uint64_t now_ns)
{
	if (x->sent++ == 0)
		x->seq = t->seq++;
	x->last_ns = now_ns;
	(void)watch_link_ask(t->link, x->family, x->addr, x->mac);
	(void)watch_link_ping(t->link, x->family, x->addr, x->mac, x->seq);
}

/* Takes x out of the table, then tells. */
static void
finish(struct watch_exercises *t, struct watch_exercise *x, bool good,
    uint64_t rtt_ns, uint64_t stamp_ns, const char *how)
{
	struct watch_exercise done = *x;

	*x = t->all[--t->n];
	t->on_done(t->arg, &done, good, rtt_ns, stamp_ns, how);
}

void
watch_exercises_begin(struct watch_exercises *t, const struct watch_exercise *x,
    uint32_t limit_ms, uint64_t now_ns)
{
	struct watch_exercise *mine;

	if (t->n == WATCH_EXERCISES_MAX) {
		t->on_done(t->arg, x, false, 0, now_ns, "too many");
		return;
	}
	if (watch_link_source(t->link, x->family, x->addr) == NULL) {
		t->on_done(t->arg, x, false, 0, now_ns, "no source address");
		return;
	}
	if (limit_ms > WATCH_EXERCISE_LIMIT_MS_MAX)
		limit_ms = WATCH_EXERCISE_LIMIT_MS_MAX;
	mine = &t->all[t->n++];
	*mine = *x;
	mine->sent = 0;
	mine->first_ns = now_ns;
	mine->until_ns = now_ns + (uint64_t)limit_ms * 1000000;
	ask(t, mine, now_ns);
}

static bool
is_answer_to(const struct watch_exercise *x, const struct watch_sight *s,
    uint64_t stamp_ns)
{
	if (s->family != x->family ||
	    memcmp(s->addr, x->addr, watch_addr_size(x->family)) != 0 ||
	    stamp_ns < x->first_ns || stamp_ns > x->until_ns)
		return false;
	return strcmp(s->how, "echo") != 0 || s->seq == x->seq;
}

void
watch_exercises_on_answer(
    struct watch_exercises *t, const struct watch_sight *s, uint64_t stamp_ns)
{
	struct watch_exercise *x;
	size_t i;

	/* From the end: a finished one's place is taken by the last. */
	for (i = t->n; i-- > 0;) {
		x = &t->all[i];
		if (!is_answer_to(x, s, stamp_ns))
			continue;
		if (memcmp(s->mac, x->mac, 6) != 0)
			finish(t, x, false, 0, stamp_ns, "other mac");
		else
			finish(t, x, true, stamp_ns - x->first_ns, stamp_ns,
			    s->how);
	}
}

void
watch_exercises_on_time(struct watch_exercises *t, uint64_t now_ns)
{
	struct watch_exercise *x;
	size_t i;

	for (i = t->n; i-- > 0;) {
		x = &t->all[i];
		/* now < first: the clock was set back; its answers could not
		 * be told from older ones. */
		if (now_ns >= x->until_ns + WATCH_EXERCISE_LATE_NS ||
		    now_ns < x->first_ns)
			finish(t, x, false, 0, now_ns, "silent");
		else if (now_ns < x->until_ns &&
		    now_ns - x->last_ns >= WATCH_EXERCISE_AGAIN_NS)
			ask(t, x, now_ns);
	}
}

void
watch_exercises_forget(struct watch_exercises *t, uint32_t dut, uint64_t now_ns)
{
	size_t i;

	for (i = t->n; i-- > 0;)
		if (t->all[i].dut == dut)
			finish(t, &t->all[i], false, 0, now_ns, "forgotten");
}

void
watch_exercises_forget_all(struct watch_exercises *t)
{
	t->n = 0;
}
