/*
 * run_captures: the capture files of a run, which hold the run alone.
 *
 * A new file is begun before the run's first frame and finished behind its
 * last, and the manifest names each with its SHA-256.
 */
#ifndef ASSAY_RUN_CAPTURES_H
#define ASSAY_RUN_CAPTURES_H

#include <jansson.h>

#include "daemon/engine/run.h"

/* Begins the run's first file, or goes on with those of an earlier life of the
 * engine; then run_on_captures_open(), not from here. */
void run_captures_open(struct run *run);
/* Finishes the run's last file; then run_on_captures_closed(), not from here.
 * Waits for a capture that is about to be started again. */
void run_captures_close(struct run *run);
/* The manifest's "captures", as far as it is known; and in *omitted how many
 * do not fit the record. */
json_t *run_captures_take(struct run *run, unsigned *omitted);
/* An event record of an earlier life. */
void run_captures_restore(struct run *run, const json_t *event);

#endif
