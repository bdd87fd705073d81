/*
 * service_text: names and their values, in whatever notation a page, a
 * description or a TXT record has.
 *
 * JSON, XML, HTML, forms and "Name: value" lines differ little for this: a
 * name, then ':' or '=' or '>', then the value.  In a page with scripts much
 * only looks like a secret ("password": "Passwort"), so there a value without
 * any digit is left to a person.
 */
#include <stdio.h>
#include <string.h>

#include "protocols/cleartext_lines.h"
#include "protocols/service_parts.h"

#define NAME_MAX_BYTES 40
#define VALUE_MAX_BYTES 200

static const struct {
	const char *end; /* of the name, in small letters and digits alone */
	enum service_what what;
} names[] = {
	{ "password", SERVICE_SECRET },
	{ "passwd", SERVICE_SECRET },
	{ "pwd", SERVICE_SECRET },
	{ "passphrase", SERVICE_SECRET },
	{ "psk", SERVICE_SECRET },
	{ "secret", SERVICE_SECRET },
	{ "token", SERVICE_SECRET },
	{ "apikey", SERVICE_SECRET },
	{ "privatekey", SERVICE_SECRET },
	{ "secretkey", SERVICE_SECRET },
	{ "accesskey", SERVICE_SECRET },
	{ "wifikey", SERVICE_SECRET },
	{ "wpakey", SERVICE_SECRET },
	{ "networkkey", SERVICE_SECRET },
	{ "version", SERVICE_VERSION },
	{ "firmware", SERVICE_VERSION },
	{ "fw", SERVICE_VERSION },
	{ "fwver", SERVICE_VERSION },
	{ "swver", SERVICE_VERSION },
	{ "firmwarerevision", SERVICE_VERSION },
	{ "softwarerevision", SERVICE_VERSION },
	{ "build", SERVICE_VERSION },
	{ "buildnumber", SERVICE_VERSION },
	{ "serial", SERVICE_SERIAL },
	{ "serialnumber", SERVICE_SERIAL },
	{ "serialno", SERVICE_SERIAL },
	{ "serialnum", SERVICE_SERIAL },
	{ "username", SERVICE_USER },
	{ "loginname", SERVICE_USER },
	{ "macaddress", SERVICE_MAC },
	{ "macaddr", SERVICE_MAC },
	{ "hwaddr", SERVICE_MAC },
	{ "modelname", SERVICE_MODEL },
	{ "modelnumber", SERVICE_MODEL },
	{ "modeldescription", SERVICE_MODEL },
	{ "model", SERVICE_MODEL },
	{ "manufacturer", SERVICE_PRODUCT },
	{ "vendor", SERVICE_PRODUCT },
	{ "productname", SERVICE_PRODUCT },
	{ "friendlyname", SERVICE_NAME },
	{ "devicename", SERVICE_NAME },
	{ "hostname", SERVICE_HOST },
	{ "udn", SERVICE_ID },
	{ "uuid", SERVICE_ID },
	{ "deviceid", SERVICE_ID },
};
/* The whole name, since it ends many others. */
static const struct {
	const char *name;
	enum service_what what;
} short_names[] = { { "sn", SERVICE_SERIAL }, { "mac", SERVICE_MAC },
	{ "user", SERVICE_USER }, { "pw", SERVICE_SECRET },
	{ "pass", SERVICE_SECRET }, { "key", SERVICE_SECRET },
	{ "md", SERVICE_MODEL }, { "fv", SERVICE_VERSION },
	{ "ver", SERVICE_VERSION } };

static bool
is_of_name(uint8_t c)
{
	c = line_lower(c);
	return (c >= 'a' && c <= 'z') || line_is_digit(c) || c == '_' ||
	    c == '-' || c == '.';
}

/* A blank between two words of a name. */
static bool
is_gap(struct bytes_view text, size_t at, size_t end)
{
	return text.p[at] == ' ' && at > 0 && at + 1 < end &&
	    is_of_name(text.p[at - 1]);
}

