/*
 * segment_sweep: what an earlier life still owes the machine.
 *
 * Hardware comes back by itself when a namespace ends, but down and without
 * addresses, and a moment later than its processes.
 */
#include "daemon/warden/segment.h"

#include <dirent.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/warden/segment_state.h"

void
segment_sweep(const char *state_dir)
{
	struct dirent *entry;
	struct netlink *nl;
	struct err e;
	DIR *dir;
	int fd, nlfd;

	dir = opendir(state_dir);
	if (dir == NULL)
		return;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	nlfd = netlink_open(&e);
	nl = nlfd == -1 ? NULL : netlink_new(nlfd);
	while (nl != NULL && (entry = readdir(dir)) != NULL) {
		if (strchr(entry->d_name, '.') != NULL &&
		    (entry->d_name[0] == '.' ||
			strstr(entry->d_name, ".part") != NULL))
			continue;
		segment_state_settle(nl, fd, state_dir, entry->d_name);
	}
	netlink_free(nl);
	if (fd != -1)
		close(fd);
	closedir(dir);
}
