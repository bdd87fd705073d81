/*
 * engine_segment: a segment as the engine sees it: its capture, its watch,
 * who is on it.
 */
#include "daemon/engine/engine_segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_pool.h"
#include "daemon/engine/prune.h"
#include "daemon/engine/run.h"
#include "daemon/engine/run_cloud.h"
#include "daemon/shared/wire_frames.h"
#include "probes/probe.h"

/* The watch tells of the same stranger once a minute, so that a run which
 * begins and ends in between would not hear of it. */
#define FOREIGN_LASTS_NS (300 * 1000000000ull)

uint32_t
seg_group(const struct seg *seg, enum role role)
{
	return (role == ROLE_CAPTURE ? ASKED_CAPTURE : ASKED_WATCH) +
	    seg->index;
}

void
seg_init(struct seg *seg, struct engine *en, uint32_t index)
{
	seg->engine = en;
	seg->index = index;
	seg->conf = &en->conf->segments[index];
	snprintf(seg->why, sizeof(seg->why), "not opened yet");
	snprintf(
	    seg->interface, sizeof(seg->interface), "%s", seg->conf->interface);
	seg->pool = seg_pool_new(seg->conf);
}

int
seg_set_up(struct seg *seg, struct msg_in *m)
{
	struct conf_address a;
	uint16_t n;

	msg_get_string(m, seg->interface, sizeof(seg->interface));
	wire_get_mac(m, seg->mac);
	msg_get_u32(m, &seg->mtu);
	msg_get_u32(m, &seg->ifindex);
	msg_get_u16(m, &n);
	seg->nown = 0;
	while (n-- > 0 && !m->bad) {
		wire_get_address(m, &a.family, a.addr);
		msg_get_u8(m, &a.prefix);
		if (seg->nown < sizeof(seg->own) / sizeof(seg->own[0]))
			seg->own[seg->nown++] = a;
	}
	if (msg_end(m) == -1)
		return -1;
	seg->up = true;
	seg->link = true;
	seg->why[0] = '\0';
	log_info("segment %s: up on %s", seg->conf->name, seg->interface);
	return 0;
}

void
seg_set_down(struct seg *seg, const char *why)
{
	seg->up = false;
	snprintf(seg->why, sizeof(seg->why), "%s", why);
	log_warn("segment %s: down: %s", seg->conf->name, why);
	if (seg->run != NULL)
		run_on_segment_down(seg->run, why);
}

static struct participant *
participant_make(struct seg *seg, const uint8_t mac[6])
{
	struct participant *p;
	unsigned i;

	for (i = 0; i < seg->nparticipants; i++)
		if (memcmp(seg->participants[i].mac, mac, 6) == 0)
			return &seg->participants[i];
	if (seg->nparticipants == SEG_PARTICIPANTS_MAX)
		return NULL;
	p = &seg->participants[seg->nparticipants++];
	memset(p, 0, sizeof(*p));
	memcpy(p->mac, mac, 6);
	return p;
}

const struct participant *
seg_find(const struct seg *seg, const uint8_t mac[6])
{
	unsigned i;

	for (i = 0; i < seg->nparticipants; i++)
		if (memcmp(seg->participants[i].mac, mac, 6) == 0)
			return &seg->participants[i];
	return NULL;
}

const char *
seg_role(const struct seg *seg, const uint8_t mac[6])
{
	const struct conf_participant *known = conf_participant(seg->conf, mac);
	const struct device *d;

	if (known != NULL)
		return participant_role_name(known->role);
	if (memcmp(mac, seg->mac, 6) == 0)
		return participant_role_name(PARTICIPANT_BENCH);
	TAILQ_FOREACH (d, &seg->engine->devices, entry)
		if (d->seg == seg && memcmp(d->mac, mac, 6) == 0)
			return participant_role_name(PARTICIPANT_DUT);
	return participant_role_name(PARTICIPANT_UNKNOWN);
}

static void
participant_remove(struct participant *p, uint8_t family, const uint8_t *addr)
{
	unsigned i;

	for (i = 0; i < p->naddresses; i++)
		if (p->addresses[i].family == family &&
		    memcmp(p->addresses[i].addr, addr, 16) == 0)
			p->addresses[i--] = p->addresses[--p->naddresses];
}

static int
handle_participant(struct seg *seg, struct msg_in *m)
{
	struct participant *p;
	struct seg_address a;
	uint8_t mac[6];
	char host[65];
	unsigned i;
	bool is_new;

	memset(&a, 0, sizeof(a));
	wire_get_mac(m, mac);
	wire_get_address(m, &a.family, a.addr);
	msg_get_string(m, a.how, sizeof(a.how));
	msg_get_u64(m, &a.seen_ns);
	msg_get_string(m, host, sizeof(host));
	if (msg_end(m) == -1)
		return -1;
	p = participant_make(seg, mac);
	if (p == NULL)
		return 0;
	if (host[0] != '\0')
		memcpy(p->host, host, sizeof(p->host));
	if (a.family == 0)
		return 0;
	seg_pool_on_seen(seg, mac, a.family, a.addr);
	is_new = true;
	for (i = 0; i < p->naddresses; i++)
		if (p->addresses[i].family == a.family &&
		    memcmp(p->addresses[i].addr, a.addr, 16) == 0) {
			p->addresses[i] = a;
			is_new = false;
		}
	if (is_new && p->naddresses < SEG_ADDRESSES_MAX)
		p->addresses[p->naddresses++] = a;
	if (is_new && seg->run != NULL)
		run_on_address(seg->run, p->mac, a.family, a.addr, a.how, true);
	return 0;
}

