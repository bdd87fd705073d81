/*
 * dtls_ports: the UDP ports where the device may speak DTLS, one after the
 * other, and what is said of them.
 *
 * What probes of DTLS share: which ports are asked, how an observation of one
 * names its frames, and verdicts of an address that name ports.
 */
#ifndef ASSAY_CONTRACT_DTLS_PORTS_H
#define ASSAY_CONTRACT_DTLS_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/datagrams.h"
#include "probes/contract/judge.h"

#pragma GCC visibility push(default)

/* Rows of params: more ports, and a key that the device knows. */
#define ASSAY_DTLS_PORTS(help) \
	{ \
		"ports", ASSAY_PARAM_PORTS, "", 0, 0, NULL, (help) \
	}
#define ASSAY_DTLS_IDENTITY \
	{ \
		"identity", ASSAY_PARAM_STRING, "", 0, 0, NULL, \
		    "The identity of a pre-shared key that the device knows." \
	}
#define ASSAY_DTLS_KEY \
	{ \
		"key", ASSAY_PARAM_STRING, "", 0, 0, NULL, \
		    "That key, as text; it goes into the record, so take one " \
		    "that is for tests." \
	}

enum assay_dtls_where {
	ASSAY_DTLS_COAP = 1, /* declared for CoAP over it */
	/* All that are declared for DTLS, those where it is at home, and what
	 * else is declared, as far as it is few. */
	ASSAY_DTLS_ANYWHERE
};
struct assay_dtls_ports { /* zeroed: before the first one */
	const struct assay_target *target;
	uint16_t port;
	/* the rest is not the probe's */
	size_t next_target;
	uint32_t next_port;
	struct assay_ports ports; /* of this target */
};
/* The next port of the next address that "addresses" chooses, those of the
 * parameter "ports" with it.  False: that was the last. */
bool assay_dtls_ports_next(
    struct assay_job *, struct assay_dtls_ports *, enum assay_dtls_where);
/* The profile says that DTLS must be spoken there. [judge] */
bool assay_dtls_is_declared(
    struct assay_job *, const struct assay_target *, uint16_t port);

/* Of the port that is asked; socket: whose frames show it, NULL: any. */
uint32_t assay_dtls_observe(struct assay_job *, const struct assay_dtls_ports *,
    const struct assay_datagrams *socket, const char *field,
    struct assay_value);
/* The same as "control", which is one. */
void assay_dtls_control(struct assay_job *, const struct assay_dtls_ports *,
    const struct assay_datagrams *socket, enum assay_phase, bool good);

#define ASSAY_DTLS_IDS_MAX 100

struct assay_dtls_said { /* "5684 taken 0xfeff, …", as far as it fits */
	char text[800];
	struct assay_ports ports;
	uint32_t ids[ASSAY_DTLS_IDS_MAX];
	size_t nids;
};
/* text: behind the port of the observation; id: the one to cite. */
void assay_dtls_said_add(struct assay_dtls_said *,
    const struct assay_observation *, const char *text, uint32_t id);
void assay_dtls_said_cite(struct assay_dtls_said *, uint32_t id);
/* It has each port of another one. */
bool assay_dtls_said_covers(
    const struct assay_dtls_said *, const struct assay_dtls_said *all);

/* What every reason of these verdicts can show. */
#define ASSAY_DTLS_VALUES "said ports"

struct assay_dtls_finding {
	enum assay_verdict_value value;
	const char *reason; /* NULL: nothing is found yet */
	const struct assay_dtls_said *said;
};
/* A verdict (behaviour) that cites what was said, and the controls, unless
 * NULL; target NULL: of the device. [judge] */
void assay_dtls_verdict(struct assay_job *, const struct assay_target *,
    const char *check, struct assay_dtls_finding,
    const struct assay_dtls_said *controls);

#pragma GCC visibility pop

#endif
