/*
 * role: the unprivileged processes that the warden starts with `-x name`.
 *
 * Every role's main has the same order: log, event base, signals, the socket
 * at WIRE_FD, what it is told there, give up what it does not need (the
 * warden has already changed uid and namespace), sandbox, loop.
 */
#ifndef ASSAY_ROLE_H
#define ASSAY_ROLE_H

#include "daemon/shared/wire.h"

/* Exit status of the process. */
int engine_main(void);
int store_main(void);
int capture_main(void);
int watch_main(void);
int services_main(void);
int stamp_main(void);
int uplink_main(void);

const char *role_name(enum role role); /* "engine" … */

#endif
