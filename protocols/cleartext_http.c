/*
 * cleartext_http: HTTP and RTSP by their status lines, HTTP/2 by its first
 * frame, HTTP/0.9 by the page itself.
 */
#include "protocols/bytes.h"
#include "protocols/cleartext_kinds.h"
#include "protocols/cleartext_lines.h"

/* "HTTP/1.1 200": RFC 9112 section 4, RFC 7826 section 20.  0: it is not. */
static uint16_t
read_status(const uint8_t *p, size_t n, const char *name)
{
	const size_t at = strlen(name) + 3; /* behind "HTTP/" "1.1" */

	if (n < at + 4 || memcmp(p, name, strlen(name)) != 0 ||
	    !line_is_digit(p[at - 3]) || p[at - 2] != '.' ||
	    !line_is_digit(p[at - 1]) || p[at] != ' ' || p[at + 1] < '1' ||
	    p[at + 1] > '5' || !line_is_digit(p[at + 2]) ||
	    !line_is_digit(p[at + 3]))
		return 0;
	return (uint16_t)((p[at + 1] - '0') * 100 + (p[at + 2] - '0') * 10 +
	    (p[at + 3] - '0'));
}

static bool
redirects_to_tls(const struct cleartext_talk *t)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard;
	struct line l;

	while (line_next(&p, &left, &l) && l.n > 0)
		if (line_begins(l.p, l.n, "location: https://") ||
		    line_begins(l.p, l.n, "location:https://"))
			return true;
	return false;
}

/* What nginx, Apache, Go and lighttpd answer in clear on a port for TLS. */
static bool
says_this_is_tls(const struct cleartext_talk *t)
{
	static const char *const texts[] = { "sent to https port",
		"speaking plain http to an ssl-enabled",
		"http request to an https server", "requires tls" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (line_has(t->heard, t->nheard, texts[i]))
			return true;
	return false;
}

/* A server's first frame is SETTINGS (RFC 9113 sections 3.4 and 6.5). */
static bool
is_http2(const struct cleartext_talk *t)
{
	struct reader r = reader_over(t->heard, t->nheard);
	uint32_t size = (uint32_t)reader_u16(&r) << 8;
	uint8_t type, flags;

	size |= reader_u8(&r);
	type = reader_u8(&r);
	flags = reader_u8(&r);
	return reader_u32(&r) == 0 && !r.bad && type == 4 && flags == 0 &&
	    size % 6 == 0 && size <= 96;
}

/* A page without a status line is the answer of HTTP/0.9, to a GET only. */
static bool
is_page(const struct cleartext_talk *t)
{
	const uint8_t *p = t->heard;
	size_t n = t->nheard;

	if (!line_begins(t->sent, t->nsent, "get "))
		return false;
	while (n > 0 && (*p == ' ' || *p == '\r' || *p == '\n' || *p == '\t')) {
		p++;
		n--;
	}
	return line_begins(p, n, "<html") ||
	    line_begins(p, n, "<!doctype html");
}

bool
cleartext_read_http(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	uint16_t status = read_status(t->heard, t->nheard, "RTSP/");

	if (status != 0) {
		seen->kind = CLEARTEXT_RTSP;
		seen->status = status;
		return true;
	}
	status = read_status(t->heard, t->nheard, "HTTP/");
	if (status == 0 && !is_http2(t) && !is_page(t))
		return false;
	seen->kind = CLEARTEXT_HTTP;
	seen->status = status;
	seen->only_to_tls = status == 426 ||
	    (status >= 300 && status < 400 && redirects_to_tls(t));
	if (status == 400 && says_this_is_tls(t))
		seen->kind = CLEARTEXT_WANTS_TLS;
	return true;
}
