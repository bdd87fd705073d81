/*
 * control_creds: who is at the other end of a local socket, and what of it.
 *
 * A kernel that cannot say the supplementary groups gives none: fewer rights,
 * never more.
 */
#include "daemon/control/control_creds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

#define GROUPS_MAX 65536 /* NGROUPS_MAX of Linux, setgroups(2) */

int
control_creds_get(struct control_creds *c, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	size_t room = 64;
	int r;

	memset(c, 0, sizeof(*c));
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == -1)
		return -1;
	c->pid = peer.pid;
	c->uid = peer.uid;
	c->gid = peer.gid;
	do {
		c->groups = xrealloc(c->groups, room, sizeof(*c->groups));
		size = (socklen_t)(room * sizeof(*c->groups));
		r = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, c->groups, &size);
		room *= 4;
	} while (r == -1 && errno == ERANGE && room <= GROUPS_MAX * 4);
	if (r == 0)
		c->ngroups = size / sizeof(*c->groups);
	return 0;
}

void
control_creds_clear(struct control_creds *c)
{
	free(c->groups);
	memset(c, 0, sizeof(*c));
}

bool
control_creds_has(const struct control_creds *c, int64_t gid)
{
	size_t i;

	if (gid < 0)
		return false;
	if ((int64_t)c->gid == gid)
		return true;
	for (i = 0; i < c->ngroups; i++)
		if ((int64_t)c->groups[i] == gid)
			return true;
	return false;
}
