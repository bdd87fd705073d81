/*
 * beside: the programs and probes that belong to this assayctl, as installed or
 * as built.
 */
#ifndef ASSAY_BESIDE_H
#define ASSAY_BESIDE_H

/* "assay-worker", "probes": PREFIX/lib/assay/NAME beside PREFIX/bin, or NAME in
 * the build's own folder.  NULL: not found. Caller frees. */
char *beside_find(const char *name);

#endif
