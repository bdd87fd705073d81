/*
 * connect: a way to a bench's control socket, here or over ssh.
 */
#ifndef ASSAY_CONNECT_H
#define ASSAY_CONNECT_H

#include <sys/types.h>

#include "base/err.h"

#define CONNECT_SOCKET "/run/assay/assayd.sock"

struct connection {
	int in, out; /* may be the same descriptor */
	pid_t ssh;   /* 0: none */
};

/* To the socket at path.  -1 with *e: which socket, whether it is missing,
 * refused or not permitted, and what to do. */
int connect_local(struct connection *c, const char *path, struct err *e);
/* `ssh HOST assayctl --stdio`; path NULL: the default there.  The program is
 * $ASSAY_SSH, or ssh. */
int connect_ssh(
    struct connection *c, const char *host, const char *path, struct err *e);
void connect_close(struct connection *c);

/* Copies between our stdin and stdout and the socket until either ends: what
 * `assayctl --stdio` does on the far machine. */
int connect_relay(const struct connection *c);

#endif
