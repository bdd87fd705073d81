/*
 * warden_segments: each segment of the configuration, up or down.
 *
 * Down is a state like another: the reason is known, and it is tried again
 * every few seconds and whenever a link of the machine changes.
 */
#include "daemon/warden/warden_parts.h"

#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "base/log.h"
#include "daemon/warden/segment_guard.h"
#include "daemon/warden/warden_fence.h"
#include "daemon/warden/warden_policy.h"

#define RETRY_S 5

struct warden_segment *
warden_segment_of(struct warden_role *r)
{
	return &r->w->segments[r->segment];
}

static bool
has_processes(const struct warden_segment *s)
{
	return !warden_role_is_gone(&s->capture) ||
	    !warden_role_is_gone(&s->watch) ||
	    !warden_role_is_gone(&s->services);
}

static void
retry_later(struct warden_segment *s)
{
	static const struct timeval delay = { RETRY_S, 0 };

	if (s->w->stage == 0)
		evtimer_add(s->retry, &delay);
}

static void
set_down(struct warden_segment *s, const char *why)
{
	if (strcmp(s->why, why) == 0)
		return; /* it was said already */
	snprintf(s->why, sizeof(s->why), "%s", why);
	log_warn("segment %s: down: %s", s->conf->name, s->why);
	warden_tell_segment_down(s);
}

static void
on_monitor(evutil_socket_t fd, short what, void *arg)
{
	struct warden_segment *s = arg;

	(void)fd;
	(void)what;
	if (segment_is_alive(s->segment))
		return;
	event_del(s->monitor);
	warden_segment_stop(s, "the interface is gone");
}

/* A segment that cannot hold its workers to the device is not opened. */
static struct segment *
open_guarded(struct warden_segment *s, struct err *e)
{
	struct segment *segment =
	    segment_open(s->conf, s->w->interfaces_dir, e);

	if (segment == NULL)
		return NULL;
	memset(s->dut, 0, sizeof(s->dut));
	if (segment_guard_set(segment_netns(segment),
		segment_link(segment)->name,
		s->w->conf->uid_first + WARDEN_WORKER_UID, WARDEN_WORKERS_MAX,
		e) == -1) {
		segment_close(segment);
		return NULL;
	}
	return segment;
}

int
warden_segment_set_dut(
    struct warden_segment *s, const uint8_t mac[6], bool prints, struct err *e)
{
	static const uint8_t nobody[6];
	bool may;

	if (s->segment == NULL ||
	    (memcmp(s->dut, mac, 6) == 0 && s->dut_prints == prints))
		return 0; /* none of its workers can start, or it is so now */
	may = warden_policy_check_dut(s->conf, mac, e) == 0;
	memcpy(s->dut, nobody, 6);
	if (segment_guard_set_dut(segment_netns(s->segment), may ? mac : NULL,
		prints, may ? e : NULL) == -1)
		return -1;
	if (!may)
		return -1;
	memcpy(s->dut, mac, 6);
	s->dut_prints = prints;
	return 0;
}

static void
open_segment(struct warden_segment *s)
{
	struct err e;

	s->segment = open_guarded(s, &e);
	if (s->segment == NULL) {
		set_down(s, e.text);
		retry_later(s);
		return;
	}
	s->monitor = event_new(s->w->base, segment_monitor(s->segment),
	    EV_READ | EV_PERSIST, on_monitor, s);
	if (s->monitor == NULL)
		fatal("segment %s: cannot make an event", s->conf->name);
	event_add(s->monitor, NULL);
	s->why[0] = '\0';
	log_info("segment %s: up on %s", s->conf->name,
	    segment_link(s->segment)->name);
	warden_role_start(&s->capture);
	warden_role_start(&s->watch);
	warden_role_start(&s->services);
	warden_tell_segment_up(s);
}

void
warden_segment_try(struct warden_segment *s)
{
	if (s->w->stage != 0 || s->segment != NULL || has_processes(s))
		return;
	open_segment(s);
}

void
warden_segment_settle(struct warden_segment *s)
{
	if (s->why[0] == '\0' || s->segment == NULL || has_processes(s))
		return;
	event_free(s->monitor);
	s->monitor = NULL;
	warden_leases_forget(s->w, s->segment);
	segment_close(s->segment);
	s->segment = NULL;
	retry_later(s);
}

void
warden_segment_stop(struct warden_segment *s, const char *why)
{
	if (s->segment == NULL)
		return;
	set_down(s, why);
	warden_fence_shut(s);
	warden_role_stop(&s->watch);
	warden_role_stop(&s->services);
	warden_role_stop(&s->capture);
	warden_segment_settle(s);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	warden_segment_try(arg);
}

void
warden_segment_init(struct warden *w, uint32_t index)
{
	struct warden_segment *s = &w->segments[index];

	s->w = w;
	s->index = index;
	s->conf = &w->conf->segments[index];
	s->retry = evtimer_new(w->base, on_retry, s);
	if (s->retry == NULL)
		fatal("segment %s: cannot make a timer", s->conf->name);
	warden_role_init(w, &s->capture, ROLE_CAPTURE, index);
	warden_role_init(w, &s->watch, ROLE_WATCH, index);
	warden_role_init(w, &s->services, ROLE_SERVICES, index);
	warden_role_init(w, &s->uplink, ROLE_UPLINK, index);
}

void
warden_segment_free(struct warden_segment *s)
{
	warden_role_free(&s->capture);
	warden_role_free(&s->watch);
	warden_role_free(&s->services);
	warden_role_free(&s->uplink);
	if (s->monitor != NULL)
		event_free(s->monitor);
	if (s->retry != NULL)
		event_free(s->retry);
	segment_close(s->segment);
}
