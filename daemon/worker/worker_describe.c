/*
 * worker_describe: a probe's descriptor as JSON (daemon/control/CONTROL.md).
 *
 * Bounds are null when there are none, choices null but for a choice; the
 * values of a reason are a list of names.
 */
#include "daemon/worker/worker_describe.h"

#include <string.h>

static const char *const kinds[] = {
	[ASSAY_COMPLETENESS] = "completeness",
	[ASSAY_SUFFICIENCY] = "sufficiency",
	[ASSAY_BEHAVIOUR] = "behaviour",
};
static const char *const param_types[] = {
	[ASSAY_PARAM_U64] = "u64",
	[ASSAY_PARAM_BOOL] = "bool",
	[ASSAY_PARAM_STRING] = "string",
	[ASSAY_PARAM_DURATION] = "duration",
	[ASSAY_PARAM_PORTS] = "ports",
	[ASSAY_PARAM_CHOICE] = "choice",
};
static const char *const types[] = {
	[ASSAY_TYPE_BOOL] = "bool",
	[ASSAY_TYPE_U64] = "u64",
	[ASSAY_TYPE_I64] = "i64",
	[ASSAY_TYPE_STRING] = "string",
	[ASSAY_TYPE_PORTS] = "ports",
	[ASSAY_TYPE_DURATION] = "duration",
};
static const char *const media[] = {
	[ASSAY_MEDIUM_IP] = "ip",
	[ASSAY_MEDIUM_WIFI] = "wifi",
	[ASSAY_MEDIUM_BLE] = "ble",
	[ASSAY_MEDIUM_IEEE802154] = "ieee802154",
	[ASSAY_MEDIUM_ZWAVE] = "zwave",
	[ASSAY_MEDIUM_NFC] = "nfc",
	[ASSAY_MEDIUM_CELLULAR] = "cellular",
};
static const char *const impacts[] = {
	[ASSAY_PASSIVE] = "passive",
	[ASSAY_ACTIVE] = "active",
	[ASSAY_MALFORMED] = "malformed",
	[ASSAY_LOAD] = "load",
	[ASSAY_STATE] = "state",
};

/* The parts of s between separators, as a list. */
static json_t *
split(const char *s, char separator)
{
	json_t *list = json_array();
	const char stop[] = { separator, '\0' };
	size_t n;

	while (*s != '\0') {
		n = strcspn(s, stop);
		if (n != 0)
			json_array_append_new(list, json_stringn(s, n));
		s += n + (s[n] == separator);
	}
	return list;
}

static json_t *
describe_claims(const struct assay_probe *p)
{
	const struct assay_claim *c;
	json_t *list = json_array();

	for (c = p->claims; c->check != NULL; c++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "check", c->check, "kind",
			kinds[c->kind]));
	return list;
}

static json_t *
describe_param(const struct assay_param *a)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "name", a->name, "type",
	    param_types[a->type], "default", a->def, "help", a->help);
	const bool bounded = a->max != 0;

	json_object_set_new(
	    o, "min", bounded ? json_integer((json_int_t)a->min) : json_null());
	json_object_set_new(
	    o, "max", bounded ? json_integer((json_int_t)a->max) : json_null());
	json_object_set_new(o, "choices",
	    a->type == ASSAY_PARAM_CHOICE ? split(a->choices, '|')
					  : json_null());
	return o;
}

static json_t *
describe_params(const struct assay_probe *p)
{
	const struct assay_param *a;
	json_t *list = json_array();

	for (a = p->params; a != NULL && a->name != NULL; a++)
		json_array_append_new(list, describe_param(a));
	return list;
}

static json_t *
describe_fields(const struct assay_probe *p)
{
	const struct assay_field *f;
	json_t *list = json_array();

	for (f = p->observations; f != NULL && f->name != NULL; f++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s}", "name", f->name, "type",
			types[f->type], "unit", f->unit, "help", f->help));
	return list;
}

static json_t *
describe_reasons(const struct assay_probe *p)
{
	const struct assay_reason *r;
	json_t *list = json_array();

	for (r = p->reasons; r->code != NULL; r++)
		json_array_append_new(list,
		    json_pack("{s:s, s:o}", "code", r->code, "values",
			split(r->values, ' ')));
	return list;
}

static json_t *
describe_needs(const struct assay_probe *p)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} needs[] = { { ASSAY_NEED_TCP, "tcp" }, { ASSAY_NEED_UDP, "udp" },
		{ ASSAY_NEED_LINK, "link" }, { ASSAY_NEED_LISTEN, "listen" },
		{ ASSAY_NEED_THREADS, "threads" },
		{ ASSAY_NEED_SOURCES, "sources" },
		{ ASSAY_NEED_CALLS, "calls" } };
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if ((p->needs & needs[i].bit) != 0)
			json_array_append_new(list, json_string(needs[i].name));
	return list;
}

json_t *
worker_describe(const struct assay_probe *p)
{
	json_t *o = json_pack("{s:s, s:s, s:I, s:I}", "name", p->name, "title",
	    p->title, "method", (json_int_t)p->method, "abi",
	    (json_int_t)p->abi);
	json_t *resources = json_array();
	size_t i;

	for (i = 0; p->resources != NULL && p->resources[i] != NULL; i++)
		json_array_append_new(resources, json_string(p->resources[i]));
	json_object_set_new(o, "claims", describe_claims(p));
	json_object_set_new(o, "params", describe_params(p));
	json_object_set_new(o, "observations", describe_fields(p));
	json_object_set_new(o, "reasons", describe_reasons(p));
	json_object_set_new(o, "resources", resources);
	json_object_set_new(o, "needs", describe_needs(p));
	json_object_set_new(o, "medium", json_string(media[p->medium]));
	json_object_set_new(o, "impact", json_string(impacts[p->impact]));
	json_object_set_new(
	    o, "timeout_ms", json_integer((json_int_t)p->timeout_ms));
	json_object_set_new(
	    o, "bridges_outages", json_boolean(p->bridges_outages));
	json_object_set_new(o, "passive", json_boolean(p->on_frame != NULL));
	json_object_set_new(o, "filter",
	    p->filter == NULL ? json_null() : json_string(p->filter));
	return o;
}
