/*
 * analyze_replay: a probe's passive half over a capture file.
 */
#include "judging/analyze_replay.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/shared/address.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_brief.h"

#define DESCRIBE_LIMIT_MS 10000
#define JUDGE_LIMIT_MS 60000 /* once it has been sent every frame */

json_t *
analyze_describe(const struct analyze_probe *p, struct err *e)
{
	static struct msg_out m;
	struct worker_alone_result r;
	struct worker_alone *w =
	    worker_alone_start(p->worker, p->file, p->name, e);
	json_t *descriptor = NULL;

	if (w == NULL)
		return NULL;
	msg_start(&m, WORKER_DESCRIBE);
	(void)worker_alone_send(w, &m);
	if (worker_alone_finish(w, DESCRIBE_LIMIT_MS, &r, e) == 0)
		descriptor = json_incref(r.descriptor);
	worker_alone_result_clear(&r);
	if (descriptor == NULL)
		err_prefix(e, "%s", p->file);
	return descriptor;
}

static int
compare_targets(const void *a, const void *b)
{
	const struct census_address *x = a, *y = b;
	uint8_t scope_x = worker_brief_scope(x->family, x->addr);
	uint8_t scope_y = worker_brief_scope(y->family, y->addr);

	if (scope_x != scope_y)
		return scope_x < scope_y ? -1 : 1;
	return memcmp(x->addr, y->addr, 16);
}

/* The device's addresses, in the order in which a bench tells them.  There is
 * nobody to speak from, and no interface. */
static int
send_targets(struct worker_alone *w, const struct census_sender *device)
{
	struct census_address all[CENSUS_ADDRESSES_MAX];
	static struct msg_out m;
	struct brief_target t;
	char text[46];
	size_t i;

	memcpy(all, device->addresses, sizeof(all));
	qsort(all, device->naddresses, sizeof(all[0]), compare_targets);
	for (i = 0; i < device->naddresses; i++) {
		memset(&t, 0, sizeof(t));
		t.family = all[i].family;
		memcpy(t.addr, all[i].addr, 16);
		memcpy(t.mac, device->mac, 6);
		t.text = address_text(t.family, t.addr, text);
		worker_brief_target(&m, &t);
		if (worker_alone_send(w, &m) == -1)
			return -1;
	}
	return 0;
}

static int
send_brief(struct worker_alone *w, const struct analyze_replay *q)
{
	static struct msg_out m;
	size_t next = 0;

	if (send_targets(w, q->device) == -1)
		return -1;
	while (worker_brief_declared(&m, q->profile, STATE_OPERATING, &next))
		if (worker_alone_send(w, &m) == -1)
			return -1;
	msg_start(&m, WORKER_REPLAY);
	msg_put_u64(&m, 1);
	msg_put_string(&m, state_name(STATE_OPERATING));
	msg_put_u16(&m, LINKTYPE_ETHERNET_NUMBER);
	msg_put_u64(&m, q->census->stamp_first);
	return worker_alone_send(w, &m);
}

static void
put_frame(struct msg_out *m, const struct capture_frame *f)
{
	size_t size = f->frame.size;
	uint64_t wire = f->frame.wire_size;

	if (size > WIRE_FRAME_MAX) /* as if it had been captured so */
		size = WIRE_FRAME_MAX;
	msg_start(m, WORKER_FRAME);
	msg_put_u64(m, f->number);
	msg_put_u64(m, f->frame.stamp_ns);
	msg_put_u32(m, wire > UINT32_MAX ? UINT32_MAX : (uint32_t)wire);
	msg_put_u16(m, f->frame.link_type);
	msg_put_u8(m, f->frame.direction == FRAME_OUT);
	msg_put_bytes(m, f->frame.data, size);
}

/* 0, also when the worker does not want them all; -1: the capture. */
static int
send_frames(struct worker_alone *w, struct capture_file *c, struct err *e)
{
	static struct msg_out m;
	struct capture_frame f;
	int got;

	capture_file_rewind(c);
	while ((got = capture_file_next(c, &f, e)) == 1) {
		if (f.frame.link_type != LINKTYPE_ETHERNET_NUMBER)
			continue;
		put_frame(&m, &f);
		if (worker_alone_send(w, &m) == -1)
			return 0;
	}
	if (got == -1)
		return -1;
	msg_start(&m, WORKER_FRAMES_END);
	(void)worker_alone_send(w, &m);
	return 0;
}

int
analyze_replay(const struct analyze_probe *p, const struct analyze_replay *q,
    struct worker_alone_result *r, struct err *e)
{
	struct worker_alone *w =
	    worker_alone_start(p->worker, p->file, p->name, e);
	struct err ended;
	int status = 0;

	if (w == NULL)
		return -1;
	/* A worker that is gone says why when it is finished. */
	if (send_brief(w, q) == 0)
		status = send_frames(w, q->capture, e);
	(void)worker_alone_finish(
	    w, status == 0 ? JUDGE_LIMIT_MS : 0, r, &ended);
	if (status == -1)
		worker_alone_result_clear(r);
	return status;
}
