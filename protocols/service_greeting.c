/*
 * service_greeting: services that name themselves in their first lines, and
 * MQTT, which tells whoever subscribes.
 */
#include <stdio.h>
#include <string.h>

#include "protocols/bytes.h"
#include "protocols/cleartext_lines.h"
#include "protocols/service_parts.h"

#define LINES_MAX 32
#define TELNET_TEXT_MAX 1024
#define PUBLISHED_MAX 64

/* "SSH-2.0-dropbear_2022.83 comment" (RFC 4253 section 4.2). */
bool
service_read_ssh(const struct cleartext_talk *t, struct service_seen *seen)
{
	const uint8_t *p = t->heard, *dash;
	size_t left = t->nheard;
	struct bytes_view v;
	struct line l;
	int lines = 0;

	while (line_next(&p, &left, &l) && lines++ < LINES_MAX) {
		if (!line_begins(l.p, l.n, "ssh-"))
			continue; /* lines before it are allowed */
		dash = memchr(l.p + 4, '-', l.n - 4);
		if (dash == NULL)
			return false;
		v = (struct bytes_view){ dash + 1,
			l.n - (size_t)(dash + 1 - l.p) };
		if (service_mine_banner(seen, "ssh banner", v) == 0)
			service_add(seen, SERVICE_PRODUCT, "ssh banner", v);
		return true;
	}
	return false;
}

/* Words of the protocol alone: "Welcome", "ready". */
static bool
says_something(struct bytes_view v)
{
	static const char *const usual[] = { "ready", "ok", "esmtp", "smtp",
		"ftp", "server", "service", "welcome", "hello", "pop3", "imap",
		"imap4rev1", "capability", "done", "the", "to", "login",
		"password", "user", "commands", "please" };
	size_t i, n;

	while (v.n > 0) {
		n = 0;
		while (n < v.n && v.p[n] != ' ')
			n++;
		for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
			if (line_begins(v.p, n, usual[i]) &&
			    n <= strlen(usual[i]) + 1)
				break;
		if (n > 1 && i == sizeof(usual) / sizeof(usual[0]) &&
		    v.p[0] != '[' && v.p[0] != '<')
			return true;
		while (n < v.n && v.p[n] == ' ')
			n++;
		v.p += n;
		v.n -= n;
	}
	return false;
}

/* "serial number DL-20417", with no more than a blank between. */
static void
read_spoken_serial(
    struct service_seen *seen, const char *source, struct bytes_view v)
{
	static const char *const names[] = { "serial number ", "serial no ",
		"serial no. ", "serial ", "s/n " };
	size_t i, k, n, digits;

	for (i = 0; i < v.n; i++)
		for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (!line_begins(v.p + i, v.n - i, names[k]))
				continue;
			n = i + strlen(names[k]);
			for (digits = 0; n < v.n && v.p[n] > ' ' &&
			     v.p[n] != ',' && v.p[n] != ';';
			     n++)
				digits += line_is_digit(v.p[n]);
			i += strlen(names[k]);
			if (n - i >= 4 && digits > 0)
				service_add(seen, SERVICE_SERIAL, source,
				    (struct bytes_view){ v.p + i, n - i });
			break;
		}
}

static void
read_line(struct service_seen *seen, const char *source, struct bytes_view v)
{
	const size_t before = seen->n;

	read_spoken_serial(seen, source, v);
	(void)service_mine_banner(seen, source, v);
	service_mine_text(seen, source, v, false);
	if (seen->n == before && says_something(v))
		service_add(seen, SERVICE_TEXT, source, v);
}

/* The first line, without its code; what follows are capabilities. */
bool
service_read_greeting(const struct cleartext_talk *t, struct service_seen *seen)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard;
	struct line l;
	struct bytes_view v;

	if (!line_next(&p, &left, &l))
		return false;
	v = (struct bytes_view){ l.p, l.n };
	if (line_begins(v.p, v.n, "rfb "))
		return true; /* VNC: its protocol's version alone */
	if (v.n >= 3 && line_is_digit(v.p[0])) {
		v.p += v.n > 3 ? 4 : 3;
		v.n -= v.n > 3 ? 4 : 3;
	} else if (line_begins(v.p, v.n, "+ok")) {
		v.p += 3;
		v.n -= 3;
	} else if (line_begins(v.p, v.n, "* ok")) {
		v.p += 4;
		v.n -= 4;
	} else {
		return false;
	}
	while (v.n > 0 && (*v.p == ' ' || *v.p == '-')) {
		v.p++;
		v.n--;
	}
	read_line(seen, "greeting", v);
	return true;
}

