/*
 * peer: the other end of a SOCK_SEQPACKET socket, on libevent.
 *
 * One message is one datagram, with at most one descriptor beside it.  Sending
 * never blocks: what the socket does not take is queued; peer_queued() tells,
 * so that a producer can hold back.  Both callbacks may call peer_free() on
 * this very peer: it is then freed when they return.
 */
#ifndef ASSAY_PEER_H
#define ASSAY_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "base/msg.h"

struct event_base;
struct peer;

struct peer_hooks {
	/* fd: a descriptor that came with the message, or -1.  The callee owns
	 * it.  Returning -1 says that the message is malformed: on_close comes
	 * next, with "malformed message TYPE". */
	int (*on_message)(void *arg, struct msg_in *m, int fd);
	/* At end of file, error, or a malformed message; once.  why is for a
	 * person.  The peer is still there; free it or leave it. */
	void (*on_close)(void *arg, const char *why);
};

/* Takes over fd (made non-blocking, close-on-exec). */
struct peer *peer_new(
    struct event_base *base, int fd, const struct peer_hooks *hooks, void *arg);
/* NULL is fine.  Messages still queued are dropped. */
void peer_free(struct peer *p);
/* Queues or sends m.  fd: sent along and then closed by us; -1: none.  After
 * on_close, does nothing (fd is closed).  An overfull message is fatal. */
void peer_send(struct peer *p, const struct msg_out *m, int fd);
/* Messages not yet taken by the kernel. */
size_t peer_queued(const struct peer *p);
/* Blocks until everything queued is sent or the other end is gone. */
void peer_flush(struct peer *p);
/* Stop and resume reading (back-pressure). */
void peer_pause(struct peer *p);
void peer_resume(struct peer *p);

/* Another descriptor of the same socket, for a process that writes to it, too;
 * -1: out of descriptors. */
int peer_dup(const struct peer *p);

/* Two connected ends, both close-on-exec. Fatal on failure. */
void peer_pair(int fds[2]);
/* -1 with errno: this process is out of descriptors. */
int peer_try_pair(int fds[2]);

#endif
