/*
 * worker_print: raw print ports are connected to, and not written to.
 *
 * What a printer hears on TCP 9100 to 9107 it prints.  The host sees to it, so
 * that no probe can forget it; the profile's consent to the hazard `prints`
 * lifts it.
 */
#ifndef ASSAY_WORKER_PRINT_H
#define ASSAY_WORKER_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/worker/worker_facts.h"

/* Bytes may be said to this TCP port.  today: "2026-11-23". */
bool worker_print_may_write(
    const struct worker_facts *f, uint16_t port, const char *today);
/* "2026-11-23" of seconds since 1970, in UTC. */
void worker_print_day(uint64_t seconds, char day[static 11]);
/* The same, today: a consent ends with its day in UTC. */
bool worker_print_may_write_now(const struct worker_facts *f, uint16_t port);
/* The frame carries bytes of TCP to a raw print port. */
bool worker_print_is_writing(const void *frame, size_t size);

#endif
