/*
 * watch_segment: what the watch hears of its segment, and tells the engine.
 *
 * Frames become sights, sights change the table of participants, the devices'
 * health and the exchanges under way; each change is one message.
 */
#include "daemon/watch/watch.h"

#include <string.h>

#include "base/log.h"
#include "base/peer.h"
#include "daemon/watch/watch_sight.h"
#include "daemon/shared/wire.h"

#define FOREIGN_AGAIN_NS 60000000000ull
#define QUEUED_MAX 4096 /* then participants wait until the engine reads */

static void
put_addr(struct msg_out *m, uint8_t family, const uint8_t *addr)
{
	msg_put_u8(m, family);
	msg_put_bytes(m, addr, watch_addr_size(family));
}

void
watch_tell_health(struct watch *w, const struct watch_dut *d, uint64_t stamp_ns)
{
	log_debug("dut %u: %s: %s", d->id, watch_health_name(d->health.state),
	    d->detail);
	msg_start(&w->out, ENGINE_HEALTH);
	msg_put_u32(&w->out, d->id);
	msg_put_u8(&w->out, (uint8_t)d->health.state);
	msg_put_u64(&w->out, stamp_ns);
	msg_put_u64(&w->out, d->health.rtt_ns);
	msg_put_string(&w->out, d->detail);
	watch_send(w);
}

static bool
on_seen(void *arg, const uint8_t *mac, const struct watch_held *held,
    const char *name)
{
	struct watch *w = arg;

	if (w->engine == NULL || peer_queued(w->engine) > QUEUED_MAX)
		return false;
	msg_start(&w->out, ENGINE_PARTICIPANT);
	msg_put_bytes(&w->out, mac, 6);
	put_addr(&w->out, held->family, held->addr);
	msg_put_string(&w->out, held->how);
	msg_put_u64(&w->out, held->last_ns);
	msg_put_string(&w->out, name);
	watch_send(w);
	return true;
}

static void
on_gone(void *arg, const uint8_t *mac, uint8_t family, const uint8_t *addr,
    const char *why)
{
	struct watch *w = arg;

	msg_start(&w->out, ENGINE_ADDRESS_GONE);
	msg_put_bytes(&w->out, mac, 6);
	put_addr(&w->out, family, addr);
	msg_put_string(&w->out, why);
	watch_send(w);
}

const struct watch_participants_hooks watch_participants_hooks = {
	on_seen,
	on_gone,
};

static void
tell_foreign(struct watch *w, const struct watch_sight *s, uint64_t stamp_ns)
{
	struct watch_foreign *f, *oldest = &w->foreigners[0];
	char mac[18];
	size_t i;

	for (i = 0; i < WATCH_FOREIGN_MAX; i++) {
		f = &w->foreigners[i];
		if (f->what == s->why && memcmp(f->mac, s->mac, 6) == 0 &&
		    stamp_ns - f->told_ns < FOREIGN_AGAIN_NS)
			return;
		if (f->told_ns < oldest->told_ns)
			oldest = f;
	}
	oldest->what = s->why;
	memcpy(oldest->mac, s->mac, 6);
	oldest->told_ns = stamp_ns;
	log_warn("foreign %s: %s", s->why, watch_mac_format(s->mac, mac));
	msg_start(&w->out, ENGINE_FOREIGN);
	msg_put_string(&w->out, s->why);
	msg_put_bytes(&w->out, s->mac, 6);
	put_addr(&w->out, s->family, s->addr);
	watch_send(w);
}

/* A pair that was not known: to whoever looks for it. */
static void
on_new_pair(struct watch *w, const struct watch_sight *s, uint64_t stamp_ns)
{
	size_t i;

	for (i = 0; i < WATCH_DISCOVERS_MAX; i++)
		if (memcmp(w->discovers[i].mac, s->mac, 6) == 0)
			watch_discover_on_found(&w->discovers[i], &w->link,
			    s->family, s->addr, watch_now_ns());
	for (i = 0; i < w->nduts; i++)
		if (memcmp(w->duts[i].mac, s->mac, 6) == 0 &&
		    watch_dut_on_new_address(&w->duts[i], w->participants, s))
			watch_tell_health(w, &w->duts[i], stamp_ns);
}

static void
on_answer(struct watch *w, const struct watch_sight *s, uint64_t stamp_ns)
{
	size_t i;

	watch_exercises_on_answer(&w->exercises, s, stamp_ns);
	for (i = 0; i < w->nduts; i++)
		if (memcmp(w->duts[i].mac, s->mac, 6) == 0 &&
		    watch_dut_on_answer(&w->duts[i], s, stamp_ns))
			watch_tell_health(w, &w->duts[i], stamp_ns);
}

