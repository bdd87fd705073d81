/*
 * run_used: what earlier runs have drawn on the profile's budgets.
 *
 * Where the budgets hold over a stated time, the records of the device's other
 * runs since then are counted, as the store has them: nothing is forgotten by a
 * restart, and nothing has to be kept beside the records.
 */
#ifndef ASSAY_RUN_USED_H
#define ASSAY_RUN_USED_H

#include "daemon/engine/run.h"

/* Adds it to run->used, once; then run_on_used(), perhaps from here. */
void run_used_begin(struct run *run);
/* The run goes. */
void run_used_forget(struct run *run);
/* One record of another run.  Pure. */
void run_used_draw(struct permit_used *used, const struct profile *profile,
    const json_t *record);

/* In run.c: why: NULL: it is known. */
void run_on_used(struct run *run, const char *why);

#endif
