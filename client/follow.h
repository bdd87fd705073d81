/*
 * follow: records and words of a run, or of the bench, as they come.
 */
#ifndef ASSAY_FOLLOW_H
#define ASSAY_FOLLOW_H

#include <stdint.h>

#include "client/client.h"

/* To the end of one run, with progress: exit status of the run's manifest.
 * A lost connection is taken up again where it was. */
int follow_run(struct client *c, json_int_t run);

/* Each record as a line, from number `from` on (0: from now), of one run (0:
 * all), to the end of that run or for ever. */
int follow_records(struct client *c, json_int_t from, json_int_t run);

#endif
