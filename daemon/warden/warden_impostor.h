/*
 * warden_impostor: the calls of a segment's device, lent to one worker.
 *
 * Of one job at a time, for as long as its worker is there: what needs them
 * (ASSAY_NEED_CALLS) and cannot have them is not begun.
 */
#ifndef ASSAY_WARDEN_IMPOSTOR_H
#define ASSAY_WARDEN_IMPOSTOR_H

#include "daemon/warden/impostor_way.h"
#include "daemon/warden/warden_parts.h"

/* 0 with the worker's descriptors (the caller's; -1 each: it needs no calls);
 * or -1 with *e. */
int warden_impostor_begin(struct warden *w,
    const struct warden_worker_spec *spec, struct impostor_way *way,
    struct err *e);
void warden_impostor_end(struct warden *w, uint32_t segment);
/* Whether names lead here, to services that are new. */
void warden_impostor_greet_services(struct warden_segment *s);

#endif
