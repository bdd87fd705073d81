/*
 * engine_catalogue: by which edition of the catalogue the bench tests.
 *
 * Read once, when the engine starts: no verdict is made of it, but who reads
 * one later is told what its check meant that day.
 */
#ifndef ASSAY_ENGINE_CATALOGUE_H
#define ASSAY_ENGINE_CATALOGUE_H

#include <jansson.h>

struct engine;

/* From the configuration; what cannot be read is told in the log, and is not
 * known from there on. */
void engine_catalogue_load(struct engine *en);
/* {edition, sha256 (catalogue_digest()), overlaid}, or null; a new
 * reference. */
json_t *engine_catalogue(const struct engine *en);
/* Its digest, or null; a new reference. */
json_t *engine_catalogue_digest(const struct engine *en);

#endif
