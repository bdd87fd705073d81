/*
 * digest_beside: SHA-256 of many bytes, computed beside who writes them.
 */
#include "captures/digest_beside.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "captures/digest.h"

#define CHUNKS 4                   /* that may wait for the thread */
#define WORTH_A_THREAD (64u << 10) /* bytes added at once */

struct chunk {
	uint8_t *data;
	size_t size, room;
};

struct digest_beside {
	struct digest *digest; /* the thread's, while there is one */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of what is below */
	pthread_cond_t changed;
	bool is_over;
	struct chunk chunks[CHUNKS]; /* n of them, from `first` on */
	unsigned first, n;
};

static void *
digest_all(void *arg)
{
	struct digest_beside *d = arg;
	const struct chunk *c;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		while (d->n == 0 && !d->is_over)
			pthread_cond_wait(&d->changed, &d->lock);
		if (d->n == 0)
			break;
		c = &d->chunks[d->first];
		pthread_mutex_unlock(&d->lock);
		digest_add(d->digest, c->data, c->size);
		pthread_mutex_lock(&d->lock);
		d->first = (d->first + 1) % CHUNKS;
		d->n--;
		pthread_cond_signal(&d->changed);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Signals are for the thread that has the loop. */
static bool
start(struct digest_beside *d)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&d->thread, NULL, digest_all, d);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r == 0;
}

static void
stop(struct digest_beside *d)
{
	if (!d->has_thread)
		return;
	pthread_mutex_lock(&d->lock);
	d->is_over = true;
	pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	d->has_thread = false;
}

struct digest_beside *
digest_beside_new(void)
{
	struct digest_beside *d = xcalloc(1, sizeof(*d));

	d->digest = digest_new();
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->changed, NULL);
	return d;
}

void
digest_beside_free(struct digest_beside *d)
{
	size_t i;

	if (d == NULL)
		return;
	stop(d);
	for (i = 0; i < CHUNKS; i++)
		free(d->chunks[i].data);
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->lock);
	digest_free(d->digest);
	free(d);
}

/* A chunk that is not among the waiting ones is nobody else's. */
static void
hand_on(struct digest_beside *d, const void *p, size_t n)
{
	struct chunk *c;

	pthread_mutex_lock(&d->lock);
	while (d->n == CHUNKS)
		pthread_cond_wait(&d->changed, &d->lock);
	c = &d->chunks[(d->first + d->n) % CHUNKS];
	pthread_mutex_unlock(&d->lock);
	if (c->room < n) {
		c->data = xrealloc(c->data, n, 1);
		c->room = n;
	}
	memcpy(c->data, p, n);
	c->size = n;
	pthread_mutex_lock(&d->lock);
	d->n++;
	pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

void
digest_beside_add(struct digest_beside *d, const void *p, size_t n)
{
	if (!d->has_thread && n >= WORTH_A_THREAD)
		d->has_thread = start(d);
	if (d->has_thread)
		hand_on(d, p, n);
	else
		digest_add(d->digest, p, n);
}

void
digest_beside_end(struct digest_beside *d, uint8_t out[SHA256_SIZE])
{
	stop(d);
	digest_end(d->digest, out);
}
