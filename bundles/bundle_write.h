/*
 * bundle_write: a bundle's files, written; as an archive the same bytes for the
 * same content, whoever writes it and when.
 */
#ifndef ASSAY_BUNDLE_WRITE_H
#define ASSAY_BUNDLE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "bundles/bundle.h"

/* A new file below dir (a descriptor), parents made. 0, or -1 with *e. */
int bundle_put(
    int dir, const char *name, const void *data, size_t size, struct err *e);
/* The same, added to what the file has already. */
int bundle_append(
    int dir, const char *name, const void *data, size_t size, struct err *e);
/* An object as one line, added to a .jsonl file. */
int bundle_append_line(
    int dir, const char *name, const json_t *o, struct err *e);
struct bundle_copying {
	bool redacted; /* digests for slices: no frame, no key */
	bool captures; /* raw ones, too */
};
/* bundle.json */
int bundle_put_label(int dir, const char *bench, uint64_t run,
    const struct bundle_copying *how, struct err *e);
/* What the bundle's records account for, into dir.  Redacting needs slices
 * that show what the record says: -1 with *e when one does not. */
int bundle_copy(struct bundle *from, int dir,
    const struct bundle_copying *options, struct err *e);

/* All files of dir as one at path, a ZIP file when that ends with .zip, else a
 * tar file; it must not exist, and appears whole or not at all. */
int bundle_write_archive(int dir, const char *path, struct err *e);

#endif
