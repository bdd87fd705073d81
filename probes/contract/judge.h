/*
 * judge: observations, parameters and the profile in, verdicts out; nothing
 * else.
 */
#ifndef ASSAY_CONTRACT_JUDGE_H
#define ASSAY_CONTRACT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/observations.h"

#pragma GCC visibility push(default)

/* A measured value is value plus or minus bound.  Within: the limit lies in
 * that margin (its ends included), so that nothing is decided: inconclusive. */
enum assay_compared {
	ASSAY_BELOW = 1,
	ASSAY_WITHIN,
	ASSAY_ABOVE
};
enum assay_compared assay_compare(
    uint64_t value, uint64_t bound, uint64_t limit); /* [judge] */

size_t assay_observation_count(struct assay_job *); /* [judge] */
/* frames and nframes are not kept here: zero. [judge] */
const struct assay_observation *assay_observation_at(
    struct assay_job *, size_t index); /* the id is index + 1 */
/* It is of this target's address. [judge] */
bool assay_is_about(
    const struct assay_observation *, const struct assay_target *);
/* Calls see for each observation of this target, in their order. [judge] */
void assay_see_all(struct assay_job *, const struct assay_target *,
    void (*see)(void *seen, const struct assay_observation *, uint32_t id),
    void *seen);
/* When field is one of the counters', *to is the observation's u64.  field: the
 * observation's, or what of it is behind a prefix. [judge] */
struct assay_counter {
	const char *field;
	uint64_t *to;
};
void assay_see_count(const struct assay_observation *, const char *field,
    const struct assay_counter *, size_t n);
/* The last control of this phase was good; false also when there was none. */
bool assay_control_is_good(struct assay_job *, enum assay_phase); /* [judge] */

enum assay_verdict_value {
	ASSAY_INFO = 2, /* in the order none na info pass inconc fail error */
	ASSAY_PASS,
	ASSAY_INCONC,
	ASSAY_FAIL,
};

struct assay_named_value {
	const char *name;
	struct assay_value value;
};

struct assay_verdict {
	const char *check; /* one of the descriptor's claims */
	enum assay_kind kind;
	enum assay_verdict_value value;
	const struct assay_target *target; /* subject; NULL: the DUT */
	uint16_t port;
	const char *reason; /* one of the descriptor's codes */
	const struct assay_named_value *values; /* as the reason declares */
	size_t nvalues;
	const uint32_t *observations; /* ids: the evidence */
	size_t nobservations;
};
void assay_say(struct assay_job *, const struct assay_verdict *); /* [judge] */
/* The device has no address of this family: it was not tested, which is not to
 * say that there is nothing.  Inconclusive; the reason's value: family. */
void assay_say_no_address(struct assay_job *, uint8_t family, const char *check,
    enum assay_kind, const char *reason); /* [judge] */

#pragma GCC visibility pop

#endif
