/*
 * warden_impostor: the calls of a segment's device, lent to one worker.
 *
 * One at a time: two jobs that took them would each believe that the device
 * does not call.  They go back with the process that has them, however it ends,
 * and with the namespace if we end.
 */
#include "daemon/warden/warden_impostor.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "probes/probe.h"

/* Every name there is leads here while somebody answers. */
void
warden_impostor_greet_services(struct warden_segment *s)
{
	struct msg_out m;

	if (s->services.peer == NULL)
		return;
	msg_start(&m, SERVICES_CATCH);
	msg_put_u8(&m, s->impostor ? 1 : 0);
	peer_send(s->services.peer, &m, -1);
}

static int
check(const struct warden_segment *s, struct err *e)
{
	static const uint8_t nobody[6];

	if (s->impostor)
		return err_set(e,
		    "segment %s: another job answers the device's calls",
		    s->conf->name);
	if (s->fence != NULL)
		return err_set(e,
		    "segment %s: a way out is open: its calls are not ours",
		    s->conf->name);
	if (memcmp(s->dut, nobody, 6) == 0)
		return err_set(
		    e, "segment %s: whose calls are they?", s->conf->name);
	return 0;
}

int
warden_impostor_begin(struct warden *w, const struct warden_worker_spec *spec,
    struct impostor_way *way, struct err *e)
{
	struct warden_segment *s;
	char *keys;
	int r;

	way->listener = -1;
	way->authority = -1;
	if ((spec->needs & ASSAY_NEED_CALLS) == 0)
		return 0;
	if (spec->segment == WIRE_NO_SEGMENT)
		return err_set(e, "a device's calls without a segment");
	s = &w->segments[spec->segment];
	if (check(s, e) == -1)
		return -1;
	keys = xasprintf("%s/keys", w->conf->state_dir);
	r = impostor_way_open(way, segment_netns(s->segment),
	    segment_link(s->segment)->name, s->dut, keys, e);
	free(keys);
	if (r == -1)
		return -1;
	s->impostor = true;
	warden_impostor_greet_services(s);
	return 0;
}

void
warden_impostor_end(struct warden *w, uint32_t segment)
{
	struct warden_segment *s = &w->segments[segment];
	struct err e;

	if (!s->impostor)
		return;
	s->impostor = false;
	if (s->segment != NULL &&
	    impostor_way_shut(segment_netns(s->segment), &e) == -1)
		log_warn("segment %s: the device's calls are not given back: "
			 "%s",
		    s->conf->name, e.text);
	warden_impostor_greet_services(s);
}
