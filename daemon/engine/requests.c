/*
 * requests: questions the engine has asked of other processes.
 */
#include "daemon/engine/requests.h"

#include <stdlib.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"

struct request {
	TAILQ_ENTRY(request) entry;
	struct requests *owner;
	uint32_t id, group;
	struct event *limit;
	request_answer *on_answer;
	void *arg;
};

struct requests {
	struct event_base *base;
	uint32_t last_id;
	TAILQ_HEAD(request_list, request) open;
};

struct requests *
requests_new(struct event_base *base)
{
	struct requests *r = xcalloc(1, sizeof(*r));

	r->base = base;
	TAILQ_INIT(&r->open);
	return r;
}

static void
release(struct request *q)
{
	TAILQ_REMOVE(&q->owner->open, q, entry);
	event_free(q->limit);
	free(q);
}

void
requests_free(struct requests *r)
{
	struct request *q;

	if (r == NULL)
		return;
	for (q = TAILQ_FIRST(&r->open); q != NULL; q = TAILQ_FIRST(&r->open))
		release(q);
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
	TAILQ_INSERT_TAIL(&r->open, q, entry);
	return q->id;
}

static struct request *
find(struct requests *r, uint32_t id)
{
	struct request *q;

	TAILQ_FOREACH(q, &r->open, entry)
		if (q->id == id)
			return q;
	return NULL;
}

int
requests_answer(struct requests *r, uint32_t id, struct msg_in *m, int fd,
    bool last)
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

void
requests_fail_group(struct requests *r, uint32_t group, const char *why)
{
	struct request *q;

	/* A callback may ask anew; what is asked now is not of the old life,
	 * and stands behind the last one there is. */
	uint32_t last = r->last_id;

	for (;;) {
		TAILQ_FOREACH(q, &r->open, entry)
			if (q->group == group && q->id <= last)
				break;
		if (q == NULL)
			return;
		end_without_answer(q, why);
	}
}

void
requests_forget(struct requests *r, const void *arg)
{
	struct request *q, *next;

	for (q = TAILQ_FIRST(&r->open); q != NULL; q = next) {
		next = TAILQ_NEXT(q, entry);
		if (q->arg == arg)
			release(q);
	}
}
