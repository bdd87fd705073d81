/*
 * role_life: the life of a small role: greeted by the warden, perhaps given the
 * engine, told to stop.
 *
 * Log, event loop and signals first, then the socket at WIRE_FD; a terminal's
 * ^C reaches all of us, but the warden decides.  When the warden is gone, the
 * loop ends.
 */
#ifndef ASSAY_ROLE_LIFE_H
#define ASSAY_ROLE_LIFE_H

#include "base/peer.h"
#include "daemon/shared/role_start.h"

struct event_base;

struct role_hooks {
	const char *name; /* for the log, until it is greeted */
	/* A message that is the role's own; -1: malformed. */
	int (*on_warden)(void *arg, struct msg_in *m);
	int (*on_engine)(void *arg, struct msg_in *m); /* NULL: it is silent */
	void (*on_greeted)(void *arg); /* by an engine; may be NULL */
	void (*on_stop)(void *arg);    /* NULL: the loop ends at once */
};

struct role_life {
	struct event_base *base;
	struct peer *warden, *engine; /* engine: NULL when there is none */
	struct role_start start;
	const struct role_hooks *hooks;
	void *arg;
};

/* What cannot be had is fatal.  hooks outlives it. */
void role_life_begin(
    struct role_life *l, const struct role_hooks *hooks, void *arg);
/* Opens the socket and serves it until the loop ends; frees both peers. */
void role_life_serve(struct role_life *l);
/* The last of all: its events are gone by now. */
void role_life_end(struct role_life *l);

#endif
