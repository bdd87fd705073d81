/*
 * device: one sample that the bench can test, with its declared profile.
 */
#include "daemon/engine/device.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/engine_segment.h"

bool
device_name_is_good(const char *name)
{
	size_t i, n = strlen(name);

	if (n == 0 || n > 63 || !isalnum((unsigned char)name[0]))
		return false;
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    strchr("._-", name[i]) == NULL)
			return false;
	return true;
}

struct device *
device_find(struct engine *en, const char *name)
{
	struct device *d;

	TAILQ_FOREACH (d, &en->devices, entry)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

static struct seg *
segment_named(struct engine *en, const char *name, struct err *e)
{
	size_t i;

	if (name == NULL && en->conf->nsegments == 1)
		return &en->segments[0];
	if (name == NULL) {
		err_set(e, "there are %zu segments: say which",
		    en->conf->nsegments);
		return NULL;
	}
	for (i = 0; i < en->conf->nsegments; i++)
		if (strcmp(en->conf->segments[i].name, name) == 0)
			return &en->segments[i];
	err_set(e, "no segment is called %s", name);
	return NULL;
}

static int
choose_mac(const char *mac, const struct profile *profile, uint8_t addr[6],
    struct err *e)
{
	static const uint8_t unsaid[6];

	memcpy(addr, profile->mac, 6);
	if ((mac != NULL && mac_parse(mac, addr) == -1) ||
	    memcmp(addr, unsaid, 6) == 0 || (addr[0] & 1) != 0)
		return err_set(e,
		    "a device needs the MAC address of its "
		    "interface: in the profile (mac:) or beside it, like "
		    "02:00:00:00:00:10");
	return 0;
}

/* What root lists as a phone or a hub is there to help, not to be tested. */
static int
refuse_helper(const struct seg *seg, const uint8_t mac[6], struct err *e)
{
	const struct conf_participant *p = conf_participant(seg->conf, mac);

	if (p == NULL || participant_role_is_target(p->role))
		return 0;
	return err_set(e,
	    "this MAC address is no device under test: assayd.yaml says %s",
	    participant_role_name(p->role));
}

int
device_check(struct engine *en, const char *name, const char *segment,
    const char *mac, const struct profile *profile, struct err *e)
{
	const struct seg *seg;
	uint8_t addr[6];

	if (!device_name_is_good(name))
		return err_set(e,
		    "a device's name is letters, digits, dot, "
		    "dash and underscore, at most 63");
	seg = segment_named(en, segment, e);
	if (seg == NULL || choose_mac(mac, profile, addr, e) == -1)
		return -1;
	return refuse_helper(seg, addr, e);
}

static struct device *
device_make(struct engine *en, const char *name)
{
	static uint32_t last_id;
	struct device *d = xcalloc(1, sizeof(*d));

	d->id = ++last_id;
	snprintf(d->name, sizeof(d->name), "%s", name);
	TAILQ_INSERT_TAIL(&en->devices, d, entry);
	return d;
}

struct device *
device_set(struct engine *en, const char *name, const json_t *value,
    const char *profile_text, struct err *e)
{
	const char *mac = json_string_value(json_object_get(value, "mac")),
		   *segment =
		       json_string_value(json_object_get(value, "segment")),
		   *file = json_string_value(json_object_get(value, "file"));
	struct profile *profile;
	struct device *d;
	struct seg *old;

	profile = profile_parse(profile_text, strlen(profile_text),
	    file == NULL ? "profile" : file, e);
	if (profile == NULL ||
	    device_check(en, name, segment, mac, profile, e) == -1) {
		profile_free(profile);
		return NULL;
	}
	d = device_find(en, name);
	if (d == NULL)
		d = device_make(en, name);
	profile_free(d->profile);
	free(d->profile_text);
	json_decref(d->value);
	choose_mac(mac, profile, d->mac, e);
	old = d->seg;
	if (d->seg != NULL && d->seg != segment_named(en, segment, e))
		seg_forget(d->seg, d->id);
	d->seg = segment_named(en, segment, e);
	seg_rest(d->seg, d->id, d->mac);
	d->profile = profile;
	d->profile_text = xstrdup(profile_text);
	d->value = json_deep_copy(value);
	if (old != NULL && old != d->seg)
		seg_tell_keep(old);
	seg_tell_keep(d->seg);
	return d;
}

void
device_free_all(struct engine *en)
{
	struct device *d;

	for (d = TAILQ_FIRST(&en->devices); d != NULL;
	     d = TAILQ_FIRST(&en->devices)) {
		TAILQ_REMOVE(&en->devices, d, entry);
		profile_free(d->profile);
		free(d->profile_text);
		json_decref(d->value);
		free(d);
	}
}

static json_t *
text_or_null(const char *s)
{
	return s == NULL || s[0] == '\0' ? json_null() : json_string(s);
}

json_t *
device_common(const struct device *d, const char *order, enum state state)
{
	const json_t *sample = json_object_get(d->value, "sample");
	json_t *o = json_object();

	if (order == NULL)
		order = json_string_value(json_object_get(d->value, "order"));
	json_object_set_new(o, "order", text_or_null(order));
	json_object_set_new(o, "product",
	    text_or_null(
		json_string_value(json_object_get(d->value, "product"))));
	json_object_set_new(o, "sample",
	    text_or_null(json_string_value(json_object_get(sample, "serial"))));
	json_object_set_new(o, "state", json_string(state_name(state)));
	json_object_set_new(o, "firmware", text_or_null(d->profile->firmware));
	json_object_set_new(o, "mode", json_string("sealed"));
	return o;
}
