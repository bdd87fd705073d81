/*
 * run_cloud: the way out that a run of mode cloud has, and what went by it.
 *
 * Each flow that the fence let out or refused is an event of the run.  While
 * the way is open the world is on the other side of the device, so nothing is
 * done to it there that could break it or others.
 */
#include "daemon/engine/run_cloud.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/shared/address.h"
#include "daemon/shared/wire_frames.h"
#include "daemon/warden/fence.h"

#define FENCE_LIMIT_MS 20000

static json_t *
read_hosts(struct run *run, struct msg_in *m)
{
	json_t *hosts = json_array(), *addresses;
	const uint8_t *addr;
	char name[254], text[46];
	uint16_t i, n = 0, k;
	size_t size;

	msg_get_u16(m, &n);
	for (i = 0; i < n && !m->bad; i++) {
		addresses = json_array();
		msg_get_string(m, name, sizeof(name));
		if (msg_get_u16(m, &k) == -1)
			k = 0;
		while (k-- > 0 && msg_get_bytes(m, &addr, &size) == 0 &&
		    (size == 4 || size == 16))
			json_array_append_new(addresses,
			    json_string(
				address_text(size == 4 ? 4 : 6, addr, text)));
		json_array_append_new(hosts,
		    json_pack("{s:s,s:b,s:o}", "host", name, "shut",
			i < run->fence->nhosts && run->fence->hosts[i].is_shut,
			"addrs", addresses));
	}
	return hosts;
}

static void
on_fence(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;
	char error[256] = "", why_not_six[128];
	json_t *values;

	(void)fd;
	if (m == NULL) {
		run_on_cloud(run, why == NULL ? "no answer" : why);
		return;
	}
	msg_get_string(m, error, sizeof(error));
	if (m->type == ENGINE_REFUSED || error[0] != '\0') {
		run_on_cloud(run, error);
		return;
	}
	if (msg_get_string(m, why_not_six, sizeof(why_not_six)) == -1)
		fatal("warden: malformed fence");
	values = json_pack("{s:o,s:s}", "hosts", read_hosts(run, m), "ipv6",
	    why_not_six[0] == '\0' ? "open" : "refused");
	if (why_not_six[0] != '\0')
		json_object_set_new(
		    values, "ipv6_why", json_quoted(why_not_six));
	if (msg_end(m) == -1)
		fatal("warden: malformed fence");
	run->fence_is_open = true;
	run_event(run, "fence", "open", run->seg->conf->uplink, 0, values);
	run_on_cloud(run, NULL);
}

static void
send_open(struct run *run)
{
	const struct fence_host *h;
	static struct msg_out m;
	size_t i, k;

	msg_start(&m, WARDEN_FENCE);
	msg_put_u32(&m,
	    requests_add(run->engine->requests, ASKED_WARDEN, FENCE_LIMIT_MS,
		on_fence, run));
	msg_put_u32(&m, run->seg->index);
	msg_put_bytes(&m, run->device->mac, 6);
	msg_put_u16(&m, (uint16_t)run->fence->nhosts);
	for (i = 0; i < run->fence->nhosts; i++) {
		h = &run->fence->hosts[i];
		msg_put_string(&m, h->name);
		msg_put_u8(&m, h->is_shut);
		msg_put_u16(&m, (uint16_t)h->nports);
		for (k = 0; k < h->nports; k++) {
			msg_put_u8(&m, h->ports[k].transport);
			msg_put_u16(&m, h->ports[k].first);
			msg_put_u16(&m, h->ports[k].last);
		}
	}
	peer_send(run->engine->warden, &m, -1);
}

void
run_cloud_open(struct run *run)
{
	struct err e;

	free(run->fence);
	run->fence = xcalloc(1, sizeof(*run->fence));
	if (fence_name_hosts(run->fence, run->device->profile,
		run->scenario->state, &e) == -1) {
		run_on_cloud(run, e.text);
		return;
	}
	run->fence_is_asked = true;
	send_open(run);
}

void
run_cloud_shut(struct run *run)
{
	static struct msg_out m;

	if (!run->fence_is_asked)
		return;
	run->fence_is_asked = false;
	msg_start(&m, WARDEN_FENCE_CLOSE);
	msg_put_u32(&m, run->seg->index);
	peer_send(run->engine->warden, &m, -1);
	if (run->fence_is_open)
		run_event(run, "fence", "shut", "", 0, NULL);
	run->fence_is_open = false;
}

void
run_on_flow(struct run *run, struct msg_in *m)
{
	const struct fence *f = run->fence;
	const uint8_t *from, *to;
	char from_t[46], to_t[46];
	uint8_t what, host, transport, family;
	uint16_t from_port, to_port;
	uint64_t stamp;
	size_t nfrom, nto;
	const char *code;

	msg_get_u8(m, &what);
	msg_get_u8(m, &host);
	msg_get_u8(m, &transport);
	msg_get_bytes(m, &from, &nfrom);
	msg_get_u16(m, &from_port);
	msg_get_bytes(m, &to, &nto);
	msg_get_u16(m, &to_port);
	msg_get_u64(m, &stamp);
	if (msg_end(m) == -1 || nfrom != nto || (nto != 4 && nto != 16))
		fatal("watch: malformed flow");
	family = nto == 4 ? 4 : 6;
	code = what == FENCE_ALLOWED ? "allowed"
	    : what == FENCE_SHUT     ? "shut"
				     : "refused";
	run_note(run, "flow", code,
	    f != NULL && what != FENCE_REFUSED && host < f->nhosts
		? f->hosts[host].name
		: "",
	    stamp,
	    json_pack("{s:i,s:s,s:i,s:s,s:i}", "transport", transport, "from",
		address_text(family, from, from_t), "from_port", from_port,
		"to", address_text(family, to, to_t), "to_port", to_port));
}

void
run_on_flows_lost(struct run *run, uint64_t lost)
{
	run_note(run, "flow", "not_recorded",
	    "more flows than are recorded one by one", 0,
	    json_pack("{s:I}", "count", (json_int_t)lost));
}

void
run_on_fence_lost(struct run *run, const char *why)
{
	run->fence_is_open = false;
	run_note(run, "fence", "lost", why, 0, NULL);
}
