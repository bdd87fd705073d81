/*
 * profile_import: a profile made from what other tools were told of a device.
 *
 * Taken are testrun's device_config.json and a MUD file (RFC 8520).  Whatever
 * cannot be carried over is named, never dropped in silence: a flow left out
 * would fail the device that makes it.  What is made is read by our own loader
 * before anybody gets it.
 */
#ifndef ASSAY_PROFILE_IMPORT_H
#define ASSAY_PROFILE_IMPORT_H

#include <stddef.h>

#include "base/err.h"

#define PROFILE_IMPORT_NOTES_MAX 500

struct profile_import {
	const char *kind; /* "testrun", "mud" */
	char *yaml;
	char **notes; /* what was not carried over and why; untrusted text */
	size_t nnotes;
};

/* text: JSON, not terminated; file: for errors.  -1 with *e set. */
int profile_import(const char *text, size_t size, const char *file,
    struct profile_import *out, struct err *e);
void profile_import_clear(struct profile_import *i);

#endif
