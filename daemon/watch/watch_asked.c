/*
 * watch_asked: what the engine asks of the watch, and the answers.
 *
 * Every request is answered once: also when it cannot be done.
 */
#include "daemon/watch/watch.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>

#include "base/log.h"
#include "daemon/watch/watch_canary.h"
#include "daemon/watch/watch_connect.h"
#include "daemon/shared/wire.h"

void
watch_tell_discovered(struct watch *w, const struct watch_discover *d)
{
	size_t n;

	(void)watch_participants_of(w->participants, d->mac, &n);
	msg_start(&w->out, ENGINE_DISCOVERED);
	msg_put_u32(&w->out, d->request);
	msg_put_u16(&w->out, (uint16_t)n);
	watch_send(w);
}

static struct watch_dut *
find_dut(struct watch *w, uint32_t id)
{
	size_t i;

	for (i = 0; i < w->nduts; i++)
		if (w->duts[i].id == id)
			return &w->duts[i];
	return NULL;
}

static void
forget_dut(struct watch *w, struct watch_dut *d)
{
	size_t i;

	watch_participants_pin(w->participants, d->mac, false);
	watch_exercises_forget(&w->exercises, d->id, watch_now_ns());
	for (i = 0; i < WATCH_DISCOVERS_MAX; i++)
		if (w->discovers[i].active && w->discovers[i].dut == d->id) {
			w->discovers[i].active = false;
			watch_tell_discovered(w, &w->discovers[i]);
		}
	*d = w->duts[--w->nduts];
}

/* One that no run is on makes room. */
static struct watch_dut *
make_room(struct watch *w)
{
	size_t i;

	for (i = 0; w->nduts == WATCH_DUTS_MAX && i < w->nduts; i++)
		if (w->duts[i].is_seldom)
			forget_dut(w, &w->duts[i]);
	return w->nduts == WATCH_DUTS_MAX ? NULL : &w->duts[w->nduts++];
}

static int
read_dut(struct msg_in *m, uint32_t *id, const uint8_t **mac)
{
	size_t size;

	(void)msg_get_u32(m, id);
	if (msg_get_bytes(m, mac, &size) == -1 || msg_end(m) == -1 || size != 6)
		return -1;
	return 0;
}

/* The one of this id and MAC, and whether it was there already; NULL: there is
 * no room for it. */
static struct watch_dut *
take_dut(struct watch *w, uint32_t id, const uint8_t *mac, bool *was_there)
{
	struct watch_dut *d = find_dut(w, id);

	*was_there = d != NULL && memcmp(d->mac, mac, 6) == 0;
	if (*was_there)
		return d;
	if (d != NULL)
		forget_dut(w, d);
	d = make_room(w);
	if (d == NULL)
		return NULL;
	memset(d, 0, sizeof(*d));
	d->id = id;
	memcpy(d->mac, mac, 6);
	watch_participants_pin(w->participants, mac, true);
	if (!w->carrier.up && watch_dut_on_link(d, false, watch_now_ns()))
		watch_tell_health(w, d, watch_now_ns());
	return d;
}

static void
ask_now(struct watch *w, struct watch_dut *d)
{
	if (watch_dut_round(d, &w->link, w->participants, w->exercises.seq++,
		watch_now_ns()))
		watch_tell_health(w, d, watch_now_ns());
}

static int
handle_dut(struct watch *w, struct msg_in *m)
{
	struct watch_dut *d;
	const uint8_t *mac;
	bool was_there;
	uint32_t id;

	if (read_dut(m, &id, &mac) == -1)
		return -1;
	d = take_dut(w, id, mac, &was_there);
	if (d == NULL) {
		log_error("dut %u: not observed: too many", id);
		return 0;
	}
	d->is_seldom = false;
	watch_rest_begin(&d->rest, watch_now_ns());
	if (was_there && d->health.state != 0)
		watch_tell_health(w, d, watch_now_ns());
	if (!was_there || watch_now_ns() - d->round_ns > WATCH_DUT_ROUND_NS)
		ask_now(w, d);
	return 0;
}

