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

#include "base/log.h"
#include "daemon/shared/role.h"
#include "daemon/shared/role_life.h"
#include "daemon/stamp/http_post.h"
#include "signing/timestamp.h"

#define LIMIT_S 20 /* for one question */

struct stamp {
	struct role_life life;
	struct http_client *http;
	char url[512], trust[512]; /* trust "": none */
};

static int
ask(struct stamp *s, const uint8_t *digest, struct http_answer *a,
    struct err *e)
{
	struct timestamp_question q = { .digest = digest };
	/* RFC 3161 section 3.4 */
	struct http_post post = { .url = s->url,
		.content_type = "Content-Type: application/timestamp-query",
		.limit_s = LIMIT_S };
	uint8_t *request;
	int64_t when;
	int r;

	request = timestamp_request(digest, &q.request_size, e);
	if (request == NULL)
		return -1;
	post.body = request;
	post.size = q.request_size;
	r = http_client_post(s->http, &post, a, e);
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
	static uint8_t bytes[TIMESTAMP_MAX];
	struct http_answer a = { .bytes = bytes, .room = sizeof(bytes) };
	const uint8_t *digest;
	struct msg_out out;
	uint32_t request;
	struct err e;
	size_t size;

	msg_get_u32(m, &request);
	if (msg_get_bytes(m, &digest, &size) == -1 || size != SHA256_SIZE ||
	    msg_end(m) == -1)
		return -1;
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
	struct err e;

	memset(&s, 0, sizeof(s));
	role_life_begin(&s.life, &hooks, &s);
	s.http = http_client_new(&e);
	if (s.http == NULL)
		fatal("%s", e.text);
	role_life_serve(&s.life);
	http_client_free(s.http);
	role_life_end(&s.life);
	return 0;
}
