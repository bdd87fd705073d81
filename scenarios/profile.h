/*
 * profile: what the maker declares of a device (YAML, version 1).
 *
 *   version: 1
 *   product: {name: Door lock X, model: DLX-1, vendor: Example}
 *   mac: 02:00:00:00:00:10           # of the sample; a device may override it
 *   firmware: 1.4.2
 *   ports:                           # absent: nothing is declared
 *     - {transport: tcp, port: 443, service: https}
 *     - {transport: tcp, port: 1000-1010, service: rtp, optional: true,
 *        family: ipv4, states: [operating]}
 *   recovery: 30s                    # declared time to come back
 *   sources: {max: 16}               # addresses it may be spoken to from, of
 *                                    # the bench's pool; 0: none of them
 *   recording: headers               # full | headers: at rest, no payload
 *   technologies: [tcpip, mqtt]      # and not_applicable: profile_applies.h
 *   crypto: []                       # profile_crypto.h
 *   hazards: []           # of: prints sounds moves heats unlocks costs
 *   hours: "22:00-06:00"  # and budgets, consents: profile_limits.h
 *   flows: []             # and more tables: profile_tables.h
 *   actions:              # named; what does them and how to see it
 *     power.cycle:
 *       by: hook                     # hook | person
 *       hook: relay-cycle            # a name from assayd.yaml; by: hook
 *       prompt: press the button     # by: person
 *       impact: state                # state | active; by: person
 *       limit: 60s
 *       check: {kind: reboot}        # reboot | up | tcp (with port)
 *
 * The published schema is generated from the loader's own tables.
 */
#ifndef ASSAY_PROFILE_H
#define ASSAY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "scenarios/profile_applies.h"
#include "scenarios/profile_crypto.h"
#include "scenarios/profile_limits.h"
#include "scenarios/profile_tables.h"

enum state {
	STATE_FACTORY,
	STATE_ONBOARDING,
	STATE_OPERATING,
	STATE_UPDATING,
	STATE_OUTAGE,
	STATE_RESET,
	STATE_COUNT,
};
const char *state_name(enum state state);
int state_by_name(const char *name); /* -1 */

struct profile_port {
	uint8_t transport; /* 6, 17 */
	uint8_t family;    /* 4, 6, 0 both */
	uint16_t first, last;
	char *service; /* "" */
	bool optional;
	uint32_t states; /* bit per enum state */
};

enum action_by {
	ACTION_BY_HOOK,
	ACTION_BY_PERSON
};
enum action_check {
	ACTION_CHECK_UP,
	ACTION_CHECK_REBOOT,
	ACTION_CHECK_TCP
};

struct profile_action {
	char *name; /* "power.cycle" */
	enum action_by by;
	char *hook, *prompt; /* "" */
	uint32_t limit_ms;
	enum action_check check;
	uint16_t check_port; /* ACTION_CHECK_TCP */
	uint8_t is_lasting;  /* impact: state; a hook's is assayd.yaml's word */
	char **hazards;      /* that it brings with it */
	size_t nhazards;
};

struct profile {
	char *product_name, *model, *vendor, *firmware; /* "" */
	uint8_t mac[6];                                 /* all zero: not said */
	bool has_ports; /* the key is there, though perhaps empty */
	struct profile_port *ports;
	size_t nports;
	uint32_t recovery_ms;
	uint32_t sources_max;    /* of a segment's pool, for each family */
	uint8_t is_headers_only; /* recording: headers */
	char **hazards;
	size_t nhazards;
	bool has_technologies; /* the key is there */
	char **technologies;   /* those of the catalogue's checks */
	size_t ntechnologies;
	bool has_crypto; /* the key is there */
	struct profile_crypto *crypto;
	size_t ncrypto;
	struct profile_na *na;
	size_t nna;
	struct profile_action *actions;
	size_t nactions;
	struct profile_limits limits;
	struct profile_rows tables[PROFILE_TABLE_COUNT];
	char sha256[65]; /* of the text */
};

/* text need not be terminated; file is only for errors. NULL with *e set. */
struct profile *profile_parse(
    const char *text, size_t size, const char *file, struct err *e);
void profile_free(struct profile *p);
/* NULL when there is no such action. */
const struct profile_action *profile_action(
    const struct profile *p, const char *name);

#endif
