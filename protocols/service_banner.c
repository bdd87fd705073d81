/*
 * service_banner: one line in which a server names itself.
 *
 * "Apache/2.4.57 (Debian) PHP/8.2", "220 (vsFTPd 3.0.3)", "dropbear_2022.83".
 * A word is a product when a version hangs on it or follows it.
 */
#include <string.h>

#include "protocols/cleartext_lines.h"
#include "protocols/service_parts.h"

#define WORDS_MAX 64 /* of one line; the rest is left */

static bool
is_letter(uint8_t c)
{
	c = line_lower(c);
	return c >= 'a' && c <= 'z';
}

/* Four numbers up to 255. */
static bool
is_address(struct bytes_view w)
{
	unsigned groups = 1, value = 0, digits = 0;
	size_t i;

	for (i = 0; i < w.n; i++) {
		if (w.p[i] == '.') {
			if (digits == 0)
				return false;
			groups++;
			value = digits = 0;
		} else if (line_is_digit(w.p[i]) && digits < 3) {
			value = value * 10 + (unsigned)(w.p[i] - '0');
			digits++;
		} else {
			return false;
		}
		if (value > 255)
			return false;
	}
	return groups == 4 && digits > 0;
}

static bool
may_end_version(uint8_t c)
{
	return is_letter(c) || line_is_one_of(c, "._-+~:@");
}

/* Digits, a dot or more, then whatever versions end with: "2.4.57-1+deb". */
bool
service_is_version(struct bytes_view w)
{
	bool dot = false, v = false;
	size_t i;

	if (w.n > 0 && line_lower(w.p[0]) == 'v') {
		w.p++;
		w.n--;
		v = true;
	}
	if (w.n == 0 || !line_is_digit(w.p[0]) || is_address(w))
		return false;
	for (i = 1; i < w.n; i++) {
		if (w.p[i] == '.' && i + 1 < w.n && line_is_digit(w.p[i + 1]))
			dot = true;
		else if (!line_is_digit(w.p[i]) &&
		    (!may_end_version(w.p[i]) || (!dot && !v)))
			return false;
	}
	return dot || v;
}

/* Of a protocol, not of a product. */
static bool
is_protocol(struct bytes_view w)
{
	static const char *const names[] = { "http", "https", "upnp", "rtsp",
		"ssh", "sip", "tls", "ssl", "dlnadoc", "rfb", "soap", "mqtt",
		"coap", "ipp", "esmtp", "smtp", "imap", "pop3", "ftp", "snmp",
		"xml", "html", "rtp", "tcp", "udp" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (w.n == strlen(names[i]) && line_begins(w.p, w.n, names[i]))
			return true;
	return false;
}

static bool
ends_word(uint8_t c)
{
	return c <= ' ' || line_is_one_of(c, "()[]{}<>,;\"'|");
}

static bool
next_word(struct bytes_view *line, struct bytes_view *word)
{
	size_t n = 0;

	while (line->n > 0 && ends_word(line->p[0])) {
		line->p++;
		line->n--;
	}
	while (n < line->n && !ends_word(line->p[n]))
		n++;
	*word = (struct bytes_view){ line->p, n };
	line->p += n;
	line->n -= n;
	while (word->n > 0 && line_is_one_of(word->p[word->n - 1], ".:!?-"))
		word->n--;
	return n > 0;
}

/* "name/1.2", "name_1.2", "name-1.2": where the version begins; 0: none. */
static size_t
version_at(struct bytes_view w)
{
	size_t i;

	for (i = 1; i + 1 < w.n; i++)
		if (line_is_one_of(w.p[i], "/_-") &&
		    service_is_version(
			(struct bytes_view){ w.p + i + 1, w.n - i - 1 }))
			return i + 1;
	/* "nginx/2": behind a slash a number is enough */
	for (i = 1; i + 1 < w.n; i++)
		if (w.p[i] == '/' && line_is_digit(w.p[i + 1]))
			return i + 1;
	return 0;
}

static bool
is_name(struct bytes_view w)
{
	return w.n > 1 && is_letter(w.p[0]) && !is_protocol(w) &&
	    !line_begins(w.p, w.n, "version") &&
	    !line_begins(w.p, w.n, "release");
}

size_t
service_mine_banner(
    struct service_seen *seen, const char *source, struct bytes_view line)
{
	const size_t before = seen->n;
	struct bytes_view word, last = { NULL, 0 }, name;
	size_t at;
	int words = 0;

	while (words++ < WORDS_MAX && next_word(&line, &word)) {
		at = version_at(word);
		name = (struct bytes_view){ word.p, at > 0 ? at - 1 : 0 };
		if (at > 0 && !is_protocol(name)) {
			service_add(seen, SERVICE_PRODUCT, source, name);
			service_add(seen, SERVICE_VERSION, source, word);
		} else if (at == 0 && service_is_version(word)) {
			if (last.p != NULL && is_name(last)) {
				service_add(
				    seen, SERVICE_PRODUCT, source, last);
				word.n += (size_t)(word.p - last.p);
				word.p = last.p;
			}
			service_add(seen, SERVICE_VERSION, source, word);
		}
		last = word;
	}
	return seen->n - before;
}
