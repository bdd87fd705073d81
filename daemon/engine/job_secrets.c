/*
 * job_secrets: the secrets of sessions by which a verdict's frames can be read.
 */
#include "daemon/engine/job_secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

#define FIELD "tls.keys"

/* Of one connection: both ports are known. */
static bool
is_same_session(const struct wire_frames *a, const struct wire_frames *b)
{
	return a->proto == b->proto && a->family == b->family &&
	    memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 &&
	    a->local_first == b->local_first &&
	    a->remote_first == b->remote_first && a->local_first != 0 &&
	    a->remote_first != 0 && a->local_first == a->local_last &&
	    a->remote_first == a->remote_last;
}

static bool
shares_session(
    const struct said_observation *a, const struct said_observation *b)
{
	unsigned i, k;

	for (i = 0; i < a->nframes; i++)
		for (k = 0; k < b->nframes; k++)
			if (is_same_session(&a->frames[i], &b->frames[k]))
				return true;
	return false;
}

static bool
is_cited(const struct job *job, const struct said_verdict *v,
    const struct said_observation *keys)
{
	const struct said_observation *o;
	size_t i;

	for (i = 0; i < v->nobservations; i++) {
		o = job_observation(job, v->observations[i]);
		if (o != NULL && shares_session(o, keys))
			return true;
	}
	return false;
}

/* Lines of words, numbers and blanks are what there is of it. */
static bool
is_key_log(const char *text)
{
	return strspn(text,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789_ ;") == strlen(text);
}

static void
add(FILE *out, size_t *left, const char *text)
{
	const size_t n = strlen(text);
	size_t i;

	if (n + 1 > *left || !is_key_log(text))
		return;
	*left -= n + 1;
	for (i = 0; i < n; i++)
		fputc(text[i] == ';' ? '\n' : text[i], out);
	if (n > 0 && text[n - 1] != ';')
		fputc('\n', out);
}

char *
job_secrets(const struct job *job, const struct said_verdict *v, size_t room)
{
	const struct said_observation *o;
	size_t i, size;
	const char *text;
	char *all = NULL;
	FILE *out = open_memstream(&all, &size);

	if (out == NULL)
		fatal("secrets: out of memory");
	for (i = 0; i < job->nobservations; i++) {
		o = &job->observations[i];
		if (strcmp(o->field, FIELD) != 0 || !is_cited(job, v, o))
			continue;
		text = json_string_value(json_object_get(o->json, "value"));
		if (text != NULL)
			add(out, &room, text);
	}
	if (fclose(out) != 0)
		fatal("secrets: out of memory");
	return all;
}
