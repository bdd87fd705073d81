/*
 * device: one sample that the bench can test, with its declared profile.
 *
 * The registry in the store is the truth; this is the engine's copy of each
 * device's newest row.
 */
#ifndef ASSAY_DEVICE_H
#define ASSAY_DEVICE_H

#include <stdint.h>
#include <sys/queue.h>

#include <jansson.h>

#include "base/err.h"
#include "daemon/engine/engine.h"
#include "scenarios/profile.h"

struct device {
	TAILQ_ENTRY(device) entry;
	char name[64];
	uint32_t id; /* for the watch; stable while the engine lives */
	uint8_t mac[6];
	struct seg *seg;
	struct profile *profile;
	char *profile_text;
	uint64_t discovered_ns; /* monotonic; 0: not yet */
	uint32_t discovered_by; /* the segment's watch_epoch then */
	unsigned changing;      /* new rows of it on their way to the store */
	json_t *value; /* as registered: mac, segment, profile (sha256), order,
			  product, sample … */
};

/* [a-zA-Z0-9][a-zA-Z0-9._-]{0,62} */
bool device_name_is_good(const char *name);
struct device *device_find(struct engine *en, const char *name);
/* -1 with *e set: no device can be made of these.  segment, mac: NULL when not
 * said. */
int device_check(struct engine *en, const char *name, const char *segment,
    const char *mac, const struct profile *profile, struct err *e);
/* Makes or replaces.  value and text are copied.  NULL with *e set. */
struct device *device_set(struct engine *en, const char *name,
    const json_t *value, const char *profile_text, struct err *e);
void device_free_all(struct engine *en);
/* order product sample state firmware mode: what every record of a run on it
 * says. */
json_t *device_common(
    const struct device *d, const char *order, enum state state);

#endif
