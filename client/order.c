/*
 * order: assayctl order new, list, show, close: what a customer ordered.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "client/catalogue.h"

#define ORDER_COLUMNS 6
#define SAMPLE_COLUMNS 6
#define DEVICE_COLUMNS 2

/* The option's value under name, if it was given. */
static void
set_option(
    const struct client *c, json_t *o, const char *option, const char *name)
{
	const char *value = args_value(&c->args, option);

	if (value != NULL)
		json_object_set_new(o, name, json_string(value));
}

/* "a, b" of a list of texts, quoted. */
static char *
join(const json_t *list)
{
	char *all = xstrdup(""), *one, *longer;
	const json_t *value;
	size_t i;

	json_array_foreach (list, i, value) {
		one = text_quote_json(value);
		longer = xasprintf("%s%s%s", all, i == 0 ? "" : ", ", one);
		free(one);
		free(all);
		all = longer;
	}
	return all;
}

/* ---- order new ---- */

static bool
is_exemption(const struct catalogue *catalogue, const char *by)
{
	const struct catalogue_scheme *s;
	size_t i, j, k;

	for (i = 0; i < catalogue_scheme_count(catalogue); i++) {
		s = catalogue_scheme_at(catalogue, i);
		for (j = 0; j < s->nrequirements; j++)
			for (k = 0; k < s->requirements[j].nexemptions; k++)
				if (strcmp(s->requirements[j].exemptions[k].by,
					by) == 0)
					return true;
	}
	return false;
}

static bool
are_schemes(const struct catalogue *catalogue, const char *words)
{
	bool known = true;
	char *word;
	size_t n;

	while (known && *words != '\0') {
		n = strcspn(words, ",");
		word = xasprintf("%.*s", (int)n, words);
		known = catalogue_scheme(catalogue, word) != NULL;
		free(word);
		words += n + (words[n] == ',' ? 1 : 0);
	}
	return known;
}

/* The bench keeps words; what they mean the catalogue says. */
static int
check_words(struct client *c)
{
	const char *schemes = args_value(&c->args, "scheme"),
		   *exempt = args_value(&c->args, "exempt");
	struct catalogue *catalogue;
	int status = 0;

	if (schemes == NULL && exempt == NULL)
		return 0;
	catalogue = client_catalogue(c);
	if (catalogue == NULL)
		return CLIENT_USAGE;
	if (schemes != NULL && !are_schemes(catalogue, schemes))
		status = client_complainf(CLIENT_USAGE,
		    "--scheme: schemes of the catalogue between commas "
		    "(`assayctl catalogue list` names them)");
	else if (exempt != NULL && !is_exemption(catalogue, exempt))
		status = client_complainf(CLIENT_USAGE,
		    "--exempt: no scheme of the catalogue takes the word of "
		    "\"%s\"",
		    exempt);
	catalogue_free(catalogue);
	return status;
}

static void
print_state(const json_t *order, const char *what)
{
	char *name = text_quote_json(json_object_get(order, "name"));

	printf("order %s is %s\n", name, what);
	free(name);
}

int
client_order_new(struct client *c)
{
	static const char *const options[] = { "customer", "product", "target",
		"exempt", "basis", "by" };
	json_t *params, *result;
	int status = check_words(c);
	size_t i;

	if (status != 0)
		return status;
	if (!args_has(&c->args, "customer"))
		return client_complainf(CLIENT_USAGE,
		    "order new: --customer NAME says whose it is");
	params = json_pack("{s:s}", "name", c->args.words[0]);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		set_option(c, params, options[i], options[i]);
	set_option(c, params, "scheme", "schemes");
	set_option(c, params, "state", "states");
	status = client_call(c, "order.new", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		print_state(json_object_get(result, "order"), "open");
	json_decref(result);
	return CLIENT_PASSED;
}

int
client_order_close(struct client *c)
{
	json_t *params = json_pack("{s:s}", "order", c->args.words[0]), *result;
	int status;

	set_option(c, params, "note", "note");
	set_option(c, params, "by", "by");
	status = client_call(c, "order.close", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		print_state(json_object_get(result, "order"), "closed");
	json_decref(result);
	return CLIENT_PASSED;
}

/* ---- order list, show ---- */

static void
fill_order(const json_t *o, char **row)
{
	row[0] = text_quote_json(json_object_get(o, "name"));
	row[1] = text_quote_json(json_object_get(o, "status"));
	row[2] = text_quote_json(json_object_get(o, "customer"));
	row[3] = text_quote_json(json_object_get(o, "target"));
	row[4] =
	    xasprintf("%zu", json_array_size(json_object_get(o, "samples")));
	row[5] = xasprintf("%zu", json_array_size(json_object_get(o, "runs")));
}

int
client_order_list(struct client *c)
{
	static const char *const head[ORDER_COLUMNS] = { "ORDER", "STATUS",
		"CUSTOMER", "TARGET", "SAMPLES", "UNDER WAY" };
	json_t *result;
	int status = client_call(c, "order.list", NULL, &result);

	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else if (json_array_size(json_object_get(result, "orders")) == 0)
		puts("there is no order");
	else
		client_print_table(head, ORDER_COLUMNS,
		    json_object_get(result, "orders"), fill_order);
	json_decref(result);
	return CLIENT_PASSED;
}

static void
fill_sample(const json_t *s, char **row)
{
	row[0] = text_quote_json(json_object_get(s, "name"));
	row[1] = text_quote_json(json_object_get(s, "serial"));
	row[2] = text_quote_json(json_object_get(s, "received"));
	row[3] = text_quote_json(json_object_get(s, "by"));
	row[4] = text_quote_json(json_object_get(s, "condition"));
	row[5] = text_quote_json(json_object_get(s, "photo_sha256"));
}

void
client_print_samples(const json_t *samples)
{
	static const char *const head[SAMPLE_COLUMNS] = { "SAMPLE", "SERIAL",
		"RECEIVED", "BY", "CONDITION", "PHOTO (SHA-256)" };

	client_print_table(head, SAMPLE_COLUMNS, samples, fill_sample);
}

static void
fill_device(const json_t *d, char **row)
{
	row[0] = text_quote_json(json_object_get(d, "name"));
	row[1] = text_quote_json(
	    json_object_get(json_object_get(d, "sample"), "serial"));
}

static void
print_order(const json_t *order)
{
	static const char *const fields[] = { "name", "status", "customer",
		"product", "schemes", "states", "target", "exempt", "basis",
		"by", "note" };
	const json_t *value;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		value = json_object_get(order, fields[i]);
		text =
		    json_is_array(value) ? join(value) : text_quote_json(value);
		if (text[0] != '\0')
			printf("%-10s%s\n", fields[i], text);
		free(text);
	}
}

int
client_order_show(struct client *c)
{
	static const char *const head[DEVICE_COLUMNS] = { "DEVICE", "SERIAL" };
	json_t *result;
	char *runs;
	int status;

	status = client_call(c, "order.show",
	    json_pack("{s:s}", "order", c->args.words[0]), &result);
	if (status != 0)
		return status;
	if (c->is_json) {
		client_print_json(result);
		json_decref(result);
		return CLIENT_PASSED;
	}
	print_order(json_object_get(result, "order"));
	runs = join(json_object_get(result, "runs"));
	if (runs[0] != '\0')
		printf("%-10s%s\n", "under way", runs);
	free(runs);
	client_print_samples(json_object_get(result, "samples"));
	client_print_table(head, DEVICE_COLUMNS,
	    json_object_get(result, "devices"), fill_device);
	json_decref(result);
	return CLIENT_PASSED;
}
