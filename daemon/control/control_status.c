/*
 * control_status: what `status` answers.
 */
#include "daemon/control/control_status.h"

#include <string.h>

#include "daemon/engine/device.h"
#include "daemon/engine/engine_pool.h"
#include "daemon/engine/prune.h"
#include "daemon/engine/run.h"
#include "daemon/engine/stamping.h"
#include "daemon/shared/wire_frames.h"

static const struct device *
device_with(const struct engine *en, const uint8_t mac[6])
{
	const struct device *d;

	TAILQ_FOREACH (d, &en->devices, entry)
		if (memcmp(d->mac, mac, 6) == 0)
			return d;
	return NULL;
}

static json_t *
participant_json(
    const struct engine *en, const struct seg *seg, const struct participant *p)
{
	const struct device *d = device_with(en, p->mac);
	json_t *o = json_object(), *addresses = json_array();
	uint64_t seen = 0;
	const char *how = "";
	char text[46];
	unsigned i;

	for (i = 0; i < p->naddresses; i++) {
		json_array_append_new(addresses,
		    json_string(address_text(
			p->addresses[i].family, p->addresses[i].addr, text)));
		if (p->addresses[i].seen_ns >= seen) {
			seen = p->addresses[i].seen_ns;
			how = p->addresses[i].how;
		}
	}
	json_object_set_new(o, "mac", json_string(mac_text(p->mac, text)));
	json_object_set_new(o, "role", json_string(seg_role(seg, p->mac)));
	json_object_set_new(
	    o, "device", d == NULL ? json_null() : json_string(d->name));
	json_object_set_new(o, "addresses", addresses);
	json_object_set_new(o, "how", json_quoted(how));
	json_object_set_new(o, "host", json_quoted(p->host));
	json_object_set_new(o, "seen_ns", json_integer((json_int_t)seen));
	return o;
}

static json_t *
pool_json(const struct seg *seg)
{
	size_t ipv4, ipv6, lent4, lent6;

	ipv4 = seg_pool_count(seg->pool, 4, &lent4);
	ipv6 = seg_pool_count(seg->pool, 6, &lent6);
	return json_pack("{s:I,s:I,s:I}", "ipv4", (json_int_t)ipv4, "ipv6",
	    (json_int_t)ipv6, "lent", (json_int_t)lent4 + (json_int_t)lent6);
}

static json_t *
segment_json(const struct engine *en, const struct seg *seg)
{
	json_t *o = json_object(), *participants = json_array(),
	       *addresses = json_array();
	char text[46];
	unsigned i;

	for (i = 0; i < seg->nown; i++)
		json_array_append_new(addresses,
		    json_string(address_text(
			seg->own[i].family, seg->own[i].addr, text)));
	for (i = 0; i < seg->nparticipants; i++)
		json_array_append_new(participants,
		    participant_json(en, seg, &seg->participants[i]));
	json_object_set_new(o, "name", json_string(seg->conf->name));
	json_object_set_new(o, "kind", json_string("wired"));
	json_object_set_new(o, "mode",
	    json_string(mode_name(seg->run != NULL && seg->run->fence_is_open
		    ? MODE_CLOUD
		    : MODE_SEALED)));
	json_object_set_new(o, "interface", json_quoted(seg->interface));
	json_object_set_new(o, "up", json_boolean(seg->up));
	json_object_set_new(o, "link", json_boolean(seg->link));
	json_object_set_new(o, "why", json_quoted(seg->why));
	json_object_set_new(o, "addresses", addresses);
	json_object_set_new(o, "capture",
	    json_pack("{s:b,s:I,s:I,s:s}", "up", seg->capture != NULL,
		"position", (json_int_t)seg->position, "dropped",
		(json_int_t)seg->dropped, "file", seg->file));
	json_object_set_new(
	    o, "watch", json_pack("{s:b}", "up", seg->watch != NULL));
	json_object_set_new(o, "services",
	    json_pack("{s:b,s:o}", "up", (int)seg->services_up, "detail",
		json_quoted(seg->services_detail)));
	json_object_set_new(o, "pool", pool_json(seg));
	json_object_set_new(o, "participants", participants);
	return o;
}

json_t *
control_status(const struct engine *en)
{
	json_t *segments = json_array(), *queue = json_array();
	const struct run *run;
	const char *error;
	size_t i, pending;

	for (i = 0; i < en->conf->nsegments; i++)
		json_array_append_new(
		    segments, segment_json(en, &en->segments[i]));
	TAILQ_FOREACH (run, &en->runs, entry)
		json_array_append_new(queue,
		    json_pack("{s:I,s:s,s:s,s:s,s:i,s:i}", "run",
			(json_int_t)run->chain.run, "device", run->device->name,
			"scenario", run->scenario->name, "state",
			run_state_name(run->state), "step", (int)run->step + 1,
			"steps", (int)run->scenario->nsteps));
	pending = stamping_pending(en->stamping, &error);
	return json_pack("{s:s,s:s,s:I,s:b,s:o,s:o,s:{s:b,s:I,s:I},s:o,s:o}",
	    "bench", en->conf->bench, "version", ASSAY_VERSION, "uptime_s",
	    (json_int_t)((now_monotonic_ns() - en->started_ns) / 1000000000u),
	    "ready", (int)en->ready, "segments", segments, "queue", queue,
	    "store", "up", en->store_up && en->ready, "pending",
	    (json_int_t)store_pending(en->store), "seq",
	    (json_int_t)journal_last(en->journal), "timestamps",
	    en->stamping == NULL
		? json_null()
		: json_pack("{s:I,s:o}", "pending", (json_int_t)pending,
		      "error", json_quoted(error)),
	    "captures", prune_status(en->prune));
}
