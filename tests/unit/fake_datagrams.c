/*
 * fake_datagrams: a probe's UDP conversations without a socket.
 */
#include "tests/unit/fake_datagrams.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/unit/fake_job_internal.h"

#define OPEN_MAX 64
#define ANSWERS_MAX 256
#define DELAY_NS UINT64_C(1000000)

struct assay_datagrams {
	struct assay_job *job;
	struct assay_datagrams_spec spec;
	uint16_t local_port;
};

struct answer { /* on its way; a job may end before it arrives */
	uint16_t peer_port;
	bool is_used, refuses;
	size_t n;
	uint8_t bytes[ASSAY_DATAGRAM_MAX];
};

static struct assay_datagrams *opened[OPEN_MAX];
static struct answer answers[ANSWERS_MAX];
static fake_datagrams_hear *hear;

void
fake_datagrams_on_send(fake_datagrams_hear *on_send)
{
	hear = on_send;
	memset(answers, 0, sizeof(answers));
}

size_t
fake_datagrams_count(void)
{
	size_t i, n = 0;

	for (i = 0; i < OPEN_MAX; i++)
		n += opened[i] != NULL;
	return n;
}

struct assay_datagrams *
assay_datagrams_open(
    struct assay_job *job, const struct assay_datagrams_spec *spec)
{
	struct assay_datagrams *d = xcalloc(1, sizeof(*d));
	size_t i;

	if (job->judging || (job->probe->needs & ASSAY_NEED_UDP) == 0 ||
	    spec->on_heard == NULL || spec->on_refused == NULL)
		fake_job_misuse("assay_datagrams_open", NULL);
	for (i = 0; i < OPEN_MAX && opened[i] != NULL; i++)
		;
	if (i == OPEN_MAX)
		fake_job_misuse("too many datagrams", NULL);
	d->job = job;
	d->spec = *spec;
	d->local_port = job->next_local_port++;
	opened[i] = d;
	return d;
}

int
assay_datagrams_send(struct assay_datagrams *d, const void *bytes, size_t n)
{
	uint8_t *copy = xcalloc(1, n + 1); /* a sanitizer sees its end */

	memcpy(copy, bytes, n);
	if (hear != NULL)
		hear(d->spec.port, d->local_port, copy, n);
	free(copy);
	return 0;
}

uint16_t
assay_datagrams_port(const struct assay_datagrams *d)
{
	return d->local_port;
}

void
assay_datagrams_close(struct assay_datagrams *d)
{
	size_t i;

	for (i = 0; d != NULL && i < OPEN_MAX; i++)
		if (opened[i] == d)
			opened[i] = NULL;
	free(d);
}

static void
on_answer(struct assay_job *job, void *arg)
{
	struct answer *a = arg;
	size_t i;

	for (i = 0; i < OPEN_MAX; i++) {
		if (opened[i] == NULL || opened[i]->local_port != a->peer_port)
			continue;
		if (a->refuses)
			opened[i]->spec.on_refused(job, opened[i]->spec.arg);
		else
			opened[i]->spec.on_heard(
			    job, opened[i]->spec.arg, a->bytes, a->n);
		break;
	}
	a->is_used = false;
}

static void
answer(struct assay_job *job, uint16_t peer_port, bool refuses,
    const void *bytes, size_t n)
{
	struct answer *a = answers;

	while (a < answers + ANSWERS_MAX && a->is_used)
		a++;
	if (a == answers + ANSWERS_MAX)
		fake_job_misuse("too many answers", NULL);
	a->is_used = true;
	a->peer_port = peer_port;
	a->refuses = refuses;
	a->n = n < sizeof(a->bytes) ? n : sizeof(a->bytes);
	if (a->n > 0)
		memcpy(a->bytes, bytes, a->n);
	fake_job_at(job, DELAY_NS, on_answer, a);
}

void
fake_datagrams_answer(
    struct assay_job *job, uint16_t peer_port, const void *bytes, size_t n)
{
	answer(job, peer_port, false, bytes, n);
}

void
fake_datagrams_refuse(struct assay_job *job, uint16_t peer_port)
{
	answer(job, peer_port, true, NULL, 0);
}
