/*
 * bad_neighbour: looks for other processes and files, in its constructor,
 * where a probe's code first runs, and in run.  It passes if it sees any; its
 * parameter says what it does to one then.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/probes/sample.h"

#define OTHERS_MAX 4000 /* numbers of processes that are tried */

static const struct assay_param params[] = {
	{ "what", ASSAY_PARAM_CHOICE, "look", 0, 0,
	    "look|proc|kill|tgkill|ptrace|read|write|pidfd|local|exec",
	    "What it does." },
	{ "lasts", ASSAY_PARAM_DURATION, "1ms", 1, 60000000000, NULL,
	    "How long it is at work." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

/* Files and folders that it could open when it was loaded. */
static int opened;

static void
look(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	opened++;
	close(fd);
}

__attribute__((constructor)) static void
look_around(void)
{
	char path[64];
	int i;

	look("/");
	look("/proc");
	look("/etc/passwd");
	look("/run");
	look("/sys");
	for (i = 1; i < OTHERS_MAX; i++) {
		snprintf(path, sizeof(path), "/proc/%d/status", i);
		look(path);
	}
}

static void
do_to_another(const char *what)
{
	static char byte;
	struct iovec iov = { &byte, 1 };

	if (strcmp(what, "proc") == 0)
		look("/proc/1/status");
	else if (strcmp(what, "kill") == 0)
		kill(1, 0);
	else if (strcmp(what, "tgkill") == 0)
		syscall(SYS_tgkill, 1, 1, 0);
	else if (strcmp(what, "ptrace") == 0)
		ptrace(PTRACE_ATTACH, 1, NULL, NULL);
	else if (strcmp(what, "read") == 0)
		process_vm_readv(1, &iov, 1, &iov, 1, 0);
	else if (strcmp(what, "write") == 0)
		process_vm_writev(1, &iov, 1, &iov, 1, 0);
	else if (strcmp(what, "pidfd") == 0)
		syscall(SYS_pidfd_open, 1, 0);
	else if (strcmp(what, "local") == 0)
		syscall(SYS_socket, 1, 1, 0);
	else if (strcmp(what, "exec") == 0)
		execl("/bin/true", "true", NULL);
}

static void
on_time(struct assay_job *job, void *arg)
{
	const uint32_t id = sample_observe(job, opened > 0);

	(void)arg;
	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_finish(job);
}

static void
run(struct assay_job *job)
{
	assay_note(job, "opened", ASSAY_U64((uint64_t)opened));
	do_to_another(assay_param_string(job, "what"));
	assay_timer_set(
	    assay_timer_new(job, on_time, NULL), assay_param_ns(job, "lasts"));
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.neighbour"),
	.params = params,
	.run = run,
	.judge = sample_judge,
};
