/*
 * slice_file: a file that is there whole and durable, or not at all.
 *
 * Written under another name, made durable and read-only, then renamed.
 */
#ifndef ASSAY_SLICE_FILE_H
#define ASSAY_SLICE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"

struct slice_file;

/* name: "57.pcapng" or "12/57.pcapng", made of letters, digits, '-', '_' and
 * '.' (no component begins with one); the directory is made if needed.  dir is
 * borrowed. NULL with *e. */
struct slice_file *slice_file_new(int dir, const char *name, struct err *e);
/* 0, or -1 with *e. */
int slice_file_write(
    struct slice_file *f, const void *p, size_t n, struct err *e);
/* It is there under its name, durable; replaces one of that name. */
int slice_file_commit(struct slice_file *f, uint64_t *size,
    uint8_t sha256_of_file[SHA256_SIZE], struct err *e);
/* What was not committed is removed. NULL is fine. */
void slice_file_free(struct slice_file *f);

#endif
