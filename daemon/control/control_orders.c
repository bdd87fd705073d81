/*
 * control_orders: order.*, sample.*: what customers ordered, and what came.
 */
#include "daemon/control/control_asked.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/device.h"
#include "daemon/engine/orders.h"
#include "daemon/engine/run.h"
#include "daemon/engine/sample_secrets.h"

/* A row on its way to the store. */
struct keeping {
	struct engine *en;
	struct control_call *call;
	const char *kind; /* "order", "sample" */
	char *name;
	json_t *value;
};

static void
on_kept(void *arg, uint64_t seq, const char *error)
{
	struct keeping *k = arg;

	(void)seq;
	orders_settle(k->en->orders, k->name);
	if (error != NULL) {
		control_refusef(k->call, CONTROL_UNAVAILABLE,
		    "it is not stored: %s", error);
	} else {
		if (strcmp(k->kind, "order") == 0)
			orders_set(k->en->orders, k->name, k->value);
		else
			orders_set_sample(k->en->orders, k->name, k->value);
		json_object_set_new(k->value, "name", json_string(k->name));
		control_reply(k->call, json_pack("{s:O}", k->kind, k->value));
	}
	json_decref(k->value);
	free(k->name);
	free(k);
}

/* value is taken over. */
static void
keep(struct engine *en, struct control_call *c, const char *kind,
    const char *name, json_t *value)
{
	struct keeping *k = xcalloc(1, sizeof(*k));

	k->en = en;
	k->call = c;
	k->kind = kind;
	k->name = xstrdup(name);
	k->value = value;
	json_object_set_new(
	    value, "uid", json_integer((json_int_t)control_call_uid(c)));
	orders_hold(en->orders, name);
	store_register(en->store, kind, name, value, on_kept, k);
}

void
control_call_order_new(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct err e;
	json_t *row;

	if (!control_is_ready(en, c))
		return;
	row = orders_make(en->orders, params, &e);
	if (row == NULL)
		control_refuse(c, CONTROL_INVALID_PARAMS, &e);
	else
		keep(en, c, "order", control_text(params, "name"), row);
}

/* A slip of the pen would be evidence that is of no order. */
bool
control_order_is_known(
    const struct engine *en, struct control_call *c, const json_t *params)
{
	const char *order = control_text(params, "order");
	struct err e;

	if (order == NULL || orders_known(en->orders, order, &e) == 0)
		return true;
	control_refuse(c, CONTROL_NOT_FOUND, &e);
	return false;
}

void
control_call_sample_add(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct err e;
	json_t *row;

	if (!control_is_ready(en, c))
		return;
	row = orders_make_sample(en->orders, params, &e);
	if (row == NULL)
		control_refuse(c, CONTROL_INVALID_PARAMS, &e);
	else
		keep(en, c, "sample", control_text(params, "name"), row);
}

/* ---- what is of an order ---- */

