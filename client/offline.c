/*
 * offline: assayctl validate, schema: what needs no bench.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/conf.h"
#include "scenarios/profile.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"

static int
check_scenario(const char *text, size_t size, const char *file, struct err *e)
{
	struct scenario *s = scenario_parse(text, size, file, e);

	if (s == NULL)
		return -1;
	scenario_free(s);
	return 0;
}

static int
check_profile(const char *text, size_t size, const char *file, struct err *e)
{
	struct profile *p = profile_parse(text, size, file, e);

	if (p == NULL)
		return -1;
	profile_free(p);
	return 0;
}

static int
check_conf(const char *text, size_t size, const char *file, struct err *e)
{
	struct conf *c = conf_parse(text, size, file, e);

	if (c == NULL)
		return -1;
	conf_free(c);
	return 0;
}

static const struct {
	const char *name;
	const char *key; /* a file with it is of this kind */
	int (*check)(const char *, size_t, const char *, struct err *);
} kinds[] = {
	{ "scenario", "steps", check_scenario },
	{ "profile", "product", check_profile },
	{ "configuration", "bench", check_conf },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A line at the margin that begins with the key and a colon. */
static bool
has_key(const char *text, const char *key)
{
	size_t n = strlen(key);

	while (text != NULL && *text != '\0') {
		if (strncmp(text, key, n) == 0 && text[n] == ':')
			return true;
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return false;
}

/* KINDS when it cannot be told. */
static size_t
find_kind(const char *name, const char *text)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (name != NULL ? strcmp(name, kinds[i].name) == 0
				 : has_key(text, kinds[i].key))
			return i;
	return KINDS;
}

static void
print_result(const struct client *c, const char *path, const char *kind,
    const struct err *e)
{
	char *shown;
	json_t *o;

	if (c->is_json) {
		o = json_pack("{s:s, s:s, s:b}", "file", path, "kind", kind,
		    "good", e == NULL);
		if (e != NULL) {
			json_object_set_new(o, "line", json_integer(e->line));
			json_object_set_new(
			    o, "column", json_integer(e->column));
			json_object_set_new(o, "text", json_string(e->text));
		}
		client_print_json(o);
		json_decref(o);
	} else if (e == NULL) {
		shown = text_quote(path);
		printf("%s: a good %s\n", shown, kind);
		free(shown);
	}
	if (e != NULL)
		client_complain(CLIENT_USAGE, e);
}

static int
validate(const struct client *c, const char *path)
{
	const char *name = args_value(&c->args, "kind"), *text;
	json_t *file = client_read_file(path);
	struct err e;
	size_t kind;
	int r;

	if (file == NULL)
		return CLIENT_USAGE;
	text = json_string_value(file);
	kind = find_kind(name, text);
	if (kind == KINDS) {
		json_decref(file);
		if (name != NULL)
			return client_complainf(CLIENT_USAGE,
			    "--kind %s: scenario, profile or configuration",
			    name);
		return client_complainf(CLIENT_USAGE,
		    "%s: neither a scenario (steps:) nor a profile "
		    "(product:) nor assayd.yaml (bench:); --kind says which",
		    path);
	}
	r = kinds[kind].check(text, json_string_length(file), path, &e);
	print_result(c, path, kinds[kind].name, r == 0 ? NULL : &e);
	json_decref(file);
	return r == 0 ? CLIENT_PASSED : CLIENT_USAGE;
}

int
client_validate(struct client *c)
{
	int worst = CLIENT_PASSED, status;
	size_t i;

	for (i = 0; i < c->args.nwords; i++) {
		status = validate(c, c->args.words[i]);
		if (status != CLIENT_PASSED)
			worst = status;
	}
	return worst;
}

int
client_schema(struct client *c)
{
	json_t *schema = scenarios_schema(c->args.words[0]);
	char *text;
	int status;

	if (schema == NULL && strcmp(c->args.words[0], "control") == 0) {
		status = client_connect(c);
		if (status == 0)
			status = client_call(c, "schema", NULL, &schema);
		if (status != 0)
			return status;
	}
	if (schema == NULL)
		return client_complainf(CLIENT_USAGE,
		    "there is no schema \"%s\": scenario, profile, messages, "
		    "assayd or, from a bench, control",
		    c->args.words[0]);
	if (c->is_json) {
		client_print_json(schema);
	} else {
		text = json_dumps(schema,
		    JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
		puts(text);
		free(text);
	}
	json_decref(schema);
	return CLIENT_PASSED;
}
