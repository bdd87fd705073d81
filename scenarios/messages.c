/*
 * messages: reason codes and names as sentences, in English and Japanese.
 *
 * A value may hold what a device said of itself: it never reaches the
 * sentence unquoted.
 */
#include "scenarios/messages.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "scenarios/schema.h"
#include "scenarios/yaml.h"

#define NAME_MAX_BYTES 64    /* of a placeholder */
#define VALUE_MAX_BYTES 1024 /* of a quoted value; longer is cut with "…" */

struct message {
	char *code, *text;
};

struct messages {
	char *language;
	struct message *items;
	size_t nitems;
};

static const struct yaml_field message_item = {
	.type = YAML_TEXT,
	YAML_AT(struct message, text),
	.min = 1,
	.max = 1000,
	.help = "The sentence; {name} stands for a value.",
};

static const struct yaml_field messages_fields[] = {
	{ .name = "version",
	    .type = YAML_UINT,
	    .is_required = true,
	    .min = 1,
	    .max = 1,
	    .help = "Version of this file's format." },
	{ .name = "language",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct messages, language),
	    .pattern = "^[a-z]{2}$",
	    .expects = "two letters such as en",
	    .help = "ISO 639-1 code of the language." },
	{ .name = "messages",
	    .type = YAML_FREE,
	    .is_required = true,
	    YAML_LIST_AT(struct messages, items),
	    .count_at = offsetof(struct messages, nitems),
	    .item = &message_item,
	    .item_size = sizeof(struct message),
	    .key_at = offsetof(struct message, code),
	    .pattern = "^[a-z][a-z0-9_]*([.][a-z0-9_]+)*$",
	    .expects = "a code such as tcp.undeclared_open",
	    .help = "Codes and their sentences." },
	{ .name = NULL },
};

const struct yaml_map messages_table = {
	.fields = messages_fields,
	.title = "assay messages",
	.help = "Reason codes and names as sentences of one language.",
};

static int
compare_codes(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	return strcmp(x->code, y->code);
}

struct messages *
messages_parse(const char *text, size_t size, const char *file, struct err *e)
{
	struct messages *m = xcalloc(1, sizeof(*m));

	if (yaml_read(&messages_table, text, size, file, m, e) == -1) {
		free(m);
		return NULL;
	}
	/* A report looks up some dozens of them a verdict. */
	if (m->nitems > 0)
		qsort(m->items, m->nitems, sizeof(*m->items), compare_codes);
	return m;
}

struct messages *
messages_load(const char *dir, const char *lang, struct err *e)
{
	struct messages *m = NULL;
	char *path, *text;
	size_t size;

	if (!yaml_matches(lang, "^[a-z]{2}$")) {
		err_set(e, "no such language");
		return NULL;
	}
	path = xasprintf("%s/%s.yaml", dir, lang);
	text = yaml_load_text(path, &size, e);
	if (text != NULL)
		m = messages_parse(text, size, path, e);
	if (m != NULL && strcmp(m->language, lang) != 0) {
		err_set_at(
		    e, path, 0, 0, "its language is \"%s\"", m->language);
		messages_free(m);
		m = NULL;
	}
	free(text);
	free(path);
	return m;
}

void
messages_free(struct messages *m)
{
	if (m == NULL)
		return;
	yaml_release(&messages_table, m);
	free(m);
}

size_t
messages_count(const struct messages *m)
{
	return m->nitems;
}

const char *
messages_code_at(const struct messages *m, size_t index)
{
	return m->items[index].code;
}

const char *
messages_text(const struct messages *m, const char *code)
{
	size_t low = 0, high = m->nitems, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(code, m->items[middle].code);
		if (order == 0)
			return m->items[middle].text;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static void
put_quoted(FILE *out, const char *s, size_t size)
{
	char quoted[VALUE_MAX_BYTES];

	fputs(log_quote(s, size, quoted, sizeof(quoted)), out);
}

static void
put_value(FILE *out, const json_t *v)
{
	char *text;

	if (json_is_string(v)) {
		put_quoted(out, json_string_value(v), json_string_length(v));
		return;
	}
	text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL)
		return;
	put_quoted(out, text, strlen(text));
	free(text);
}

static void
put_list(FILE *out, const json_t *list)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		fputs(i == 0 ? "" : ", ", out);
		put_value(out, json_array_get(list, i));
	}
}

static void
put_named(FILE *out, const json_t *values, const char *name)
{
	const json_t *v = json_object_get(values, name);

	if (v == NULL)
		fprintf(out, "{%s}", name);
	else if (json_is_array(v))
		put_list(out, v);
	else
		put_value(out, v);
}

static void
put_sentence(FILE *out, const char *text, const json_t *values)
{
	char name[NAME_MAX_BYTES];
	const char *end;
	size_t n;

	while (*text != '\0') {
		end = *text == '{' ? strchr(text, '}') : NULL;
		if (end == NULL || (size_t)(end - text) > sizeof(name)) {
			n = 1 + strcspn(text + 1, "{");
			fwrite(text, 1, n, out);
			text += n;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(end - text - 1),
		    text + 1);
		put_named(out, values, name);
		text = end + 1;
	}
}

static void
put_unknown(FILE *out, const char *code, const json_t *values)
{
	const char *before = ": ", *name;
	json_t *all = json_incref((json_t *)(uintptr_t)values), *v;

	put_quoted(out, code, strlen(code));
	json_object_foreach (all, name, v) {
		fputs(before, out);
		put_quoted(out, name, strlen(name));
		fputc('=', out);
		put_value(out, v);
		before = ", ";
	}
	json_decref(all);
}

char *
messages_format(
    const struct messages *m, const char *code, const json_t *values)
{
	const char *sentence = m == NULL ? NULL : messages_text(m, code);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		fatal("messages: out of memory");
	if (sentence == NULL)
		put_unknown(out, code, values);
	else
		put_sentence(out, sentence, values);
	if (fclose(out) != 0)
		fatal("messages: out of memory");
	return text;
}
