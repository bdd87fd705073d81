/*
 * control_conn: one client's socket as lines in and lines out.
 *
 * Everything is bounded, so that a client that floods, stalls or sends half a
 * line costs a few buffers and at last its connection.  Nothing is written or
 * closed from inside a call: hooks run from the event loop alone.
 */
#ifndef ASSAY_CONTROL_CONN_H
#define ASSAY_CONTROL_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_LINE_MAX (1024u * 1024u)      /* bytes, without the newline */
#define CONTROL_PILE_MAX (8u * 1024u * 1024u) /* bytes waiting to be read */

struct control_conn;
struct event_base;

struct control_conn_hooks {
	/* One line, without its newline; gone after the call. */
	void (*on_line)(void *arg, const char *line, size_t size);
	/* The peer has said that it will send no more; it may still read. */
	void (*on_eof)(void *arg);
	/* What was waiting has been written. */
	void (*on_drained)(void *arg);
	/* The end; the callee frees the conn. */
	void (*on_close)(void *arg, const char *why);
};

/* Takes over fd (a connected stream socket, made non-blocking). */
struct control_conn *control_conn_new(struct event_base *base, int fd,
    const struct control_conn_hooks *hooks, void *arg);
void control_conn_free(struct control_conn *c); /* NULL is fine */

/* Queues a line; the newline is added.  -1: more than CONTROL_PILE_MAX waits,
 * or the conn is ending; nothing was queued. */
int control_conn_send(struct control_conn *c, const char *line, size_t size);
/* Bytes not yet taken by the kernel. */
size_t control_conn_waiting(const struct control_conn *c);
bool control_conn_is_ending(const struct control_conn *c);

/* Stop and go on with lines, also those already here. */
void control_conn_pause(struct control_conn *c);
void control_conn_resume(struct control_conn *c);

/* No more lines; the end, once what waits and last_line (may be NULL) are
 * written.  With a last line, a pile over 1 MiB is dropped, but for the line
 * that is half out. */
void control_conn_end(struct control_conn *c, const char *last_line);

/* Regularly: may call on_close, or say why the conn has to end: it has not
 * read, or left a line half, for limit_ms.  NULL: all is well. */
const char *control_conn_check(struct control_conn *c, uint64_t limit_ms);

#endif
