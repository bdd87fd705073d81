/*
 * profile_firmware: are two profiles the same but for the firmware's version?
 */
#ifndef ASSAY_PROFILE_FIRMWARE_H
#define ASSAY_PROFILE_FIRMWARE_H

#include <stdbool.h>

/* Two texts; only lines that begin with "firmware:" may differ.  A value that
 * goes on in the next line, or a profile in braces, differs: never the other
 * way round. */
bool profile_is_same_but_firmware(const char *a, const char *b);

#endif
