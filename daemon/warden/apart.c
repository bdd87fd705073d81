/*
 * apart: work in a process beside this one.
 *
 * Forked, not executed: it is the same program in the same state, which is
 * why question and answer may be structs.  It lives for so short that it needs
 * no place in the warden's stages.
 */
#include "daemon/warden/apart.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 10000   /* for an answer */
#define UNASKED_MS 60000 /* then it goes by itself */
#define ONLY_FD 3

static void __attribute__((noreturn))
work_apart(apart_work *work, void *arg, int fd)
{
	/* Signals stay blocked: the handlers are the parent's. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    (fd != ONLY_FD && dup2(fd, ONLY_FD) == -1) ||
	    close_range(ONLY_FD + 1, ~0u, 0) == -1)
		_exit(126);
	work(arg, ONLY_FD);
	_exit(0);
}

int
apart_start(struct apart *a, apart_work *work, void *arg, struct err *e)
{
	sigset_t all, old;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return err_set(e, "socketpair: %s", strerror(errno));
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	a->pid = fork();
	if (a->pid == 0) {
		/* Else the end of the parent would not be seen. */
		close(pair[0]);
		work_apart(work, arg, pair[1]);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(pair[1]);
	a->fd = pair[0];
	if (a->pid != -1)
		return 0;
	err_set(e, "fork: %s", strerror(errno));
	close(a->fd);
	a->pid = 0;
	return -1;
}

void
apart_gone(struct apart *a)
{
	close(a->fd);
	a->pid = 0;
}

static void
wait_for(struct apart *a)
{
	while (waitpid(a->pid, NULL, 0) == -1 && errno == EINTR)
		;
	apart_gone(a);
}

void
apart_end(struct apart *a)
{
	if (a->pid == 0)
		return;
	kill(a->pid, SIGKILL);
	wait_for(a);
}

static int
wait_readable(int fd, int limit_ms)
{
	struct pollfd p = { fd, POLLIN, 0 };
	int n;

	do
		n = poll(&p, 1, limit_ms);
	while (n == -1 && errno == EINTR);
	return n == 1 ? 0 : -1;
}

static int
take_whole(int fd, void *p, size_t size, int limit_ms)
{
	ssize_t n;

	if (wait_readable(fd, limit_ms) == -1)
		return -1;
	n = recv(fd, p, size, MSG_TRUNC);
	return n == (ssize_t)size ? 0 : -1;
}

int
apart_ask(struct apart *a, const void *question, size_t nquestion, void *answer,
    size_t nanswer, struct err *e)
{
	if (send(a->fd, question, nquestion, MSG_NOSIGNAL) !=
		(ssize_t)nquestion ||
	    take_whole(a->fd, answer, nanswer, LIMIT_MS) == -1) {
		apart_end(a);
		return err_set(
		    e, "the process beside the warden did not answer");
	}
	wait_for(a);
	return 0;
}

int
apart_take(int fd, void *question, size_t size)
{
	return take_whole(fd, question, size, UNASKED_MS);
}

void
apart_give(int fd, const void *answer, size_t size)
{
	/* If nobody wants it any more, nothing is to be done about that. */
	(void)send(fd, answer, size, MSG_NOSIGNAL);
}
