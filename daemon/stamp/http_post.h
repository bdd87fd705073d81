/*
 * http_post: one POST over HTTP, by libcurl.
 *
 * The library comes with thirty others, which every process of ours would
 * hold in memory; so it is loaded here, by the one that asks, and linked
 * nowhere.
 */
#ifndef ASSAY_HTTP_POST_H
#define ASSAY_HTTP_POST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct http_client;

/* NULL with *e: there is no libcurl. */
struct http_client *http_client_new(struct err *e);
void http_client_free(struct http_client *c); /* NULL is fine */

struct http_post {
	const char *url;
	const char *content_type; /* a whole header line */
	const uint8_t *body;
	size_t size;
	long limit_s;
};

struct http_answer {
	uint8_t *bytes; /* the caller's */
	size_t size, room;
};

/* Blocks.  0: status 200, and *a is all of it; -1 with *e, also when there is
 * no room for it. */
int http_client_post(struct http_client *c, const struct http_post *q,
    struct http_answer *a, struct err *e);

#endif