static int
handle_address_gone(struct seg *seg, struct msg_in *m)
{
	uint8_t mac[6], family, addr[16];
	char why[160];
	struct participant *p;

	wire_get_mac(m, mac);
	wire_get_address(m, &family, addr);
	msg_get_string(m, why, sizeof(why));
	if (msg_end(m) == -1)
		return -1;
	p = participant_make(seg, mac);
	if (p != NULL)
		participant_remove(p, family, addr);
	if (seg->run != NULL)
		run_on_address(seg->run, mac, family, addr, why, false);
	return 0;
}

static int
handle_health(struct seg *seg, struct msg_in *m)
{
	uint64_t stamp, rtt;
	uint32_t dut;
	uint8_t health;
	char detail[160];

	msg_get_u32(m, &dut);
	msg_get_u8(m, &health);
	msg_get_u64(m, &stamp);
	msg_get_u64(m, &rtt);
	msg_get_string(m, detail, sizeof(detail));
	if (msg_end(m) == -1 || health < ASSAY_UP || health > ASSAY_LINK_LOST)
		return -1;
	if (seg->run != NULL)
		run_on_health(seg->run, dut, health, stamp, rtt, detail);
	return 0;
}

static int
handle_link(struct seg *seg, struct msg_in *m)
{
	uint64_t stamp;
	uint8_t up;

	msg_get_u8(m, &up);
	msg_get_u64(m, &stamp);
	if (msg_end(m) == -1)
		return -1;
	if (seg->link != (up != 0) && seg->run != NULL)
		run_on_link(seg->run, up != 0, stamp);
	seg->link = up != 0;
	return 0;
}

static int
handle_foreign(struct seg *seg, struct msg_in *m)
{
	uint8_t mac[6], family, addr[16];
	char what[32], mac_t[18];

	msg_get_string(m, what, sizeof(what));
	wire_get_mac(m, mac);
	wire_get_address(m, &family, addr);
	if (msg_end(m) == -1)
		return -1;
	log_warn("segment %s: a foreign %s, %s: isolation is void",
	    seg->conf->name, what, mac_text(mac, mac_t));
	seg->foreign.heard_ns = now_monotonic_ns();
	memcpy(seg->foreign.what, what, sizeof(what));
	memcpy(seg->foreign.mac, mac, sizeof(mac));
	if (seg->run != NULL)
		run_on_foreign(seg->run, what, mac);
	return 0;
}

bool
seg_has_foreign(const struct seg *seg)
{
	return seg->foreign.heard_ns != 0 &&
	    now_monotonic_ns() - seg->foreign.heard_ns < FOREIGN_LASTS_NS;
}

static int
handle_flows_lost(struct seg *seg, struct msg_in *m)
{
	uint64_t lost;

	msg_get_u64(m, &lost);
	if (msg_end(m) == -1)
		return -1;
	if (seg->run != NULL)
		run_on_flows_lost(seg->run, lost);
	return 0;
}

static int
on_watch_message(void *arg, struct msg_in *m, int fd)
{
	struct seg *seg = arg;
	uint32_t request;

	(void)fd;
	switch (m->type) {
	case ENGINE_PARTICIPANT:
		return handle_participant(seg, m);
	case ENGINE_ADDRESS_GONE:
		return handle_address_gone(seg, m);
	case ENGINE_HEALTH:
		return handle_health(seg, m);
	case ENGINE_LINK:
		return handle_link(seg, m);
	case ENGINE_FOREIGN:
		return handle_foreign(seg, m);
	case ENGINE_FLOW:
		if (seg->run != NULL)
			run_on_flow(seg->run, m);
		return 0;
	case ENGINE_FLOWS_LOST:
		return handle_flows_lost(seg, m);
	case ENGINE_DISCOVERED:
	case ENGINE_EXERCISED:
	case ENGINE_CANARY:
	case ENGINE_CLAIMS:
	case ENGINE_BASELINE:
		if (msg_get_u32(m, &request) == -1)
			return -1;
		requests_answer(seg->engine->requests, request, m, -1, true);
		return 0;
	default:
		return -1;
	}
}

static int
handle_capture_event(struct seg *seg, struct msg_in *m)
{
	uint64_t value;
	uint8_t event;
	char detail[256];

	msg_get_u8(m, &event);
	msg_get_u64(m, &value);
	msg_get_string(m, detail, sizeof(detail));
	if (msg_end(m) == -1)
		return -1;
	if (event == CAPTURE_ROTATED)
		seg->newest_file = (uint32_t)value;
	if (event == CAPTURE_DROPPED)
		seg->dropped = value;
	if (event == CAPTURE_DISK)
		seg->disk_errors++;
	if (event == CAPTURE_CLOCK_STEP) {
		seg->clock_steps++;
		seg->clock_stepped_ns += (int64_t)value;
	}
	if (seg->run != NULL)
		run_on_capture_event(seg->run, event, value, detail);
	return 0;
}