static int
handle_rest(struct watch *w, struct msg_in *m)
{
	struct watch_dut *d;
	const uint8_t *mac;
	bool was_there;
	uint32_t id;

	if (read_dut(m, &id, &mac) == -1)
		return -1;
	d = take_dut(w, id, mac, &was_there);
	if (d == NULL)
		return 0; /* a run's is told when there is one */
	d->is_seldom = true;
	watch_rest_begin(&d->rest, watch_now_ns());
	if (!was_there)
		ask_now(w, d);
	return 0;
}

static int
handle_busy(struct watch *w, struct msg_in *m)
{
	struct watch_dut *d;
	uint32_t id;

	if (msg_get_u32(m, &id) == -1 || msg_end(m) == -1)
		return -1;
	d = find_dut(w, id);
	if (d != NULL)
		watch_rest_pause(&d->rest, watch_now_ns());
	return 0;
}

static int
handle_baseline(struct watch *w, struct msg_in *m)
{
	struct watch_rested r = { 0 };
	const struct watch_dut *d;
	uint32_t request, id;

	(void)msg_get_u32(m, &request);
	if (msg_get_u32(m, &id) == -1 || msg_end(m) == -1)
		return -1;
	d = find_dut(w, id);
	if (d != NULL)
		watch_rest_read(&d->rest, watch_now_ns(), &r);
	msg_start(&w->out, ENGINE_BASELINE);
	msg_put_u32(&w->out, request);
	msg_put_u8(&w->out, d != NULL);
	msg_put_u64(&w->out, r.first_ns);
	msg_put_u64(&w->out, r.observed_ns);
	msg_put_u64(&w->out, r.rounds);
	msg_put_u64(&w->out, r.answered);
	msg_put_u64(&w->out, r.median_ns);
	msg_put_u64(&w->out, r.p95_ns);
	msg_put_u64(&w->out, r.reboots);
	msg_put_u64(&w->out, r.reconnects);
	msg_put_u64(&w->out, r.last_reboot_ns);
	msg_put_u64(&w->out, r.wakes);
	msg_put_u64(&w->out, r.awake_ns);
	msg_put_u64(&w->out, r.asleep_ns);
	msg_put_u64(&w->out, r.asleep_max_ns);
	watch_send(w);
	return 0;
}

static int
handle_forget(struct watch *w, struct msg_in *m)
{
	struct watch_dut *d;
	uint32_t id;

	if (msg_get_u32(m, &id) == -1 || msg_end(m) == -1)
		return -1;
	d = find_dut(w, id);
	if (d != NULL)
		forget_dut(w, d);
	return 0;
}

static int
handle_discover(struct watch *w, struct msg_in *m)
{
	struct watch_discover none = { 0 }, *d;
	const struct watch_dut *dut;
	size_t i;

	(void)msg_get_u32(m, &none.request);
	if (msg_get_u32(m, &none.dut) == -1 || msg_end(m) == -1)
		return -1;
	dut = find_dut(w, none.dut);
	if (dut != NULL)
		memcpy(none.mac, dut->mac, 6);
	for (i = 0; i < WATCH_DISCOVERS_MAX && w->discovers[i].active; i++)
		;
	if (dut == NULL || i == WATCH_DISCOVERS_MAX) {
		watch_tell_discovered(w, &none);
		return 0;
	}
	d = &w->discovers[i];
	*d = none;
	watch_discover_begin(
	    d, &w->link, w->participants, w->exercises.seq++, watch_now_ns());
	watch_arm_step(w);
	return 0;
}

void
watch_on_exercised(void *arg, const struct watch_exercise *x, bool good,
    uint64_t rtt_ns, uint64_t stamp_ns, const char *how)
{
	struct watch *w = arg;

	msg_start(&w->out, ENGINE_EXERCISED);
	msg_put_u32(&w->out, x->request);
	msg_put_u8(&w->out, good);
	msg_put_u64(&w->out, rtt_ns);
	msg_put_u64(&w->out, stamp_ns);
	msg_put_string(&w->out, how);
	watch_send(w);
}

