/*
 * role: the unprivileged processes that the warden starts with `-x name`.
 */
#include "daemon/shared/role.h"

#include <stddef.h>

const char *
role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_WARDEN] = "warden",
		[ROLE_ENGINE] = "engine",
		[ROLE_STORE] = "store",
		[ROLE_CAPTURE] = "capture",
		[ROLE_WATCH] = "watch",
		[ROLE_SERVICES] = "services",
		[ROLE_WORKER] = "worker",
		[ROLE_STAMP] = "stamp",
		[ROLE_UPLINK] = "uplink",
	};

	if ((size_t)role >= sizeof(names) / sizeof(*names))
		return "unknown";
	return names[role];
}
