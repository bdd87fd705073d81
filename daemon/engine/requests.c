/*
 * requests: questions the engine has asked of other processes.
 */
#include "daemon/engine/requests.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"

struct request {
	struct requests *owner;
	uint32_t id, group;
	struct event *limit;
	request_answer *on_answer;
	void *arg;
};

struct requests {
	struct event_base *base;
	uint32_t last_id;
	struct request **open; /* in the order they were asked */
	size_t nopen;
};

struct requests *
requests_new(struct event_base *base)
{
	struct requests *r = xcalloc(1, sizeof(*r));

	r->base = base;
	return r;
}

static void
destroy(struct request *q)
{
	event_free(q->limit);
	free(q);
}

static void
release_at(struct requests *r, size_t i)
{
	destroy(r->open[i]);
	r->nopen--;
	memmove(
	    &r->open[i], &r->open[i + 1], (r->nopen - i) * sizeof(r->open[0]));
}

static void
release(struct request *q)
{
	struct requests *r = q->owner;
	size_t i;

	for (i = 0; i < r->nopen; i++)
		if (r->open[i] == q)
			break;
	if (i == r->nopen)
		fatal("requests: one is not open");
	release_at(r, i);
}

void
requests_free(struct requests *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->nopen; i++)
		destroy(r->open[i]);
	free(r->open);
	free(r);
}

static void
end_without_answer(struct request *q, const char *why)
{
	request_answer *on_answer = q->on_answer;
	void *arg = q->arg;

	release(q);
	on_answer(arg, NULL, -1, why);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_without_answer(arg, "no answer in time");
}

uint32_t
requests_add(struct requests *r, uint32_t group, uint32_t limit_ms,
    request_answer *on_answer, void *arg)
{
	struct request *q = xcalloc(1, sizeof(*q));
	struct timeval tv;

	q->owner = r;
	q->id = ++r->last_id;
	q->group = group;
	q->on_answer = on_answer;
	q->arg = arg;
	q->limit = evtimer_new(r->base, on_limit, q);
	if (q->limit == NULL)
		fatal("requests: cannot make a timer");
	tv.tv_sec = limit_ms / 1000;
	tv.tv_usec = limit_ms % 1000 * 1000;
	evtimer_add(q->limit, &tv);
	r->open = xrealloc(r->open, r->nopen + 1, sizeof(r->open[0]));
	r->open[r->nopen++] = q;
	return q->id;
}

static struct request *
find(struct requests *r, uint32_t id)
{
	size_t i;

	for (i = 0; i < r->nopen; i++)
		if (r->open[i]->id == id)
			return r->open[i];
	return NULL;
}

int
requests_answer(
    struct requests *r, uint32_t id, struct msg_in *m, int fd, bool last)
{
	struct request *q = find(r, id);
	request_answer *on_answer;
	void *arg;

	if (q == NULL)
		return -1;
	on_answer = q->on_answer;
	arg = q->arg;
	if (last)
		release(q);
	on_answer(arg, m, fd, NULL);
	return 0;
}

/* The first that was asked of group no later than `last`, or NULL. */
static struct request *
first_of_group(const struct requests *r, uint32_t group, uint32_t last)
{
	size_t i;

	for (i = 0; i < r->nopen; i++)
		if (r->open[i]->group == group && r->open[i]->id <= last)
			return r->open[i];
	return NULL;
}

void
requests_fail_group(struct requests *r, uint32_t group, const char *why)
{
	/* A callback may ask anew: that is of the new life. */
	uint32_t last = r->last_id;
	struct request *q;

	while ((q = first_of_group(r, group, last)) != NULL)
		end_without_answer(q, why);
}

void
requests_forget(struct requests *r, const void *arg)
{
	size_t i;

	for (i = r->nopen; i-- > 0;)
		if (r->open[i]->arg == arg)
			release_at(r, i);
}
