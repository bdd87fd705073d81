/*
 * device: assayctl device add, list, show.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define LIST_COLUMNS 7

/* The option's value under name, if it was given. */
static void
set_option(
    const struct client *c, json_t *o, const char *option, const char *name)
{
	const char *value = args_value(&c->args, option);

	if (value != NULL)
		json_object_set_new(o, name, json_string(value));
}

int
client_device_add(struct client *c)
{
	const char *file = args_value(&c->args, "profile");
	json_t *params, *sample, *profile, *result;
	int status;

	if (file == NULL)
		return client_complainf(CLIENT_USAGE,
		    "device add: --profile FILE says what the maker declares");
	profile = client_read_file(file);
	if (profile == NULL)
		return CLIENT_USAGE;
	params = json_pack("{s:s, s:o, s:s}", "name", c->args.words[0],
	    "profile", profile, "file", file);
	sample = json_object();
	set_option(c, sample, "sample", "name");
	set_option(c, sample, "serial", "serial");
	set_option(c, sample, "condition", "condition");
	set_option(c, sample, "received", "received");
	set_option(c, params, "mac", "mac");
	set_option(c, params, "segment", "segment");
	set_option(c, params, "order", "order");
	set_option(c, params, "product", "product");
	if (json_object_size(sample) > 0)
		json_object_set(params, "sample", sample);
	json_decref(sample);
	status = client_call(c, "device.add", params, &result);
	if (status != 0)
		return status;
	if (c->is_json) {
		client_print_json(result);
	} else {
		char *device =
		    text_quote_json(json_object_get(result, "device"));
		char *mac = text_quote_json(json_object_get(result, "mac"));

		printf("device %s is known by %s\n", device, mac);
		free(device);
		free(mac);
	}
	json_decref(result);
	return CLIENT_PASSED;
}

static char *
join(const json_t *list)
{
	char *all = xstrdup(""), *one, *longer;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		one = text_quote_json(json_array_get(list, i));
		longer = xasprintf("%s%s%s", all, i == 0 ? "" : " ", one);
		free(one);
		free(all);
		all = longer;
	}
	return all;
}

static char *
up_or_down(const json_t *up)
{
	if (json_is_boolean(up))
		return xstrdup(json_is_true(up) ? "up" : "down");
	return text_quote_json(up);
}

static void
fill_row(const json_t *d, char **row)
{
	row[0] = text_quote_json(json_object_get(d, "name"));
	row[1] = text_quote_json(json_object_get(d, "mac"));
	row[2] = text_quote_json(json_object_get(d, "segment"));
	row[3] = up_or_down(json_object_get(d, "up"));
	row[4] = text_quote_json(json_object_get(d, "product"));
	row[5] = text_quote_json(json_object_get(d, "firmware"));
	row[6] = join(json_object_get(d, "addresses"));
}

int
client_device_list(struct client *c)
{
	static const char *const head[LIST_COLUMNS] = { "NAME", "MAC",
		"SEGMENT", "UP", "PRODUCT", "FIRMWARE", "ADDRESSES" };
	json_t *result;
	int status;

	status = client_call(c, "device.list", NULL, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		client_print_table(head, LIST_COLUMNS,
		    json_object_get(result, "devices"), fill_row);
	json_decref(result);
	return CLIENT_PASSED;
}

/* Line by line: a newline is all that a profile may do to the terminal. */
static void
print_profile(const char *text)
{
	size_t n;
	char *line, *quoted;

	puts("profile");
	while (text != NULL && *text != '\0') {
		n = strcspn(text, "\n");
		line = xasprintf("%.*s", (int)n, text);
		quoted = text_quote(line);
		printf("  %s\n", quoted);
		free(quoted);
		free(line);
		text += n + (text[n] == '\n' ? 1 : 0);
	}
}

int
client_device_show(struct client *c)
{
	static const char *const fields[] = { "name", "mac", "segment", "up",
		"addresses", "product", "firmware", "order", "sample",
		"actions" };
	const json_t *value;
	json_t *result;
	char *text;
	size_t i;
	int status;

	status = client_call(c, "device.show",
	    json_pack("{s:s}", "device", c->args.words[0]), &result);
	if (status != 0)
		return status;
	if (c->is_json) {
		client_print_json(result);
		json_decref(result);
		return CLIENT_PASSED;
	}
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		value = json_object_get(result, fields[i]);
		text =
		    json_is_array(value) ? join(value) : text_quote_json(value);
		printf("%-10s%s\n", fields[i], text);
		free(text);
	}
	print_profile(json_string_value(json_object_get(result, "profile")));
	json_decref(result);
	return CLIENT_PASSED;
}
