/*
 * worker_brief: what a worker is told (daemon/shared/wire.h, WORKER_*), written
 * into messages.
 *
 * The same words whether a job begins under the daemon or is judged again from
 * its records years later.
 */
#ifndef ASSAY_WORKER_BRIEF_H
#define ASSAY_WORKER_BRIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/msg.h"
#include "scenarios/profile.h"

struct brief_target {
	uint8_t family; /* 4, 6 */
	uint8_t addr[16], mac[6];
	uint8_t source[16], source_mac[6]; /* the bench's; zero: unknown */
	uint32_t ifindex;                  /* 0: none */
	const char *text;                  /* of addr */
};

/* enum assay_scope of an address. */
uint8_t worker_brief_scope(uint8_t family, const uint8_t *addr);

void worker_brief_param(struct msg_out *m, const char *name, const char *value);
void worker_brief_target(struct msg_out *m, const struct brief_target *t);
void worker_brief_go(struct msg_out *m, uint64_t job, const char *state);

/* What the profile lists for this state: ports, then the tables' rows.
 * Message by message: first 0, then the last *next, until false (nothing is
 * written then). */
bool worker_brief_declared(struct msg_out *m, const struct profile *profile,
    enum state state, size_t *next);

/* WORKER_RECORDED, from the observation as it stands in an observed record.
 * type: of the field, as the probe's descriptor has it now.  -1 with *e: the
 * observation is not of that type. */
int worker_brief_recorded(struct msg_out *m, const json_t *observation,
    const char *type, struct err *e);
/* WORKER_RECORDED_CONTROL, from {phase, good, observation}. */
int worker_brief_recorded_control(
    struct msg_out *m, const json_t *control, struct err *e);

#endif