/* The name that ends at `at`, bare: words that one blank separates belong to
 * it ("Serial Number").  *raw: as it stands there. */
static size_t
name_before(
    struct bytes_view text, size_t at, char *out, struct bytes_view *raw)
{
	size_t end, begin, n = 0, i;

	while (at > 0 && line_is_one_of(text.p[at - 1], " \"'"))
		at--;
	end = begin = at;
	while (begin > 0 && end - begin < NAME_MAX_BYTES &&
	    (is_of_name(text.p[begin - 1]) || is_gap(text, begin - 1, end)))
		begin--;
	*raw = (struct bytes_view){ text.p + begin, end - begin };
	for (i = begin; i < end; i++)
		if (!line_is_one_of(text.p[i], "_-. "))
			out[n++] = (char)line_lower(text.p[i]);
	out[n] = '\0';
	return n;
}

static bool
ends_with(const char *name, size_t n, const char *end)
{
	const size_t k = strlen(end);

	return n >= k && memcmp(name + n - k, end, k) == 0;
}

/* What belongs to a protocol or to a form, and says nothing of the device. */
static bool
is_harmless(const char *name)
{
	static const char *const parts[] = { "csrf", "xsrf", "protocol", "spec",
		"schema", "api", "xml", "tls", "soap", "http", "minversion" };
	size_t i;

	if (ends_with(name, strlen(name), "apikey"))
		return false;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]) != NULL)
			return true;
	return false;
}

/* The last word alone, for the short ones. */
static bool
is_word(struct bytes_view raw, const char *word)
{
	const size_t k = strlen(word);

	return raw.n >= k && line_begins(raw.p + raw.n - k, k, word) &&
	    (raw.n == k || raw.p[raw.n - k - 1] == ' ');
}

static int
what_is(const char *name, size_t n, struct bytes_view raw)
{
	size_t i;

	if (n == 0 || is_harmless(name))
		return -1;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ends_with(name, n, names[i].end))
			return (int)names[i].what;
	for (i = 0; i < sizeof(short_names) / sizeof(short_names[0]); i++)
		if (is_word(raw, short_names[i].name))
			return (int)short_names[i].what;
	return -1;
}

static bool
ends_value(uint8_t c, uint8_t quote, bool in_tag)
{
	if (c == '\r' || c == '\n' || c == '<' || c == '\0')
		return true;
	if (quote != 0)
		return c == quote;
	return line_is_one_of(c, ",;&}|>\"") || (in_tag && c == ' ');
}

/* Its value: to the quote that closes it, or to whatever cannot be in one. */
static struct bytes_view
value_after(struct bytes_view text, size_t at, bool in_tag)
{
	size_t n = 0;
	uint8_t quote = 0;

	while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
		at++;
	if (at < text.n && (text.p[at] == '"' || text.p[at] == '\''))
		quote = text.p[at++];
	while (at + n < text.n && n < VALUE_MAX_BYTES &&
	    !ends_value(text.p[at + n], quote, in_tag))
		n++;
	while (n > 0 && text.p[at + n - 1] == ' ')
		n--;
	return (struct bytes_view){ text.p + at, n };
}

static size_t
count_digits(struct bytes_view v)
{
	size_t i, n = 0;

	for (i = 0; i < v.n; i++)
		n += line_is_digit(v.p[i]);
	return n;
}

static bool
is_none(struct bytes_view v)
{
	static const char *const nones[] = { "true", "false", "null", "none",
		"password", "passwort", "required", "undefined", "string",
		"text", "hidden", "unknown", "n/a", "yes", "no" };
	size_t i;

	for (i = 0; i < v.n &&
	     (v.p[i] == '*' || v.p[i] == 'x' || v.p[i] == 'X' || v.p[i] == '-');
	     i++)
		;
	if (i == v.n)
		return true;
	for (i = 0; i < sizeof(nones) / sizeof(nones[0]); i++)
		if (v.n == strlen(nones[i]) && line_begins(v.p, v.n, nones[i]))
			return true;
	return false;
}