/* RFC 854: without commands and their options, and ECMA-48 sequences. */
static size_t
telnet_text(const struct cleartext_talk *t, uint8_t *out)
{
	size_t i = 0, n = 0;
	uint8_t c;

	while (i < t->nheard && n < TELNET_TEXT_MAX) {
		c = t->heard[i++];
		if (c != 255) {
			out[n++] = c;
			continue;
		}
		if (i == t->nheard)
			break;
		c = t->heard[i++];
		if (c >= 251 && c <= 254) {
			i++;
		} else if (c == 250) { /* to IAC SE */
			while (i + 1 < t->nheard &&
			    !(t->heard[i] == 255 && t->heard[i + 1] == 240))
				i++;
			i += 2;
		}
	}
	return n;
}

/* "reference login: " */
static bool
read_prompt(struct service_seen *seen, struct bytes_view v)
{
	size_t i;

	for (i = 0; i + 6 <= v.n; i++)
		if (line_begins(v.p + i, v.n - i, "login:")) {
			service_add(seen, SERVICE_HOST, "login prompt",
			    (struct bytes_view){ v.p, i });
			return true;
		}
	return false;
}

bool
service_read_telnet(const struct cleartext_talk *t, struct service_seen *seen)
{
	uint8_t text[TELNET_TEXT_MAX];
	const uint8_t *p = text;
	size_t left = telnet_text(t, text);
	struct line l;
	int lines = 0;

	while (line_next(&p, &left, &l) && lines++ < LINES_MAX)
		if (l.n > 0 &&
		    !read_prompt(seen, (struct bytes_view){ l.p, l.n }))
			read_line(seen, "telnet banner",
			    (struct bytes_view){ l.p, l.n });
	return true;
}

void
service_read_unknown(const struct cleartext_talk *t, struct service_seen *seen)
{
	const uint8_t *p = t->heard;
	size_t left = t->nheard;
	struct line l;
	int lines = 0;

	while (line_next(&p, &left, &l) && lines++ < LINES_MAX)
		if (l.n > 0)
			read_line(
			    seen, "words", (struct bytes_view){ l.p, l.n });
}

/* ---- MQTT: CONNACK, SUBACK, then what is retained ---- */

/* MQTT 3.1.1 section 2.2.3: at most four bytes. */
static size_t
read_remaining(struct reader *r)
{
	size_t n = 0, shift = 0;
	uint8_t c;

	do {
		c = reader_u8(r);
		n |= (size_t)(c & 0x7f) << shift;
		shift += 7;
	} while ((c & 0x80) != 0 && shift < 28);
	if ((c & 0x80) != 0)
		r->bad = true;
	return n;
}

/* The broker's own topics say its version; of others the name is the path. */
static void
read_published(struct service_seen *seen, uint8_t flags, struct bytes_view body)
{
	struct reader r = reader_over(body.p, body.n);
	struct bytes_view topic, payload;
	char source[SERVICE_SOURCE_MAX];

	topic.n = reader_u16(&r);
	topic.p = reader_take(&r, topic.n);
	if ((flags & 6) != 0)
		(void)reader_u16(&r);
	if (r.bad || topic.p == NULL)
		return;
	payload = (struct bytes_view){ r.p, reader_left(&r) };
	if (line_begins(topic.p, topic.n, "$sys/broker/version")) {
		service_add(seen, SERVICE_VERSION, "$SYS", payload);
		return;
	}
	if (topic.n > 0 && topic.p[0] == '$')
		return;
	service_add(seen, SERVICE_PATH, "topic", topic);
	cleartext_excerpt(topic.p, topic.n, source, sizeof(source));
	service_mine_text(seen, source, payload, false);
	/* "home/wifi/psk" = "…": the topic is the name */
	{
		uint8_t pair[256];
		size_t n = 0, i;

		for (i = topic.n; i > 0 && topic.p[i - 1] != '/'; i--)
			;
		if (topic.n - i + payload.n + 1 <= sizeof(pair)) {
			memcpy(pair, topic.p + i, topic.n - i);
			n = topic.n - i;
			pair[n++] = '=';
			memcpy(pair + n, payload.p, payload.n);
			n += payload.n;
			service_mine_text(seen, source,
			    (struct bytes_view){ pair, n }, false);
		}
	}
}

bool
service_read_mqtt(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct reader r = reader_over(t->heard, t->nheard);
	struct bytes_view body;
	uint8_t type;
	int messages = 0;

	if (t->nheard < 4 || t->heard[0] != 0x20)
		return false;
	while (!r.bad && reader_left(&r) >= 2 && messages++ < PUBLISHED_MAX) {
		type = reader_u8(&r);
		body.n = read_remaining(&r);
		body.p = reader_take(&r, body.n);
		if (body.p != NULL && type >> 4 == 3)
			read_published(seen, type & 0x0f, body);
	}
	return true;
}
