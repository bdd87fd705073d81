/*
 * profile_import_parts: what the imports share, for their own files alone.
 */
#ifndef ASSAY_PROFILE_IMPORT_PARTS_H
#define ASSAY_PROFILE_IMPORT_PARTS_H

#include <jansson.h>

#include "scenarios/profile_import.h"
#include "scenarios/profile_write.h"

/* One more that is not carried over; more than the limit are counted in the
 * last. */
void profile_import_note(struct profile_import *i, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The text of a key, or "" when it is none. */
const char *profile_import_text(const json_t *o, const char *key);
/* "key: text" unless there is none. */
void profile_import_line(struct profile_import *i, struct profile_write *w,
    const char *key, const char *text, size_t max);

/* Each writes the whole profile. -1 with *e set. */
int profile_import_testrun(json_t *root, struct profile_import *i,
    struct profile_write *w, struct err *e);
int profile_import_mud(json_t *root, struct profile_import *i,
    struct profile_write *w, struct err *e);

#endif
