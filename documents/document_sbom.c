/*
 * document_sbom: an inventory of software, and whether it names what was seen.
 *
 * CycloneDX 1.x (ECMA-424): bomFormat, specVersion, components, which nest.
 * SPDX 2.x: spdxVersion, packages.  SPDX 3.x: @context, @graph with elements
 * of type software_Package.  Only what names a component is read.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "documents/document.h"

#define NESTING_MAX 64      /* components within components */
#define DEPTH_MAX 200       /* brackets within brackets: the parser recurses */
#define NAMES_MAX 200000    /* of components */
#define MISSING_TOLD_MAX 10 /* by name */

struct names {
	const char **at; /* borrowed from the JSON */
	size_t n, room;
	bool is_bad; /* a component without a name, or nested too deep */
};

static void
add_name(struct names *names, const json_t *o)
{
	const char *name = json_string_value(json_object_get(o, "name"));

	if (name == NULL || name[0] == '\0' || names->n == NAMES_MAX) {
		names->is_bad = true;
		return;
	}
	if (names->n == names->room) {
		names->room = names->room == 0 ? 64 : names->room * 2;
		names->at =
		    xrealloc(names->at, names->room, sizeof(*names->at));
	}
	names->at[names->n++] = name;
}

static void
add_components(struct names *names, const json_t *components, unsigned depth)
{
	const json_t *one, *inner;
	size_t i;

	if (depth == NESTING_MAX) {
		names->is_bad = true;
		return;
	}
	json_array_foreach (components, i, one) {
		add_name(names, one);
		inner = json_object_get(one, "components");
		if (inner != NULL)
			add_components(names, inner, depth + 1);
	}
}

static void
add_elements(struct names *names, const json_t *graph)
{
	const json_t *one;
	const char *type;
	size_t i;

	json_array_foreach (graph, i, one) {
		type = json_string_value(json_object_get(one, "type"));
		if (type != NULL && strcmp(type, "software_Package") == 0)
			add_name(names, one);
	}
}

/* ---- which of the forms it is ---- */

static bool
is_version(const char *text, const char *begin)
{
	return text != NULL && strncmp(text, begin, strlen(begin)) == 0 &&
	    text[strlen(begin)] != '\0';
}

static bool
is_spdx_3(const json_t *o)
{
	const json_t *context = json_object_get(o, "@context"), *one;
	size_t i;

	if (json_is_string(context))
		return strstr(json_string_value(context), "spdx.org/rdf/3.") !=
		    NULL;
	json_array_foreach (context, i, one)
		if (json_is_string(one) &&
		    strstr(json_string_value(one), "spdx.org/rdf/3.") != NULL)
			return true;
	return false;
}

/* Its form, or NULL; the components' names are added. */
static const char *
read_form(const json_t *o, struct names *names, const char **version)
{
	const char *form = json_string_value(json_object_get(o, "bomFormat")),
		   *said;
	const json_t *list;

	*version = "";
	if (form != NULL && strcmp(form, "CycloneDX") == 0) {
		said = json_string_value(json_object_get(o, "specVersion"));
		list = json_object_get(o, "components");
		if (!is_version(said, "1.") ||
		    (list != NULL && !json_is_array(list)))
			return NULL;
		*version = said;
		add_components(names, list, 0);
		return "CycloneDX";
	}
	said = json_string_value(json_object_get(o, "spdxVersion"));
	list = json_object_get(o, "packages");
	if (is_version(said, "SPDX-2.") && json_is_array(list)) {
		*version = said + strlen("SPDX-");
		add_components(names, list, 0);
		return "SPDX";
	}
	list = json_object_get(o, "@graph");
	if (is_spdx_3(o) && json_is_array(list)) {
		*version = "3";
		add_elements(names, list);
		return "SPDX";
	}
	return NULL;
}

/* Brackets nest no deeper than that, those in strings left out. */
static bool
is_shallow(const char *p, size_t size)
{
	bool in_string = false;
	unsigned depth = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		if (in_string) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				in_string = false;
		} else if (p[i] == '"') {
			in_string = true;
		} else if (p[i] == '[' || p[i] == '{') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if ((p[i] == ']' || p[i] == '}') && depth > 0) {
			depth--;
		}
	}
	return true;
}

/* ---- does it name what was seen? ---- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* word stands in text as whole words, whatever the case. */
static bool
holds(const char *text, const char *word)
{
	const size_t n = strlen(word), size = strlen(text);
	size_t i;

	for (i = 0; i + n <= size; i++)
		if (strncasecmp(text + i, word, n) == 0 &&
		    (i == 0 || !is_letter(text[i - 1])) &&
		    !is_letter(text[i + n]))
			return true;
	return false;
}

static bool
is_named(const struct names *names, const char *product)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (holds(names->at[i], product))
			return true;
	return false;
}

static void
say_seen(json_t *rows, const struct names *names, const char *const *seen)
{
	char missing[400] = "";
	size_t n = 0, absent = 0, used;
	const char *const *p;

	if (seen == NULL) {
		document_say(rows, "sbom.names_seen", DOCUMENT_UNKNOWN,
		    "no product was seen on the device that could be held "
		    "against it");
		return;
	}
	for (p = seen; *p != NULL; p++, n++) {
		if (is_named(names, *p))
			continue;
		used = strlen(missing);
		if (absent++ < MISSING_TOLD_MAX &&
		    used + strlen(*p) + 3 < sizeof(missing)) {
			if (used > 0)
				memcpy(missing + used, ", ", 3);
			used = strlen(missing);
			memcpy(missing + used, *p, strlen(*p) + 1);
		}
	}
	if (n == 0)
		document_say(rows, "sbom.names_seen", DOCUMENT_UNKNOWN,
		    "no product was seen on the device that could be held "
		    "against it");
	else if (absent == 0)
		document_say(rows, "sbom.names_seen", DOCUMENT_GOOD,
		    "it names all %zu products that were seen", n);
	else
		document_say(rows, "sbom.names_seen", DOCUMENT_BAD,
		    "%zu of %zu products that were seen are not in it: %s",
		    absent, n, missing);
}

void
document_check_sbom(
    json_t *rows, const void *bytes, size_t size, const char *const *seen)
{
	const char *what = document_not_text(bytes, size), *form, *version;
	struct names names = { .n = 0 };
	json_error_t why;
	json_t *o;

	if (what != NULL || size > DOCUMENT_MAX ||
	    !is_shallow((const char *)bytes, size)) {
		document_say(rows, "sbom.form", DOCUMENT_BAD,
		    "it is %s and no JSON that is read",
		    what != NULL              ? what
			: size > DOCUMENT_MAX ? "too large"
					      : "nested too deep");
		return;
	}
	o = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, &why);
	if (o == NULL) {
		document_say(rows, "sbom.form", DOCUMENT_BAD,
		    "no JSON: line %d, column %d: %s", why.line, why.column,
		    why.text);
		return;
	}
	form = read_form(o, &names, &version);
	if (form == NULL || names.is_bad) {
		document_say(rows, "sbom.form", DOCUMENT_BAD, "%s",
		    form == NULL ? "JSON, but neither CycloneDX nor SPDX"
				 : "a component of it has no name");
	} else {
		document_say(rows, "sbom.form", DOCUMENT_GOOD, "%s %.20s", form,
		    version);
		document_say(rows, "sbom.components",
		    names.n > 0 ? DOCUMENT_GOOD : DOCUMENT_BAD,
		    "%zu components", names.n);
		say_seen(rows, &names, seen);
	}
	free(names.at);
	json_decref(o);
}