static void
on_boot(struct watch *w, const struct watch_sight *s, uint64_t stamp_ns)
{
	size_t i;

	for (i = 0; i < w->nduts; i++)
		if (memcmp(w->duts[i].mac, s->mac, 6) == 0 &&
		    watch_dut_on_boot(
			&w->duts[i], w->participants, s, stamp_ns))
			watch_tell_health(w, &w->duts[i], stamp_ns);
}

static void
on_sight(struct watch *w, const struct watch_sight *s, uint64_t stamp_ns)
{
	struct watch_participants *t = w->participants;
	bool is_new = false;

	switch (s->kind) {
	case WATCH_SIGHT_HOLDS:
		is_new = watch_participants_hold(
		    t, s->mac, s->family, s->addr, s->how, stamp_ns);
		break;
	case WATCH_SIGHT_CLAIMS:
	case WATCH_SIGHT_USES:
		is_new = watch_participants_use(
		    t, s->mac, s->family, s->addr, s->how, stamp_ns);
		break;
	case WATCH_SIGHT_RELEASED:
		(void)watch_participants_drop(
		    t, s->mac, s->family, s->addr, "given back");
		break;
	case WATCH_SIGHT_NAMED:
		watch_participants_name(t, s->mac, s->name, s->name_size);
		break;
	case WATCH_SIGHT_BOOTS:
		on_boot(w, s, stamp_ns);
		break;
	case WATCH_SIGHT_ANSWER:
		if (strcmp(s->how, "echo") == 0)
			is_new = watch_participants_use(
			    t, s->mac, s->family, s->addr, s->how, stamp_ns);
		on_answer(w, s, stamp_ns);
		break;
	case WATCH_SIGHT_FOREIGN:
		tell_foreign(w, s, stamp_ns);
		break;
	}
	if (is_new)
		on_new_pair(w, s, stamp_ns);
}

static void
on_inward(struct watch *w, enum watch_inward_step step, uint64_t stamp_ns)
{
	static const uint8_t nowhere[4];
	const struct watch_sight s = { .kind = WATCH_SIGHT_FOREIGN,
		.mac = w->inward.mac,
		.family = 4,
		.addr = nowhere,
		.why = "frame of this machine" };

	switch (step) {
	case WATCH_INWARD_NOTHING:
		break;
	case WATCH_INWARD_ANSWER:
		watch_tell_inward(w, true);
		break;
	case WATCH_INWARD_FOREIGN:
		tell_foreign(w, &s, stamp_ns);
		break;
	}
}

int
watch_on_frame(struct watch *w, struct msg_in *m)
{
	struct watch_sight sights[WATCH_SIGHTS_MAX];
	uint64_t position, stamp;
	const uint8_t *frame;
	uint8_t outgoing;
	size_t i, n, size;

	(void)msg_get_u64(m, &position);
	(void)msg_get_u64(m, &stamp);
	(void)msg_get_u8(m, &outgoing);
	if (msg_get_bytes(m, &frame, &size) == -1 || msg_end(m) == -1)
		return -1;
	if (!w->open)
		return 0;
	on_inward(w,
	    watch_inward_on_frame(&w->inward, frame, size, outgoing != 0),
	    stamp);
	if (outgoing == 0 &&
	    watch_claims_on_frame(&w->claims, &w->link, frame, size))
		return 0;
	n = watch_sight_read(&w->link, frame, size, outgoing != 0, sights);
	for (i = 0; i < n; i++)
		on_sight(w, &sights[i], stamp);
	return 0;
}

void
watch_tell_link(struct watch *w, bool up)
{
	uint64_t stamp = watch_now_ns();
	size_t i;

	log_info("link: %s", up ? "up" : "down");
	msg_start(&w->out, ENGINE_LINK);
	msg_put_u8(&w->out, up);
	msg_put_u64(&w->out, stamp);
	watch_send(w);
	for (i = 0; i < w->nduts; i++)
		if (watch_dut_on_link(&w->duts[i], up, stamp))
			watch_tell_health(w, &w->duts[i], stamp);
}

/* Each loss is told, also one that was over before we were told of it: the
 * kernel counts them. */
void
watch_on_carrier(
    struct watch *w, const struct watch_netlink_link *now, bool lost)
{
	bool flapped = w->carrier.up && now->up &&
	    (lost || now->changes - w->carrier.changes >= 2);

	if (flapped)
		watch_tell_link(w, false);
	if (flapped || now->up != w->carrier.up)
		watch_tell_link(w, now->up);
	w->carrier = *now;
}
