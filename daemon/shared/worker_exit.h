/*
 * worker_exit: what the exit status of assay-worker means.
 *
 * The process that the warden starts is only an init: it waits for the real
 * worker, which it forked, and tells how that one ended.  A namespace's init
 * cannot die of the signal that its child died of (the kernel shields it), so
 * the number is passed on:
 *
 *   0 to 127    the worker exited with it; the names below are ours, any
 *               other number was the probe's own exit(), over 127 as 127
 *   128 + n     the worker died of signal n
 */
#ifndef ASSAY_WORKER_EXIT_H
#define ASSAY_WORKER_EXIT_H

#include <stdbool.h>

enum worker_exit {
	WORKER_EXIT_DONE = 0,    /* ENGINE_DONE was sent */
	WORKER_EXIT_FATAL = 1,   /* the worker itself: stderr says */
	WORKER_EXIT_REFUSED = 2, /* the probe cannot be loaded: stderr says */
	WORKER_EXIT_ENGINE_GONE = 3, /* the engine's end of the socket closed */
	WORKER_EXIT_FORBIDDEN = 4,   /* a system call: stderr names it */
	WORKER_EXIT_USAGE = 64,
};

#define WORKER_EXIT_SIGNAL 128

static inline bool
worker_exit_is_signal(int status)
{
	return status > WORKER_EXIT_SIGNAL;
}

/* The signal's number, when worker_exit_is_signal(). */
static inline int
worker_exit_signal(int status)
{
	return status - WORKER_EXIT_SIGNAL;
}

#endif
