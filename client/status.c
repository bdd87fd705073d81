/*
 * status: assayctl status: is the bench well, and what is it doing.
 */
#include "client/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* "label value" when there is one. */
static void
print_value(const char *label, const json_t *value)
{
	char *text;

	if (value == NULL || json_is_null(value))
		return;
	text = text_quote_json(value);
	if (text[0] != '\0')
		printf("%s%s", label, text);
	free(text);
}

static const char *
up(const json_t *o)
{
	return json_is_true(json_object_get(o, "up")) ? "up" : "DOWN";
}

static void
print_addresses(const char *label, const json_t *list)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		print_value(i == 0 ? label : " ", json_array_get(list, i));
}

static void
print_participant(const json_t *p)
{
	print_value("    ", json_object_get(p, "role"));
	print_value("  ", json_object_get(p, "mac"));
	print_addresses("  ", json_object_get(p, "addresses"));
	print_value("  by ", json_object_get(p, "how"));
	print_value("  calls itself ", json_object_get(p, "host"));
	putchar('\n');
}

static void
print_pool(const json_t *pool)
{
	if (pool == NULL) /* an older daemon */
		return;
	print_value("  pool of sources: IPv4 ", json_object_get(pool, "ipv4"));
	print_value(", IPv6 ", json_object_get(pool, "ipv6"));
	print_value("; lent ", json_object_get(pool, "lent"));
	putchar('\n');
}

static void
print_segment(const json_t *s)
{
	const json_t *capture = json_object_get(s, "capture");
	const json_t *participants = json_object_get(s, "participants");
	size_t i;

	print_value("segment ", json_object_get(s, "name"));
	print_value(" (", json_object_get(s, "kind"));
	print_value(", ", json_object_get(s, "mode"));
	print_value(", ", json_object_get(s, "interface"));
	printf("): %s", up(s));
	print_value(": ", json_object_get(s, "why"));
	print_addresses("  ", json_object_get(s, "addresses"));
	putchar('\n');
	printf("  capture %s", up(capture));
	print_value(", at frame ", json_object_get(capture, "position"));
	print_value(", dropped ", json_object_get(capture, "dropped"));
	print_value(", file ", json_object_get(capture, "file"));
	printf("; watch %s; services %s", up(json_object_get(s, "watch")),
	    up(json_object_get(s, "services")));
	print_value(
	    ": ", json_object_get(json_object_get(s, "services"), "detail"));
	putchar('\n');
	print_pool(json_object_get(s, "pool"));
	for (i = 0; i < json_array_size(participants); i++)
		print_participant(json_array_get(participants, i));
}

static void
print_queue(const json_t *queue)
{
	const json_t *q;
	size_t i;

	for (i = 0; i < json_array_size(queue); i++) {
		q = json_array_get(queue, i);
		print_value("run ", json_object_get(q, "run"));
		print_value(" on ", json_object_get(q, "device"));
		print_value(": ", json_object_get(q, "scenario"));
		print_value(", ", json_object_get(q, "state"));
		print_value(", step ", json_object_get(q, "step"));
		print_value(" of ", json_object_get(q, "steps"));
		putchar('\n');
	}
	if (json_array_size(queue) == 0)
		puts("no run is queued or under way");
}

static void
print_status(const json_t *r)
{
	const json_t *store = json_object_get(r, "store");
	const json_t *stamps = json_object_get(r, "timestamps");
	const json_t *list = json_object_get(r, "segments");
	size_t i;

	print_value("bench ", json_object_get(r, "bench"));
	print_value(", assay ", json_object_get(r, "version"));
	print_value(", up for ", json_object_get(r, "uptime_s"));
	puts(" s");
	for (i = 0; i < json_array_size(list); i++)
		print_segment(json_array_get(list, i));
	printf("store %s", up(store));
	print_value(", newest record ", json_object_get(store, "seq"));
	print_value(", not yet durable ", json_object_get(store, "pending"));
	putchar('\n');
	if (json_is_object(stamps)) {
		print_value(
		    "time-stamps waiting ", json_object_get(stamps, "pending"));
		if (json_string_length(json_object_get(stamps, "error")) > 0)
			print_value(": ", json_object_get(stamps, "error"));
		putchar('\n');
	}
	client_print_captures(json_object_get(r, "captures"));
	print_queue(json_object_get(r, "queue"));
}

int
client_status(struct client *c)
{
	json_t *result;
	int status;

	status = client_call(c, "status", NULL, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		print_status(result);
	json_decref(result);
	return CLIENT_PASSED;
}
