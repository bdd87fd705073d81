/*
 * run_rest: the quiet baseline: how the device is before anything is done.
 *
 * The watch has observed it since it was registered, so that a device known
 * for long needs no waiting.  What it found is an event record of the run,
 * {what: "baseline"}, the control that later judgements are compared with.  A
 * reboot while the run waits is nobody's doing but the device's.
 */
#ifndef ASSAY_RUN_REST_H
#define ASSAY_RUN_REST_H

#include <jansson.h>

#include "daemon/engine/run.h"

#define RUN_QUIET_UNSAID UINT64_MAX

/* How long the run wants the device at rest: what was asked for (ns, or
 * RUN_QUIET_UNSAID), else what the scenario says, else half an hour for an
 * order, else nothing. */
uint64_t run_rest_wanted(const struct run *run, uint64_t asked_ns);
/* Waits for it; then run_on_rested(), not from here. */
void run_rest_begin(struct run *run);
/* From the run's timer, while RUN_QUIET. */
void run_rest_on_timer(struct run *run);
/* The device rebooted: at rest, or with a job under way. */
void run_rest_on_reboot(struct run *run, uint64_t stamp);
/* The manifest's "rest": {observed_ns, reboots …}, null when nothing is known.
 */
json_t *run_rest_account(const struct run *run);
/* An event record of an earlier life. */
void run_rest_restore(struct run *run, const json_t *event);

#endif
