/*
 * worker_init: the first process of the worker's pid namespace.
 */
#include "daemon/worker/worker_init.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_exit.h"

static void
die_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal("death signal: %s", strerror(errno));
}

static _Noreturn void
wait_for(pid_t worker)
{
	int status;
	pid_t pid;

	/* Else the engine would not see the end of the worker's socket. */
	if (syscall(SYS_close_range, (unsigned)WIRE_FD, ~0U, 0) == -1)
		fatal("close_range: %s", strerror(errno));
	for (;;) {
		pid = wait(&status);
		if (pid == -1 && errno == EINTR)
			continue;
		if (pid == -1)
			fatal("wait: %s", strerror(errno));
		if (pid == worker)
			break;
	}
	if (WIFSIGNALED(status))
		_exit(WORKER_EXIT_SIGNAL + WTERMSIG(status));
	/* Numbers over 127 are taken; none may turn into 0. */
	status = WEXITSTATUS(status);
	_exit(status < WORKER_EXIT_SIGNAL ? status : WORKER_EXIT_SIGNAL - 1);
}

void
worker_init(void)
{
	pid_t worker, self = getpid();

	die_with_parent();
	worker = fork();
	if (worker == -1)
		fatal("fork: %s", strerror(errno));
	if (worker != 0)
		wait_for(worker);
	die_with_parent();
	if (getppid() != self) /* it was gone before the signal was set */
		_exit(WORKER_EXIT_ENGINE_GONE);
}
