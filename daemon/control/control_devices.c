/*
 * control_devices: device.add, device.list, device.show.
 */
#include "daemon/control/control_asked.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/run.h"

struct adding {
	struct engine *en;
	struct control_call *call;
	char *name, *text;
	json_t *value;
};

static void
on_added(void *arg, uint64_t seq, const char *error)
{
	struct adding *a = arg;
	struct device *d;
	struct err e;
	char mac[18];

	(void)seq;
	d = device_find(a->en, a->name);
	if (d != NULL && d->changing > 0)
		d->changing--;
	if (error != NULL) {
		control_refusef(a->call, CONTROL_UNAVAILABLE,
		    "the device is not stored: %s", error);
	} else {
		d = device_set(a->en, a->name, a->value, a->text, &e);
		if (d == NULL)
			control_refuse(a->call, CONTROL_REFUSED, &e);
		else
			control_reply(a->call,
			    json_pack("{s:s,s:s,s:s}", "device", d->name, "mac",
				mac_text(d->mac, mac), "sha256",
				d->profile->sha256));
	}
	free(a->name);
	free(a->text);
	json_decref(a->value);
	free(a);
}

/* The registry's row: what the caller said, checked, plus what follows. */
static json_t *
device_row(const json_t *params, const struct profile *profile)
{
	static const char *const copied[] = { "file", "segment", "order",
		"product", "sample", "mac" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (json_object_get(params, copied[i]) != NULL)
			json_object_set(
			    o, copied[i], json_object_get(params, copied[i]));
	if (json_object_get(o, "product") == NULL &&
	    profile->product_name[0] != '\0')
		json_object_set_new(
		    o, "product", json_string(profile->product_name));
	json_object_set_new(o, "profile", json_string(profile->sha256));
	return o;
}

/* A run under way goes on with the profile that it began with. */
static bool
is_in_use(const struct engine *en, const char *name)
{
	const struct run *run;

	TAILQ_FOREACH (run, &en->runs, entry)
		if (strcmp(run->device->name, name) == 0)
			return true;
	return false;
}

void
control_call_device_add(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	const char *name = control_text(params, "name"),
		   *text = control_text(params, "profile"),
		   *file = control_text(params, "file"),
		   *segment = control_text(params, "segment");
	struct profile *profile;
	struct adding *a;
	struct device *d;
	struct err e;

	if (!control_is_ready(en, c))
		return;
	if (is_in_use(en, name)) {
		control_refusef(c, CONTROL_REFUSED,
		    "a run on this device is queued or under way");
		return;
	}
	if (!control_order_is_known(en, c, params) ||
	    !control_sample_is_known(en, c, params))
		return;
	profile = profile_parse(
	    text, strlen(text), file == NULL ? "profile" : file, &e);
	if (profile == NULL ||
	    device_check(en, name, segment, control_text(params, "mac"),
		profile, &e) == -1) {
		control_refuse(c, CONTROL_REFUSED, &e);
		profile_free(profile);
		return;
	}
	/* No run may begin with the profile that is about to be replaced. */
	d = device_find(en, name);
	if (d != NULL)
		d->changing++;
	a = xcalloc(1, sizeof(*a));
	a->en = en;
	a->call = c;
	a->name = xstrdup(name);
	a->text = xstrdup(text);
	a->value = device_row(params, profile);
	control_fill_sample(en, a->value);
	store_put_document(
	    en->store, profile->sha256, text, strlen(text), NULL, NULL);
	store_register(en->store, "device", name, a->value, on_added, a);
	profile_free(profile);
}

static json_t *
device_json(const struct device *d)
{
	const struct participant *p = seg_find(d->seg, d->mac);
	const json_t *serial =
	    json_object_get(json_object_get(d->value, "sample"), "serial");
	json_t *o = json_object(), *addresses = json_array();
	char text[46];
	unsigned i;

	for (i = 0; p != NULL && i < p->naddresses; i++)
		json_array_append_new(addresses,
		    json_string(address_text(
			p->addresses[i].family, p->addresses[i].addr, text)));
	json_object_set_new(o, "name", json_string(d->name));
	json_object_set_new(o, "mac", json_string(mac_text(d->mac, text)));
	json_object_set_new(o, "segment", json_string(d->seg->conf->name));
	json_object_set_new(
	    o, "product", json_string(d->profile->product_name));
	json_object_set_new(o, "firmware", json_string(d->profile->firmware));
	json_object_set_new(
	    o, "sample", serial == NULL ? json_null() : json_deep_copy(serial));
	json_object_set_new(o, "addresses", addresses);
	json_object_set_new(
	    o, "up", json_boolean(p != NULL && p->naddresses > 0));
	return o;
}

void
control_call_device_list(
    void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	json_t *list = json_array();
	const struct device *d;

	(void)params;
	TAILQ_FOREACH (d, &en->devices, entry)
		json_array_append_new(list, device_json(d));
	control_reply(c, json_pack("{s:o}", "devices", list));
}

void
control_call_device_show(
    void *arg, struct control_call *c, const json_t *params)
{
	const struct device *d = control_device(arg, c, params);
	json_t *o, *actions;
	const json_t *order;
	size_t i;

	if (d == NULL)
		return;
	o = device_json(d);
	actions = json_array();
	for (i = 0; i < d->profile->nactions; i++)
		json_array_append_new(
		    actions, json_string(d->profile->actions[i].name));
	order = json_object_get(d->value, "order");
	json_object_set_new(o, "profile", json_string(d->profile_text));
	json_object_set_new(o, "sha256", json_string(d->profile->sha256));
	json_object_set_new(
	    o, "order", order == NULL ? json_null() : json_deep_copy(order));
	json_object_set_new(o, "actions", actions);
	control_reply(c, o);
}
