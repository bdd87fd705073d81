/*
 * control_creds: who is at the other end of a local socket, and what of it.
 *
 * The kernel says it (SO_PEERCRED and SO_PEERGROUPS, unix(7) and socket(7)):
 * as it was when the peer connected, with its supplementary groups.
 */
#ifndef ASSAY_CONTROL_CREDS_H
#define ASSAY_CONTROL_CREDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

struct control_creds {
	pid_t pid; /* 0: not of our process numbers */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary */
	size_t ngroups;
};

/* 0, or -1 with errno.  control_creds_clear() afterwards. */
int control_creds_get(struct control_creds *c, int fd);
void control_creds_clear(struct control_creds *c);
/* gid -1: nobody is a member. */
bool control_creds_has(const struct control_creds *c, int64_t gid);

#endif
