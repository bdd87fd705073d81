/*
 * worker_impostor_gist: what somebody's first words are about.
 */
#include "daemon/worker/worker_impostor_gist.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "base/log.h"

#define MQTT_CONNECT 0x10 /* MQTT 3.1.1 section 3.1, 5.0 section 3.1 */

struct words {
	const uint8_t *p;
	size_t n;
};

void
worker_impostor_hash(const void *p, size_t n, char out[IMPOSTOR_HASH_MAX])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned size, i;

	if (EVP_Digest(p, n, hash, &size, EVP_sha256(), NULL) != 1)
		fatal("worker: cannot hash");
	for (i = 0; i < size && 2 * i + 2 < IMPOSTOR_HASH_MAX; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* ---- HTTP ---- */

/* The next line, without its end; false: there is none that is whole. */
static bool
next_line(struct words *w, struct words *line)
{
	const uint8_t *end = w->n == 0 ? NULL : memchr(w->p, '\n', w->n);

	if (end == NULL)
		return false;
	line->p = w->p;
	line->n = (size_t)(end - w->p);
	w->n -= line->n + 1;
	w->p = end + 1;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static bool
is_request(const struct words *line, struct words *request)
{
	static const char version[] = " HTTP/1.";
	const size_t nversion = sizeof(version) - 1;

	if (line->n < nversion + 4 || !isupper(line->p[0]) ||
	    memcmp(line->p + line->n - nversion - 1, version, nversion) != 0)
		return false;
	request->p = line->p;
	request->n = line->n - nversion - 1;
	return true;
}

static void
take_host(const struct words *line, char host[IMPOSTOR_HOST_MAX])
{
	static const char field[] = "host:";
	size_t i, n = 0;

	if (host[0] != '\0' || line->n < sizeof(field) - 1 ||
	    strncasecmp((const char *)line->p, field, sizeof(field) - 1) != 0)
		return;
	for (i = sizeof(field) - 1; i < line->n; i++) {
		if (line->p[i] == ' ' || line->p[i] == '\t')
			continue;
		if (n == IMPOSTOR_HOST_MAX - 1 ||
		    (line->p[i] == ':' && host[0] != '['))
			break;
		host[n++] =
		    (char)(isgraph(line->p[i]) ? tolower(line->p[i]) : '?');
		if (line->p[i] == ']')
			break;
	}
	host[n] = '\0';
	if (n < 2 || host[0] != '[' || host[n - 1] != ']')
		return;
	memmove(host, host + 1, n - 2); /* an IPv6 address */
	host[n - 2] = '\0';
}

static bool
read_http(
    struct words w, char gist[IMPOSTOR_HASH_MAX], char host[IMPOSTOR_HOST_MAX])
{
	char about[IMPOSTOR_FIRST_MAX + IMPOSTOR_HOST_MAX];
	struct words line, request;
	int n;

	if (!next_line(&w, &line) || !is_request(&line, &request))
		return false;
	while (next_line(&w, &line) && line.n > 0)
		take_host(&line, host);
	if (host[0] == '\0')
		return true;
	n = snprintf(about, sizeof(about), "%.*s %s", (int)request.n,
	    (const char *)request.p, host);
	worker_impostor_hash(about, (size_t)n, gist);
	return true;
}

/* ---- MQTT ---- */

static bool
skip(struct words *w, size_t n)
{
	if (n > w->n)
		return false;
	w->p += n;
	w->n -= n;
	return true;
}

/* A number of one to four bytes (MQTT 5.0 section 1.5.5). */
static bool
take_number(struct words *w, size_t *number)
{
	size_t shift;
	uint8_t b;

	*number = 0;
	for (shift = 0; shift < 28; shift += 7) {
		if (w->n == 0)
			return false;
		b = w->p[0];
		(void)skip(w, 1);
		*number |= (size_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return true;
	}
	return false;
}

static bool
take_string(struct words *w, struct words *s)
{
	if (w->n < 2)
		return false;
	s->n = (size_t)w->p[0] << 8 | w->p[1];
	s->p = w->p + 2;
	return skip(w, 2 + s->n);
}

static void
read_mqtt(struct words w, char gist[IMPOSTOR_HASH_MAX])
{
	struct words name, who;
	size_t number;
	uint8_t level;

	if (w.n == 0 || w.p[0] != MQTT_CONNECT || !skip(&w, 1) ||
	    !take_number(&w, &number) || !take_string(&w, &name) ||
	    name.n < 4 || memcmp(name.p, "MQ", 2) != 0 || w.n < 4)
		return;
	level = w.p[0];
	(void)skip(&w, 4); /* flags, and how long it may be silent */
	if (level >= 5 && (!take_number(&w, &number) || !skip(&w, number)))
		return;
	if (take_string(&w, &who) && who.n > 0)
		worker_impostor_hash(who.p, who.n, gist);
}

/* ---- */

void
worker_impostor_gist(const uint8_t *p, size_t n, char gist[IMPOSTOR_HASH_MAX],
    char host[IMPOSTOR_HOST_MAX])
{
	const struct words w = { p,
		n > IMPOSTOR_FIRST_MAX ? IMPOSTOR_FIRST_MAX : n };

	gist[0] = '\0';
	host[0] = '\0';
	if (!read_http(w, gist, host))
		read_mqtt(w, gist);
}
