/*
 * warden_fence: the way out of a segment, while a scenario of mode cloud runs.
 *
 * The order is what makes it safe: the rules are there before the first route
 * is, and the route is taken away before the rules.
 */
#include "daemon/warden/warden_fence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/warden/fence.h"
#include "daemon/warden/fence_way.h"
#include "daemon/warden/nft.h"
#include "daemon/warden/warden_policy.h"

struct warden_fence {
	struct fence rules;
	struct fence_way way;
	uint32_t request;
	bool is_open;
	char why_not_six[128]; /* "": there is a way by IPv6, too */
};

static void
put_address(struct msg_out *m, const struct fence_address *a)
{
	msg_put_bytes(m, a->addr, a->family == 4 ? 4 : 16);
}

static void
tell_open(struct warden_segment *s, uint32_t request, const char *error)
{
	const struct warden_fence *f = s->fence;
	const struct fence_host *h;
	static struct msg_out m;
	size_t i, k;

	msg_start(&m, ENGINE_FENCE);
	msg_put_u32(&m, request);
	msg_put_string(&m, error);
	msg_put_string(&m, f == NULL ? "" : f->why_not_six);
	msg_put_u16(&m, f == NULL ? 0 : (uint16_t)f->rules.nhosts);
	for (i = 0; f != NULL && i < f->rules.nhosts; i++) {
		h = &f->rules.hosts[i];
		msg_put_string(&m, h->name);
		msg_put_u16(&m, (uint16_t)h->naddresses);
		for (k = 0; k < h->naddresses; k++)
			put_address(&m, &h->addresses[k]);
	}
	warden_tell_engine(s->w, &m, -1);
}

void
warden_fence_greet_watch(struct warden_segment *s)
{
	struct msg_out m;
	int fd;

	if (s->watch.peer == NULL)
		return;
	msg_start(&m, WATCH_FENCE);
	msg_put_u8(&m, s->fence != NULL && s->fence->rules.has_six);
	fd = s->fence == NULL || s->fence->way.log_fd == -1
	    ? -1
	    : fcntl(s->fence->way.log_fd, F_DUPFD_CLOEXEC, 3);
	peer_send(s->watch.peer, &m, fd);
}

void
warden_fence_greet_services(struct warden_segment *s)
{
	const struct warden_fence *f = s->fence;
	const struct fence_host *h;
	static struct msg_out m;
	size_t i, k;
	uint16_t n = 0;

	if (s->services.peer == NULL)
		return;
	for (i = 0; f != NULL && i < f->rules.nhosts; i++)
		n = (uint16_t)(n + f->rules.hosts[i].naddresses);
	msg_start(&m, SERVICES_NAMES);
	msg_put_u16(&m, n);
	for (i = 0; f != NULL && i < f->rules.nhosts; i++) {
		h = &f->rules.hosts[i];
		for (k = 0; k < h->naddresses; k++) {
			msg_put_string(&m, h->name);
			put_address(&m, &h->addresses[k]);
		}
	}
	peer_send(s->services.peer, &m, -1);
}

void
warden_fence_shut(struct warden_segment *s)
{
	struct warden_fence *f = s->fence;

	if (f == NULL)
		return;
	if (s->segment != NULL)
		fence_way_shut(&f->way, segment_netns(s->segment));
	if (f->is_open)
		log_info("segment %s: the way out is shut", s->conf->name);
	s->fence = NULL;
	free(f);
	warden_fence_greet_watch(s);
	warden_fence_greet_services(s);
	warden_role_stop(&s->uplink);
}

static void
refuse(struct warden_segment *s, const struct err *e)
{
	uint32_t request = s->fence->request;

	log_warn("segment %s: no way out: %s", s->conf->name, e->text);
	warden_fence_shut(s);
	tell_open(s, request, e->text);
}

/* ---- opening ---- */

static int
read_host(struct msg_in *m, struct fence_host *h)
{
	uint8_t is_shut;
	uint16_t i, n;

	memset(h, 0, sizeof(*h));
	msg_get_string(m, h->name, sizeof(h->name));
	msg_get_u8(m, &is_shut);
	if (msg_get_u16(m, &n) == -1 || n > FENCE_PORTS_MAX)
		return -1;
	h->is_shut = is_shut != 0;
	h->nports = n;
	for (i = 0; i < n; i++) {
		msg_get_u8(m, &h->ports[i].transport);
		msg_get_u16(m, &h->ports[i].first);
		msg_get_u16(m, &h->ports[i].last);
		if ((h->ports[i].transport != 6 &&
			h->ports[i].transport != 17 &&
			h->ports[i].transport != 0) ||
		    h->ports[i].first > h->ports[i].last)
			return -1;
	}
	return m->bad ? -1 : 0;
}

static int
check(const struct warden_segment *s, const struct fence *f, struct err *e)
{
	size_t i;

	if (s->segment == NULL || s->why[0] != '\0')
		return err_set(e, "segment %s is down", s->conf->name);
	if (warden_policy_check_dut(s->conf, f->mac, e) == -1)
		return -1;
	for (i = 0; i < f->nhosts; i++)
		if (warden_policy_check_cloud(s->conf, f->hosts[i].name, e) ==
		    -1)
			return -1;
	if (s->conf->uplink[0] == '\0')
		return err_set(e, "assayd.yaml names no uplink for segment %s",
		    s->conf->name);
	if (!warden_role_is_gone(&s->uplink))
		return err_set(e, "the one before is still being shut");
	return fence_way_check(s->conf->uplink, e);
}

static int
begin(struct warden_segment *s, const struct fence *rules, uint32_t request,
    struct err *e)
{
	struct warden_fence *f;
	struct err why;