/* One word that could be typed; no call, no expression. */
static bool
is_plain_word(struct bytes_view v)
{
	size_t i;

	for (i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || line_is_one_of(v.p[i], "(){}$[]"))
			return false;
	return v.n > 0;
}

static void
add_secret(struct service_seen *seen, enum service_what what,
    const char *source, const char *name, size_t size)
{
	char text[SERVICE_TEXT_MAX];

	snprintf(text, sizeof(text), "%.40s (%zu characters)", name, size);
	service_add_text(seen, what, source, text);
}

/* A number is in it, and it is short: 1.2.3, 20240101, r1234. */
static bool
is_number(struct bytes_view v, size_t least, size_t most)
{
	return v.n >= least && v.n <= most && count_digits(v) > 0;
}

/* Of use to an attacker: careful, lest a word for people be taken for it. */
static bool
is_serious(enum service_what what, struct bytes_view v, bool careful)
{
	const bool plain = is_plain_word(v);

	if (what == SERVICE_VERSION)
		return is_number(v, 1, 64) && (plain || !careful);
	if (what == SERVICE_SERIAL)
		return is_number(v, 4, 64) && plain;
	return plain && !is_none(v) && (what == SERVICE_USER || v.n >= 3);
}

static void
add_serious(struct service_seen *seen, const char *source,
    enum service_what what, const char *name, struct bytes_view v, bool careful)
{
	const bool weak = careful && count_digits(v) == 0;

	if (!is_serious(what, v, careful))
		return;
	if (what == SERVICE_SECRET)
		add_secret(seen, weak ? SERVICE_TEXT : what, source, name, v.n);
	else
		service_add(seen, weak ? SERVICE_TEXT : what, name, v);
}

static void
add_value(struct service_seen *seen, const char *source, enum service_what what,
    const char *name, struct bytes_view v, bool careful)
{
	if (what >= SERVICE_VERSION)
		add_serious(seen, source, what, name, v, careful);
	else if (!careful && !is_none(v))
		service_add(seen, what, name, v);
}

/* "<?xml version=": of the notation.  In a tag, the value ends at a blank. */
static bool
is_in_tag(struct bytes_view text, size_t at, bool *notation)
{
	size_t i;

	*notation = false;
	for (i = at; i > 0 && at - i < 300 && text.p[i - 1] != '>'; i--) {
		if (text.p[i - 1] != '<')
			continue;
		*notation = line_begins(text.p + i, at - i, "?xml") ||
		    line_begins(text.p + i, at - i, "svg") ||
		    line_begins(text.p + i, at - i, "html") ||
		    line_begins(text.p + i, at - i, "!doctype");
		return true;
	}
	return false;
}

static void
mine_pair(struct service_seen *seen, const char *source, struct bytes_view text,
    size_t at, bool careful)
{
	char name[NAME_MAX_BYTES + 2];
	struct bytes_view raw, value;
	bool notation, in_tag;
	const size_t n = name_before(text, at, name, &raw);
	const int what = what_is(name, n, raw);

	if (what == -1)
		return;
	in_tag = is_in_tag(text, at, &notation);
	if (text.p[at] == '>' && !in_tag)
		return; /* "a > b" */
	if (notation)
		return;
	value = value_after(text, at + 1, text.p[at] != ':');
	if (text.p[at] == '>') /* to the next tag, blanks included */
		value = value_after(text, at + 1, false);
	if (text.p[at] == '=' && value.n > 0 && value.p[0] == '=')
		return;
	add_value(seen, source, (enum service_what)what, name, value, careful);
}

