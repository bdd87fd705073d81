/*
 * store_stream: the queries under way, their rows sent as fast as the engine
 * takes them.
 *
 * At most a few messages wait in memory; the rest waits in the database.
 */
#ifndef ASSAY_STORE_STREAM_H
#define ASSAY_STORE_STREAM_H

#include <stdint.h>

#include <jansson.h>
#include <sqlite3.h>

struct event_base;
struct peer;
struct store_stream;

struct store_stream *store_stream_new(struct event_base *base, sqlite3 *reader);
/* The queries end, unanswered. */
void store_stream_free(struct store_stream *s);
/* To whom from now on, borrowed; NULL: nobody.  What was under way ends. */
void store_stream_set_peer(struct store_stream *s, struct peer *to);

/* args: a JSON object as text.  Answered by STORE_ROWs and one STORE_END. */
void store_stream_ask(struct store_stream *s, uint64_t request,
    const char *name, const char *args);

#endif
