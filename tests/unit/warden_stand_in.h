/*
 * warden_stand_in: processes in the place of the warden's roles.
 *
 * The stand-in of the engine hands everything that the warden says to
 * whoever connects to the control socket, and says to the warden what it is
 * told there; so a test speaks the wire as the engine does.  A message on the
 * control socket is a head, with the descriptor if any, then the datagram.
 */
#ifndef ASSAY_WARDEN_STAND_IN_H
#define ASSAY_WARDEN_STAND_IN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct warden_stand_in_head {
	uint32_t size;
	uint32_t has_fd;
};

/* What a test program does when it is started with -x NAME, or as
 * "assay-worker PROBE". Exit status. */
int warden_stand_in_role(const char *name);
int warden_stand_in_worker(const char *probe);

int warden_stand_in_send(int to, const void *p, size_t n, int fd);
/* *fd: -1 if none came. */
ssize_t warden_stand_in_receive(
    int from, void *p, size_t n, int flags, int *fd);

#endif
