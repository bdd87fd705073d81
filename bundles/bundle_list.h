/*
 * bundle_list: which files lie in a bundle's directory.
 */
#ifndef ASSAY_BUNDLE_LIST_H
#define ASSAY_BUNDLE_LIST_H

#include <jansson.h>

#include "base/err.h"

/* Names of all plain files below dir (a descriptor, borrowed), sorted by their
 * bytes.  NULL with *e: something there is neither a plain file nor a
 * directory, or has a name that no bundle has in it. Caller decrefs. */
json_t *bundle_list(int dir, struct err *e);

#endif
