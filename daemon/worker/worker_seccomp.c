/*
 * worker_seccomp: the system calls that a probe may make.
 *
 * Everything else traps: the process writes the call's name on stderr and
 * leaves.  Filters cannot see addresses, so where packets may go is not said
 * here: that is the network namespace's.  A list like this holds for one
 * libc and architecture; the probes' own tests run in it on each release.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#include "daemon/shared/worker_exit.h"
#include "daemon/worker/worker_sandbox.h"
#include "probes/probe.h"

#define SOCKET_TYPE_MASK 0xf /* without SOCK_NONBLOCK, SOCK_CLOEXEC */

static const int allowed[] = {
	/* data on what is open */
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(close),
	SCMP_SYS(shutdown),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(getsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	/* waiting */
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_gettime),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(sched_yield),
	SCMP_SYS(futex),
	/* clocks and chance */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* signals of one's own; abort() needs tgkill, below */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	/* about oneself */
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getrusage),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(membarrier),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Async-signal-safe as far as it matters: the signal is the system call's
 * own, so nothing is held but what that call was made under. */
static void
on_forbidden(int signal, siginfo_t *info, void *context)
{
	char line[96], *name;
	int n;

	(void)signal;
	(void)context;
	name =
	    seccomp_syscall_resolve_num_arch(info->si_arch, info->si_syscall);
	n = snprintf(line, sizeof(line), "forbidden system call %s (%d)\n",
	    name == NULL ? "?" : name, info->si_syscall);
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) == -1)
		_exit(WORKER_EXIT_FORBIDDEN);
	_exit(WORKER_EXIT_FORBIDDEN);
}

static int
allow_plain(scmp_filter_ctx ctx)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
		if (r < 0 && r != -EDOM) /* not on this architecture */
			return r;
	}
	return 0;
}

static struct scmp_arg_cmp
equals(unsigned arg, scmp_datum_t value)
{
	const struct scmp_arg_cmp c = {
		.arg = arg, .op = SCMP_CMP_EQ, .datum_a = value
	};

	return c;
}

static struct scmp_arg_cmp
masked(unsigned arg, scmp_datum_t mask, scmp_datum_t value)
{
	const struct scmp_arg_cmp c = { .arg = arg,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = mask,
		.datum_b = value };

	return c;
}

static int
allow_with(scmp_filter_ctx ctx, int call, struct scmp_arg_cmp arg)
{
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, 1, &arg);
}

static int
allow_memory(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp no_code = masked(2, PROT_EXEC, 0);
	int r = allow_with(ctx, SCMP_SYS(mmap), no_code);

	return r < 0 ? r : allow_with(ctx, SCMP_SYS(mprotect), no_code);
}

static int
allow_files(scmp_filter_ctx ctx)
{
	static const int commands[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD,
		F_DUPFD_CLOEXEC };
	struct scmp_arg_cmp terminal;
	size_t i;
	int r;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		r = allow_with(
		    ctx, SCMP_SYS(fcntl), equals(1, (scmp_datum_t)commands[i]));
		if (r < 0)
			return r;
	}
	/* fstat() of glibc */
	r = allow_with(ctx, SCMP_SYS(newfstatat), equals(3, AT_EMPTY_PATH));
	if (r < 0 && r != -EDOM)
		return r;
	r = allow_with(ctx, SCMP_SYS(ioctl), equals(1, FIONREAD));
	if (r < 0)
		return r;
	/* stdio asks whether it writes to a terminal; it does not. */
	terminal = equals(1, TCGETS);
	return seccomp_rule_add_array(
	    ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1, &terminal);
}

static int
allow_self(scmp_filter_ctx ctx)
{
	int r = allow_with(
	    ctx, SCMP_SYS(tgkill), equals(0, (scmp_datum_t)getpid()));

	/* Limits are read, not set. */
	return r < 0 ? r : allow_with(ctx, SCMP_SYS(prlimit64), equals(2, 0));
}

static int
allow_socket(scmp_filter_ctx ctx, int type)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct scmp_arg_cmp args[2];
	size_t i;
	int r;

	args[1] = masked(1, SOCKET_TYPE_MASK, (scmp_datum_t)type);
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		args[0] = equals(0, (scmp_datum_t)families[i]);
		r = seccomp_rule_add_array(
		    ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, args);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Not those of AF_PACKET: a socket that bypasses the interface's queue would
 * bypass the capture.  Said by what is allowed: the kernel looks at half of
 * the number, a filter at all of it. */
static int
allow_options(scmp_filter_ctx ctx)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6,
		IPPROTO_TCP, IPPROTO_UDP };
	size_t i;
	int r;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		r = allow_with(ctx, SCMP_SYS(setsockopt),
		    equals(1, (scmp_datum_t)levels[i]));
		if (r < 0)
			return r;
	}
	return 0;
}

static int
allow_network(scmp_filter_ctx ctx, uint32_t needs)
{
	int r = allow_options(ctx);

	/* On a socket that listens already. */
	if (r == 0 && (needs & (ASSAY_NEED_CALLS | ASSAY_NEED_LISTEN)) != 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(accept4), 0);
	if (r == 0 && (needs & ASSAY_NEED_TCP) != 0)
		r = allow_socket(ctx, SOCK_STREAM);
	if (r == 0 && (needs & ASSAY_NEED_UDP) != 0)
		r = allow_socket(ctx, SOCK_DGRAM);
	if (r < 0 || (needs & (ASSAY_NEED_TCP | ASSAY_NEED_UDP)) == 0)
		return r;
	r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0);
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(bind), 0);
	if (r < 0 || (needs & ASSAY_NEED_LISTEN) == 0)
		return r;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(listen), 0);
}

/* clone3() hides its flags from a filter, so libc must fall back to clone(). */
static int
allow_threads(scmp_filter_ctx ctx, uint32_t needs)
{
	int r;

	if ((needs & ASSAY_NEED_THREADS) == 0)
		return 0;
	r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r < 0 ? r
		     : allow_with(ctx, SCMP_SYS(clone),
			   masked(0, CLONE_THREAD, CLONE_THREAD));
}

int
worker_seccomp_catch(void)
{
	struct sigaction action = { .sa_sigaction = on_forbidden };

	action.sa_flags = SA_SIGINFO;
	return sigaction(SIGSYS, &action, NULL) == -1 ? errno : 0;
}

int
worker_seccomp_enter(uint32_t needs)
{
	scmp_filter_ctx ctx;
	int r = worker_seccomp_catch();

	if (r != 0)
		return r;
	ctx = seccomp_init(SCMP_ACT_TRAP);
	if (ctx == NULL)
		return ENOMEM;
	/* A decision tree: the raw socket is busy. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	(void)seccomp_attr_set(
	    ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	r = allow_plain(ctx);
	if (r == 0)
		r = allow_memory(ctx);
	if (r == 0)
		r = allow_files(ctx);
	if (r == 0)
		r = allow_self(ctx);
	if (r == 0)
		r = allow_network(ctx, needs);
	if (r == 0)
		r = allow_threads(ctx, needs);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return -r;
}
