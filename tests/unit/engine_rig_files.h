/*
 * engine_rig_files: raw capture files that the rig's capture has, and what the
 * engine did with them.
 */
#ifndef ASSAY_ENGINE_RIG_FILES_H
#define ASSAY_ENGINE_RIG_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct engine_rig;

struct erig_files {
	/* -- what the test says -- */
	const char *prune; /* of assayd.yaml; NULL: no limit */
	uint32_t count;    /* listed: finished, and decades old */
	bool is_stored;    /* the probe reads them, and not the link */
	/* -- what was seen -- */
	unsigned unlinked;
	uint8_t purpose; /* of the newest WARDEN_SIGN */
};

/* As erig_start(), with these limits, a key, and a descriptor or NULL. */
void erig_start_pruning(
    struct engine_rig *r, const char *prune, const char *descriptor);
/* Asks, and does not wait for the answer. */
void erig_ask(struct engine_rig *r, const char *method, json_t *params);

#endif
