/*
 * worker_check: whether what a probe says agrees with its own descriptor.
 *
 * The descriptor is a promise that people have read (its manual and its
 * method card); whatever it does not name, the probe may not say.  Pure.  Each
 * function returns 0, or -1 with *e set.
 */
#ifndef ASSAY_WORKER_CHECK_H
#define ASSAY_WORKER_CHECK_H

#include <stddef.h>

#include "base/err.h"
#include "probes/probe.h"

#define WORKER_OBSERVATIONS_MAX 4096
#define WORKER_FRAMES_MAX 8         /* selectors of one observation */
#define WORKER_STRING_MAX 4096      /* bytes of a string value */
#define WORKER_PORTS_TEXT_MAX 16384 /* bytes of a set of ports as text */
#define WORKER_COMMENT_MAX 120
#define WORKER_VERDICTS_MAX 256
#define WORKER_NOTES_MAX 64
#define WORKER_CONTROLS_MAX 4096
#define WORKER_VALUES_MAX 16 /* of one verdict */
#define WORKER_NAME_MAX 63   /* of a field, a note, a value, a reason */
#define WORKER_TABLE_MAX 256 /* entries of any table of the descriptor */

/* abi and size alone; nothing else of the descriptor may be read before. */
int worker_check_abi(const struct assay_probe *p, struct err *e);
/* The rest.  name: as the engine knows the probe, or NULL. */
int worker_check_probe(
    const struct assay_probe *p, const char *name, struct err *e);

/* Bounded, printable by type; what names it in the text. */
int worker_check_value(
    const struct assay_value *v, const char *what, struct err *e);
int worker_check_observation(const struct assay_probe *p,
    const struct assay_observation *o, struct err *e);
/* Everything but whether it is claimed and cites evidence: the engine refuses
 * that one verdict and keeps the others. */
int worker_check_verdict(const struct assay_probe *p,
    const struct assay_verdict *v, size_t nobservations, struct err *e);

/* The check and kind are one of the descriptor's claims. */
bool worker_check_is_claimed(
    const struct assay_probe *p, const struct assay_verdict *v);

#endif
