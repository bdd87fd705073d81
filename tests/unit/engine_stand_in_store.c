/*
 * engine_stand_in_store: a store by script: it says done when the test lets it.
 */
#include "engine_stand_in.h"

#include <check.h>
#include <string.h>

#include "daemon/store/store_wire.h"

static struct msg_out out;

void
stand_in_done(struct engine_rig *r, uint64_t request, const char *error)
{
	msg_start(&out, STORE_DONE);
	msg_put_u64(&out, request);
	msg_put_u32(&out, 1);
	msg_put_string(&out, error);
	stand_in_send(r->scripted, &out, -1);
}

static void
on_append(struct engine_rig *r, struct msg_in *m, uint64_t request)
{
	const char *type;
	const uint8_t *p;
	json_t *record;
	uint64_t seq;
	size_t n;

	msg_get_u64(m, &seq);
	msg_get_bytes(m, &p, &n);
	ck_assert_int_eq(msg_end(m), 0);
	record = json_loadb((const char *)p, n, 0, NULL);
	ck_assert_ptr_nonnull(record);
	type = json_string_value(json_object_get(record, "type"));
	if (erig_is_refused(r, record)) {
		stand_in_done(r, request, "database or disk is full");
	} else {
		ck_assert_uint_lt(r->nappends, ERIG_APPENDS_MAX);
		r->appends[r->nappends++] = request;
		if (strcmp(type, "verdict") == 0)
			stand_in_asked(r, AT_APPEND, 0);
		else if (!r->hold[AT_APPEND] || r->reached[AT_APPEND] == 0)
			stand_in_answer(r, AT_APPEND);
	}
	json_decref(record);
}

void
stand_in_store(struct engine_rig *r, struct msg_in *m)
{
	static const char last[] = "{\"seq\":0,\"manifest\":null}";
	const char *error = "";
	uint32_t total, offset;
	uint64_t request;
	const uint8_t *p;
	char name[128];
	size_t n;

	ck_assert_int_eq(msg_get_u64(m, &request), 0);
	if (m->type == STORE_APPEND) {
		on_append(r, m, request);
		return;
	}
	if (m->type == STORE_REGISTER) {
		stand_in_done(r, request, "");
		return;
	}
	msg_get_string(m, name, sizeof(name));
	if (m->type == STORE_DOCUMENT) {
		msg_get_u32(m, &total);
		msg_get_u32(m, &offset);
		ck_assert_int_eq(msg_get_bytes(m, &p, &n), 0);
		if (offset + n == total)
			stand_in_done(r, request, "");
		return;
	}
	ck_assert_uint_eq(m->type, STORE_QUERY);
	if (r->fail_times > 0 && strcmp(name, r->fail_query) == 0) {
		r->fail_times--;
		error = "database is locked";
	} else if (strcmp(name, "last") == 0) {
		msg_start(&out, STORE_ROW);
		msg_put_u64(&out, request);
		msg_put_u8(&out, 1);
		msg_put_bytes(&out, last, strlen(last));
		stand_in_send(r->scripted, &out, -1);
	}
	msg_start(&out, STORE_END);
	msg_put_u64(&out, request);
	msg_put_string(&out, error);
	stand_in_send(r->scripted, &out, -1);
}
