/*
 * run_account: a run's first record, its account of verdicts, its manifest.
 */
#ifndef ASSAY_RUN_ACCOUNT_H
#define ASSAY_RUN_ACCOUNT_H

#include <jansson.h>

#include "daemon/engine/run.h"

json_t *run_first_fields(const struct run *run, const struct run_request *q);
/* The manifest's own fields: outcome, exit, verdicts, captures, reason. */
json_t *run_account(struct run *run);
/* Where an earlier life of the engine stopped: step, verdicts, chain (but for
 * its last hash); adds what closes a job that was cut off. */
void run_restore_account(struct run *run, const json_t *records);

#endif
