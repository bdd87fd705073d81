/*
 * document_security_txt: is it a security.txt after RFC 9116?
 *
 * Sections 2.2 (comments, lines, separate fields), 2.3 (a signature around
 * it), 2.5 (fields) and 4 (grammar).  An unknown field is an extension and
 * passed over, as section 2.4 asks.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "documents/document.h"

#define SIGNED_BEGIN "-----BEGIN PGP SIGNED MESSAGE-----"
#define SIGNATURE_BEGIN "-----BEGIN PGP SIGNATURE-----"

struct text {
	const char *at, *end;
};

struct reading {
	json_t *rows;
	int64_t now_s;
	size_t line;
	size_t contacts, expires, languages;
	size_t bad_lines, bad_links; /* counted; the first is said */
	size_t first_bad_line, first_bad_link;
	bool is_signed;
	char expiry[64];
};

static bool
next_line(struct text *t, struct text *line)
{
	const char *nl;

	if (t->at == t->end)
		return false;
	nl = memchr(t->at, '\n', (size_t)(t->end - t->at));
	line->at = t->at;
	line->end = nl == NULL ? t->end : nl;
	t->at = nl == NULL ? t->end : nl + 1;
	if (line->end > line->at && line->end[-1] == '\r')
		line->end--;
	return true;
}

static size_t
size_of(const struct text *t)
{
	return (size_t)(t->end - t->at);
}

static bool
is_word(const struct text *t, const char *word)
{
	return size_of(t) == strlen(word) &&
	    strncasecmp(t->at, word, size_of(t)) == 0;
}

static bool
begins(const struct text *t, const char *word)
{
	return size_of(t) >= strlen(word) &&
	    strncasecmp(t->at, word, strlen(word)) == 0;
}

static void
trim(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
	while (t->end > t->at && (t->end[-1] == ' ' || t->end[-1] == '\t'))
		t->end--;
}

/* A URI: a scheme, a colon, something; over the web only by https (2.5.3 and
 * others: "web URIs MUST begin with https://"). */
static bool
is_link(const struct text *value)
{
	const char *colon = memchr(value->at, ':', size_of(value)), *p;

	if (colon == NULL || colon == value->at || colon + 1 == value->end ||
	    begins(value, "http:"))
		return false;
	if (begins(value, "https:") &&
	    (!begins(value, "https://") || size_of(value) == 8))
		return false;
	for (p = value->at; p < value->end; p++)
		if (*p <= ' ' || *p == '<' || *p == '>' || *p == '"')
			return false;
	for (p = value->at; p < colon; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-",
			*p) == NULL)
			return false;
	return true;
}

static void
note(size_t *count, size_t *first, size_t line)
{
	if ((*count)++ == 0)
		*first = line;
}

static void
on_field(struct reading *r, const struct text *name, const struct text *value)
{
	static const char *const links[] = { "acknowledgments", "canonical",
		"contact", "encryption", "hiring", "policy" };
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (is_word(name, links[i]) && !is_link(value)) {
			note(&r->bad_links, &r->first_bad_link, r->line);
			return;
		}
	r->contacts += is_word(name, "contact");
	r->languages += is_word(name, "preferred-languages");
	if (is_word(name, "expires")) {
		r->expires++;
		snprintf(r->expiry, sizeof(r->expiry), "%.*s",
		    (int)(size_of(value) < 63 ? size_of(value) : 63),
		    value->at);
	}
}

static void
on_line(struct reading *r, struct text line)
{
	struct text name, value;
	const char *colon;

	/* Of a signed text, a line that begins with '-' is escaped (RFC 4880
	 * section 7.1). */
	if (r->is_signed && begins(&line, "- "))
		line.at += 2;
	trim(&line);
	if (line.at == line.end || *line.at == '#')
		return;
	colon = memchr(line.at, ':', size_of(&line));
	if (colon == NULL || colon == line.at) {
		note(&r->bad_lines, &r->first_bad_line, r->line);
		return;
	}
	name = (struct text){ line.at, colon };
	value = (struct text){ colon + 1, line.end };
	if (memchr(name.at, ' ', size_of(&name)) != NULL)
		note(&r->bad_lines, &r->first_bad_line, r->line);
	trim(&value);
	if (value.at == value.end)
		note(&r->bad_lines, &r->first_bad_line, r->line);
	else
		on_field(r, &name, &value);
}

