/*
 * run_firmware: whether a run was with one firmware from its beginning to its
 * end.
 *
 * What a probe observes as "firmware.says" of a port is kept, and compared with
 * what the same port says later in the run: an event record {what: "firmware"}
 * each time, code "seen" (first), "same", "silent" (no port answered both
 * times), or "changed", with which the run is void: no pass and no fail stands,
 * not those that were sealed before, either.
 */
#ifndef ASSAY_RUN_FIRMWARE_H
#define ASSAY_RUN_FIRMWARE_H

#include <jansson.h>

struct job;
struct run;

/* The job's observations are complete. */
void run_firmware_look(struct run *run, const struct job *job);
/* A record of an earlier life. */
void run_firmware_restore(struct run *run, const json_t *record);

#endif
