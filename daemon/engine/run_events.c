/*
 * run_events: what happens on the segment while a run is under way.
 *
 * Each becomes an event record, so that a reader of the run sees what the
 * bench saw, and is told to the job and the action under way.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "daemon/engine/action.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/job.h"
#include "daemon/engine/run.h"
#include "daemon/engine/run_canary.h"
#include "daemon/engine/run_rest.h"
#include "daemon/shared/wire_frames.h"
#include "probes/probe.h"

#define CONFLICTS_TOLD 16 /* of a job */
#define EVENTS_MAX 2000   /* of one run: a flapping device fills no disk */

static bool
is_under_way(const struct run *run)
{
	return run->state != RUN_QUEUED && run->state != RUN_ENDED;
}

/* What happened counts for the job and the action whether or not there is
 * still room to write it down.  values is taken over. */
void
run_note(struct run *run, const char *what, const char *code,
    const char *detail, uint64_t stamp, json_t *values)
{
	if (run->events < EVENTS_MAX) {
		run->events++;
		run_event(run, what, code, detail, stamp, values);
		return;
	}
	json_decref(values);
	if (run->events++ == EVENTS_MAX)
		run_event(run, "run", "too_many_events",
		    "later ones count, but are not recorded", 0, NULL);
}

void
run_on_health(struct run *run, uint32_t dut, uint8_t health, uint64_t stamp,
    uint64_t rtt, const char *detail)
{
	static const char *const names[] = {
		[ASSAY_UP] = "up",
		[ASSAY_SLOW] = "slow",
		[ASSAY_DOWN] = "down",
		[ASSAY_REBOOTED] = "rebooted",
		[ASSAY_ADDRESS_CHANGED] = "address_changed",
		[ASSAY_LINK_LOST] = "link_lost",
	};

	if (dut != run->device->id || !is_under_way(run))
		return;
	run_note(run, "health", names[health], detail, stamp,
	    json_pack("{s:I}", "rtt_ns", (json_int_t)rtt));
	if (health == ASSAY_REBOOTED)
		run_rest_on_reboot(run, stamp);
	if (run->job != NULL)
		job_on_health(run->job, health);
	if (run->action != NULL)
		action_on_health(run->action, health);
}

void
run_on_link(struct run *run, bool up, uint64_t stamp)
{
	if (!is_under_way(run))
		return;
	run_note(run, "link", up ? "up" : "down", "", stamp, NULL);
	if (up)
		run_canary_again(run);
	if (!up && run->job != NULL)
		job_on_health(run->job, ASSAY_LINK_LOST);
	if (!up && run->action != NULL)
		action_on_health(run->action, ASSAY_LINK_LOST);
}

void
run_tell_participants(struct run *run)
{
	const struct conf_participant *known;
	const struct participant *p;
	json_t *addresses;
	char text[46];
	unsigned i, k;

	for (i = 0; i < run->seg->nparticipants; i++) {
		p = &run->seg->participants[i];
		known = conf_participant(run->seg->conf, p->mac);
		addresses = json_array();
		for (k = 0; k < p->naddresses; k++)
			json_array_append_new(addresses,
			    json_string(address_text(p->addresses[k].family,
				p->addresses[k].addr, text)));
		run_note(run, "participant", "present",
		    known == NULL ? "" : known->name, 0,
		    json_pack("{s:s,s:s,s:o}", "mac", mac_text(p->mac, text),
			"role", seg_role(run->seg, p->mac), "addrs",
			addresses));
	}
}

void
run_on_address(struct run *run, const uint8_t mac[6], uint8_t family,
    const uint8_t *addr, const char *how, bool is_new)
{
	char mac_t[18], addr_t[46];
	unsigned i;

	if (!is_under_way(run))
		return;
	run_note(run, "participant", is_new ? "address" : "address_gone", how,
	    0,
	    json_pack("{s:s,s:s,s:s}", "mac", mac_text(mac, mac_t), "addr",
		address_text(family, addr, addr_t), "role",
		seg_role(run->seg, mac)));
	if (is_new || run->job == NULL || memcmp(mac, run->device->mac, 6) != 0)
		return;
	for (i = 0; i < run->job->ntargets; i++)
		if (run->job->targets[i].family == family &&
		    memcmp(run->job->targets[i].addr, addr, 16) == 0)
			job_on_health(run->job, ASSAY_ADDRESS_CHANGED);
}

