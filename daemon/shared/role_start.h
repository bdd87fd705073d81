/*
 * role_start: the first message that every role gets.
 */
#ifndef ASSAY_ROLE_START_H
#define ASSAY_ROLE_START_H

#include "base/log.h"
#include "base/msg.h"

struct role_start {
	char process[48]; /* "capture wired0" */
	enum log_level level;
	char state_dir[256], run_dir[256];
};

/* Reads ROLE_START, names the log after the process, and the process itself
 * for ps.  0, or -1: malformed. */
int role_start_read(struct msg_in *m, struct role_start *s);

#endif
