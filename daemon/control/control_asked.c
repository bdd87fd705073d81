/*
 * control_asked: what the methods of the control socket share.
 */
#include "daemon/control/control_asked.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/device.h"

const char *
control_text(const json_t *params, const char *name)
{
	return json_string_value(json_object_get(params, name));
}

uint64_t
control_number(const json_t *params, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(params, name));

	return v < 0 ? 0 : (uint64_t)v;
}

bool
control_is_ready(const struct engine *en, struct control_call *c)
{
	if (en->ready && en->store_up)
		return true;
	control_refusef(
	    c, CONTROL_UNAVAILABLE, "the store does not answer: try again");
	return false;
}

struct device *
control_device(struct engine *en, struct control_call *c, const json_t *params)
{
	const char *name = control_text(params, "device");
	struct device *d = device_find(en, name);
	char q[80];

	if (d == NULL)
		control_refusef(c, CONTROL_NOT_FOUND, "no device is called %s",
		    log_quote(name, strlen(name), q, sizeof(q)));
	return d;
}

static void
on_listed(void *arg, const json_t *row, const char *error)
{
	struct control_listing *l = arg;
	json_t *o;

	if (row != NULL) {
		o = json_deep_copy(
		    l->member == NULL ? row : json_object_get(row, l->member));
		json_array_append_new(l->rows, o);
		return;
	}
	if (error != NULL) {
		control_refusef(l->call, CONTROL_UNAVAILABLE, "%s", error);
		json_decref(l->rows);
		json_decref(l->result);
	} else {
		json_object_set_new(l->result, l->key, l->rows);
		control_reply(l->call, l->result);
	}
	free(l);
}

/* Rows that go out as the store wrote them. */
struct passing {
	struct control_call *call;
	char *text; /* of the answer so far */
	size_t size, room;
	bool is_begun;
};

static void
pass_bytes(struct passing *p, const char *bytes, size_t n)
{
	if (p->room - p->size <= n) {
		p->room = 2 * p->room + n + 1;
		p->text = xrealloc(p->text, p->room, 1);
	}
	memcpy(p->text + p->size, bytes, n);
	p->size += n;
	p->text[p->size] = '\0';
}

static void
on_passed(void *arg, const char *row, size_t size, const char *error)
{
	struct passing *p = arg;

	if (row != NULL) {
		if (p->is_begun)
			pass_bytes(p, ",", 1);
		p->is_begun = true;
		pass_bytes(p, row, size);
		return;
	}
	if (error != NULL) {
		control_refusef(p->call, CONTROL_UNAVAILABLE, "%s", error);
	} else {
		pass_bytes(p, "]}", 2);
		control_reply_text(p->call, p->text);
	}
	free(p->text);
	free(p);
}

/* key: one of ours, not quoted. */
static void
pass_on(struct engine *en, struct control_call *c, const char *query,
    const json_t *args, const char *key)
{
	struct passing *p = xcalloc(1, sizeof(*p));
	char *begin = xasprintf("{\"%s\":[", key);

	p->call = c;
	pass_bytes(p, begin, strlen(begin));
	free(begin);
	store_query_text(en->store, query, args, on_passed, p);
}

void
control_list(struct engine *en, struct control_call *c, const char *query,
    json_t *args, const struct control_listing *shape)
{
	struct control_listing *l;

	if (!control_is_ready(en, c)) {
		json_decref(args);
		json_decref(shape->result);
		return;
	}
	if (shape->member == NULL && shape->result == NULL) {
		pass_on(en, c, query, args, shape->key);
		json_decref(args);
		return;
	}
	l = xmemdup(shape, sizeof(*shape));
	l->call = c;
	l->rows = json_array();
	if (l->result == NULL)
		l->result = json_object();
	store_query(en->store, query, args, on_listed, l);
	json_decref(args);
}

json_t *
control_args(const json_t *params, const char *const *names)
{
	json_t *args = json_object();
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (json_object_get(params, names[i]) != NULL)
			json_object_set(
			    args, names[i], json_object_get(params, names[i]));
	return args;
}
