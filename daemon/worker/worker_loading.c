/*
 * worker_loading: the fence around a probe while it is being loaded.
 *
 * Its constructors are its own code and run before the probe has said what it
 * needs, so before the sandbox proper.  Until then libraries can be read, and
 * nothing else; nobody can be signalled or traced, and nothing be started.
 * The sandbox goes on top: what is taken here does not come back.
 */
#include "daemon/worker/worker_sandbox.h"

#if defined(ASSAY_SANITIZED) || defined(ASSAY_COVERAGE)

void
worker_loading_enter(int probe_fd)
{
	(void)probe_fd;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <seccomp.h>

/* What the dynamic linker reads, and the names that a capture filter may use.
 * A path that is not there is passed over. */
static const char *const readable[] = { "/lib", "/lib32", "/lib64", "/usr/lib",
	"/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
	"/etc/ssl/openssl.cnf", "/etc/nsswitch.conf", "/etc/protocols",
	"/etc/services" };

/* Processes, their memory, other namespaces, and whatever might do these. */
static const int forbidden[] = {
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise),
	SCMP_SYS(kcmp),
	SCMP_SYS(kill),
	SCMP_SYS(tkill),
	SCMP_SYS(rt_sigqueueinfo),
	SCMP_SYS(rt_tgsigqueueinfo),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(open_by_handle_at),
};

static void
allow_beneath(int ruleset, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access,
		.parent_fd = fd };

	(void)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static void
allow_readable(int ruleset, int probe_fd)
{
	const uint64_t file =
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		fd = open(readable[i], O_PATH | O_CLOEXEC);
		if (fd == -1)
			continue;
		allow_beneath(ruleset, fd, file);
		close(fd);
	}
	allow_beneath(ruleset, probe_fd, file);
}

static int
forbid(scmp_filter_ctx ctx)
{
	/* A thread is no process; clone3() hides which of them it makes. */
	const struct scmp_arg_cmp process = { .arg = 0,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = CLONE_THREAD,
		.datum_b = 0 };
	const struct scmp_arg_cmp another = {
		.arg = 0, .op = SCMP_CMP_NE, .datum_a = (scmp_datum_t)getpid()
	};
	const struct scmp_arg_cmp local = {
		.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX
	};
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		r = seccomp_rule_add(ctx, SCMP_ACT_TRAP, forbidden[i], 0);
		if (r < 0 && r != -EDOM) /* not on this architecture */
			return r;
	}
	r = seccomp_rule_add_array(
	    ctx, SCMP_ACT_TRAP, SCMP_SYS(clone), 1, &process);
	if (r == 0)
		r = seccomp_rule_add(
		    ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (r == 0)
		r = seccomp_rule_add_array(
		    ctx, SCMP_ACT_TRAP, SCMP_SYS(tgkill), 1, &another);
	/* libc asks a name service there, and does without it. */
	return r < 0 ? r
		     : seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EACCES),
			   SCMP_SYS(socket), 1, &local);
}

/* What the kernel cannot give is found missing, and said, by the sandbox. */
void
worker_loading_enter(int probe_fd)
{
	int ruleset = worker_landlock_ruleset();
	scmp_filter_ctx ctx;

	if (ruleset >= 0) {
		allow_readable(ruleset, probe_fd);
		(void)syscall(SYS_landlock_restrict_self, ruleset, 0);
		close(ruleset);
	}
	if (worker_seccomp_catch() != 0)
		return;
	ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (ctx == NULL)
		return;
	if (forbid(ctx) == 0)
		(void)seccomp_load(ctx);
	seccomp_release(ctx);
}

#endif
