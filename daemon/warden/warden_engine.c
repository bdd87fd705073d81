/*
 * warden_engine: the closed table of what the engine may ask for.
 *
 * A malformed message means that somebody else speaks in the engine's place:
 * -1, and it ends.  A request that policy forbids is answered in words.
 */
#include "daemon/warden/warden_parts.h"

#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "daemon/shared/pool.h"
#include "daemon/warden/warden_canary.h"
#include "daemon/warden/warden_fence.h"
#include "daemon/warden/warden_key.h"
#include "daemon/warden/warden_policy.h"
#include "daemon/warden/warden_secret.h"
#include "probes/probe.h"

#define TARGETS_MAX 256
#define NAME_MAX_SIZE 128 /* of what is read; policy is narrower */

struct target {
	uint8_t family, addr[16];
};

void
warden_refuse(struct warden *w, uint32_t request, const struct err *e)
{
	struct msg_out m;

	log_warn("engine: refused: %s", e->text);
	msg_start(&m, ENGINE_REFUSED);
	msg_put_u32(&m, request);
	msg_put_string(&m, e->text);
	warden_tell_engine(w, &m, -1);
}

static int
read_target(struct msg_in *m, struct target *t)
{
	const uint8_t *p;
	size_t n;

	memset(t, 0, sizeof(*t));
	if (msg_get_u8(m, &t->family) == -1 || msg_get_bytes(m, &p, &n) == -1)
		return -1;
	if ((t->family != 4 || n != 4) && (t->family != 6 || n != 16))
		return -1;
	memcpy(t->addr, p, n);
	return 0;
}

static int
check_targets(struct warden *w, uint32_t segment, const struct target *list,
    size_t n, struct err *e)
{
	struct warden_policy p;
	struct warden_segment *s;
	size_t i;

	if (segment == WIRE_NO_SEGMENT)
		return n == 0 ? 0 : err_set(e, "targets without a segment");
	if (segment >= w->conf->nsegments)
		return err_set(e, "no segment number %u", segment);
	s = &w->segments[segment];
	if (s->segment == NULL || s->why[0] != '\0')
		return err_set(e, "segment %s is down: %s", s->conf->name,
		    s->why[0] == '\0' ? "not up yet" : s->why);
	p.segment = s->conf->name;
	p.own = segment_addresses(s->segment, &p.nown);
	p.watch = segment_watch_addresses(s->segment, &p.nwatch);
	for (i = 0; i < n; i++)
		if (warden_policy_check_target(
			&p, list[i].family, list[i].addr, e) == -1)
			return -1;
	return 0;
}

static int
read_targets(struct msg_in *m, struct target *list, uint16_t *n)
{
	uint16_t i;

	if (msg_get_u16(m, n) == -1 || *n > TARGETS_MAX)
		return -1;
	for (i = 0; i < *n; i++)
		if (read_target(m, &list[i]) == -1)
			return -1;
	return 0;
}

static int
read_sources(struct msg_in *m, struct netlink_address *list, uint16_t *n)
{
	struct target t;
	uint16_t i;

	if (msg_get_u16(m, n) == -1 || *n > POOL_MAX)
		return -1;
	for (i = 0; i < *n; i++) {
		if (read_target(m, &t) == -1)
			return -1;
		memset(&list[i], 0, sizeof(list[i]));
		list[i].family = t.family;
		memcpy(list[i].addr, t.addr, sizeof(t.addr));
	}
	return 0;
}

static int
handle_worker(struct warden *w, struct msg_in *m)
{
	static struct netlink_address sources[POOL_MAX];
	static struct target targets[TARGETS_MAX];
	struct warden_worker_spec spec;
	char probe[NAME_MAX_SIZE];
	uint16_t ntargets, nsources;
	uint32_t request;
	struct err e;

	msg_get_u32(m, &request);
	msg_get_u32(m, &spec.segment);
	msg_get_string(m, probe, sizeof(probe));
	msg_get_u32(m, &spec.needs);
	if (read_targets(m, targets, &ntargets) == -1 ||
	    read_sources(m, sources, &nsources) == -1 || msg_end(m) == -1)
		return -1;
	spec.probe = probe;
	spec.sources = sources;
	spec.nsources = nsources;
	if (warden_policy_check_probe(probe, &e) == -1 ||
	    warden_policy_check_needs(spec.needs, &e) == -1 ||
	    check_targets(w, spec.segment, targets, ntargets, &e) == -1 ||
	    warden_worker_start(w, request, &spec, &e) == -1)
		warden_refuse(w, request, &e);
	return 0;
}

