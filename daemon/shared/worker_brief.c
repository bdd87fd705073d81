/*
 * worker_brief: what a worker is told, written into messages.
 */
#include "daemon/shared/worker_brief.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "daemon/shared/address.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/wire_frames.h"
#include "probes/probe.h"

uint8_t
worker_brief_scope(uint8_t family, const uint8_t *addr)
{
	if (family == 4)
		return ASSAY_IPV4;
	if (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80)
		return ASSAY_IPV6_LINK;
	return (addr[0] & 0xfe) == 0xfc ? ASSAY_IPV6_ULA : ASSAY_IPV6_GLOBAL;
}

void
worker_brief_param(struct msg_out *m, const char *name, const char *value)
{
	msg_start(m, WORKER_PARAM);
	msg_put_string(m, name);
	msg_put_string(m, value);
}

void
worker_brief_target(struct msg_out *m, const struct brief_target *t)
{
	size_t size = t->family == 4 ? 4 : 16;

	msg_start(m, WORKER_TARGET);
	msg_put_u8(m, t->family);
	msg_put_u8(m, worker_brief_scope(t->family, t->addr));
	msg_put_bytes(m, t->addr, size);
	msg_put_bytes(m, t->mac, 6);
	msg_put_bytes(m, t->source, size);
	msg_put_bytes(m, t->source_mac, 6);
	msg_put_u32(m, t->ifindex);
	msg_put_string(m, t->text);
}

void
worker_brief_go(struct msg_out *m, uint64_t job, const char *state)
{
	msg_start(m, WORKER_GO);
	msg_put_u64(m, job);
	msg_put_string(m, state);
}

/* *next counts on from ports; false: they are all out. */
static bool
brief_port(struct msg_out *m, const struct profile *profile, enum state state,
    size_t *next)
{
	const struct profile_port *p;

	if (!profile->has_ports)
		return false;
	if (*next < 2) { /* these are listed, though there may be none */
		msg_start(m, WORKER_DECLARES);
		msg_put_u8(m, *next == 0 ? ASSAY_TCP : ASSAY_UDP);
		(*next)++;
		return true;
	}
	for (; *next - 2 < profile->nports; (*next)++) {
		p = &profile->ports[*next - 2];
		if ((p->states >> state & 1) == 0)
			continue;
		msg_start(m, WORKER_DECLARED);
		msg_put_u8(m, p->transport);
		msg_put_u16(m, p->first);
		msg_put_u16(m, p->last);
		msg_put_u8(m, p->family);
		msg_put_string(m, p->service);
		msg_put_u8(m, p->optional);
		(*next)++;
		return true;
	}
	return false;
}

static void
put_row(struct msg_out *m, size_t table, const struct profile_row *row)
{
	const char *const *names = profile_table_cells(table);
	const char *flag = profile_table_flag(table);
	uint8_t n = 0, i;

	while (names[n] != NULL)
		n++;
	msg_start(m, WORKER_DECLARED_ROW);
	msg_put_string(m, profile_table_name(table));
	msg_put_u8(m, (uint8_t)(n + (flag != NULL)));
	for (i = 0; i < n; i++) {
		msg_put_string(m, names[i]);
		msg_put_string(m, row->cells[i]);
	}
	if (flag != NULL) {
		msg_put_string(m, flag);
		msg_put_string(m, row->flag ? "true" : "");
	}
}

/* The row of all tables that at counts to, each table's own word before its
 * rows. */
static bool
brief_row(struct msg_out *m, const struct profile *profile, enum state state,
    size_t *at)
{
	const struct profile_rows *t;
	size_t k, base = 0;

	for (k = 0; k < PROFILE_TABLE_COUNT; base += t->n + 1, k++) {
		t = &profile->tables[k];
		if (*at >= base + t->n + 1 || !t->is_said ||
		    !profile_table_is_for_probes(k)) {
			if (*at < base + t->n + 1)
				*at = base + t->n + 1;
			continue;
		}
		if (*at == base) {
			msg_start(m, WORKER_DECLARES_TABLE);
			msg_put_string(m, profile_table_name(k));
			(*at)++;
			return true;
		}
		for (; *at <= base + t->n; (*at)++) {
			if ((t->rows[*at - base - 1].states >> state & 1) == 0)
				continue;
			put_row(m, k, &t->rows[*at - base - 1]);
			(*at)++;
			return true;
		}
	}
	return false;
}

