/*
 * service_http: the headers of HTTP, RTSP and SSDP, and what a page says.
 *
 * A header's own words are the server's; a page's are mined with care, since
 * much in it is for people or for scripts.
 */
#include <stdio.h>
#include <string.h>

#include "protocols/cleartext_lines.h"
#include "protocols/service_parts.h"

static bool
is_header(const struct line *l, const char *name, struct bytes_view *value)
{
	const size_t n = strlen(name);

	if (!line_begins(l->p, l->n, name) || l->n <= n || l->p[n] != ':')
		return false;
	*value = (struct bytes_view){ l->p + n + 1, l->n - n - 1 };
	return true;
}

/* Nothing is known of its form: the product when there is no version. */
static void
read_software(
    struct service_seen *seen, const char *source, struct bytes_view value)
{
	if (service_mine_banner(seen, source, value) == 0)
		service_add(seen, SERVICE_PRODUCT, source, value);
}

static void
read_realm(struct service_seen *seen, struct bytes_view value)
{
	const uint8_t *end;
	size_t i;

	for (i = 0; i + 7 < value.n; i++) {
		if (!line_begins(value.p + i, value.n - i, "realm=\""))
			continue;
		value.p += i + 7;
		value.n -= i + 7;
		end = memchr(value.p, '"', value.n);
		if (end != NULL)
			value.n = (size_t)(end - value.p);
		service_add(seen, SERVICE_NAME, "realm", value);
		(void)service_mine_banner(seen, "realm", value);
		service_mine_text(seen, "realm", value, false);
		return;
	}
}

/* What every answer has and says nothing of the device. */
static bool
is_usual(const struct line *l)
{
	static const char *const names[] = { "date:", "content-",
		"connection:", "etag:", "last-modified:", "accept-ranges:",
		"transfer-encoding:", "set-cookie:", "cache-control:",
		"expires:", "vary:", "keep-alive:", "cseq:", "allow:", "ext:",
		"public:" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (line_begins(l->p, l->n, names[i]))
			return true;
	return false;
}

static void
read_header(struct service_seen *seen, const struct line *l)
{
	static const char *const software[] = { "server", "x-powered-by",
		"x-aspnet-version", "x-generator", "via", "x-server" };
	struct bytes_view value;
	size_t i;

	for (i = 0; i < sizeof(software) / sizeof(software[0]); i++)
		if (is_header(l, software[i], &value)) {
			read_software(seen, software[i], value);
			return;
		}
	if (is_header(l, "www-authenticate", &value))
		read_realm(seen, value);
	else if (is_header(l, "usn", &value))
		service_add(seen, SERVICE_ID, "usn", value);
	else if (!is_usual(l))
		service_mine_text(
		    seen, "header", (struct bytes_view){ l->p, l->n }, false);
}

/* Up to the empty line; what follows is the body. */
static struct bytes_view
read_headers(const struct cleartext_talk *t, struct service_seen *seen)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard;
	struct line l;
	bool status = true;

	while (line_next(&p, &left, &l) && l.n > 0) {
		if (!status)
			read_header(seen, &l);
		status = false;
	}
	return (struct bytes_view){ p, left };
}

/* Between the first such tag and what closes it. */
static void
read_element(struct service_seen *seen, struct bytes_view body,
    const char *opens, enum service_what what, const char *source)
{
	const uint8_t *end;
	struct bytes_view v;
	size_t i;

	for (i = 0; i < body.n; i++) {
		if (body.p[i] != '<' ||
		    !line_begins(body.p + i + 1, body.n - i - 1, opens))
			continue;
		v = (struct bytes_view){ body.p + i, body.n - i };
		end = memchr(v.p, '>', v.n);
		if (end == NULL)
			return;
		v.n -= (size_t)(end + 1 - v.p);
		v.p = end + 1;
		end = memchr(v.p, '<', v.n);
		if (end == NULL)
			return;
		v.n = (size_t)(end - v.p);
		service_add(seen, what, source, v);
		(void)service_mine_banner(seen, source, v);
		return;
	}
}

/* <meta name="generator" content="Hugo 0.111.3"> */
static void
read_generator(struct service_seen *seen, struct bytes_view body)
{
	static const char word[] = "name=\"generator\"";
	struct bytes_view v;
	const uint8_t *end;
	size_t i, k;

	for (i = 0; i + sizeof(word) < body.n; i++) {
		if (!line_begins(body.p + i, body.n - i, word))
			continue;
		v = (struct bytes_view){ body.p + i, body.n - i };
		end = memchr(v.p, '>', v.n);
		if (end != NULL)
			v.n = (size_t)(end - v.p);
		for (k = 0; k + 9 < v.n; k++)
			if (line_begins(v.p + k, v.n - k, "content=\""))
				break;
		if (k + 9 >= v.n)
			return;
		v = (struct bytes_view){ v.p + k + 9, v.n - k - 9 };
		end = memchr(v.p, '"', v.n);
		if (end != NULL)
			v.n = (size_t)(end - v.p);
		read_software(seen, "generator", v);
		return;
	}
}