static int
handle_exercise(struct watch *w, struct msg_in *m)
{
	struct watch_exercise x;
	const struct watch_dut *d;
	const uint8_t *addr;
	uint32_t limit_ms;
	size_t size;

	memset(&x, 0, sizeof(x));
	(void)msg_get_u32(m, &x.request);
	(void)msg_get_u32(m, &x.dut);
	(void)msg_get_u8(m, &x.family);
	(void)msg_get_bytes(m, &addr, &size);
	if (msg_get_u32(m, &limit_ms) == -1 || msg_end(m) == -1 ||
	    (x.family != 4 && x.family != 6) ||
	    size != watch_addr_size(x.family))
		return -1;
	memcpy(x.addr, addr, size);
	d = find_dut(w, x.dut);
	if (d == NULL) {
		watch_on_exercised(
		    w, &x, false, 0, watch_now_ns(), "unknown dut");
		return 0;
	}
	memcpy(x.mac, d->mac, 6);
	watch_exercises_begin(&w->exercises, &x, limit_ms, watch_now_ns());
	watch_arm_step(w);
	return 0;
}

static void
on_connected(
    void *arg, uint32_t request, bool good, uint64_t rtt_ns, const char *how)
{
	struct watch *w = arg;

	msg_start(&w->out, ENGINE_EXERCISED);
	msg_put_u32(&w->out, request);
	msg_put_u8(&w->out, good);
	msg_put_u64(&w->out, rtt_ns);
	msg_put_u64(&w->out, watch_now_ns());
	msg_put_string(&w->out, how);
	watch_send(w);
}

static int
handle_connect(struct watch *w, struct msg_in *m)
{
	struct watch_connect_ask ask;
	const uint8_t *addr;
	uint32_t dut;
	size_t size;

	memset(&ask, 0, sizeof(ask));
	(void)msg_get_u32(m, &ask.request);
	(void)msg_get_u32(m, &dut);
	(void)msg_get_u8(m, &ask.family);
	(void)msg_get_bytes(m, &addr, &size);
	(void)msg_get_u16(m, &ask.port);
	if (msg_get_u32(m, &ask.limit_ms) == -1 || msg_end(m) == -1 ||
	    (ask.family != 4 && ask.family != 6) ||
	    size != watch_addr_size(ask.family))
		return -1;
	memcpy(ask.addr, addr, size);
	ask.on_done = on_connected;
	ask.arg = w;
	if (find_dut(w, dut) == NULL)
		on_connected(w, ask.request, false, 0, "unknown dut");
	else
		watch_connect(w->base, &w->link, &ask);
	return 0;
}

static void
tell_facts(
    struct watch *w, uint32_t request, const struct watch_fact *facts, size_t n)
{
	bool good = true;
	size_t i;

	for (i = 0; i < n; i++)
		good = good && facts[i].good;
	msg_start(&w->out, ENGINE_CANARY);
	msg_put_u32(&w->out, request);
	msg_put_u8(&w->out, good);
	msg_put_u16(&w->out, (uint16_t)n);
	for (i = 0; i < n; i++) {
		msg_put_string(&w->out, facts[i].name);
		msg_put_string(&w->out, facts[i].value);
		msg_put_u8(&w->out, facts[i].good);
	}
	watch_send(w);
}

static int
take_canary(struct watch *w, struct msg_in *m, bool is_cloud)
{
	struct watch_canary c;
	const uint8_t *nonce;
	uint32_t request;
	size_t n;

	(void)msg_get_u32(m, &request);
	if (msg_get_bytes(m, &nonce, &n) == -1 || msg_end(m) == -1 ||
	    n != CANARY_NONCE)
		return -1;
	watch_inward_listen(&w->inward, nonce);
	event_del(w->inward_timer);
	watch_canary_take(&c, &w->netlink, &w->link,
	    !is_cloud              ? WATCH_FENCE_SHUT
		: w->fence_has_six ? WATCH_FENCE_BOTH
				   : WATCH_FENCE_IPV4);
	tell_facts(w, request, c.facts, c.n);
	return 0;
}

void
watch_tell_inward(struct watch *w, bool seen)
{
	struct watch_fact fact;

	event_del(w->inward_timer);
	watch_inward_answer(&w->inward, seen, w->carrier.up, &fact);
	tell_facts(w, w->inward.request, &fact, 1);
}

void
watch_take_inward_turn(struct watch *w)
{
	const struct timeval turn = { 0, WATCH_INWARD_TURN_MS * 1000 };

	if (watch_inward_turn(&w->inward, &w->link, w->carrier.up))
		watch_tell_inward(w, false);
	else
		event_add(w->inward_timer, &turn);
}