/* What is typed in has a name before it, and no value. */
static bool
is_form(struct bytes_view text, size_t at)
{
	static const char *const tags[] = { "<input", "<button", "<select",
		"<textarea", "<script", "<style", "<form" };
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (line_begins(text.p + at, text.n - at, tags[i]))
			return true;
	return false;
}

/* "<td>Serial number</td><td>A1</td>": the next text is the value. */
static void
mine_cell(struct service_seen *seen, const char *source, struct bytes_view text,
    size_t at, bool careful)
{
	char name[NAME_MAX_BYTES + 2];
	struct bytes_view raw;
	const size_t n = name_before(text, at, name, &raw);
	const size_t limit = text.n - at > 200 ? at + 200 : text.n;
	const int what = what_is(name, n, raw);
	const uint8_t *end;

	while (what != -1 && at < limit) {
		if (text.p[at] == '<') {
			end = memchr(text.p + at, '>', limit - at);
			if (end == NULL || is_form(text, at))
				return;
			at = (size_t)(end - text.p) + 1;
		} else if (text.p[at] <= ' ' || text.p[at] == ':') {
			at++;
		} else {
			add_value(seen, source, (enum service_what)what, name,
			    value_after(text, at, false), careful);
			return;
		}
	}
}

static bool
is_hex(uint8_t c)
{
	c = line_lower(c);
	return line_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* xx:xx:xx:xx:xx:xx, and not a part of something longer. */
static bool
is_mac(struct bytes_view text, size_t at)
{
	size_t i;

	if (text.n - at < 17 ||
	    (at > 0 && (is_hex(text.p[at - 1]) || text.p[at - 1] == ':')) ||
	    (text.n - at > 17 &&
		(is_hex(text.p[at + 17]) || text.p[at + 17] == ':')))
		return false;
	for (i = 0; i < 17; i++)
		if (i % 3 == 2 ? text.p[at + i] != ':' && text.p[at + i] != '-'
			       : !is_hex(text.p[at + i]))
			return false;
	return true;
}

/* "rtsp://admin:1234@": the word before the colon is the name. */
static void
mine_userinfo(struct service_seen *seen, const char *source,
    struct bytes_view text, size_t at)
{
	size_t i, colon = 0;

	for (i = at + 3; i < text.n && i < at + 80; i++) {
		if (text.p[i] == ':' && colon == 0)
			colon = i;
		if (text.p[i] == '@' && colon > at + 3 && i > colon + 1) {
			add_secret(seen, SERVICE_SECRET, source,
			    "password in an address", i - colon - 1);
			return;
		}
		if (text.p[i] <= ' ' || text.p[i] == '/' || text.p[i] == '"' ||
		    text.p[i] == '<')
			return;
	}
}

/* What begins here, if anything does. */
static void
mine_at(struct service_seen *seen, const char *source, struct bytes_view text,
    size_t at, bool careful)
{
	const struct bytes_view rest = { text.p + at, text.n - at };

	switch (rest.p[0]) {
	case ':':
		if (line_begins(rest.p, rest.n, "://"))
			mine_userinfo(seen, source, text, at);
		mine_pair(seen, source, text, at, careful);
		break;
	case '=':
	case '>':
		mine_pair(seen, source, text, at, careful);
		break;
	case '<':
		if (line_begins(rest.p, rest.n, "</"))
			mine_cell(seen, source, text, at, careful);
		break;
	case '-':
		if (line_begins(rest.p, rest.n, "-----begin ") &&
		    line_has(
			rest.p, rest.n < 50 ? rest.n : 50, "private key-----"))
			service_add_text(
			    seen, SERVICE_SECRET, source, "a private key");
		break;
	default:
		break;
	}
}

void
service_mine_text(struct service_seen *seen, const char *source,
    struct bytes_view text, bool careful)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		mine_at(seen, source, text, i, careful);
		if (is_hex(text.p[i]) && is_mac(text, i))
			service_add(seen, SERVICE_MAC, source,
			    (struct bytes_view){ text.p + i, 17 });
	}
}
