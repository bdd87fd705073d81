/*
 * job_stderr: a worker's last words.
 */
#include "daemon/engine/job.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#define STDERR_TURNS_MAX 4096 /* reads of one pipe, at the end */

/* The last words are the end of it: older ones make room. */
static void
add_last_words(struct job *job, const char *buf, size_t n)
{
	size_t have = strlen(job->last_words), i;

	if (have + n >= sizeof(job->last_words)) {
		size_t keep = sizeof(job->last_words) / 2 - 1;

		if (have > keep) {
			memmove(job->last_words, job->last_words + have - keep,
			    keep);
			have = keep;
		}
	}
	for (i = 0; i < n; i++) /* a NUL would hide what comes after it */
		job->last_words[have + i] = buf[i] == '\0' ? '?' : buf[i];
	job->last_words[have + n] = '\0';
}

/* False: nothing more for now (or for ever). */
static bool
read_stderr(struct job *job)
{
	char buf[256];
	ssize_t n;

	n = read(job->stderr_fd, buf, sizeof(buf));
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			event_del(job->stderr_event);
		return false;
	}
	add_last_words(job, buf, (size_t)n);
	return true;
}

static void
on_stderr(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_stderr(arg);
}

void
job_on_stderr(struct job *job, int fd)
{
	evutil_make_socket_nonblocking(fd);
	job->stderr_fd = fd;
	job->stderr_event = event_new(
	    job->engine->base, fd, EV_READ | EV_PERSIST, on_stderr, job);
	event_add(job->stderr_event, NULL);
}

void
job_drain_stderr(struct job *job)
{
	unsigned turns = STDERR_TURNS_MAX;

	while (job->stderr_event != NULL && turns-- > 0 && read_stderr(job))
		continue;
}
