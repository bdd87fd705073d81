/*
 * export: what the formats for other programs share: texts of a report in one
 * language, stable names, what stands in the way of a requirement.
 */
#include "reports/export.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "reports/text.h"

#define NS_PER_S 1000000000

const char *
export_string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

char *
export_text(const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	return value == NULL || json_is_null(value) ? xstrdup("")
						    : text_quote_json(value);
}

char *
export_both(const json_t *o, const char *key, const char *lang)
{
	return export_text(json_object_get(o, key), lang);
}

char *
export_word(
    const struct export_style *style, const char *kind, const char *code)
{
	char *name = xasprintf("%s.%s", kind, code);
	char *word = messages_text(style->messages, name) == NULL
	    ? text_quote(code)
	    : messages_format(style->messages, name, NULL);

	free(name);
	return word;
}

char *
export_time(int64_t ns)
{
	time_t s = (time_t)(ns / NS_PER_S);
	char text[32];
	struct tm tm;

	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return xstrdup("1970-01-01T00:00:00Z");
	return xstrdup(text);
}

char *
export_subject(const json_t *verdict)
{
	json_t *subject = json_object_get(verdict, "subject"), *value;
	struct text_out o;
	const char *key, *sep = "";
	char *text;

	text_out_start(&o);
	value = json_object_get(subject, "addr");
	if (value != NULL && !json_is_null(value)) {
		text = text_quote_json(value);
		text_put_raw(&o, text);
		free(text);
		sep = " ";
	}
	json_object_foreach (subject, key, value) {
		if (strcmp(key, "addr") == 0 || json_is_null(value))
			continue;
		text = text_quote_json(value);
		text_put_raw(&o, sep);
		text_put(&o, key);
		text_putf(&o, " %s", text);
		free(text);
		sep = " ";
	}
	return text_out_end(&o);
}

char *
export_where(const struct export_style *style, const json_t *verdict)
{
	char *sample = export_text(verdict, "sample"),
	     *state =
		 export_word(style, "state", export_string(verdict, "state")),
	     *text;

	text =
	    xasprintf("[%s%s%s]", sample, sample[0] == '\0' ? "" : ", ", state);
	free(sample);
	free(state);
	return text;
}

static char *
sentence(const struct export_style *style, const char *code, json_t *values)
{
	char *text = messages_format(style->messages, code, values);
	char *quoted = text_quote(text);

	free(text);
	json_decref(values);
	return quoted;
}

char *
export_evidence(const struct export_style *style, const json_t *verdict)
{
	const json_t *slice = json_object_get(verdict, "slice");
	json_t *values;

	if (!json_is_object(slice))
		return sentence(style, "export.no_evidence",
		    json_pack("{s:O}", "seq", json_object_get(verdict, "seq")));
	values = json_pack("{s:O, s:O, s:O, s:O}", "seq",
	    json_object_get(verdict, "seq"), "frames",
	    json_object_get(verdict, "frames"), "file",
	    json_object_get(slice, "file"), "sha256",
	    json_object_get(slice, "sha256"));
	return sentence(style, "export.evidence", values);
}