/* "tls1.2 tls1.3"; the caller frees it. */
static char *
join_words(char *const *words, size_t n)
{
	char *text = xstrdup(""), *longer;
	size_t i;

	for (i = 0; i < n; i++) {
		longer = xasprintf("%s%s%s", text, i > 0 ? " " : "", words[i]);
		free(text);
		text = longer;
	}
	return text;
}

static void
put_crypto(struct msg_out *m, const struct profile_crypto *c)
{
	char port[8] = "", *versions = join_words(c->versions, c->nversions);
	char *suites = join_words(c->suites, c->nsuites);
	char *names = join_words(c->names, c->nnames);
	const char *const cells[][2] = {
		{ "interface", c->interface },
		{ "role", c->role },
		{ "port", port },
		{ "versions", versions },
		{ "suites", suites },
		{ "names", names },
	};
	size_t i;

	if (c->port != 0)
		snprintf(port, sizeof(port), "%u", c->port);
	msg_start(m, WORKER_DECLARED_ROW);
	msg_put_string(m, "crypto");
	msg_put_u8(m, sizeof(cells) / sizeof(cells[0]));
	for (i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		msg_put_string(m, cells[i][0]);
		msg_put_string(m, cells[i][1]);
	}
	free(versions);
	free(suites);
	free(names);
}

/* As a table of rows, which it is but for its lists. */
static bool
brief_crypto(struct msg_out *m, const struct profile *profile, enum state state,
    size_t *at)
{
	const struct profile_crypto *c;

	if (!profile->has_crypto)
		return false;
	if (*at == 0) {
		msg_start(m, WORKER_DECLARES_TABLE);
		msg_put_string(m, "crypto");
		(*at)++;
		return true;
	}
	while (*at <= profile->ncrypto) {
		c = &profile->crypto[(*at)++ - 1];
		if ((c->states >> state & 1) == 0)
			continue;
		put_crypto(m, c);
		return true;
	}
	return false;
}

static size_t
count_rows(const struct profile *profile)
{
	size_t k, n = 0;

	for (k = 0; k < PROFILE_TABLE_COUNT; k++)
		n += profile->tables[k].n + 1;
	return n;
}

/* *next counts on through ports, tables and crypto. */
bool
worker_brief_declared(struct msg_out *m, const struct profile *profile,
    enum state state, size_t *next)
{
	const size_t first = profile->nports + 2;
	const size_t behind = first + count_rows(profile);
	bool r;
	size_t at;

	if (*next < first) {
		if (brief_port(m, profile, state, next))
			return true;
		*next = first;
	}
	if (*next < behind) {
		at = *next - first;
		r = brief_row(m, profile, state, &at);
		*next = r ? first + at : behind;
		if (r)
			return true;
	}
	at = *next - behind;
	r = brief_crypto(m, profile, state, &at);
	*next = behind + at;
	return r;
}

/* ---- what was recorded ---- */

static int
put_subject(struct msg_out *m, const json_t *subject)
{
	const json_t *port = json_object_get(subject, "port");
	const char *text = json_string_value(json_object_get(subject, "addr"));
	uint8_t family = 0, addr[16] = { 0 };

	if (text != NULL && address_parse(text, &family, addr) == -1)
		return -1;
	if (json_is_integer(port) &&
	    (json_integer_value(port) < 0 ||
		json_integer_value(port) > UINT16_MAX))
		return -1;
	wire_put_address(m, family, addr);
	msg_put_u16(m, (uint16_t)json_integer_value(port));
	return json_is_object(subject) ? 0 : -1;
}

