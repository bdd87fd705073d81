/*
 * run_canary: as a run begins, proof that nothing gets out of its segment and
 * nothing of the machine's comes in.
 */
#ifndef ASSAY_RUN_CANARY_H
#define ASSAY_RUN_CANARY_H

#include "daemon/engine/run.h"

/* Asks watch and warden; run_on_canary() comes from the loop, behind the
 * record of all facts. */
void run_canary_begin(struct run *run);
/* The link is back: what was sent while it was down has proved nothing. */
void run_canary_again(struct run *run);
void run_canary_free(struct run *run);

/* In run.c: why: NULL: it was good. */
void run_on_canary(struct run *run, const char *why);

#endif
