/*
 * worker_wire: values, subjects and observations in messages
 * (daemon/shared/wire.h, ENGINE_OBSERVATION), written and read back.
 */
#ifndef ASSAY_WORKER_WIRE_H
#define ASSAY_WORKER_WIRE_H

#include <stdint.h>

#include "base/msg.h"
#include "daemon/worker/worker_facts.h"
#include "probes/probe.h"

void worker_wire_put_value(struct msg_out *m, const struct assay_value *v);
/* target NULL: the DUT. */
void worker_wire_put_subject(
    struct msg_out *m, const struct assay_target *target, uint16_t port);
void worker_wire_put_observation(
    struct msg_out *m, uint32_t id, const struct assay_observation *o);

/* Room for what a recorded observation points to. */
struct worker_recorded {
	uint32_t id;
	struct assay_observation observation; /* without frames */
	char field[64];
	char *text; /* caller frees */
	struct assay_ports ports;
};
/* -1 when malformed; text may be there all the same. An address that is not
 * in facts makes the subject the DUT: it may have another address by now. */
int worker_wire_get_observation(struct msg_in *m, struct worker_recorded *r,
    const struct worker_facts *facts);

#endif
