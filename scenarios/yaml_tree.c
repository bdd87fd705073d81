/*
 * yaml_tree: the small part of YAML that we accept, as a tree with places.
 *
 * The text is looked at byte by byte before libyaml sees it: a comment that
 * shows itself in another order than it stands there misleads too.
 */
#include "scenarios/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/utf8.h"

struct builder {
	yaml_parser_t parser;
	yaml_event_t event; /* the one being looked at */
	const char *file, *text;
	size_t size, nnodes;
	struct err *e;
};

static struct yaml_node *read_node(struct builder *b, unsigned depth);

int
yaml_tree_fail(
    const struct yaml_node *n, struct err *e, const char *format, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return err_set_at(e, n->file, n->line, n->column, "%s", text);
}

static int
fail_here(struct builder *b, const char *what)
{
	const yaml_mark_t *m = &b->event.start_mark;

	return err_set_at(b->e, b->file, (unsigned)m->line + 1,
	    (unsigned)m->column + 1, "%s", what);
}

/* What a person's editor did, where that is known. */
static const char *
editor_did(const uint8_t *p, size_t size, size_t i)
{
	if (i == 0 && size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return "expected UTF-8 without a byte order mark";
	if (i == 0 && size >= 2 &&
	    (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0))
		return "expected UTF-8, found UTF-16";
	if (p[i] == '\r')
		return "expected a line end of Linux or Windows, found a "
		       "carriage return alone";
	return NULL;
}

/* Says where the first byte is that a person could not see for what it is. */
static int
check_bytes(const char *text, size_t size, const char *file, struct err *e)
{
	const uint8_t *p = (const uint8_t *)text;
	unsigned line = 1, column = 1;
	const char *why;
	size_t i = 0, n;
	bool shown;

	while (i < size) {
		n = utf8_sequence(p + i, size - i, &shown);
		if (!shown && p[i] != '\n' && p[i] != '\t' &&
		    !(p[i] == '\r' && i + 1 < size && p[i + 1] == '\n')) {
			why = editor_did(p, size, i);
			if (why != NULL)
				return err_set_at(
				    e, file, line, column, "%s", why);
			return err_set_at(e, file, line, column,
			    "expected UTF-8 without control characters, found "
			    "the byte 0x%02x",
			    p[i]);
		}
		column++;
		if (p[i] == '\n') {
			line++;
			column = 1;
		}
		i += n;
	}
	return 0;
}

/* The line begins with spaces and a tab. */
static bool
is_indented_by_tab(const struct builder *b, size_t line)
{
	const char *at = b->text, *end = b->text + b->size;

	for (; line > 0 && at != NULL; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		at += at != NULL;
	}
	while (at != NULL && at < end && *at == ' ')
		at++;
	return at != NULL && at < end && *at == '\t';
}

/* What the parser complains of, in the words of who writes the file. */
static const char *
problem_of(const struct builder *b)
{
	static const char *const meant[][2] = {
		{ "found a tab character that violates indentation",
		    "spaces alone indent, found a tab" },
		{ "mapping values are not allowed in this context",
		    "no key can be here: is the line indented as those above, "
		    "is a text with a ':' in quotes?" },
		{ "did not find expected key",
		    "expected a key: is the line indented as those above, are "
		    "quotes in their places?" },
		{ "did not find expected '-' indicator",
		    "expected '- ' or a line indented as the one above" },
		{ "found unexpected end of stream", "a quote is not closed" },
	};
	const char *problem = b->parser.problem;
	size_t i;

	if (problem == NULL)
		return "unreadable";
	if (strcmp(problem, "found character that cannot start any token") == 0)
		return is_indented_by_tab(b, b->parser.problem_mark.line)
		    ? "spaces alone indent, found a tab"
		    : "a text that begins so must be in quotes";
	for (i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
		if (strcmp(problem, meant[i][0]) == 0)
			return meant[i][1];
	return problem;
}

static int
next_event(struct builder *b)
{
	const yaml_mark_t *m = &b->parser.problem_mark;

	yaml_event_delete(&b->event);
	if (yaml_parser_parse(&b->parser, &b->event) != 0)
		return 0;
	memset(&b->event, 0, sizeof(b->event));
	return err_set_at(b->e, b->file, (unsigned)m->line + 1,
	    (unsigned)m->column + 1, "not YAML: %s", problem_of(b));
}

static struct yaml_node *
node_new(struct builder *b, enum yaml_shape shape)
{
	struct yaml_node *n = xcalloc(1, sizeof(*n));

	n->shape = shape;
	n->file = b->file;
	n->line = (unsigned)b->event.start_mark.line + 1;
	n->column = (unsigned)b->event.start_mark.column + 1;
	return n;
}

void
yaml_tree_free(struct yaml_node *n)
{
	size_t i;

	if (n == NULL)
		return;
	for (i = 0; i < n->nitems; i++)
		yaml_tree_free(n->items[i]);
	free(n->items);
	free(n->text);
	free(n);
}

/* Grows by doubling: nitems is a power of two exactly when it is full. */
static void
node_append(struct yaml_node *n, struct yaml_node *item)
{
	if ((n->nitems & (n->nitems - 1)) == 0)
		n->items =
		    xrealloc(n->items, n->nitems == 0 ? 1 : 2 * n->nitems,
			sizeof(struct yaml_node *));
	n->items[n->nitems++] = item;
}

static struct yaml_node *
read_scalar(struct builder *b)
{
	const char *text = (const char *)b->event.data.scalar.value;
	size_t size = b->event.data.scalar.length;
	yaml_scalar_style_t style = b->event.data.scalar.style;
	struct yaml_node *n;

	/* The line end of a block that is one line long is not meant. */
	if ((style == YAML_LITERAL_SCALAR_STYLE ||
		style == YAML_FOLDED_SCALAR_STYLE) &&
	    size > 0 && text[size - 1] == '\n')
		size--;
	if (!utf8_is_plain(text, size)) {
		fail_here(b,
		    "a text may hold no control character and no line "
		    "end");
		return NULL;
	}
	n = node_new(b, YAML_SCALAR);
	n->is_plain = style == YAML_PLAIN_SCALAR_STYLE;
	n->text = xcalloc(size + 1, 1);
	memcpy(n->text, text, size);
	return n;
}

static struct yaml_node *
read_sequence(struct builder *b, unsigned depth)
{
	struct yaml_node *n = node_new(b, YAML_SEQUENCE), *item;

	for (;;) {
		if (next_event(b) == -1)
			break;
		if (b->event.type == YAML_SEQUENCE_END_EVENT)
			return n;
		item = read_node(b, depth + 1);
		if (item == NULL)
			break;
		node_append(n, item);
	}
	yaml_tree_free(n);
	return NULL;
}

static int
check_key(
    struct builder *b, const struct yaml_node *map, const struct yaml_node *key)
{
	const struct yaml_node *other;
	char quoted[96];
	size_t i;

	if (key->shape != YAML_SCALAR)
		return yaml_tree_fail(key, b->e, "a key must be a text");
	if (map->nitems / 2 >= YAML_KEYS_MAX)
		return yaml_tree_fail(
		    key, b->e, "more than %d keys in a map", YAML_KEYS_MAX);
	for (i = 0; i < map->nitems; i += 2) {
		other = map->items[i];
		if (strcmp(other->text, key->text) != 0)
			continue;
		log_quote(key->text, strlen(key->text), quoted, sizeof(quoted));
		return yaml_tree_fail(key, b->e,
		    "the key \"%s\" is there twice, first in line %u", quoted,
		    other->line);
	}
	return 0;
}

static struct yaml_node *
read_mapping(struct builder *b, unsigned depth)
{
	struct yaml_node *n = node_new(b, YAML_MAPPING), *key, *value;

	for (;;) {
		if (next_event(b) == -1)
			break;
		if (b->event.type == YAML_MAPPING_END_EVENT)
			return n;
		key = read_node(b, depth + 1);
		if (key == NULL)
			break;
		if (check_key(b, n, key) == -1 || next_event(b) == -1) {
			yaml_tree_free(key);
			break;
		}
		value = read_node(b, depth + 1);
		if (value == NULL) {
			yaml_tree_free(key);
			break;
		}
		node_append(n, key);
		node_append(n, value);
	}
	yaml_tree_free(n);
	return NULL;
}

static bool
has_anchor(const yaml_event_t *ev)
{
	return (ev->type == YAML_SCALAR_EVENT &&
		   ev->data.scalar.anchor != NULL) ||
	    (ev->type == YAML_SEQUENCE_START_EVENT &&
		ev->data.sequence_start.anchor != NULL) ||
	    (ev->type == YAML_MAPPING_START_EVENT &&
		ev->data.mapping_start.anchor != NULL);
}

static bool
has_tag(const yaml_event_t *ev)
{
	return (ev->type == YAML_SCALAR_EVENT && ev->data.scalar.tag != NULL) ||
	    (ev->type == YAML_SEQUENCE_START_EVENT &&
		ev->data.sequence_start.tag != NULL) ||
	    (ev->type == YAML_MAPPING_START_EVENT &&
		ev->data.mapping_start.tag != NULL);
}

/* The node that begins with the event at hand; NULL with the error set. */
static struct yaml_node *
read_node(struct builder *b, unsigned depth)
{
	yaml_event_type_t type = b->event.type;

	if (type == YAML_ALIAS_EVENT)
		fail_here(b, "aliases (*name) are not accepted");
	else if (has_anchor(&b->event))
		fail_here(b, "anchors (&name) are not accepted");
	else if (has_tag(&b->event))
		fail_here(b, "tags (!name) are not accepted");
	else if (depth > YAML_DEPTH_MAX)
		fail_here(b, "nested too deeply");
	else if (++b->nnodes > YAML_NODES_MAX)
		fail_here(b, "too many entries");
	else if (type == YAML_SCALAR_EVENT)
		return read_scalar(b);
	else if (type == YAML_SEQUENCE_START_EVENT)
		return read_sequence(b, depth);
	else if (type == YAML_MAPPING_START_EVENT)
		return read_mapping(b, depth);
	else
		fail_here(b, "not YAML: unexpected end");
	return NULL;
}

static int
next_events(struct builder *b, unsigned n)
{
	while (n > 0 && next_event(b) == 0)
		n--;
	return n == 0 ? 0 : -1;
}

static struct yaml_node *
read_document(struct builder *b)
{
	struct yaml_node *root;

	if (next_events(b, 2) == -1) /* beginning of stream, document */
		return NULL;
	if (b->event.type == YAML_STREAM_END_EVENT) {
		err_set_at(b->e, b->file, 1, 1, "the file is empty");
		return NULL;
	}
	if (next_event(b) == -1)
		return NULL;
	root = read_node(b, 1);
	if (root == NULL)
		return NULL;
	if (next_events(b, 2) == 0) { /* end of document, of stream */
		if (b->event.type == YAML_STREAM_END_EVENT)
			return root;
		fail_here(b, "a second document; one is accepted");
	}
	yaml_tree_free(root);
	return NULL;
}

struct yaml_node *
yaml_tree_parse(const char *text, size_t size, const char *file, struct err *e)
{
	struct builder b = { .file = file, .text = text, .size = size, .e = e };
	struct yaml_node *root;

	if (size > YAML_SIZE_MAX) {
		err_set_at(
		    e, file, 0, 0, "larger than %d bytes", YAML_SIZE_MAX);
		return NULL;
	}
	if (check_bytes(text, size, file, e) == -1)
		return NULL;
	if (yaml_parser_initialize(&b.parser) == 0)
		fatal("yaml: out of memory");
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &b.parser, (const unsigned char *)text, size);
	root = read_document(&b);
	yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	return root;
}

const struct yaml_node *
yaml_tree_get(const struct yaml_node *n, const char *key)
{
	size_t i;

	for (i = 0; n->shape == YAML_MAPPING && i < n->nitems; i += 2)
		if (strcmp(n->items[i]->text, key) == 0)
			return n->items[i + 1];
	return NULL;
}