/* RFC 4122 section 4.3: SHA-1 over name space and name. */
json_t *
export_uuid(json_t *name)
{
	static const uint8_t space[16] = { 0x5b, 0x0c, 0x1f, 0x3e, 0x9d, 0x46,
		0x4c, 0x0b, 0x8a, 0x52, 0x7f, 0x1d, 0x6e, 0x2c, 0x4a, 0x90 };
	char *text =
	    json_dumps(name, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	size_t size = strlen(text);
	uint8_t digest[EVP_MAX_MD_SIZE];
	uint8_t *bytes = xcalloc(sizeof(space) + size + 1, 1);
	char hex[33];

	memcpy(bytes, space, sizeof(space));
	memcpy(bytes + sizeof(space), text, size + 1);
	if (EVP_Digest(bytes, sizeof(space) + size, digest, NULL, EVP_sha1(),
		NULL) != 1)
		fatal("SHA-1 is not to be had");
	free(bytes);
	free(text);
	json_decref(name);
	digest[6] = (uint8_t)(0x50 | (digest[6] & 0x0f));
	digest[8] = (uint8_t)(0x80 | (digest[8] & 0x3f));
	hex_encode(digest, 16, hex);
	return json_sprintf("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
	    hex + 16, hex + 20);
}

char *
export_uri(const char *file)
{
	struct text_out o;

	text_out_start(&o);
	for (; *file != '\0'; file++)
		if (isalnum((unsigned char)*file) ||
		    strchr("-._~/", *file) != NULL)
			text_putf(&o, "%c", *file);
		else
			text_putf(&o, "%%%02X", (unsigned char)*file);
	return text_out_end(&o);
}

json_t *
export_by_check(const json_t *report)
{
	json_t *by_check = json_object(), *verdict, *list;
	const char *check;
	size_t i;

	json_array_foreach (json_object_get(report, "verdicts"), i, verdict) {
		check = export_string(verdict, "check");
		list = json_object_get(by_check, check);
		if (list == NULL) {
			list = json_array();
			json_object_set_new(by_check, check, list);
		}
		json_array_append(list, verdict);
	}
	return by_check;
}

const json_t *
export_find(const json_t *verdicts, json_int_t seq)
{
	const json_t *verdict;
	size_t i;

	json_array_foreach (verdicts, i, verdict)
		if (json_integer_value(json_object_get(verdict, "seq")) == seq)
			return verdict;
	return NULL;
}

/* ---- what was not shown ---- */

/* Of a check that decides or finds something, and has not passed. */
static const char *
gap_of(const json_t *check)
{
	const char *gap = export_string(check, "gap");

	if (strcmp(export_string(check, "level"), "info") == 0)
		return "";
	if (json_is_object(json_object_get(check, "na")))
		return "narrowed";
	if (gap[0] == '\0' &&
	    strcmp(export_string(check, "verdict"), "na") == 0)
		return "no_technology";
	return gap;
}

/* The checks of one gap, from the first that has it. */
static void
put_checks(
    struct text_out *o, const json_t *checks, size_t first, const char *gap)
{
	const char *sep = ": ";
	const json_t *check, *na;
	size_t i;

	for (i = first; i < json_array_size(checks); i++) {
		check = json_array_get(checks, i);
		if (strcmp(gap_of(check), gap) != 0)
			continue;
		text_put_raw(o, sep);
		text_put(o, export_string(check, "check"));
		sep = ", ";
		na = json_object_get(check, "na");
		if (na == NULL)
			continue;
		text_put_raw(o, " (");
		text_put(o, export_string(na, "reason"));
		text_put_raw(o, "; ");
		text_put(o, export_string(na, "by"));
		text_put_raw(o, ")");
	}
}

static bool
is_first(const json_t *checks, size_t index, const char *gap)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (strcmp(gap_of(json_array_get(checks, i)), gap) == 0)
			return false;
	return true;
}

char *
export_gaps(const struct export_style *style, const json_t *requirement)
{
	const json_t *checks = json_object_get(requirement, "checks");
	const char *gap, *sep = "";
	struct text_out o;
	char *word;
	size_t i;

	text_out_start(&o);
	if (json_is_true(json_object_get(requirement, "lacks_documents"))) {
		word = export_word(style, "gap", "documents");
		text_put_raw(&o, word);
		free(word);
		sep = "; ";
	}
	for (i = 0; i < json_array_size(checks); i++) {
		gap = gap_of(json_array_get(checks, i));
		if (gap[0] == '\0' || !is_first(checks, i, gap))
			continue;
		word = export_word(style, "gap", gap);
		text_putf(&o, "%s%s", sep, word);
		free(word);
		sep = "; ";
		put_checks(&o, checks, i, gap);
	}
	return text_out_end(&o);
}

char *
export_result(const struct export_style *style, const json_t *requirement)
{
	json_t *k = json_object_get(requirement, "passed");
	json_t *n = json_object_get(requirement, "required");
	char *word, *of, *text;

	word = export_word(
	    style, "requirement", export_string(requirement, "result"));
	if (json_integer_value(n) == 0)
		return word;
	of = sentence(style, "export.passed",
	    json_pack("{s:O, s:O}", "passed", k, "required", n));
	text = xasprintf("%s, %s", word, of);
	free(of);
	free(word);
	return text;
}
