/*
 * digest_many: SHA-256 of each of many small things.
 *
 * Who asks and a thread beside take a few at a time from the same list, so
 * that a thread that gets no core costs nothing but what it has begun.
 */
#include "captures/digest_many.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "captures/digest.h"

#define AT_ONCE 32
#define WORTH_A_THREAD 256 /* of a list */

struct digest_many {
	struct digest *own, *beside; /* the thread has its own */
	atomic_size_t next;          /* of the list, not taken yet */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of what is below */
	pthread_cond_t changed;
	struct digest_one *all; /* NULL: there is no list to begin with */
	size_t n;
	bool is_busy; /* the thread, with that list */
	bool is_over;
};

static void
take_some(struct digest_many *m, struct digest *digest, struct digest_one *all,
    size_t n)
{
	size_t from, i;

	for (;;) {
		from = atomic_fetch_add(&m->next, AT_ONCE);
		if (from >= n)
			return;
		for (i = from; i < n && i < from + AT_ONCE; i++)
			digest_of(
			    digest, all[i].data, all[i].size, all[i].sha256);
	}
}

static void *
help(void *arg)
{
	struct digest_many *m = arg;
	struct digest_one *all;
	size_t n;

	pthread_mutex_lock(&m->lock);
	for (;;) {
		while (m->all == NULL && !m->is_over)
			pthread_cond_wait(&m->changed, &m->lock);
		if (m->is_over)
			break;
		all = m->all;
		n = m->n;
		m->all = NULL; /* once is enough */
		m->is_busy = true;
		pthread_mutex_unlock(&m->lock);
		take_some(m, m->beside, all, n);
		pthread_mutex_lock(&m->lock);
		m->is_busy = false;
		pthread_cond_signal(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* Signals are for the thread that has the loop. */
static void
start(struct digest_many *m)
{
	sigset_t all, old;

	m->beside = digest_new();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	m->has_thread = pthread_create(&m->thread, NULL, help, m) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct digest_many *
digest_many_new(void)
{
	struct digest_many *m = xcalloc(1, sizeof(*m));

	m->own = digest_new();
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->changed, NULL);
	return m;
}

void
digest_many_free(struct digest_many *m)
{
	if (m == NULL)
		return;
	if (m->has_thread) {
		pthread_mutex_lock(&m->lock);
		m->is_over = true;
		pthread_cond_signal(&m->changed);
		pthread_mutex_unlock(&m->lock);
		pthread_join(m->thread, NULL);
	}
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
	digest_free(m->own);
	digest_free(m->beside);
	free(m);
}

/* The thread may begin. */
static void
offer(struct digest_many *m, struct digest_one *all, size_t n)
{
	if (m->beside == NULL)
		start(m);
	if (!m->has_thread)
		return;
	pthread_mutex_lock(&m->lock);
	m->all = all;
	m->n = n;
	pthread_cond_signal(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

/* It has ended what it began, and begins no more of it. */
static void
withdraw(struct digest_many *m)
{
	pthread_mutex_lock(&m->lock);
	m->all = NULL;
	while (m->is_busy)
		pthread_cond_wait(&m->changed, &m->lock);
	pthread_mutex_unlock(&m->lock);
}

void
digest_many_do(struct digest_many *m, struct digest_one *all, size_t n)
{
	atomic_store(&m->next, 0);
	if (n >= WORTH_A_THREAD)
		offer(m, all, n);
	take_some(m, m->own, all, n);
	withdraw(m);
}
