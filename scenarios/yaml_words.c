/*
 * yaml_words: what a table would have accepted, said to a person.
 */
#include "scenarios/yaml_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define KEY_MAX 64 /* longer keys are not near any of ours */

static void append(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
append(char *out, size_t size, const char *format, ...)
{
	size_t n = strlen(out);
	va_list ap;

	va_start(ap, format);
	vsnprintf(out + n, size - n, format, ap);
	va_end(ap);
}

static void
say_choices(const struct yaml_choice *c, char *out, size_t size)
{
	const char *before = "one of ";

	for (; c->name != NULL; c++) {
		if (c->is_reserved)
			continue;
		append(out, size, "%s%s", before, c->name);
		before = ", ";
	}
}

static void
say_duration(uint64_t ms, char *out, size_t size)
{
	static const struct {
		uint64_t ms;
		const char *name;
	} units[] = { { 3600000, "h" }, { 60000, "m" }, { 1000, "s" },
		{ 1, "ms" } };
	size_t i = 0;

	while (i < 3 && (ms == 0 || ms % units[i].ms != 0))
		i++;
	append(out, size, "%" PRIu64 "%s", ms / units[i].ms, units[i].name);
}

static void
say_bounds(const struct yaml_field *f, char *out, size_t size)
{
	if (f->max == 0)
		append(out, size, "a number of at least %" PRIu64, f->min);
	else if (f->min == f->max)
		append(out, size, "%" PRIu64, f->min);
	else
		append(out, size, "%" PRIu64 " to %" PRIu64, f->min, f->max);
}

static void
say_text(const struct yaml_field *f, char *out, size_t size)
{
	if (f->choices != NULL)
		say_choices(f->choices, out, size);
	else if (f->max != 0)
		append(out, size, "a text of %" PRIu64 " to %" PRIu64 " bytes",
		    f->min, f->max);
	else
		append(out, size, "a text");
}

void
yaml_words_expected(const struct yaml_field *f, char *out, size_t size)
{
	out[0] = '\0';
	if (f->expects != NULL && f->type != YAML_FREE) {
		append(out, size, "%s", f->expects);
		return;
	}
	switch (f->type) {
	case YAML_TEXT:
	case YAML_PARSED:
	case YAML_RESERVED:
		say_text(f, out, size);
		break;
	case YAML_BOOL:
		append(out, size, "true or false");
		break;
	case YAML_UINT:
		say_bounds(f, out, size);
		break;
	case YAML_DURATION:
		append(out, size, "a duration such as 30s");
		if (f->max == 0)
			break;
		append(out, size, ", ");
		say_duration(f->min, out, size);
		append(out, size, " to ");
		say_duration(f->max, out, size);
		break;
	case YAML_CHOICE:
		say_choices(f->choices, out, size);
		break;
	case YAML_FLAGS:
		append(out, size, "a list of at least ");
		say_choices(f->choices, out, size);
		break;
	case YAML_LIST:
		append(out, size, "a list");
		break;
	case YAML_MAP:
	case YAML_FREE:
		append(out, size, "keys and values");
		break;
	}
}

void
yaml_words_found(const struct yaml_node *n, char *out, size_t size)
{
	char quoted[80];

	if (n->shape == YAML_SEQUENCE) {
		snprintf(out, size, "a list");
	} else if (n->shape == YAML_MAPPING) {
		snprintf(out, size, "keys and values");
	} else if (n->is_plain && n->text[0] == '\0') {
		snprintf(out, size, "nothing");
	} else {
		log_quote(n->text, strlen(n->text), quoted, sizeof(quoted));
		snprintf(out, size, "\"%s\"", quoted);
	}
}

/* Levenshtein's distance, two rows. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[KEY_MAX + 1], i, j, above, corner, best;

	for (j = 0; j <= strlen(b); j++)
		row[j] = j;
	for (i = 1; i <= strlen(a); i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= strlen(b); j++) {
			above = row[j];
			best = corner + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = above;
		}
	}
	return row[strlen(b)];
}

static const char *
nearest(const struct yaml_field *f, const char *key)
{
	const char *name = NULL;
	size_t d, best = strlen(key) / 3 + 2; /* further is another word */

	if (strlen(key) > KEY_MAX)
		return NULL;
	for (; f->name != NULL; f++) {
		if (strlen(f->name) > KEY_MAX || f->type == YAML_RESERVED)
			continue;
		d = distance(key, f->name);
		if (d < best && d < strlen(f->name)) {
			best = d;
			name = f->name;
		}
	}
	return name;
}

void
yaml_words_unknown(
    const struct yaml_field *fields, const char *key, char *out, size_t size)
{
	const char *near = nearest(fields, key), *before = "; known here: ";
	char quoted[80];

	log_quote(key, strlen(key), quoted, sizeof(quoted));
	snprintf(out, size, "unknown key \"%s\"", quoted);
	if (near != NULL) {
		append(out, size, ", did you mean \"%s\"?", near);
		return;
	}
	for (; fields->name != NULL; fields++) {
		if (fields->type == YAML_RESERVED)
			continue;
		append(out, size, "%s%s", before, fields->name);
		before = ", ";
	}
}

const char *
yaml_words_next(const char *p, char *out, size_t size)
{
	size_t n = strcspn(p, "|");

	snprintf(out, size, "%.*s", (int)n, p);
	return p[n] == '|' ? p + n + 1 : p + n;
}

void
yaml_words_one_of(const char *names, char *out, size_t size)
{
	const char *before = "";
	char name[64];

	out[0] = '\0';
	while (*names != '\0') {
		names = yaml_words_next(names, name, sizeof(name));
		append(out, size, "%s\"%s\"", before, name);
		before = ", ";
	}
}
