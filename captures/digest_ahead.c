/*
 * digest_ahead: SHA-256 of a file's beginning, computed by a thread while who
 * writes the file does something else.
 */
#include "captures/digest_ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "captures/digest.h"

#define STEP_BYTES (256u << 10)
#define MOMENT_NS 1000000 /* the caller has frames to look after */

struct digest_ahead {
	struct digest *digest;
	int fd;
	uint64_t at, to; /* the thread's, until it is over */
	uint8_t *buffer;
	pthread_t thread;
	pthread_mutex_t lock; /* of what is below */
	pthread_cond_t changed;
	bool is_over, is_unwanted;
};

static bool
is_wanted(struct digest_ahead *a)
{
	bool wanted;

	pthread_mutex_lock(&a->lock);
	wanted = !a->is_unwanted;
	pthread_mutex_unlock(&a->lock);
	return wanted;
}

/* False: there is no more, or it cannot be read. */
static bool
add_some(struct digest_ahead *a)
{
	const uint64_t left = a->to - a->at;
	ssize_t n;

	if (left == 0)
		return false;
	n = pread(a->fd, a->buffer, left < STEP_BYTES ? left : STEP_BYTES,
	    (off_t)a->at);
	if (n == -1 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	digest_add(a->digest, a->buffer, (size_t)n);
	a->at += (uint64_t)n;
	return true;
}

static void *
add_all(void *arg)
{
	struct digest_ahead *a = arg;

	while (is_wanted(a) && add_some(a))
		;
	pthread_mutex_lock(&a->lock);
	a->is_over = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static void
destroy(struct digest_ahead *a)
{
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a->buffer);
	free(a);
}

struct digest_ahead *
digest_ahead_new(struct digest *digest, int fd, uint64_t from, uint64_t to)
{
	struct digest_ahead *a = xcalloc(1, sizeof(*a));
	sigset_t all, old;
	int r;

	a->digest = digest;
	a->fd = fd;
	a->at = from;
	a->to = to;
	a->buffer = xcalloc(STEP_BYTES, 1);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	/* Signals are for the thread that has the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&a->thread, NULL, add_all, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r == 0)
		return a;
	destroy(a);
	return NULL;
}

bool
digest_ahead_is_over(struct digest_ahead *a, uint64_t *at)
{
	struct timespec limit;
	bool is_over;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_nsec += MOMENT_NS;
	if (limit.tv_nsec >= 1000000000) {
		limit.tv_nsec -= 1000000000;
		limit.tv_sec++;
	}
	pthread_mutex_lock(&a->lock);
	if (!a->is_over)
		(void)pthread_cond_timedwait(&a->changed, &a->lock, &limit);
	is_over = a->is_over;
	pthread_mutex_unlock(&a->lock);
	if (is_over)
		*at = a->at;
	return is_over;
}

void
digest_ahead_free(struct digest_ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->is_unwanted = true;
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	destroy(a);
}
