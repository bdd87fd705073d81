/*
 * warden: the privileged parent.
 *
 * It starts and reaps every other process, opens what only root may open, and
 * hands it on.  It parses nothing but its own configuration and a closed
 * table of operations from the engine, and takes no input from any network.
 */
#ifndef ASSAY_WARDEN_H
#define ASSAY_WARDEN_H

#include "base/err.h"
#include "base/log.h"
#include "scenarios/conf.h"

struct warden_options {
	const char *conf_path; /* given to the engine, read-only */
	enum log_level level;
};

/* Runs until SIGTERM or SIGINT. conf: borrowed. 0, or -1 with *e: it could
 * not start, and nothing is left. */
int warden_run(const struct conf *conf, const struct warden_options *options,
    struct err *e);

#endif
