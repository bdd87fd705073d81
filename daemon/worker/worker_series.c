/*
 * worker_series: many exchanges with one port, as many at a time as the device
 * answers without getting slower.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"

/* What is no slowness: a signature takes longer than none, and the bench's own
 * timers are not exact. */
#define SLACK_NS UINT64_C(4000000)
/* Good answers in a row, for each that is under way, before one more is asked
 * at a time of a device that was slow once. */
#define TRUST 8

struct asking {
	struct assay_series *series;
	struct asking *next;
	uint32_t tag;
	bool is_beside; /* another was under way at some time */
	size_t n;
	uint8_t say[ASSAY_TALK_SAY_MAX];
};

struct assay_series {
	struct assay_job *job;
	struct assay_series_spec spec;
	struct assay_timer *begins; /* of the first, and of the end */
	struct asking *askings;     /* under way */
	struct asking *doubtful;    /* to be asked once more, alone */
	size_t under_way, at_once;
	uint64_t good; /* in a row */
	bool was_slow, is_stopped, has_ended;
	struct assay_series_stats stats;
};

static void fill(struct assay_series *s);

static void
take_out(struct assay_series *s, struct asking *a)
{
	struct asking **at;

	for (at = &s->askings; *at != a; at = &(*at)->next)
		;
	*at = a->next;
	s->under_way--;
}

static void
free_all(struct asking **list)
{
	struct asking *a;

	while ((a = *list) != NULL) {
		*list = a->next;
		free(a);
	}
}

/* ---- how many at a time ---- */

static void
slow_down(struct assay_series *s)
{
	s->good = 0;
	if (s->at_once > 1)
		s->stats.slowed++;
	s->was_slow = true;
	s->at_once = s->at_once > 2 ? s->at_once / 2 : 1;
}

static void
pace(struct assay_series *s, const struct assay_talked *t)
{
	struct assay_series_stats *stats = &s->stats;

	if (t->end != ASSAY_TALK_ANSWERED && t->end != ASSAY_TALK_CLOSED) {
		slow_down(s);
		return;
	}
	if (stats->fastest_ns == 0 || t->took_ns < stats->fastest_ns)
		stats->fastest_ns = t->took_ns;
	if (t->took_ns > 2 * stats->fastest_ns + SLACK_NS) {
		slow_down(s);
		return;
	}
	s->good++;
	if (s->was_slow && s->good < TRUST * s->at_once)
		return;
	s->good = 0;
	if (s->at_once < s->spec.most)
		s->at_once++;
}

/* ---- exchanges ---- */

static bool
is_enough(void *arg, const uint8_t *heard, size_t n)
{
	const struct asking *a = arg;
	const struct assay_series_spec *spec = &a->series->spec;

	return spec->talk.is_enough(spec->arg, heard, n);
}

/* A device of one session at a time turns others away without a word, which
 * says nothing of what they asked. */
static bool
is_doubtful(const struct asking *a, const struct assay_talked *talked)
{
	return a->is_beside && talked->nheard == 0 &&
	    (talked->end == ASSAY_TALK_CLOSED ||
		talked->end == ASSAY_TALK_REFUSED);
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct asking *a = arg;
	struct assay_series *s = a->series;
	const uint32_t tag = a->tag;

	take_out(s, a);
	if (is_doubtful(a, talked)) {
		slow_down(s);
		s->at_once = 1;
		a->next = s->doubtful;
		s->doubtful = a;
	} else {
		free(a);
		pace(s, talked);
		s->spec.on_talked(job, s->spec.arg, tag, talked);
	}
	fill(s);
}

static void
ask(struct assay_series *s, struct asking *a)
{
	struct assay_talk_spec talk = s->spec.talk;
	struct asking *other;

	a->is_beside = s->askings != NULL;
	for (other = s->askings; other != NULL; other = other->next)
		other->is_beside = true;
	a->next = s->askings;
	s->askings = a;
	s->under_way++;
	s->stats.exchanges++;
	if (s->under_way > s->stats.peak)
		s->stats.peak = s->under_way;
	talk.transport = ASSAY_TCP;
	talk.say = a->say;
	talk.nsay = a->n;
	if (talk.is_enough != NULL)
		talk.is_enough = is_enough;
	talk.on_end = on_talked;
	talk.arg = a;
	assay_talk(s->job, &talk);
}

/* The next question, or NULL: none for now. */
static struct asking *
new_asking(struct assay_series *s)
{
	struct asking *a = xcalloc(1, sizeof(*a));

	a->series = s;
	a->n = s->spec.next(s->job, s->spec.arg, a->say, &a->tag);
	if (a->n > 0)
		return a;
	free(a);
	return NULL;
}

static void
fill(struct assay_series *s)
{
	struct asking *a;

	/* Those in doubt have the device for themselves; a stop does not
	 * leave them out, since somebody waits for their answers. */
	while (s->under_way == 0 && (a = s->doubtful) != NULL) {
		s->doubtful = a->next;
		ask(s, a);
	}
	while (s->doubtful == NULL && !s->is_stopped &&
	    s->under_way < s->at_once && (a = new_asking(s)) != NULL)
		ask(s, a);
	if (s->under_way == 0 && !s->has_ended) {
		s->has_ended = true;
		assay_timer_set(s->begins, 0);
	}
}

static void
on_time(struct assay_job *job, void *arg)
{
	struct assay_series *s = arg;

	if (s->has_ended)
		s->spec.on_end(job, s->spec.arg);
	else
		fill(s);
}

struct assay_series *
assay_series_start(struct assay_job *job, const struct assay_series_spec *spec)
{
	struct assay_series *s = xcalloc(1, sizeof(*s));

	s->job = job;
	s->spec = *spec;
	if (s->spec.most > ASSAY_SERIES_MOST)
		s->spec.most = ASSAY_SERIES_MOST;
	s->at_once = 1;
	s->begins = assay_timer_new(job, on_time, s);
	assay_timer_set(s->begins, 0);
	return s;
}

void
assay_series_stop(struct assay_series *s)
{
	s->is_stopped = true;
}

void
assay_series_stats(
    const struct assay_series *s, struct assay_series_stats *stats)
{
	*stats = s->stats;
}

void
assay_series_free(struct assay_series *s)
{
	if (s == NULL)
		return;
	free_all(&s->askings);
	free_all(&s->doubtful);
	assay_timer_free(s->begins);
	free(s);
}
