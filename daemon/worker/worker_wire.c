/*
 * worker_wire: values, subjects and observations in messages.
 */
#include "daemon/worker/worker_wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/worker/worker_check.h"

static void
put_address(struct msg_out *m, const struct assay_target *target)
{
	uint8_t family = target == NULL ? 0 : target->family;
	size_t size = family == 0 ? 0 : family == 4 ? 4 : 16;

	msg_put_u8(m, family);
	msg_put_bytes(m, target == NULL ? NULL : target->addr, size);
}

static void
put_ports(struct msg_out *m, const struct assay_ports *ports)
{
	char *text = xcalloc(1, WORKER_PORTS_TEXT_MAX + 1);

	msg_put_string(
	    m, assay_ports_format(ports, text, WORKER_PORTS_TEXT_MAX + 1));
	free(text);
}

void
worker_wire_put_value(struct msg_out *m, const struct assay_value *v)
{
	msg_put_u8(m, (uint8_t)v->type);
	switch (v->type) {
	case ASSAY_TYPE_BOOL:
		msg_put_u8(m, v->boolean ? 1 : 0);
		break;
	case ASSAY_TYPE_U64:
	case ASSAY_TYPE_DURATION:
		msg_put_u64(m, v->u64);
		break;
	case ASSAY_TYPE_I64:
		msg_put_i64(m, v->i64);
		break;
	case ASSAY_TYPE_STRING:
		msg_put_string(m, v->string);
		break;
	case ASSAY_TYPE_PORTS:
		put_ports(m, v->ports);
		break;
	}
}

void
worker_wire_put_subject(
    struct msg_out *m, const struct assay_target *target, uint16_t port)
{
	put_address(m, target);
	msg_put_u16(m, port);
}

void
worker_wire_put_observation(
    struct msg_out *m, uint32_t id, const struct assay_observation *o)
{
	const struct assay_frames *f;
	size_t i;

	msg_put_u32(m, id);
	msg_put_string(m, o->field);
	worker_wire_put_subject(m, o->target, o->port);
	worker_wire_put_value(m, &o->value);
	msg_put_u8(m, (uint8_t)o->nframes);
	for (i = 0; i < o->nframes; i++) {
		f = &o->frames[i];
		msg_put_u8(m, f->ip_proto);
		put_address(m, f->target);
		msg_put_u16(m, f->local_first);
		msg_put_u16(m, f->local_last);
		msg_put_u16(m, f->remote_first);
		msg_put_u16(m, f->remote_last);
		msg_put_string(m, f->comment == NULL ? o->field : f->comment);
	}
}

static void
get_subject(struct msg_in *m, struct assay_observation *o,
    const struct worker_facts *facts)
{
	const uint8_t *addr;
	uint8_t family;
	size_t n, want;

	msg_get_u8(m, &family);
	want = family == 0 ? 0 : family == 4 ? 4 : 16;
	if (msg_get_bytes(m, &addr, &n) == -1 || n != want ||
	    (family != 0 && family != 4 && family != 6))
		m->bad = true;
	msg_get_u16(m, &o->port);
	if (!m->bad && family != 0)
		o->target = worker_facts_find_target(facts, family, addr);
}

static void
get_value(struct msg_in *m, struct worker_recorded *r)
{
	struct assay_value *v = &r->observation.value;
	uint8_t type, b;

	msg_get_u8(m, &type);
	v->type = type;
	switch (v->type) {
	case ASSAY_TYPE_BOOL:
		msg_get_u8(m, &b);
		v->boolean = b != 0;
		return;
	case ASSAY_TYPE_U64:
	case ASSAY_TYPE_DURATION:
		msg_get_u64(m, &v->u64);
		return;
	case ASSAY_TYPE_I64:
		msg_get_i64(m, &v->i64);
		return;
	case ASSAY_TYPE_STRING:
	case ASSAY_TYPE_PORTS:
		r->text = msg_dup_string(m);
		v->string = r->text;
		if (r->text == NULL || v->type == ASSAY_TYPE_STRING)
			return;
		if (assay_ports_parse(&r->ports, r->text) == -1)
			m->bad = true;
		v->ports = &r->ports;
		return;
	}
	m->bad = true;
}

/* Judge does not see which frames it was; they are read past. */
static void
skip_frames(struct msg_in *m)
{
	const uint8_t *addr;
	char comment[WORKER_COMMENT_MAX + 1];
	uint16_t port;
	uint8_t n, b;
	size_t size;
	int i;

	msg_get_u8(m, &n);
	if (n > WORKER_FRAMES_MAX)
		m->bad = true;
	while (n-- > 0 && !m->bad) {
		msg_get_u8(m, &b);
		msg_get_u8(m, &b);
		msg_get_bytes(m, &addr, &size);
		for (i = 0; i < 4; i++)
			msg_get_u16(m, &port);
		msg_get_string(m, comment, sizeof(comment));
	}
}

int
worker_wire_get_observation(struct msg_in *m, struct worker_recorded *r,
    const struct worker_facts *facts)
{
	memset(r, 0, sizeof(*r));
	msg_get_u32(m, &r->id);
	msg_get_string(m, r->field, sizeof(r->field));
	r->observation.field = r->field;
	get_subject(m, &r->observation, facts);
	get_value(m, r);
	skip_frames(m);
	return msg_end(m);
}