static int
on_capture_message(void *arg, struct msg_in *m, int fd)
{
	struct seg *seg = arg;
	uint32_t request;

	(void)fd;
	switch (m->type) {
	case ENGINE_CAPTURE_EVENT:
		return handle_capture_event(seg, m);
	case ENGINE_BARRIER:
	case ENGINE_EVIDENCE:
	case ENGINE_RESOLVED:
	case ENGINE_CAPTURE_FILE:
	case ENGINE_SEALED:
	case ENGINE_UNLINKED:
	case ENGINE_REPLAYED:
		if (msg_get_u32(m, &request) == -1)
			return -1;
		requests_answer(seg->engine->requests, request, m, -1,
		    m->type != ENGINE_EVIDENCE &&
			m->type != ENGINE_CAPTURE_FILE);
		return 0;
	default:
		return -1;
	}
}

static int
on_services_message(void *arg, struct msg_in *m, int fd)
{
	struct seg *seg = arg;
	uint8_t up;

	(void)fd;
	if (m->type != ENGINE_SERVICES)
		return -1;
	msg_get_u8(m, &up);
	msg_get_string(m, seg->services_detail, sizeof(seg->services_detail));
	if (msg_end(m) == -1)
		return -1;
	seg->services_up = up != 0;
	return 0;
}

struct peer **
seg_slot(struct seg *seg, enum role role)
{
	return role == ROLE_CAPTURE ? &seg->capture
	    : role == ROLE_WATCH    ? &seg->watch
				    : &seg->services;
}

static void
on_capture_close(void *arg, const char *why)
{
	seg_detach(arg, ROLE_CAPTURE, why);
}

static void
on_watch_close(void *arg, const char *why)
{
	seg_detach(arg, ROLE_WATCH, why);
}

static void
on_services_close(void *arg, const char *why)
{
	seg_detach(arg, ROLE_SERVICES, why);
}

/* A new watch knows of none. */
static void
rest_all(struct seg *seg)
{
	const struct device *d;

	seg->watch_epoch++;
	TAILQ_FOREACH (d, &seg->engine->devices, entry)
		if (d->seg == seg)
			seg_rest(seg, d->id, d->mac);
}

void
seg_attach(struct seg *seg, enum role role, int fd)
{
	static const struct peer_hooks capture = { on_capture_message,
		on_capture_close },
				       watch = { on_watch_message,
					       on_watch_close },
				       services = { on_services_message,
					       on_services_close };
	const struct peer_hooks *hooks = role == ROLE_CAPTURE ? &capture
	    : role == ROLE_WATCH                              ? &watch
							      : &services;

	seg_detach(seg, role, "replaced");
	*seg_slot(seg, role) = peer_new(seg->engine->base, fd, hooks, seg);
	if (role == ROLE_CAPTURE) {
		if (seg->engine->ready)
			prune_start(seg->engine->prune);
		seg->epoch++;
		seg->position = 0;
		seg->dropped = 0;
		seg_tell_keep(seg);
	}
	if (role == ROLE_WATCH)
		rest_all(seg);
	if (role == ROLE_WATCH && seg->run != NULL)
		run_on_new_watch(seg->run);
}

void
seg_detach(struct seg *seg, enum role role, const char *why)
{
	struct peer **p = seg_slot(seg, role);

	if (*p == NULL)
		return;
	peer_free(*p);
	*p = NULL;
	if (role == ROLE_SERVICES) {
		seg->services_up = false;
		return;
	}
	if (role == ROLE_CAPTURE)
		seg->epoch++;
	requests_fail_group(seg->engine->requests, seg_group(seg, role), why);
	if (seg->run != NULL)
		run_on_role_lost(seg->run, role, why);
}

void
seg_free(struct seg *seg)
{
	peer_free(seg->capture);
	peer_free(seg->watch);
	peer_free(seg->services);
	seg_pool_free(seg->pool);
	seg->pool = NULL;
}

static bool
same_subnet(const struct conf_address *a, const uint8_t *addr)
{
	unsigned i, bits;

	for (i = 0, bits = a->prefix; bits > 0; i++) {
		unsigned n = bits < 8 ? bits : 8;
		uint8_t mask = (uint8_t)(0xff00u >> n);

		if ((a->addr[i] & mask) != (addr[i] & mask))
			return false;
		bits -= n;
	}
	return true;
}

const struct conf_address *
seg_source(const struct seg *seg, uint8_t family, const uint8_t *addr)
{
	unsigned i;

	for (i = 0; i < seg->nown; i++)
		if (seg->own[i].family == family &&
		    same_subnet(&seg->own[i], addr))
			return &seg->own[i];
	return NULL;
}
