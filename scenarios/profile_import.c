/*
 * profile_import: a profile made from what other tools were told of a device.
 */
#include "scenarios/profile_import.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "scenarios/profile.h"
#include "scenarios/profile_import_parts.h"
#include "scenarios/yaml.h"

#define SIZE_MAX_BYTES YAML_SIZE_MAX

void
profile_import_note(struct profile_import *i, const char *format, ...)
{
	char text[600];
	va_list ap;

	if (i->nnotes > PROFILE_IMPORT_NOTES_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (i->nnotes == PROFILE_IMPORT_NOTES_MAX)
		snprintf(text, sizeof(text),
		    "and more than %d others: this file is not carried over",
		    PROFILE_IMPORT_NOTES_MAX);
	i->notes = xrealloc(i->notes, i->nnotes + 1, sizeof(*i->notes));
	i->notes[i->nnotes++] = xstrdup(text);
}

const char *
profile_import_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

void
profile_import_line(struct profile_import *i, struct profile_write *w,
    const char *key, const char *text, size_t max)
{
	if (text[0] == '\0')
		return;
	if (strlen(text) > max || !utf8_is_plain(text, strlen(text)))
		profile_import_note(
		    i, "%s: cut to %zu bytes of what may be shown", key, max);
	profile_write_f(w, "%s: ", key);
	profile_write_quoted(w, text, max);
	profile_write_raw(w, "\n");
}

static int
check_made(const char *yaml, struct err *e)
{
	struct profile *p = profile_parse(yaml, strlen(yaml), "", e);

	if (p == NULL)
		return err_prefix(e,
		    "no profile can be made of it (line %u of what was "
		    "tried): ",
		    e->line);
	profile_free(p);
	return 0;
}

int
profile_import(const char *text, size_t size, const char *file,
    struct profile_import *out, struct err *e)
{
	struct profile_write w;
	json_error_t error;
	json_t *root;
	int r;

	memset(out, 0, sizeof(*out));
	if (size > SIZE_MAX_BYTES)
		return err_set_at(e, file, 0, 0, "larger than 1 MiB");
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return err_set_at(e, file, (unsigned)error.line,
		    (unsigned)error.column, "not JSON: %s", error.text);
	profile_write_start(&w);
	if (json_object_get(root, "ietf-mud:mud") != NULL) {
		out->kind = "mud";
		r = profile_import_mud(root, out, &w, e);
	} else if (json_object_get(root, "mac_addr") != NULL) {
		out->kind = "testrun";
		r = profile_import_testrun(root, out, &w, e);
	} else {
		r = err_set(e,
		    "neither a MUD file (ietf-mud:mud) nor testrun's "
		    "device_config.json (mac_addr)");
	}
	json_decref(root);
	out->yaml = profile_write_end(&w);
	if (r == 0)
		r = check_made(out->yaml, e);
	if (r == -1) {
		profile_import_clear(out);
		snprintf(e->file, sizeof(e->file), "%s", file);
		e->line = e->column = 0;
	}
	return r;
}

void
profile_import_clear(struct profile_import *i)
{
	size_t k;

	for (k = 0; k < i->nnotes; k++)
		free(i->notes[k]);
	free(i->notes);
	free(i->yaml);
	memset(i, 0, sizeof(*i));
}
