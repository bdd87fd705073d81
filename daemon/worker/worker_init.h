/*
 * worker_init: the first process of the worker's pid namespace.
 *
 * It holds the death signal, forks the real worker, waits, and says how that
 * one ended (daemon/shared/worker_exit.h).  When it ends, for whatever reason,
 * the kernel ends everything in the namespace.
 */
#ifndef ASSAY_WORKER_INIT_H
#define ASSAY_WORKER_INIT_H

/* Returns in the forked worker alone. */
void worker_init(void);

#endif