	if (s->fence != NULL)
		return err_set(e, "a way out is open already");
	if (s->impostor)
		return err_set(e, "a job answers the device's calls");
	if (check(s, rules, e) == -1)
		return -1;
	f = xcalloc(1, sizeof(*f));
	f->rules = *rules;
	f->rules.has_six = fence_way_check_six(s->conf->uplink, &why) == 0;
	if (!f->rules.has_six)
		snprintf(
		    f->why_not_six, sizeof(f->why_not_six), "%.127s", why.text);
	f->request = request;
	f->way.log_fd = -1;
	snprintf(f->rules.interface, sizeof(f->rules.interface), "%s",
	    segment_link(s->segment)->name);
	s->fence = f;
	warden_role_start(&s->uplink); /* the rest when it answers */
	return 0;
}

int
warden_fence_on_open(struct warden *w, struct msg_in *m)
{
	static struct fence rules;
	uint32_t request, segment;
	const uint8_t *mac;
	struct err e;
	uint16_t i, n;
	size_t size;

	memset(&rules, 0, sizeof(rules));
	msg_get_u32(m, &request);
	msg_get_u32(m, &segment);
	msg_get_bytes(m, &mac, &size);
	if (msg_get_u16(m, &n) == -1 || n > FENCE_HOSTS_MAX || size != 6 ||
	    segment >= w->conf->nsegments)
		return -1;
	memcpy(rules.mac, mac, 6);
	rules.nhosts = n;
	for (i = 0; i < n; i++)
		if (read_host(m, &rules.hosts[i]) == -1)
			return -1;
	if (msg_end(m) == -1)
		return -1;
	if (begin(&w->segments[segment], &rules, request, &e) == -1)
		warden_refuse(w, request, &e);
	return 0;
}

int
warden_fence_on_close(struct warden *w, struct msg_in *m)
{
	uint32_t segment;

	msg_get_u32(m, &segment);
	if (msg_end(m) == -1 || segment >= w->conf->nsegments)
		return -1;
	warden_fence_shut(&w->segments[segment]);
	return 0;
}

void
warden_fence_greet(struct warden_segment *s)
{
	const struct warden_fence *f = s->fence;
	char link[16];
	struct msg_out m;
	size_t i;

	if (f == NULL)
		return;
	fence_way_name(s->index, link, sizeof(link));
	msg_start(&m, UPLINK_OPEN);
	msg_put_string(&m, link);
	msg_put_string(&m, s->conf->uplink);
	msg_put_u32(&m, s->index);
	msg_put_u8(&m, f->rules.has_six);
	msg_put_bytes(&m, s->conf->resolver, 4);
	msg_put_u16(&m, (uint16_t)f->rules.nhosts);
	for (i = 0; i < f->rules.nhosts; i++)
		msg_put_string(&m, f->rules.hosts[i].name);
	peer_send(s->uplink.peer, &m, -1);
}

static int
open_way(struct warden_segment *s, struct err *e)
{
	struct warden_fence *f = s->fence;
	int netns = segment_netns(s->segment), r;
	char *text = fence_format(&f->rules);

	r = nft_set(netns, text, e);
	free(text);
	if (r == 0) {
		f->way.has_rules = true;
		r = fence_way_open(&f->way, s->index, netns, &f->rules, e);
	}
	return r;
}

static int
read_addresses(struct warden_fence *f, struct msg_in *m)
{
	struct fence_host *h;
	const uint8_t *addr;
	uint16_t n, number;
	size_t size;

	if (msg_get_u16(m, &n) == -1)
		return -1;
	while (n-- > 0) {
		msg_get_u16(m, &number);
		if (msg_get_bytes(m, &addr, &size) == -1 ||
		    (size != 4 && (size != 16 || !f->rules.has_six)) ||
		    number >= f->rules.nhosts)
			return -1;
		h = &f->rules.hosts[number];
		if (h->naddresses == FENCE_ADDRESSES_MAX)
			continue;
		h->addresses[h->naddresses].family = size == 4 ? 4 : 6;
		memcpy(h->addresses[h->naddresses++].addr, addr, size);
	}
	return msg_end(m);
}

int
warden_fence_on_uplink(struct warden_segment *s, struct msg_in *m)
{
	struct warden_fence *f = s->fence;
	char error[256];
	struct err e;

	if (m->type != WARDEN_UPLINK ||
	    msg_get_string(m, error, sizeof(error)) == -1)
		return -1;
	if (f == NULL || f->is_open)
		return 0; /* shut meanwhile */
	if (read_addresses(f, m) == -1)
		return -1;
	if (error[0] != '\0') {
		err_set(&e, "%s", error);
		refuse(s, &e);
		return 0;
	}
	if (s->segment == NULL || open_way(s, &e) == -1) {
		refuse(s, &e);
		return 0;
	}
	f->is_open = true;
	log_info("segment %s: a way out is open by %s", s->conf->name,
	    s->conf->uplink);
	warden_fence_greet_watch(s);
	warden_fence_greet_services(s);
	tell_open(s, f->request, "");
	return 0;
}

void
warden_fence_on_gone(struct warden_segment *s, const char *why)
{
	struct msg_out m;
	struct err e;

	if (s->fence == NULL)
		return;
	if (!s->fence->is_open) {
		err_set(&e, "its process ended: %s", why);
		refuse(s, &e);
		return;
	}
	warden_fence_shut(s);
	msg_start(&m, ENGINE_FENCE_LOST);
	msg_put_u32(&m, s->index);
	msg_put_string(&m, why);
	warden_tell_engine(s->w, &m, -1);
}