static int
handle_inward(struct watch *w, struct msg_in *m)
{
	uint8_t own[CANARY_NONCE];
	uint32_t request;
	char sent[160];

	(void)msg_get_u32(m, &request);
	if (msg_get_string(m, sent, sizeof(sent)) == -1 || msg_end(m) == -1)
		return -1;
	if (getrandom(own, sizeof(own), 0) != (ssize_t)sizeof(own))
		fatal("getrandom: %s", strerror(errno));
	watch_inward_ask(&w->inward, request, sent, own);
	watch_take_inward_turn(w);
	return 0;
}

static int
handle_canary(struct watch *w, struct msg_in *m)
{
	return take_canary(w, m, false);
}

static int
handle_canary_cloud(struct watch *w, struct msg_in *m)
{
	return take_canary(w, m, true);
}

static void
tell_claims(struct watch *w)
{
	struct watch_claims *c = &w->claims;
	size_t i;

	c->is_open = false;
	msg_start(&w->out, ENGINE_CLAIMS);
	msg_put_u32(&w->out, c->request);
	msg_put_u16(&w->out, (uint16_t)c->taken);
	for (i = 0; i < c->n; i++) {
		if (!c->list[i].is_taken)
			continue;
		msg_put_bytes(&w->out, c->list[i].mac, 6);
		msg_put_u8(&w->out, c->list[i].family);
		msg_put_bytes(&w->out, c->list[i].addr,
		    watch_addr_size(c->list[i].family));
	}
	watch_send(w);
}

void
watch_take_claims_turn(struct watch *w)
{
	const struct timeval turn = { 0, WATCH_CLAIMS_TURN_MS * 1000 };

	if (watch_claims_turn(&w->claims, &w->link))
		tell_claims(w);
	else
		event_add(w->claims_timer, &turn);
}

/* One job is on a segment at a time: a question that is still open is that of
 * one which is over. */
static int
handle_claims(struct watch *w, struct msg_in *m)
{
	struct watch_claims *c = &w->claims;
	struct watch_claim *one;
	const uint8_t *addr;
	uint16_t n;
	size_t size;

	if (c->is_open)
		tell_claims(w);
	memset(c, 0, sizeof(*c));
	(void)msg_get_u32(m, &c->request);
	if (msg_get_u16(m, &n) == -1 || n > WATCH_CLAIMS_MAX)
		return -1;
	for (c->n = 0; c->n < n; c->n++) {
		one = &c->list[c->n];
		(void)msg_get_u8(m, &one->family);
		if (msg_get_bytes(m, &addr, &size) == -1 ||
		    (one->family != 4 && one->family != 6) ||
		    size != watch_addr_size(one->family))
			return -1;
		memcpy(one->addr, addr, size);
	}
	if (msg_end(m) == -1)
		return -1;
	c->is_open = true;
	watch_take_claims_turn(w);
	return 0;
}

void
watch_forget_all(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->nduts; i++)
		watch_participants_pin(w->participants, w->duts[i].mac, false);
	w->nduts = 0;
	memset(&w->inward, 0, sizeof(w->inward));
	event_del(w->inward_timer);
	w->claims.is_open = false;
	event_del(w->claims_timer);
	watch_exercises_forget_all(&w->exercises);
	for (i = 0; i < WATCH_DISCOVERS_MAX; i++)
		w->discovers[i].active = false;
}

int
watch_on_asked(struct watch *w, struct msg_in *m)
{
	static const struct {
		uint16_t type;
		int (*handle)(struct watch *w, struct msg_in *m);
	} handlers[] = {
		{ WATCH_DUT, handle_dut },
		{ WATCH_FORGET, handle_forget },
		{ WATCH_DISCOVER, handle_discover },
		{ WATCH_EXERCISE, handle_exercise },
		{ WATCH_CONNECT, handle_connect },
		{ WATCH_CANARY, handle_canary },
		{ WATCH_CANARY_CLOUD, handle_canary_cloud },
		{ WATCH_INWARD, handle_inward },
		{ WATCH_CLAIMS, handle_claims },
		{ WATCH_REST, handle_rest },
		{ WATCH_BUSY, handle_busy },
		{ WATCH_BASELINE, handle_baseline },
	};
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].handle(w, m);
	return -1;
}