/* "" for what is not there. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static json_t *
runs_of(const struct engine *en, const char *order)
{
	json_t *list = json_array();
	const struct run *run;

	TAILQ_FOREACH (run, &en->runs, entry)
		if (strcmp(text_of(run->chain.common, "order"), order) == 0)
			json_array_append_new(
			    list, json_integer((json_int_t)run->chain.run));
	return list;
}

static json_t *
devices_of(const struct engine *en, const char *order)
{
	json_t *list = json_array();
	const struct device *d;

	TAILQ_FOREACH (d, &en->devices, entry)
		if (strcmp(text_of(d->value, "order"), order) == 0)
			json_array_append_new(list,
			    json_pack("{s:s, s:O*}", "name", d->name, "sample",
				json_object_get(d->value, "sample")));
	return list;
}

/* Of all orders: order NULL. */
static json_t *
samples_of(const struct engine *en, const char *order)
{
	json_t *list = json_array(), *sample, *row;
	const char *name;

	json_object_foreach (orders_samples(en->orders), name, sample) {
		if (order != NULL &&
		    strcmp(text_of(sample, "order"), order) != 0)
			continue;
		row = json_deep_copy(sample);
		json_object_set_new(row, "name", json_string(name));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *
named(const char *name, const json_t *order)
{
	json_t *row = json_deep_copy(order);

	json_object_set_new(row, "name", json_string(name));
	return row;
}

/* NULL: it was refused. */
static const json_t *
find_order(struct engine *en, struct control_call *c, const char *name)
{
	const json_t *order = json_object_get(orders_all(en->orders), name);

	if (order == NULL)
		control_refusef(
		    c, CONTROL_NOT_FOUND, "there is no order of that name");
	return order;
}

void
control_call_order_list(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	json_t *list, *order, *row;
	const char *name;

	(void)params;
	if (!control_is_ready(en, c))
		return;
	list = json_array();
	json_object_foreach (orders_all(en->orders), name, order) {
		row = named(name, order);
		json_object_set_new(row, "samples", samples_of(en, name));
		json_object_set_new(row, "runs", runs_of(en, name));
		json_array_append_new(list, row);
	}
	control_reply(c, json_pack("{s:o}", "orders", list));
}

void
control_call_order_show(void *arg, struct control_call *c, const json_t *params)
{
	const char *name = control_text(params, "order");
	struct engine *en = arg;
	const json_t *order;

	if (!control_is_ready(en, c))
		return;
	order = find_order(en, c, name);
	if (order != NULL)
		control_reply(c,
		    json_pack("{s:o, s:o, s:o, s:o}", "order",
			named(name, order), "samples", samples_of(en, name),
			"devices", devices_of(en, name), "runs",
			runs_of(en, name)));
}

void
control_call_sample_list(
    void *arg, struct control_call *c, const json_t *params)
{
	const char *name = control_text(params, "order");
	struct engine *en = arg;

	if (!control_is_ready(en, c) ||
	    (name != NULL && find_order(en, c, name) == NULL))
		return;
	control_reply(c, json_pack("{s:o}", "samples", samples_of(en, name)));
}

void
control_call_order_close(
    void *arg, struct control_call *c, const json_t *params)
{
	const char *name = control_text(params, "order");
	struct engine *en = arg;
	json_t *runs, *closed;
	struct err e;
	size_t n;

	if (!control_is_ready(en, c) || find_order(en, c, name) == NULL)
		return;
	runs = runs_of(en, name);
	n = json_array_size(runs);
	json_decref(runs);
	if (n > 0) {
		control_refusef(c, CONTROL_REFUSED,
		    "%zu runs of it are queued or under way", n);
		return;
	}
	closed = orders_make_closed(en->orders, name,
	    control_text(params, "note"), control_text(params, "by"), &e);
	if (closed == NULL)
		control_refuse(c, CONTROL_REFUSED, &e);
	else
		keep(en, c, "order", name, closed);
}

static void
on_marks(void *arg, json_t *list, const char *error)
{
	struct control_call *c = arg;

	if (error != NULL)
		control_refusef(c, CONTROL_UNAVAILABLE,
		    "the default secrets cannot be looked at: %s", error);
	else
		control_reply(c, json_pack("{s:o}", "secrets", list));
}

void
control_call_sample_secrets(
    void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct err e;

	if (control_is_ready(en, c) &&
	    sample_secrets_ask(en, control_text(params, "a"),
		control_text(params, "b"), on_marks, c, &e) == -1)
		control_refuse(c, CONTROL_NOT_FOUND, &e);
}

/* ---- a device that is a sample ---- */

bool
control_sample_is_known(
    const struct engine *en, struct control_call *c, const json_t *params)
{
	const json_t *sample = json_object_get(params, "sample");
	const char *name = text_of(sample, "name"), *order;
	const char *said = control_text(params, "order");
	json_t *known;
	struct err e;

	if (json_object_get(sample, "name") == NULL)
		return true;
	if (json_object_size(sample) > 1) {
		control_refusef(c, CONTROL_INVALID_PARAMS,
		    "sample: a registered one by its name alone");
		return false;
	}
	known = orders_describe_sample(en->orders, name, &order, &e);
	if (known == NULL) {
		control_refuse(c, CONTROL_NOT_FOUND, &e);
		return false;
	}
	json_decref(known);
	if (said == NULL || strcmp(said, order) == 0)
		return true;
	control_refusef(
	    c, CONTROL_REFUSED, "the sample came for order %s", order);
	return false;
}

void
control_fill_sample(const struct engine *en, json_t *row)
{
	const char *name = text_of(json_object_get(row, "sample"), "name");
	const char *order;
	json_t *known;
	struct err e;

	if (name[0] == '\0')
		return;
	known = orders_describe_sample(en->orders, name, &order, &e);
	if (known == NULL)
		return;
	json_object_set_new(row, "order", json_string(order));
	json_object_set_new(row, "sample", known);
}
