/*
 * scenario: what to do with a device, step by step (YAML, version 1).
 *
 *   version: 1
 *   name: baseline
 *   title: Exposure at rest
 *   state: operating                 # life-cycle state; operating if absent
 *   mode: sealed                     # or cloud
 *   quiet: 10m                       # at rest before the first step
 *   steps:
 *     - probe: tcp.ports
 *       with: {addresses: all}  # checked when the probe is known
 *       repeat: 1               # 1 to 100
 *       timeout: 10m            # of one job; absent: the probe's
 *       resume: true            # go on from an earlier job's checkpoint
 *     - action: power.cycle
 *     - manual: read the serial number off the label
 *       limit: 10m              # for somebody to say that it is done
 *       impact: active          # else state: refused in mode cloud
 *     - wait: 30s               # nothing is done meanwhile
 *
 * Kind `background` is reserved: refused by name, as "not built yet".  Anything
 * else is an unknown key.
 */
#ifndef ASSAY_SCENARIO_H
#define ASSAY_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "scenarios/profile.h"

enum step_kind {
	STEP_PROBE,
	STEP_ACTION,
	STEP_MANUAL, /* a person does it, and says so; nothing checks it */
	STEP_WAIT
};

enum mode {          /* what may leave the segment meanwhile */
	MODE_SEALED, /* nothing */
	MODE_CLOUD,  /* the device alone reaches the hosts its profile names */
};
const char *mode_name(enum mode mode);

struct step_param {
	char *name, *value;
	unsigned line, column; /* of the value, for a later error */
};

struct step {
	enum step_kind kind;
	char *name;                 /* probe or action; else "" */
	char *prompt;               /* manual: what is asked of a person */
	uint32_t limit_ms, wait_ms; /* manual; wait */
	uint8_t is_lasting;         /* manual: impact: state */
	struct step_param *params;
	size_t nparams;
	uint32_t repeat;
	uint32_t timeout_ms; /* 0: the probe's */
	bool resume;         /* from an earlier job's checkpoint */
	unsigned line, column;
};

struct scenario {
	char *name, *title;
	enum state state;
	enum mode mode;
	bool has_quiet; /* the key is there, though perhaps 0s */
	uint32_t quiet_ms;
	struct step *steps;
	size_t nsteps;
	char sha256[65];
};

struct scenario *scenario_parse(
    const char *text, size_t size, const char *file, struct err *e);
void scenario_free(struct scenario *s);

/* "3s" "250ms" "2m" "1h" in ms or ns; -1 if it is not one. */
int duration_parse_ns(const char *text, uint64_t *ns);

#endif