/* A text as it was said: its bytes, where the record shows it quoted. */
static int
put_text(struct msg_out *m, const json_t *value, const json_t *raw)
{
	const char *hex = json_string_value(raw);
	size_t n = json_string_length(raw) / 2;
	uint8_t *bytes;
	int r;

	if (hex == NULL) {
		msg_put_string(m, json_string_value(value));
		return raw == NULL ? 0 : -1;
	}
	bytes = xcalloc(n + 1, 1);
	r = hex_decode(hex, bytes, n);
	msg_put_bytes(m, bytes, n);
	free(bytes);
	return r;
}

static int
put_value(struct msg_out *m, const json_t *observation, const char *name)
{
	static const struct {
		const char *name;
		uint8_t type;
		int json;
	} types[] = {
		{ "bool", ASSAY_TYPE_BOOL, JSON_TRUE },
		{ "u64", ASSAY_TYPE_U64, JSON_INTEGER },
		{ "i64", ASSAY_TYPE_I64, JSON_INTEGER },
		{ "duration", ASSAY_TYPE_DURATION, JSON_INTEGER },
		{ "string", ASSAY_TYPE_STRING, JSON_STRING },
		{ "ports", ASSAY_TYPE_PORTS, JSON_STRING },
	};
	const json_t *value = json_object_get(observation, "value");
	json_int_t number = json_integer_value(value);
	int json;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			break;
	if (i == sizeof(types) / sizeof(types[0]) || value == NULL)
		return -1;
	json = json_is_boolean(value) ? JSON_TRUE : json_typeof(value);
	if (json != types[i].json ||
	    (number < 0 && types[i].type != ASSAY_TYPE_I64))
		return -1;
	msg_put_u8(m, types[i].type);
	if (json == JSON_TRUE)
		msg_put_u8(m, json_is_true(value));
	else if (json == JSON_INTEGER)
		msg_put_u64(m, (uint64_t)number);
	else
		return put_text(m, value, json_object_get(observation, "raw"));
	return 0;
}

int
worker_brief_recorded(struct msg_out *m, const json_t *observation,
    const char *type, struct err *e)
{
	const json_t *id = json_object_get(observation, "id");
	const char *field =
	    json_string_value(json_object_get(observation, "field"));

	if (field == NULL || !json_is_integer(id) ||
	    json_integer_value(id) < 1 || json_integer_value(id) > UINT32_MAX)
		return err_set(e, "an observation without id or field");
	msg_start(m, WORKER_RECORDED);
	msg_put_u32(m, (uint32_t)json_integer_value(id));
	msg_put_string(m, field);
	if (put_subject(m, json_object_get(observation, "subject")) == -1)
		return err_set(e, "observation %s: no such subject", field);
	if (put_value(m, observation, type) == -1)
		return err_set(
		    e, "observation %s: its value is no %s", field, type);
	msg_put_u8(m, 0); /* judge does not see which frames it was */
	return msg_is_overfull(m)
	    ? err_set(e, "observation %s: too large", field)
	    : 0;
}

int
worker_brief_recorded_control(
    struct msg_out *m, const json_t *control, struct err *e)
{
	json_int_t phase =
	    json_integer_value(json_object_get(control, "phase"));
	json_int_t observation =
	    json_integer_value(json_object_get(control, "observation"));
	const json_t *good = json_object_get(control, "good");

	if (phase < ASSAY_BEFORE || phase > ASSAY_AFTER || observation < 0 ||
	    observation > UINT32_MAX || !json_is_boolean(good))
		return err_set(e, "no control: phase, good, observation");
	msg_start(m, WORKER_RECORDED_CONTROL);
	msg_put_u8(m, (uint8_t)phase);
	msg_put_u8(m, json_is_true(good));
	msg_put_u32(m, (uint32_t)observation);
	return 0;
}
