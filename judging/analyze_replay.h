/*
 * analyze_replay: a probe's passive half over a capture file, in a worker of
 * its own.
 */
#ifndef ASSAY_ANALYZE_REPLAY_H
#define ASSAY_ANALYZE_REPLAY_H

#include <jansson.h>

#include "base/err.h"
#include "captures/capture_file.h"
#include "judging/capture_census.h"
#include "judging/worker_alone.h"
#include "scenarios/profile.h"

struct analyze_probe {
	const char *worker; /* assay-worker */
	char *file;         /* the .so */
	char *name;
};

/* What it says of itself; NULL with *e. Caller decrefs. */
json_t *analyze_describe(const struct analyze_probe *p, struct err *e);

struct analyze_replay {
	struct capture_file *capture;
	const struct census *census;
	const struct census_sender *device;
	const struct profile *profile;
};
/* 0 and *r (clear it), also when the worker ended badly; -1 with *e: it could
 * not be started, or the capture not be read. */
int analyze_replay(const struct analyze_probe *p,
    const struct analyze_replay *q, struct worker_alone_result *r,
    struct err *e);

#endif