void
run_on_pool_conflict(
    struct run *run, const uint8_t mac[6], uint8_t family, const uint8_t *addr)
{
	char mac_t[18], addr_t[46];

	if (!is_under_way(run))
		return;
	if (run->job != NULL)
		job_note_conflict(run->job, family, addr);
	/* One device may answer for all: the job's notes have the number. */
	if (run->job != NULL && run->job->conflicts > CONFLICTS_TOLD)
		return;
	run_note(run, "participant", "pool_conflict",
	    "an address lent to a job", 0,
	    json_pack("{s:s,s:s}", "mac", mac_text(mac, mac_t), "addr",
		address_text(family, addr, addr_t)));
}

void
run_on_foreign(struct run *run, const char *what, const uint8_t mac[6])
{
	char mac_t[18];

	if (!is_under_way(run))
		return;
	run_note(run, "foreign", "isolation_void", what, 0,
	    json_pack("{s:s,s:s}", "mac", mac_text(mac, mac_t), "what", what));
	run->isolated = false;
	snprintf(run->foreign, sizeof(run->foreign), "%s", what);
}

void
run_on_capture_event(
    struct run *run, uint8_t event, uint64_t value, const char *detail)
{
	static const char *const names[] = {
		[CAPTURE_ROTATED] = "rotated",
		[CAPTURE_DROPPED] = "dropped",
		[CAPTURE_LINK_DOWN] = "link_down",
		[CAPTURE_CLOCK_STEP] = "clock_step",
		[CAPTURE_DISK] = "disk",
		[CAPTURE_OFFLOADED] = "offloaded",
	};

	if (!is_under_way(run) || event < CAPTURE_ROTATED ||
	    event > CAPTURE_OFFLOADED)
		return;
	run_note(run, "capture", names[event], detail, 0,
	    json_pack("{s:I}", "value",
		event == CAPTURE_CLOCK_STEP || value <= INT64_MAX
		    ? (json_int_t)value /* a step may be backwards */
		    : (json_int_t)INT64_MAX));
	if (event == CAPTURE_LINK_DOWN && run->job != NULL)
		job_on_health(run->job, ASSAY_LINK_LOST);
}

void
run_on_role_lost(struct run *run, enum role role, const char *why)
{
	if (!is_under_way(run))
		return;
	run_note(run, role == ROLE_CAPTURE ? "capture" : "watch", "died", why,
	    0, NULL);
	if (run->job != NULL)
		job_on_role_lost(run->job, role);
}

void
run_on_new_watch(struct run *run)
{
	if (run->state > RUN_WAITING && run->state != RUN_ENDED)
		seg_observe(run->seg, run->device->id, run->device->mac);
	if (run->state == RUN_STEP)
		seg_tell_busy(run->seg, run->device->id);
}

void
run_on_segment_down(struct run *run, const char *why)
{
	if (!is_under_way(run))
		return;
	run_note(run, "link", "segment_down", why, 0, NULL);
	if (run->job != NULL)
		job_on_health(run->job, ASSAY_LINK_LOST);
}

void
run_tell_refused(struct engine *en, uint64_t run)
{
	const struct engine_refused *r;
	unsigned i;
	json_t *o;

	for (i = 0; i < ENGINE_REFUSED_MAX; i++) {
		r = &en->refused[i];
		if (r->run != run || run == 0)
			continue;
		o = json_pack("{s:I,s:s,s:o}", "run", (json_int_t)run, "code",
		    "store_refused", "text", json_quoted(r->text));
		control_publish_word(en->control, "failed", run, o);
		json_decref(o);
		return;
	}
}

void
run_note_refused(struct engine *en, uint64_t run, const char *error)
{
	struct engine_refused *r;
	unsigned i;

	for (i = 0; i < ENGINE_REFUSED_MAX; i++)
		if (en->refused[i].run == run)
			return; /* the first refusal is the cause */
	log_error("run %llu: ends: the store refused a record: %s",
	    (unsigned long long)run, error);
	r = &en->refused[en->nrefused++ % ENGINE_REFUSED_MAX];
	r->run = run;
	snprintf(r->text, sizeof(r->text), "%s", error);
	run_tell_refused(en, run);
}

void
run_on_refused(struct run *run, const char *error)
{
	if (run->chain.broken)
		return;
	run->chain.broken = true;
	run_note_refused(run->engine, run->chain.run, error);
	run_cancel(run);
}
