/*
 * wire_frames: values, subjects and frame selectors as they stand in messages
 * and as JSON in records.
 */
#include "daemon/shared/wire_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/shared/address.h"
#include "probes/probe.h"

#define VALUE_MAX 16384 /* bytes of a text, so that it fits a record */

int
wire_get_address(struct msg_in *m, uint8_t *family, uint8_t *addr)
{
	const uint8_t *p;
	size_t n, want;

	memset(addr, 0, 16);
	msg_get_u8(m, family);
	if (msg_get_bytes(m, &p, &n) == -1)
		return -1;
	want = *family == 4 ? 4 : *family == 6 ? 16 : 0;
	if ((*family != 0 && want == 0) || (want != 0 && n != want)) {
		m->bad = true;
		return -1;
	}
	if (want != 0)
		memcpy(addr, p, want);
	return 0;
}

void
wire_put_address(struct msg_out *m, uint8_t family, const uint8_t *addr)
{
	msg_put_u8(m, family);
	msg_put_bytes(m, addr, family == 4 ? 4 : family == 6 ? 16 : 0);
}

int
wire_get_mac(struct msg_in *m, uint8_t mac[6])
{
	const uint8_t *p;
	size_t n;

	memset(mac, 0, 6);
	if (msg_get_bytes(m, &p, &n) == -1)
		return -1;
	if (n != 6) {
		m->bad = true;
		return -1;
	}
	memcpy(mac, p, 6);
	return 0;
}

int
wire_get_subject(struct msg_in *m, struct wire_subject *s)
{
	wire_get_address(m, &s->family, s->addr);
	return msg_get_u16(m, &s->port);
}

int
wire_get_frames(struct msg_in *m, struct wire_frames *f)
{
	msg_get_u8(m, &f->proto);
	wire_get_address(m, &f->family, f->addr);
	msg_get_u16(m, &f->local_first);
	msg_get_u16(m, &f->local_last);
	msg_get_u16(m, &f->remote_first);
	msg_get_u16(m, &f->remote_last);
	return msg_get_string(m, f->comment, sizeof(f->comment));
}

void
wire_put_frames(struct msg_out *m, const struct wire_frames *f)
{
	msg_put_u8(m, f->proto);
	wire_put_address(m, f->family, f->addr);
	msg_put_u16(m, f->local_first);
	msg_put_u16(m, f->local_last);
	msg_put_u16(m, f->remote_first);
	msg_put_u16(m, f->remote_last);
	msg_put_string(m, f->comment);
}

json_t *
json_quoted(const char *s)
{
	size_t size = strlen(s) * 4 + 8;
	char *out = xcalloc(1, size);
	json_t *o = json_string(log_quote(s, strlen(s), out, size));

	free(out);
	return o;
}

json_t *
wire_get_value(struct msg_in *m, const char **type)
{
	static const char *const names[] = { [ASSAY_TYPE_BOOL] = "bool",
		[ASSAY_TYPE_U64] = "u64",
		[ASSAY_TYPE_I64] = "i64",
		[ASSAY_TYPE_STRING] = "string",
		[ASSAY_TYPE_PORTS] = "ports",
		[ASSAY_TYPE_DURATION] = "duration" };
	json_t *o = NULL;
	uint64_t u64;
	int64_t i64;
	uint8_t t, b;
	char *s;

	if (msg_get_u8(m, &t) == -1)
		return NULL;
	switch (t) {
	case ASSAY_TYPE_BOOL:
		if (msg_get_u8(m, &b) == 0 && b <= 1)
			o = json_boolean(b);
		break;
	case ASSAY_TYPE_U64:
	case ASSAY_TYPE_DURATION:
		if (msg_get_u64(m, &u64) == 0 && u64 <= INT64_MAX)
			o = json_integer((json_int_t)u64);
		break;
	case ASSAY_TYPE_I64:
		if (msg_get_i64(m, &i64) == 0)
			o = json_integer(i64);
		break;
	case ASSAY_TYPE_STRING:
	case ASSAY_TYPE_PORTS:
		s = msg_dup_string(m);
		if (s != NULL && strlen(s) <= VALUE_MAX)
			o = json_quoted(s);
		free(s);
		break;
	default:
		break;
	}
	if (o == NULL)
		m->bad = true;
	else if (type != NULL)
		*type = names[t];
	return o;
}

json_t *
wire_subject_json(const struct wire_subject *s)
{
	json_t *o = json_object();
	char text[46];

	json_object_set_new(o, "addr",
	    s->family == 0
		? json_null()
		: json_string(address_text(s->family, s->addr, text)));
	json_object_set_new(
	    o, "port", s->port == 0 ? json_null() : json_integer(s->port));
	return o;
}

static json_t *
range_json(uint16_t first, uint16_t last)
{
	char text[16];

	if (first == 0 && last == 0)
		return json_null();
	if (first == last)
		snprintf(text, sizeof(text), "%u", first);
	else
		snprintf(text, sizeof(text), "%u-%u", first, last);
	return json_string(text);
}

json_t *
wire_frames_json(const struct wire_frames *f)
{
	json_t *o = json_object();
	char text[46];

	json_object_set_new(o, "proto", json_integer(f->proto));
	json_object_set_new(o, "addr",
	    f->family == 0
		? json_null()
		: json_string(address_text(f->family, f->addr, text)));
	json_object_set_new(
	    o, "local", range_json(f->local_first, f->local_last));
	json_object_set_new(
	    o, "remote", range_json(f->remote_first, f->remote_last));
	json_object_set_new(o, "comment", json_quoted(f->comment));
	return o;
}
