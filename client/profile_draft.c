/*
 * profile_draft: a profile of what was seen of a device, for somebody to check.
 */
#include "client/profile_draft.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenarios/profile_write.h"

#define PORTS 65536
#define ROWS_MAX 1000

enum on {
	ON_TCP,
	ON_UDP,
	ON_COUNT
};

struct profile_draft {
	json_t *jobs; /* number of a job: its probe */
	bool is_swept[ON_COUNT];
	uint8_t open[ON_COUNT][PORTS]; /* bit 0 IPv4, bit 1 IPv6 */
	json_t *services;              /* "tcp/80": what answers there */
	json_t *said;                  /* [{what, port, value}], each once */
	bool has_listened;
};

struct profile_draft *
profile_draft_new(void)
{
	struct profile_draft *d = xcalloc(1, sizeof(*d));

	d->jobs = json_object();
	d->services = json_object();
	d->said = json_array();
	return d;
}

void
profile_draft_free(struct profile_draft *d)
{
	if (d == NULL)
		return;
	json_decref(d->jobs);
	json_decref(d->services);
	json_decref(d->said);
	free(d);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- what was seen ---- */

/* "22-23,80": as records write ports. */
static void
add_open(uint8_t *open, const char *ports, uint8_t family)
{
	unsigned long first, last;
	char *end;

	while (*ports >= '0' && *ports <= '9') {
		first = strtoul(ports, &end, 10);
		last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
		for (; first <= last && first < PORTS; first++)
			open[first] |= family;
		ports = *end == ',' ? end + 1 : end;
	}
}

static void
add_said(struct profile_draft *d, const char *what, const json_t *port,
    const char *value)
{
	const json_t *one;
	json_t *row;
	size_t i;

	row = json_pack("{s:s, s:I, s:s}", "what", what, "port",
	    json_integer_value(port), "value", value);
	json_array_foreach (d->said, i, one)
		if (json_equal(one, row))
			break;
	if (i == json_array_size(d->said) && i < ROWS_MAX)
		json_array_append(d->said, row);
	json_decref(row);
}

static void
look_at(struct profile_draft *d, const char *probe, const json_t *o)
{
	const char *field = text_of(o, "field"), *value = text_of(o, "value");
	const json_t *subject = json_object_get(o, "subject");
	const json_t *port = json_object_get(subject, "port");
	bool is_udp = strncmp(field, "udp.", 4) == 0;
	enum on on = strcmp(probe, "udp.ports") == 0 ? ON_UDP : ON_TCP;
	char key[32];

	if (is_udp)
		field += 4;
	if (strcmp(field, "ports.open") == 0) {
		d->is_swept[on] = true;
		add_open(d->open[on], value,
		    strchr(text_of(subject, "addr"), ':') == NULL ? 1 : 2);
	} else if (strcmp(field, "service") == 0) {
		snprintf(key, sizeof(key), "%s/%u", is_udp ? "udp" : "tcp",
		    (unsigned)json_integer_value(port) & 0xffff);
		json_object_set_new(d->services, key, json_string(value));
	} else if (strncmp(field, "discloses.", 10) == 0 && value[0] != '\0') {
		add_said(d, field + 10, port, value);
	}
}

void
profile_draft_look(struct profile_draft *d, const json_t *record)
{
	const json_t *one;
	const char *probe;
	char job[32];
	size_t i;

	snprintf(job, sizeof(job), "%lld",
	    (long long)json_integer_value(json_object_get(record, "job")));
	if (strcmp(text_of(record, "type"), "job") == 0)
		json_object_set(d->jobs, job, json_object_get(record, "probe"));
	if (strcmp(text_of(record, "type"), "observed") != 0)
		return;
	probe = text_of(d->jobs, job);
	if (strcmp(probe, "tcp.ports") != 0 &&
	    strcmp(probe, "udp.ports") != 0 &&
	    strcmp(probe, "services.cleartext") != 0 &&
	    strcmp(probe, "services.disclosure") != 0)
		return;
	d->has_listened |= strcmp(probe, "services.disclosure") == 0;
	json_array_foreach (json_object_get(record, "observations"), i, one)
		look_at(d, probe, one);
}

/* ---- what is made of it ---- */

/* Neighbours are one row only when somebody writes them so: each has its own
 * line to be checked. */
static size_t
put_open(const struct profile_draft *d, enum on on, struct profile_write *w)
{
	static const char *const names[] = { "tcp", "udp" };
	const char *service;
	size_t n = 0, port;
	char key[32];

	for (port = 1; port < PORTS; port++) {
		if (d->open[on][port] == 0)
			continue;
		n++;
		if (n > ROWS_MAX / 2)
			continue;
		snprintf(key, sizeof(key), "%s/%zu", names[on], port);
		service = text_of(d->services, key);
		profile_write_f(
		    w, "  - {transport: %s, port: %zu", names[on], port);
		if (service[0] != '\0') {
			profile_write_raw(w, ", service: ");
			profile_write_quoted(w, service, 64);
		}
		if (d->open[on][port] != 3)
			profile_write_f(w, ", family: ipv%u",
			    d->open[on][port] == 1 ? 4 : 6);
		profile_write_raw(w, "}\n");
	}
	return n;
}

static void
put_ports(const struct profile_draft *d, struct profile_write *w)
{
	struct profile_write rows;
	size_t n[ON_COUNT];

	if (!d->is_swept[ON_TCP] && !d->is_swept[ON_UDP])
		return;
	profile_write_start(&rows);
	n[ON_TCP] = put_open(d, ON_TCP, &rows);
	n[ON_UDP] = put_open(d, ON_UDP, &rows);
	profile_write_raw(w, "\n# Found open. Is each of them meant to be?\n");
	if (!d->is_swept[ON_TCP])
		profile_write_raw(w, "# No TCP port was asked for.\n");
	if (!d->is_swept[ON_UDP])
		profile_write_raw(w, "# No UDP port was asked for.\n");
	if (n[ON_TCP] > ROWS_MAX / 2 || n[ON_UDP] > ROWS_MAX / 2)
		profile_write_raw(w, "# There were more than fit here.\n");
	profile_write_raw(
	    w, n[ON_TCP] + n[ON_UDP] == 0 ? "ports: []\n" : "ports:\n");
	profile_write_raw(w, rows.text);
	free(profile_write_end(&rows));
}

static void
put_said(const struct profile_draft *d, struct profile_write *w)
{
	struct profile_write rows;
	const json_t *row;
	size_t i, n = 0;
	unsigned port;

	if (!d->has_listened)
		return;
	profile_write_start(&rows);
	profile_write_raw(
	    w, "\n# Said before a log-in. Is each of them meant to be?\n");
	json_array_foreach (d->said, i, row) {
		port =
		    (unsigned)json_integer_value(json_object_get(row, "port"));
		if (strcmp(text_of(row, "what"), "secret") == 0) {
			profile_write_f(w,
			    "# A secret was said at port %u: nobody declares "
			    "that.\n",
			    port);
			continue;
		}
		n++;
		profile_write_f(&rows, "  - {what: ");
		profile_write_quoted(&rows, text_of(row, "what"), 40);
		if (port != 0)
			profile_write_f(&rows, ", port: %u", port);
		profile_write_raw(&rows, ", value: ");
		profile_write_quoted(&rows, text_of(row, "value"), 255);
		profile_write_raw(&rows, "}\n");
	}
	profile_write_raw(w, n == 0 ? "discloses: []\n" : "discloses:\n");
	profile_write_raw(w, rows.text);
	free(profile_write_end(&rows));
}

static void
put_line(struct profile_write *w, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	profile_write_f(w, "%s: ", key);
	profile_write_quoted(w, text, 200);
	profile_write_raw(w, "\n");
}

char *
profile_draft_make(
    const struct profile_draft *d, const struct profile *p, struct err *e)
{
	static const uint8_t none[6];
	struct profile_write w;
	struct profile *made;
	char *text;

	profile_write_start(&w);
	profile_write_raw(&w,
	    "# Drafted from what was seen of a device: check each line. It is "
	    "no declaration\n# before its maker has said that it is one.\n"
	    "version: 1\nproduct:\n");
	put_line(&w, "  name", p->product_name);
	put_line(&w, "  model", p->model);
	put_line(&w, "  vendor", p->vendor);
	if (memcmp(p->mac, none, 6) != 0)
		profile_write_f(&w, "mac: \"%02x:%02x:%02x:%02x:%02x:%02x\"\n",
		    p->mac[0], p->mac[1], p->mac[2], p->mac[3], p->mac[4],
		    p->mac[5]);
	put_line(&w, "firmware", p->firmware);
	put_ports(d, &w);
	put_said(d, &w);
	text = profile_write_end(&w);
	made = profile_parse(text, strlen(text), "", e);
	if (made == NULL) {
		free(text);
		return NULL;
	}
	profile_free(made);
	return text;
}
