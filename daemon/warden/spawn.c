/*
 * spawn: a process with exactly what it was given.
 *
 * The order in the child matters: namespaces while we are root, descriptors,
 * then ids and capabilities, and the death signal last, for the kernel
 * forgets it whenever the ids change.
 */
#include "daemon/warden/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH_FD 64 /* above every number that a child is given */
#define INSIDE_LIMIT_MS 10000

struct report { /* what the child says when it cannot go on */
	int error;
	char step[44];
};

static void __attribute__((noreturn)) give_up(int report_fd, const char *step)
{
	struct report r;

	memset(&r, 0, sizeof(r));
	r.error = errno;
	snprintf(r.step, sizeof(r.step), "%s", step);
	if (write(report_fd, &r, sizeof(r)) == -1)
		_exit(126); /* the parent is gone: nobody wants to know */
	_exit(127);
}

static void
reset_signals(void)
{
	static const unsigned long default_action[4]; /* the kernel's struct */
	struct sigaction sa;
	sigset_t none;
	int i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	for (i = 1; i < NSIG; i++)
		(void)sigaction(i, &sa, NULL); /* some cannot be set */
	/* Two that glibc keeps to itself, and we may have been started with
	 * ignored. */
	for (i = 32; i <= 33; i++)
		(void)syscall(SYS_rt_sigaction, i, default_action, NULL, 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Puts every descriptor to its number and closes all others; the report's
 * pipe goes right above them and closes at exec. Returns its new number. */
static int
place_fds(const struct spawn *s, int report_fd)
{
	int high[SPAWN_FDS_MAX], i, n = (int)s->nfds;

	report_fd = fcntl(report_fd, F_DUPFD_CLOEXEC, HIGH_FD);
	for (i = 0; i < n; i++) {
		high[i] = s->fds[i];
		if (high[i] == SPAWN_NULL)
			high[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (high[i] < 0 && s->fds[i] != SPAWN_CLOSED)
			give_up(report_fd, "/dev/null");
		if (high[i] >= 0)
			high[i] = fcntl(high[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (high[i] < 0 && s->fds[i] != SPAWN_CLOSED)
			give_up(report_fd, "descriptors");
	}
	for (i = 0; i < n; i++) {
		if (high[i] < 0)
			close(i);
		else if (dup2(high[i], i) == -1)
			give_up(report_fd, "descriptors");
	}
	if (dup3(report_fd, n, O_CLOEXEC) == -1)
		give_up(report_fd, "descriptors");
	if (close_range((unsigned)n + 1, ~0u, 0) == -1)
		give_up(n, "descriptors");
	return n;
}

static int
set_capabilities(uint64_t mask)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];
	int i;

	for (i = 0; i < 2; i++) {
		d[i].effective = (uint32_t)(mask >> (32 * i));
		d[i].permitted = d[i].effective;
		d[i].inheritable = d[i].effective;
	}
	return (int)syscall(SYS_capset, &h, d);
}

static bool
has_exactly_capabilities(uint64_t mask)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	memset(d, 0, sizeof(d));
	if (syscall(SYS_capget, &h, d) == -1)
		return false;
	return (d[0].permitted | (uint64_t)d[1].permitted << 32) == mask &&
	    (d[0].effective | (uint64_t)d[1].effective << 32) == mask &&
	    (d[0].inheritable | (uint64_t)d[1].inheritable << 32) == mask;
}

/* What is not in mask cannot come back, by any exec. */
static void
bound_capabilities(uint64_t mask, int report_fd)
{
	unsigned long i;

	for (i = 0; i < 64; i++)
		if ((mask >> i & 1) == 0 && prctl(PR_CAPBSET_READ, i) == 1 &&
		    prctl(PR_CAPBSET_DROP, i) == -1)
			give_up(report_fd, "capability bounding set");
}

/* What is in mask outlives the exec. */
static void
raise_ambient(uint64_t mask, int report_fd)
{
	unsigned long i;

	for (i = 0; i < 64; i++)
		if ((mask >> i & 1) == 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) == -1)
			give_up(report_fd, "ambient capabilities");
}

static void
give_up_root(const struct spawn *s, int report_fd)
{
	uint64_t mask = s->capabilities;

	bound_capabilities(mask, report_fd);
	if (setgroups(0, NULL) == -1 || setresgid(s->gid, s->gid, s->gid) == -1)
		give_up(report_fd, "group");
	if (mask != 0 && prctl(PR_SET_KEEPCAPS, 1) == -1)
		give_up(report_fd, "capabilities");
	if (setresuid(s->uid, s->uid, s->uid) == -1)
		give_up(report_fd, "user");
	if (set_capabilities(mask) == -1)
		give_up(report_fd, "capabilities");
	raise_ambient(mask, report_fd);
	errno = EPERM;
	if (!has_exactly_capabilities(mask) || getuid() != s->uid ||
	    setuid(0) == 0)
		give_up(report_fd, "giving up root");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		give_up(report_fd, "no new privileges");
}

/* From here until exec we die when our parent does.  If it died before that,
 * nobody reads the report any more. */
static void
die_with_parent(int report_fd)
{
	struct pollfd p = { report_fd, 0, 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		give_up(report_fd, "death signal");
	if (poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0)
		_exit(126);
}

static void __attribute__((noreturn))
become(const struct spawn *s, int report_fd)
{
	static char *const environment[] = { NULL };

	reset_signals();
	if (s->netns != -1 && setns(s->netns, CLONE_NEWNET) == -1)
		give_up(report_fd, "network namespace");
	if (chdir("/") == -1)
		give_up(report_fd, "directory");
	umask(s->keeps_user ? 022 : 027);
	if (s->has_group && setpgid(0, 0) == -1)
		give_up(report_fd, "process group");
	report_fd = place_fds(s, report_fd);
	if (!s->keeps_user)
		give_up_root(s, report_fd);
	die_with_parent(report_fd);
	execve(
	    s->path == NULL ? "/proc/self/exe" : s->path, s->argv, environment);
	give_up(report_fd, "exec");
}

/* A fork with namespaces of its own: what glibc has no name for. */
static pid_t
fork_into(unsigned long namespaces)
{
	return (pid_t)syscall(
	    SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void
wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

pid_t
spawn_process(const struct spawn *s, struct err *e)
{
	struct report r;
	sigset_t all, old;
	int fds[2];
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_set(e, "pipe: %s", strerror(errno));
	/* A signal between fork and exec would run our own handlers in the
	 * child and wake our loop through the pipe they share. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork_into(s->namespaces);
	if (pid == 0) {
		close(fds[0]);
		become(s, fds[1]);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fds[1]);
	if (pid == -1) {
		close(fds[0]);
		return err_set(e, "fork: %s", strerror(errno));
	}
	do
		n = read(fds[0], &r, sizeof(r));
	while (n == -1 && errno == EINTR);
	close(fds[0]);
	if (n == 0)
		return pid;
	kill(pid, SIGKILL);
	wait_for(pid);
	if (n != (ssize_t)sizeof(r))
		return err_set(e, "the child did not start");
	r.step[sizeof(r.step) - 1] = '\0';
	return err_set(e, "%s: %s", r.step, strerror(r.error));
}

/* What the helper sends back: text of the error ("": none), and which of the
 * descriptors it has; they come in the same order. */
struct answer {
	char text[480];
	bool has[SPAWN_INSIDE_FDS_MAX];
};

static void
send_answer(int socket, const struct answer *a, const int *fds)
{
	char control[CMSG_SPACE(SPAWN_INSIDE_FDS_MAX * sizeof(int))];
	struct iovec iov = { (void *)(uintptr_t)a, sizeof(*a) };
	struct msghdr h;
	struct cmsghdr *c;
	int list[SPAWN_INSIDE_FDS_MAX];
	size_t i, n = 0;

	for (i = 0; i < SPAWN_INSIDE_FDS_MAX; i++)
		if (a->has[i])
			list[n++] = fds[i];
	memset(&h, 0, sizeof(h));
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	if (n > 0) {
		memset(control, 0, sizeof(control));
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), list, n * sizeof(int));
	}
	(void)sendmsg(socket, &h, MSG_NOSIGNAL); /* else the parent is gone */
}

static void __attribute__((noreturn))
work_inside(int netns, spawn_work *work, void *arg, int socket)
{
	int fds[SPAWN_INSIDE_FDS_MAX], i, r;
	struct answer a;
	struct err e;

	reset_signals();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(&a, 0, sizeof(a));
	memset(&e, 0, sizeof(e));
	for (i = 0; i < SPAWN_INSIDE_FDS_MAX; i++)
		fds[i] = -1;
	if ((netns != -1 ? setns(netns, CLONE_NEWNET)
			 : unshare(CLONE_NEWNET)) == -1)
		r = err_set(&e, "network namespace: %s", strerror(errno));
	else
		r = work(arg, fds, &e);
	if (r == -1)
		snprintf(a.text, sizeof(a.text), "%.479s",
		    e.text[0] == '\0' ? "it failed" : e.text);
	for (i = 0; i < SPAWN_INSIDE_FDS_MAX; i++)
		a.has[i] = r == 0 && fds[i] != -1;
	send_answer(socket, &a, fds);
	_exit(0);
}

static int
take_answer(int socket, int fds[SPAWN_INSIDE_FDS_MAX], struct err *e)
{
	char control[CMSG_SPACE(SPAWN_INSIDE_FDS_MAX * sizeof(int))];
	struct answer a;
	struct iovec iov = { &a, sizeof(a) };
	struct pollfd p = { socket, POLLIN, 0 };
	struct msghdr h;
	struct cmsghdr *c;
	const unsigned char *data;
	size_t i, n;

	memset(&h, 0, sizeof(h));
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	h.msg_control = control;
	h.msg_controllen = sizeof(control);
	while (poll(&p, 1, INSIDE_LIMIT_MS) == -1)
		if (errno != EINTR)
			return err_set(e, "poll: %s", strerror(errno));
	if (p.revents == 0)
		return err_set(e, "no answer from inside of the namespace");
	if (recvmsg(socket, &h, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(a))
		return err_set(e, "the helper in the namespace died");
	a.text[sizeof(a.text) - 1] = '\0';
	if (a.text[0] != '\0')
		return err_set(e, "%s", a.text);
	c = CMSG_FIRSTHDR(&h);
	data = c == NULL ? NULL : CMSG_DATA(c);
	n = c == NULL ? 0 : (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (i = 0; i < SPAWN_INSIDE_FDS_MAX; i++) {
		if (!a.has[i] || n == 0)
			continue;
		memcpy(&fds[i], data, sizeof(int));
		data += sizeof(int);
		n--;
	}
	return 0;
}

int
spawn_inside(int netns, spawn_work *work, void *arg,
    int fds[SPAWN_INSIDE_FDS_MAX], struct err *e)
{
	sigset_t all, old;
	int pair[2], i, r;
	pid_t pid;

	for (i = 0; i < SPAWN_INSIDE_FDS_MAX; i++)
		fds[i] = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return err_set(e, "socketpair: %s", strerror(errno));
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork_into(0);
	if (pid == 0) {
		close(pair[0]);
		work_inside(netns, work, arg, pair[1]);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(pair[1]);
	if (pid == -1) {
		close(pair[0]);
		return err_set(e, "fork: %s", strerror(errno));
	}
	r = take_answer(pair[0], fds, e);
	close(pair[0]);
	if (r == -1)
		kill(pid, SIGKILL);
	wait_for(pid);
	return r;
}

const char *
spawn_obituary(int wait_status, char *out, size_t size)
{
	int signal_number;

	if (WIFSIGNALED(wait_status)) {
		signal_number = WTERMSIG(wait_status);
		snprintf(out, size, "killed by signal %d (%s)", signal_number,
		    strsignal(signal_number));
	} else {
		snprintf(out, size, "exit status %d", WEXITSTATUS(wait_status));
	}
	return out;
}
