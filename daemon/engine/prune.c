/*
 * prune: raw capture files go when assayd.yaml's limits ask for it and nothing
 * speaks for them; a signed tombstone of each stays.
 */
#include "daemon/engine/prune.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/prune_parts.h"
#include "daemon/shared/wire_frames.h"

#define EVERY_S 3600
#define FIRST_MS 500     /* for the captures to be there */
#define REPORT_MAX 20000 /* files told of */

struct asked { /* a look that waits for the one under way */
	STAILQ_ENTRY(asked) entry;
	bool is_dry;
	prune_on_report *on_report;
	void *arg;
};

struct prune {
	struct engine *en;
	struct event *timer;
	struct prune_pass *pass; /* NULL: none under way */
	STAILQ_HEAD(, asked) waiting;
	bool is_over; /* the engine ends */
	/* what the last look saw */
	uint64_t looked_ns, pruned; /* pruned: files, since the engine began */
	size_t nfiles;
	struct prune_sum sum;
	char error[256];
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval every = { EVERY_S, 0 };
	struct prune *p = arg;

	(void)fd;
	(void)what;
	evtimer_add(p->timer, &every);
	prune_ask(p, false, NULL, NULL);
}

struct prune *
prune_new(struct engine *en)
{
	struct prune *p = xcalloc(1, sizeof(*p));

	p->en = en;
	STAILQ_INIT(&p->waiting);
	p->timer = evtimer_new(en->base, on_timer, p);
	if (p->timer == NULL)
		fatal("prune: cannot make a timer");
	return p;
}

static void
free_pass(struct prune_pass *pass)
{
	if (pass == NULL)
		return;
	if (pass->wait != NULL)
		event_free(pass->wait);
	json_decref(pass->held);
	free(pass->files);
	free(pass->marks);
	free(pass->statement);
	free(pass);
}

void
prune_stop(struct prune *p)
{
	if (p != NULL)
		p->is_over = true;
}

void
prune_free(struct prune *p)
{
	struct asked *a;

	if (p == NULL)
		return;
	while ((a = STAILQ_FIRST(&p->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&p->waiting, entry);
		free(a);
	}
	free_pass(p->pass);
	event_free(p->timer);
	free(p);
}

void
prune_start(struct prune *p)
{
	static const struct timeval soon = { 0, FIRST_MS * 1000 };

	evtimer_add(p->timer, &soon);
}

/* ---- the report ---- */

static json_t *
report_files(const struct prune_pass *pass)
{
	json_t *list = json_array();
	const struct prune_file *f;
	size_t i;

	for (i = 0; i < pass->nfiles && i < REPORT_MAX; i++) {
		f = &pass->files[i];
		json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I,s:b,s:s,s:o}", "file", f->name,
			"size", (json_int_t)f->size, "time",
			(json_int_t)f->stamp_ns, "goes", (int)prune_goes(f),
			"why", prune_why_name(f->why), "by",
			f->by == 0 ? json_null()
				   : json_integer((json_int_t)f->by)));
	}
	return list;
}

static json_t *
number_or_null(uint64_t n)
{
	return n == 0 ? json_null() : json_integer((json_int_t)n);
}

static json_t *
report_of(const struct prune_pass *pass)
{
	const struct conf *c = pass->en->conf;
	json_t *o = json_object();

	json_object_set_new(o, "dry_run", json_boolean(pass->is_dry));
	json_object_set_new(o, "files", report_files(pass));
	json_object_set_new(
	    o, "bytes", json_integer((json_int_t)pass->sum.bytes));
	json_object_set_new(
	    o, "goes_bytes", json_integer((json_int_t)pass->sum.goes_bytes));
	json_object_set_new(
	    o, "over", json_integer((json_int_t)pass->sum.over));
	json_object_set_new(o, "after_s", number_or_null(c->prune_after_s));
	json_object_set_new(o, "disk", number_or_null(c->prune_disk_bytes));
	json_object_set_new(
	    o, "pruned", json_integer((json_int_t)pass->pruned));
	json_object_set_new(o, "stopped",
	    pass->error[0] != '\0'      ? json_quoted(pass->error)
		: pass->stopped != NULL ? json_string(pass->stopped)
					: json_null());
	return o;
}

