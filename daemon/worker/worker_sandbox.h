/*
 * worker_sandbox: what a probe's process can no longer do.
 *
 * Limits and a first fence before the probe is loaded (its constructors run
 * then), the rest just before init and run.  The network namespace, the pid
 * namespace and the user id are the warden's part.
 */
#ifndef ASSAY_WORKER_SANDBOX_H
#define ASSAY_WORKER_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

/* Memory, files, processes, no core, no file written.  What cannot be set is
 * fatal: each only lowers. */
void worker_limits_set(void);

/* daemon/worker/worker_loading.c: while the probe (open as probe_fd) and its
 * libraries are loaded. */
void worker_loading_enter(int probe_fd);

/* Landlock (no file at all), then seccomp (daemon/worker/worker_seccomp.c).
 * needs: enum assay_need.  Writes what the kernel gave and what it lacked to
 * out. */
void worker_sandbox_enter(uint32_t needs, char *out, size_t size);

/* 0, or an errno. */
int worker_seccomp_enter(uint32_t needs);
/* A forbidden call names itself on stderr and ends us.  0, or an errno. */
int worker_seccomp_catch(void);
/* A ruleset that handles all the kernel knows, or the negative errno. */
int worker_landlock_ruleset(void);
/* The Landlock ABI in force, or the negative errno. */
int worker_landlock_enter(void);

#endif
