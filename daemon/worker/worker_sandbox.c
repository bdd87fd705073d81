/*
 * worker_sandbox: what a probe's process can no longer do.
 *
 * Builds with sanitizers or for coverage skip it, and say so: they need
 * terabytes of address space, files, and /proc.
 */
#include "daemon/worker/worker_sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "base/log.h"
#include "probes/probe.h"

#define MEMORY_MAX ((rlim_t)512 << 20)
#define FILES_MAX 4096
#define THREADS_MAX 64 /* RLIMIT_NPROC counts them; seccomp says if any */

/* Newer than the headers of the oldest system we build on (Linux 6.1). */
#define FS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define FS_ABI_1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13) /* ABI 2 */
#define SCOPE_ALL UINT64_C(3)        /* ABI 6: abstract sockets, signals */

struct ruleset {
	uint64_t access_fs;
	uint64_t access_net; /* ABI 4; the namespace is the fence */
	uint64_t scoped;     /* ABI 6 */
};

static void
lower(int resource, rlim_t max)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == -1)
		fatal("getrlimit: %s", strerror(errno));
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < max)
		max = limit.rlim_max;
	limit.rlim_cur = max;
	limit.rlim_max = max;
	if (setrlimit(resource, &limit) == -1)
		fatal("setrlimit %d: %s", resource, strerror(errno));
}

void
worker_limits_set(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("no_new_privs: %s", strerror(errno));
	lower(RLIMIT_CORE, 0);
	lower(RLIMIT_NOFILE, FILES_MAX);
#if !defined(ASSAY_SANITIZED) && !defined(ASSAY_COVERAGE)
	lower(RLIMIT_AS, MEMORY_MAX);
	lower(RLIMIT_NPROC, THREADS_MAX);
	/* stderr is a pipe, so that this cannot hide an obituary. */
	lower(RLIMIT_FSIZE, 0);
#endif
}

static uint64_t
accesses_of(int abi)
{
	uint64_t all = FS_ABI_1;

	if (abi >= 2)
		all |= FS_REFER;
	if (abi >= 3)
		all |= FS_TRUNCATE;
	if (abi >= 5)
		all |= FS_IOCTL_DEV;
	return all;
}

static long
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 1)
		return abi == 0 ? -ENOSYS : -errno;
	return abi;
}

int
worker_landlock_ruleset(void)
{
	struct ruleset rules = { 0 };
	size_t size = sizeof(rules.access_fs);
	long abi = landlock_abi(), fd;

	if (abi < 0)
		return (int)abi;
	rules.access_fs = accesses_of((int)abi);
	if (abi >= 6) {
		rules.scoped = SCOPE_ALL;
		size = sizeof(rules);
	}
	fd = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	return fd == -1 ? -errno : (int)fd;
}

int
worker_landlock_enter(void)
{
	int fd = worker_landlock_ruleset();
	long r;

	if (fd < 0)
		return fd;
	/* Not one rule is added: nothing is allowed. */
	r = syscall(SYS_landlock_restrict_self, fd, 0);
	if (r == -1)
		r = -errno;
	close(fd);
	return (int)(r < 0 ? r : landlock_abi());
}

void
worker_sandbox_enter(uint32_t needs, char *out, size_t size)
{
#if defined(ASSAY_SANITIZED) || defined(ASSAY_COVERAGE)
	(void)needs;
	snprintf(out, size, "none: this build measures the program itself");
#else
	int landlock, error;
	size_t n;

	/* The C library looks for the time zone once, whatever is asked of
	 * it: gmtime_r(), too, which OpenSSL needs. */
	tzset();
	landlock = worker_landlock_enter();
	error = worker_seccomp_enter(needs);
	if (landlock > 0)
		snprintf(out, size, "landlock %d", landlock);
	else
		snprintf(out, size, "no landlock (%s)", strerror(-landlock));
	n = strlen(out);
	if (error == 0)
		snprintf(out + n, size - n, ", seccomp");
	else
		snprintf(
		    out + n, size - n, ", no seccomp (%s)", strerror(error));
#endif
}
