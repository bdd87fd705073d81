/*
 * targets: the device's addresses, the bench's, and what its maker declares.
 */
#ifndef ASSAY_CONTRACT_TARGETS_H
#define ASSAY_CONTRACT_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/values.h"

#pragma GCC visibility push(default)

enum assay_scope {
	ASSAY_IPV4,
	ASSAY_IPV6_LINK,
	ASSAY_IPV6_ULA,
	ASSAY_IPV6_GLOBAL
};

struct assay_target {
	uint8_t family; /* 4 or 6 */
	enum assay_scope scope;
	uint8_t addr[16];   /* family 4: the first four bytes */
	uint8_t mac[6];     /* of the DUT */
	uint8_t source[16]; /* the bench's address to speak from */
	uint8_t source_mac[6];
	uint32_t ifindex; /* for link-local sockets */
	const char *text; /* "10.77.0.10", "fe80::1" */
};
size_t assay_target_count(struct assay_job *); /* [judge] */
const struct assay_target *assay_target_at(
    struct assay_job *, size_t); /* [judge] */

/* A row of params: which families a scenario wants asked. */
#define ASSAY_ADDRESSES(help) \
	{ \
		"addresses", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6", \
		    (help) \
	}
/* What that parameter says of this family (4 or 6). [judge] */
bool assay_is_chosen(struct assay_job *, uint8_t family);
bool assay_has_family(struct assay_job *, uint8_t family); /* [judge] */
/* The next target of a chosen family from *index on, which is left behind it;
 * NULL: that was the last.  _family: only the first of each family. [judge] */
const struct assay_target *assay_target_next(struct assay_job *, size_t *index);
const struct assay_target *assay_target_next_family(
    struct assay_job *, size_t *index);

/* The bench's addresses that this job may speak from to a target, family by
 * family as assay_target.source: at least one, which is target->source; more
 * when the segment has a pool and the profile allows it
 * (ASSAY_NEED_SOURCES).  Nobody else speaks from the others meanwhile, and with
 * ASSAY_NEED_LINK the bench's kernel answers nothing for them but ARP and ND.
 */
size_t assay_source_count(struct assay_job *, const struct assay_target *);
const uint8_t *assay_source_at(
    struct assay_job *, const struct assay_target *, size_t index);

/* How many of them a sweep uses: one at first, twice as many after each round
 * in which no answer got lost, up to `most`; half as many after one that lost
 * answers, and no growth any more (small neighbour tables overflow).  Both
 * return `used`. */
struct assay_growth {
	size_t used, most;
	size_t peak; /* the most that were used */
	bool is_held;
};
size_t assay_growth_begin(struct assay_growth *, size_t most);
size_t assay_growth_round(struct assay_growth *, bool lost);

enum assay_transport {
	ASSAY_TCP = 6,
	ASSAY_UDP = 17
};

struct assay_declared_port {
	enum assay_transport transport;
	uint16_t first, last;
	uint8_t family;      /* 4, 6, or 0 for both */
	const char *service; /* "https", "" when not said */
	bool optional;       /* may be open; sufficiency does not ask for it */
};
/* The profile's ports for the run's life-cycle state. [judge] */
size_t assay_declared_port_count(struct assay_job *);
const struct assay_declared_port *assay_declared_port_at(
    struct assay_job *, size_t);
/* False: the profile says nothing about ports of this transport in this
 * state, so completeness cannot be judged. [judge] */
bool assay_ports_are_declared(struct assay_job *, enum assay_transport);
/* It is of this transport and of the target's family. [judge] */
bool assay_declared_port_is_for(const struct assay_declared_port *,
    enum assay_transport, const struct assay_target *);
/* All that are, without the optional ones when required. [judge] */
void assay_declared_ports(struct assay_job *, enum assay_transport,
    const struct assay_target *, bool required, struct assay_ports *out);
/* A TCP port that answers a SYN, open or closed: the first that is declared and
 * not optional, else 80. */
uint16_t assay_declared_tcp_port(
    struct assay_job *, const struct assay_target *);

/* What else the profile declares, as rows of named cells
 * (scenarios/profile_tables.h): "flows", "discloses", "protocols", "cloud"; and
 * "crypto" (scenarios/profile_crypto.h), whose versions, suites and names
 * are words between spaces.  Those of the run's life-cycle state. */
/* False: the profile says nothing of this table. [judge] */
bool assay_is_declared(struct assay_job *, const char *table);
size_t assay_declared_count(struct assay_job *, const char *table); /* [judge]
								     */
/* As the profile writes it; "" when it is not said. [judge] */
const char *assay_declared_at(
    struct assay_job *, const char *table, size_t row, const char *cell);

#pragma GCC visibility pop

#endif