json_t *
prune_status(const struct prune *p)
{
	const struct conf *c = p->en->conf;
	json_t *o = json_object();

	json_object_set_new(o, "files", json_integer((json_int_t)p->nfiles));
	json_object_set_new(o, "bytes", json_integer((json_int_t)p->sum.bytes));
	json_object_set_new(o, "after_s", number_or_null(c->prune_after_s));
	json_object_set_new(o, "disk", number_or_null(c->prune_disk_bytes));
	json_object_set_new(o, "over", json_integer((json_int_t)p->sum.over));
	json_object_set_new(o, "pruned", json_integer((json_int_t)p->pruned));
	json_object_set_new(o, "time",
	    p->looked_ns == 0 ? json_null()
			      : json_integer((json_int_t)p->looked_ns));
	json_object_set_new(o, "error", json_quoted(p->error));
	return o;
}

/* ---- one look ---- */

static void
begin(struct prune *p, const struct asked *a)
{
	struct prune_pass *pass = xcalloc(1, sizeof(*pass));

	pass->prune = p;
	pass->en = p->en;
	pass->is_dry = a->is_dry;
	pass->on_report = a->on_report;
	pass->arg = a->arg;
	p->pass = pass;
	prune_gather(pass);
}

static void
begin_next(struct prune *p)
{
	struct asked *a = STAILQ_FIRST(&p->waiting);

	if (p->pass != NULL || a == NULL || p->is_over)
		return;
	STAILQ_REMOVE_HEAD(&p->waiting, entry);
	begin(p, a);
	free(a);
}

static void
end_pass(struct prune_pass *pass, const char *why)
{
	struct prune *p = pass->prune;

	if (pass->on_report != NULL)
		pass->on_report(
		    pass->arg, why == NULL ? report_of(pass) : NULL, why);
	free_pass(pass);
	p->pass = NULL;
	malloc_trim(0); /* what a list of all files and verdicts took */
	begin_next(p);
}

void
prune_on_gathered(struct prune_pass *pass, const char *why)
{
	const struct conf *c = pass->en->conf;
	struct prune_limits limits;
	struct prune *p = pass->prune;

	if (why != NULL || p->is_over) {
		why = why == NULL ? "the daemon ends" : why;
		log_warn("prune: nothing goes: the store: %s", why);
		snprintf(p->error, sizeof(p->error), "the store: %s", why);
		end_pass(pass, why);
		return;
	}
	limits.after_s = c->prune_after_s;
	limits.disk_bytes = c->prune_disk_bytes;
	pass->sum = prune_plan(pass->files, pass->nfiles, pass->marks,
	    pass->nmarks, &limits, now_realtime_ns());
	if (pass->is_dry)
		prune_on_taken(pass);
	else
		prune_take(pass);
}

/* Never silent: the ceiling is passed, and nothing more may go. */
static void
say_over(const struct prune_pass *pass)
{
	if (pass->sum.over > 0)
		log_warn("prune: the captures are %llu bytes over their "
			 "ceiling (prune.disk), and what is left is cited, "
			 "held or in use",
		    (unsigned long long)pass->sum.over);
}

void
prune_on_taken(struct prune_pass *pass)
{
	struct prune *p = pass->prune;

	p->looked_ns = now_realtime_ns();
	p->sum = pass->sum;
	p->nfiles = pass->nfiles - pass->pruned;
	p->sum.bytes -= pass->pruned_bytes;
	p->pruned += pass->pruned;
	memcpy(p->error, pass->error, sizeof(p->error));
	say_over(pass);
	end_pass(pass, NULL);
}

void
prune_ask(struct prune *p, bool is_dry, prune_on_report *on_report, void *arg)
{
	struct asked *a = xcalloc(1, sizeof(*a));

	a->is_dry = is_dry;
	a->on_report = on_report;
	a->arg = arg;
	STAILQ_INSERT_TAIL(&p->waiting, a, entry);
	begin_next(p);
}

/* What was decided before no longer counts: it is looked at again. */
static void
stop_pass(struct prune *p, const char *why)
{
	if (p->pass == NULL)
		return;
	p->pass->stopped = why;
	prune_ask(p, false, NULL, NULL);
}

void
prune_on_hold(struct prune *p)
{
	stop_pass(p, "a hold was set meanwhile");
}

void
prune_on_reading(struct prune *p)
{
	stop_pass(p, "a run began to read the recording meanwhile");
}
