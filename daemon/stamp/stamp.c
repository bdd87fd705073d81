/*
 * stamp: has an authority say when a manifest existed (RFC 3161 over HTTP).
 *
 * The one process of ours with a network besides the segments; it is there
 * only when assayd.yaml names an authority, gets nothing but digests, and what
 * comes back is checked here before anyone keeps it.  One question at a time,
 * blocking: nobody waits for it but the engine's own queue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/log.h"
#include "daemon/shared/role.h"
#include "daemon/shared/role_life.h"
#include "signing/timestamp.h"

#define LIMIT_S 20L /* for one question */

struct stamp {
	struct role_life life;
	CURL *curl;
	char url[512], trust[512]; /* trust "": none */
};

struct answer {
	uint8_t bytes[TIMESTAMP_MAX];
	size_t size;
};

static size_t
on_data(char *p, size_t one, size_t n, void *arg)
{
	struct answer *a = arg;

	(void)one; /* always 1 */
	if (n > sizeof(a->bytes) - a->size)
		return 0; /* which ends the transfer with an error */
	memcpy(a->bytes + a->size, p, n);
	a->size += n;
	return n;
}

/* Section 3.4: POST of application/timestamp-query. */
static int
post(struct stamp *s, const uint8_t *request, size_t size, struct answer *a,
    struct err *e)
{
	struct curl_slist *headers = curl_slist_append(
	    NULL, "Content-Type: application/timestamp-query");
	char why[CURL_ERROR_SIZE] = "";
	CURLcode code;
	long status = 0;

	curl_easy_reset(s->curl);
	curl_easy_setopt(s->curl, CURLOPT_URL, s->url);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(s->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, (const char *)request);
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE, (long)size);
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, LIMIT_S);
	curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, why);
	code = curl_easy_perform(s->curl);
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return err_set(e, "%s: %s", s->url,
		    why[0] == '\0' ? curl_easy_strerror(code) : why);
	if (status != 200)
		return err_set(e, "%s: HTTP status %ld", s->url, status);
	return 0;
}

static int
ask(struct stamp *s, const uint8_t *digest, struct answer *a, struct err *e)
{
	struct timestamp_question q = { .digest = digest };
	uint8_t *request;
	int64_t when;
	int r;

	request = timestamp_request(digest, &q.request_size, e);
	if (request == NULL)
		return -1;
	r = post(s, request, q.request_size, a, e);
	q.request = request;
	q.trust = s->trust[0] == '\0' ? NULL : s->trust;
	if (r == 0)
		r = timestamp_check(a->bytes, a->size, &q, &when, e);
	free(request);
	return r;
}

static int
handle_digest(struct stamp *s, struct msg_in *m)
{
	static struct answer a;
	const uint8_t *digest;
	struct msg_out out;
	uint32_t request;
	struct err e;
	size_t size;

	msg_get_u32(m, &request);
	if (msg_get_bytes(m, &digest, &size) == -1 || size != SHA256_SIZE ||
	    msg_end(m) == -1)
		return -1;
	a.size = 0;
	memset(&e, 0, sizeof(e));
	if (ask(s, digest, &a, &e) == -1) {
		a.size = 0;
		log_warn("%s", e.text);
	}
	msg_start(&out, ENGINE_STAMPED);
	msg_put_u32(&out, request);
	msg_put_bytes(&out, a.bytes, a.size);
	msg_put_string(&out, e.text);
	peer_send(s->life.engine, &out, -1);
	return 0;
}

static int
on_engine(void *arg, struct msg_in *m)
{
	return m->type == STAMP_DIGEST ? handle_digest(arg, m) : -1;
}

static int
on_warden(void *arg, struct msg_in *m)
{
	struct stamp *s = arg;

	if (m->type != STAMP_OPEN)
		return -1;
	msg_get_string(m, s->url, sizeof(s->url));
	msg_get_string(m, s->trust, sizeof(s->trust));
	return msg_end(m);
}

int
stamp_main(void)
{
	static const struct role_hooks hooks = {
		.name = "stamp", .on_warden = on_warden, .on_engine = on_engine
	};
	struct stamp s;

	memset(&s, 0, sizeof(s));
	role_life_begin(&s.life, &hooks, &s);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		s.curl = curl_easy_init();
	if (s.curl == NULL)
		fatal("cannot make an HTTP client");
	role_life_serve(&s.life);
	curl_easy_cleanup(s.curl);
	curl_global_cleanup();
	role_life_end(&s.life);
	return 0;
}
