/*
 * own_netns: what tests with real interfaces need.
 */
#include "own_netns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 32

bool
own_netns_can(void)
{
	if (geteuid() == 0)
		return true;
	printf("skipped: needs root for network namespaces\n");
	return false;
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	abort();
}

void
own_netns_enter(void)
{
	if (unshare(CLONE_NEWNET) == -1)
		give_up("unshare");
	if (own_netns_run("ip link set lo up") != 0)
		give_up("ip link set lo up");
}

static int __attribute__((format(printf, 3, 0)))
run(char *out, size_t size, const char *format, va_list ap)
{
	char line[512], *words[WORDS_MAX + 1], *rest = line;
	int fds[2], status, n = 0;
	size_t used = 0;
	ssize_t r;
	pid_t pid;

	vsnprintf(line, sizeof(line), format, ap);
	while (rest != NULL && n < WORDS_MAX)
		words[n++] = strsep(&rest, " ");
	words[n] = NULL;
	if (pipe2(fds, O_CLOEXEC) == -1)
		give_up("pipe");
	pid = fork();
	if (pid == -1)
		give_up("fork");
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execvp(words[0], words);
		_exit(127);
	}
	close(fds[1]);
	while (used + 1 < size &&
	    (r = read(fds[0], out + used, size - used - 1)) > 0)
		used += (size_t)r;
	out[used] = '\0';
	close(fds[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int
own_netns_run(const char *format, ...)
{
	char out[4096];
	va_list ap;
	int r;

	va_start(ap, format);
	r = run(out, sizeof(out), format, ap);
	va_end(ap);
	return r;
}

int
own_netns_output(char *out, size_t size, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = run(out, size, format, ap);
	va_end(ap);
	return r;
}

pid_t
own_netns_other(void)
{
	int fds[2];
	pid_t pid;
	char c;

	if (pipe2(fds, O_CLOEXEC) == -1)
		give_up("pipe");
	pid = fork();
	if (pid == -1)
		give_up("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		own_netns_enter();
		if (write(fds[1], "", 1) != 1)
			_exit(1);
		close(fds[1]);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (read(fds[0], &c, 1) != 1)
		give_up("other namespace");
	close(fds[0]);
	return pid;
}

bool
own_netns_wait(bool (*is_so)(void *arg), void *arg)
{
	int i;

	for (i = 0; i < OWN_NETNS_LIMIT_MS / 10; i++) {
		if (is_so(arg))
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

char *
own_netns_directory(void)
{
	char path[] = "/tmp/assay-check-XXXXXX";

	if (mkdtemp(path) == NULL || chmod(path, 0755) == -1)
		give_up("directory");
	return strdup(path);
}

void
own_netns_remove(const char *directory)
{
	(void)own_netns_run("rm -rf %s", directory);
}
