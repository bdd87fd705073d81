/*
 * bundle_fetch: a run from the daemon into a bundle's directory.
 */
#ifndef ASSAY_BUNDLE_FETCH_H
#define ASSAY_BUNDLE_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "client/client.h"

struct bundle_source { /* what a command has named, opened */
	struct bundle *bundle;
	char *directory; /* private, of a run's export; or NULL */
	size_t missing;  /* pieces that the daemon could not give */
};

/* word: a run's number, or a bundle: what has a slash in it or is there.
 * Signals wait until bundle_source_close(), so that nothing stays behind.  0
 * with *s, or the exit status after saying why not; CLIENT_FAILED: it is there,
 * but no bundle. */
int bundle_source_open(struct client *c, const char *word, bool captures,
    struct bundle_source *s, struct err *e);
void bundle_source_close(struct bundle_source *s);

/* All of a run into dir.  0, or the exit status after saying why not. */
int bundle_fetch(
    struct client *c, json_int_t run, int dir, bool captures, size_t *missing);

#endif