/* The segment may have gone down meanwhile, and the lease with it. */
static int
handle_withdraw(struct warden *w, struct msg_in *m)
{
	struct netlink_address a;
	uint32_t segment;
	struct target t;

	msg_get_u32(m, &segment);
	if (read_target(m, &t) == -1 || msg_end(m) == -1 ||
	    segment >= w->conf->nsegments)
		return -1;
	memset(&a, 0, sizeof(a));
	a.family = t.family;
	memcpy(a.addr, t.addr, sizeof(t.addr));
	if (w->segments[segment].segment != NULL)
		warden_lease_withdraw(w, w->segments[segment].segment, &a);
	return 0;
}

static int
handle_dut(struct warden *w, struct msg_in *m)
{
	const uint8_t *mac;
	uint32_t segment;
	uint8_t prints;
	struct err e;
	size_t n;

	msg_get_u32(m, &segment);
	msg_get_bytes(m, &mac, &n);
	msg_get_u8(m, &prints);
	if (msg_end(m) == -1 || n != 6 || segment >= w->conf->nsegments)
		return -1;
	/* A worker that starts in spite of it reaches nobody. */
	if (warden_segment_set_dut(
		&w->segments[segment], mac, prints != 0, &e) == -1)
		log_warn("engine: refused: %s", e.text);
	return 0;
}

static int
handle_ready(struct warden *w, struct msg_in *m)
{
	(void)w;
	if (msg_end(m) == -1)
		return -1;
	log_info("engine: ready");
	return 0;
}

static int
handle_kill(struct warden *w, struct msg_in *m)
{
	uint32_t worker;

	msg_get_u32(m, &worker);
	if (msg_end(m) == -1)
		return -1;
	warden_worker_kill(w, worker);
	return 0;
}

static int
handle_hook(struct warden *w, struct msg_in *m)
{
	char name[NAME_MAX_SIZE];
	uint32_t request;
	struct err e;

	msg_get_u32(m, &request);
	msg_get_string(m, name, sizeof(name));
	if (msg_end(m) == -1)
		return -1;
	if (warden_hook_start(w, request, name, &e) == -1)
		warden_refuse(w, request, &e);
	return 0;
}

static int
handle_sign(struct warden *w, struct msg_in *m)
{
	const uint8_t *digest;
	uint32_t request;
	uint8_t purpose;
	struct err e;
	size_t n;

	msg_get_u32(m, &request);
	msg_get_u8(m, &purpose);
	msg_get_bytes(m, &digest, &n);
	if (msg_end(m) == -1 || n != SHA256_SIZE)
		return -1;
	if (warden_key_sign(w, request, purpose, digest, &e) == -1)
		warden_refuse(w, request, &e);
	return 0;
}

static int
handle_rotate(struct warden *w, struct msg_in *m)
{
	char manifest[SHA256_HEX_SIZE];
	uint8_t bytes[SHA256_SIZE];
	uint32_t request;
	struct err e;

	msg_get_u32(m, &request);
	msg_get_string(m, manifest, sizeof(manifest));
	if (msg_end(m) == -1 ||
	    (manifest[0] != '\0' &&
		hex_decode(manifest, bytes, sizeof(bytes)) == -1))
		return -1;
	if (warden_key_rotate(w, request, manifest, &e) == -1)
		warden_refuse(w, request, &e);
	return 0;
}

static int
handle_secret(struct warden *w, struct msg_in *m)
{
	char file[NAME_MAX_SIZE];
	const uint8_t *nonce;
	uint32_t request;
	struct err e;
	size_t n;

	msg_get_u32(m, &request);
	msg_get_string(m, file, sizeof(file));
	msg_get_bytes(m, &nonce, &n);
	if (msg_end(m) == -1 || n != WIRE_NONCE_SIZE)
		return -1;
	if (warden_secret_mark(w, request, file, nonce, &e) == -1)
		warden_refuse(w, request, &e);
	return 0;
}

int
warden_engine_message(struct warden *w, struct msg_in *m, int fd)
{
	static const struct {
		uint16_t type;
		int (*handle)(struct warden *w, struct msg_in *m);
	} table[] = {
		{ WARDEN_READY, handle_ready },
		{ WARDEN_WORKER, handle_worker },
		{ WARDEN_DUT, handle_dut },
		{ WARDEN_WITHDRAW, handle_withdraw },
		{ WARDEN_FENCE, warden_fence_on_open },
		{ WARDEN_FENCE_CLOSE, warden_fence_on_close },
		{ WARDEN_CANARY, warden_canary_on_send },
		{ WARDEN_KILL, handle_kill },
		{ WARDEN_HOOK, handle_hook },
		{ WARDEN_SIGN, handle_sign },
		{ WARDEN_ROTATE, handle_rotate },
		{ WARDEN_SECRET, handle_secret },
	};
	size_t i;

	if (fd != -1) { /* it has nothing to give us */
		close(fd);
		return -1;
	}
	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].type == m->type)
			return w->stage == 0 ? table[i].handle(w, m) : 0;
	return -1;
}