/* A page, or data: only a page has scripts and words for people. */
static bool
is_page(struct bytes_view body)
{
	return line_has(body.p, body.n, "<html") ||
	    line_has(body.p, body.n, "<!doctype html") ||
	    line_has(body.p, body.n, "<script") ||
	    line_has(body.p, body.n, "<body");
}

static void
read_body(struct service_seen *seen, struct bytes_view body, bool error)
{
	const bool page = is_page(body);

	if (body.n == 0)
		return;
	if (page) {
		if (!error) /* "404 Not Found" is the protocol's */
			read_element(
			    seen, body, "title", SERVICE_NAME, "title");
		read_generator(seen, body);
	}
	service_mine_text(seen, "body", body, page);
}

/* Text begins with a letter and ends in a line; anything else is an image. */
static bool
is_text(struct bytes_view body)
{
	size_t i;

	for (i = 0; i < body.n && i < 256; i++)
		if (body.p[i] == 0 ||
		    (body.p[i] < ' ' &&
			!line_is_one_of(body.p[i], "\t\r\n\f\033")))
			return false;
	return true;
}

bool
service_read_http(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct cleartext_seen what;
	struct bytes_view body = { t->heard, t->nheard };

	cleartext_read(t, &what);
	if (what.kind != CLEARTEXT_HTTP && what.kind != CLEARTEXT_RTSP &&
	    what.kind != CLEARTEXT_WANTS_TLS)
		return false;
	if (line_begins(t->heard, t->nheard, "http/") ||
	    line_begins(t->heard, t->nheard, "rtsp/"))
		body = read_headers(t, seen);
	if (is_text(body))
		read_body(seen, body, what.status >= 400);
	return true;
}

/* RFC 9112 section 6.3: by its length, by the last chunk, or by the end. */
bool
service_is_whole(const struct cleartext_talk *t, bool ended)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard, size = 0, i;
	struct bytes_view value;
	struct line l;
	bool sized = false, chunked = false;

	while (line_next(&p, &left, &l) && l.n > 0) {
		if (is_header(&l, "content-length", &value)) {
			sized = true;
			for (i = 0; i < value.n && size < 1u << 24; i++)
				if (line_is_digit(value.p[i]))
					size = size * 10 + value.p[i] - '0';
		}
		if (is_header(&l, "transfer-encoding", &value))
			chunked = line_has(value.p, value.n, "chunked");
	}
	if (chunked)
		return left >= 5 && memcmp(p + left - 5, "0\r\n\r\n", 5) == 0;
	return sized ? left >= size : ended;
}

/* The port behind the host, 80 when none is said, 0 when it is none. */
static uint16_t
read_port(struct bytes_view authority)
{
	unsigned port = 0;
	size_t i = authority.n;

	while (i > 0 && authority.p[i - 1] != ':' && authority.p[i - 1] != ']')
		i--;
	if (i == 0 || authority.p[i - 1] == ']')
		return 80;
	for (; i < authority.n; i++) {
		if (!line_is_digit(authority.p[i]))
			return 0;
		port = port * 10 + (unsigned)(authority.p[i] - '0');
		if (port > 65535)
			return 0;
	}
	return (uint16_t)port;
}

/* "http://10.77.0.5:5000/rootDesc.xml": of the path and the port alone, for
 * nobody else is asked than the device. */
static void
read_location(struct service_seen *seen, struct bytes_view v)
{
	struct bytes_view authority;
	const uint8_t *slash;
	size_t i;

	while (v.n > 0 && v.p[0] == ' ') {
		v.p++;
		v.n--;
	}
	while (v.n > 0 && v.p[v.n - 1] <= ' ')
		v.n--;
	if (!line_begins(v.p, v.n, "http://"))
		return;
	v.p += 7;
	v.n -= 7;
	slash = memchr(v.p, '/', v.n);
	if (slash == NULL)
		return;
	authority = (struct bytes_view){ v.p, (size_t)(slash - v.p) };
	v = (struct bytes_view){ slash, v.n - authority.n };
	for (i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] >= 0x7f)
			return;
	if (v.n >= sizeof(seen->location))
		return;
	memcpy(seen->location, v.p, v.n);
	seen->location[v.n] = '\0';
	seen->location_port = read_port(authority);
}

bool
service_read_ssdp(const struct cleartext_talk *t, struct service_seen *seen)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard;
	struct bytes_view value;
	struct line l;

	if (!line_begins(t->heard, t->nheard, "http/1.1 200") ||
	    !line_begins(t->sent, t->nsent, "m-search "))
		return false;
	(void)read_headers(t, seen);
	while (line_next(&p, &left, &l) && l.n > 0)
		if (is_header(&l, "location", &value))
			read_location(seen, value);
	return true;
}