static void
read_lines(struct reading *r, struct text t)
{
	struct text line;
	bool in_armor_head = false;

	while (next_line(&t, &line)) {
		r->line++;
		if (r->line == 1 && is_word(&line, SIGNED_BEGIN)) {
			r->is_signed = in_armor_head = true;
		} else if (in_armor_head) { /* "Hash: SHA512", an empty line */
			in_armor_head = size_of(&line) > 0;
		} else if (r->is_signed && is_word(&line, SIGNATURE_BEGIN)) {
			return;
		} else {
			on_line(r, line);
		}
	}
}

static void
say_expiry(const struct reading *r)
{
	int64_t end;
	/* A date alone is none here: 2.5.5 asks for RFC 3339's date-time. */
	bool is_time = strlen(r->expiry) > 10 &&
	    document_date(r->expiry, strlen(r->expiry), &end) == 0;

	if (r->expires != 1) {
		document_say(r->rows, "security_txt.expires", DOCUMENT_BAD,
		    "%zu fields Expires, and there must be one", r->expires);
		return;
	}
	document_say(r->rows, "security_txt.expires",
	    is_time ? DOCUMENT_GOOD : DOCUMENT_BAD, "Expires: %s%s", r->expiry,
	    is_time ? "" : ": not a date and time after RFC 3339");
	if (is_time)
		document_say(r->rows, "security_txt.future",
		    end > r->now_s ? DOCUMENT_GOOD : DOCUMENT_BAD,
		    end > r->now_s ? "it has not expired" : "it has expired");
}

void
document_check_security_txt(
    json_t *rows, const void *bytes, size_t size, int64_t now_s)
{
	struct reading r = { .rows = rows, .now_s = now_s };
	const char *what = document_not_text(bytes, size);
	size_t i, n;
	bool shown;

	if (what != NULL) {
		document_say(rows, "security_txt.form", DOCUMENT_BAD,
		    "it is %s and no text", what);
		return;
	}
	for (i = 0; i < size; i += n) {
		n = utf8_sequence((const uint8_t *)bytes + i, size - i, &shown);
		if (n == 1 && ((const uint8_t *)bytes)[i] >= 0x80) {
			document_say(rows, "security_txt.form", DOCUMENT_BAD,
			    "byte %zu is no UTF-8", i + 1);
			return;
		}
	}
	read_lines(&r,
	    (struct text){ (const char *)bytes, (const char *)bytes + size });
	if (r.bad_lines > 0)
		document_say(rows, "security_txt.form", DOCUMENT_BAD,
		    "line %zu is neither a field nor a comment",
		    r.first_bad_line);
	else if (r.languages > 1)
		document_say(rows, "security_txt.form", DOCUMENT_BAD,
		    "%zu fields Preferred-Languages, and there may be one",
		    r.languages);
	else
		document_say(rows, "security_txt.form", DOCUMENT_GOOD, "%s",
		    r.is_signed ? "fields and comments, within a signature "
				  "that was not verified"
				: "fields and comments");
	document_say(rows, "security_txt.contact",
	    r.contacts > 0 ? DOCUMENT_GOOD : DOCUMENT_BAD, "%zu contacts",
	    r.contacts);
	if (r.bad_links > 0)
		document_say(rows, "security_txt.links", DOCUMENT_BAD,
		    "line %zu names no URI, or one without https",
		    r.first_bad_link);
	else
		document_say(rows, "security_txt.links", DOCUMENT_GOOD,
		    "every link is a URI, and by https if of the web");
	say_expiry(&r);
}
