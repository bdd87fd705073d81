/*
 * beside: questions beside responders (ASSAY_NEED_LINK).
 *
 * Questions to one address that a good device leaves unanswered, which shows
 * nothing by itself.  So the same sweep asks two things that are answered as a
 * rule: an echo (RFC 1122 section 3.2.2.6, RFC 4443 section 4.2) and a SYN to a
 * declared port; and one of these again after its end.  Reads the parameters
 * "max_pps" and "patience"; observes what ASSAY_BESIDE_FIELDS names.
 */
#ifndef ASSAY_CONTRACT_BESIDE_H
#define ASSAY_CONTRACT_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/sweep.h"

#pragma GCC visibility push(default)

struct assay_beside;

#define ASSAY_BESIDE_FIELDS \
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" }, \
	    { "sweep.checks", ASSAY_TYPE_U64, "", \
		    "askings of known responders" }, \
	    { "sweep.checks_lost", ASSAY_TYPE_U64, "", \
		    "of these, unanswered" }, \
	{ \
		"control", ASSAY_TYPE_BOOL, "", "a known responder answered" \
	}

struct assay_beside_spec {
	const struct assay_target *target;
	uint32_t count;   /* questions are 0 to count-1 */
	uint16_t serials; /* as of a sweep; at most 4,000 */
	bool from_all;    /* the echo comes from all sources in turn */
	struct assay_frames frames; /* that show the sweep */
	/* As of a sweep. */
	size_t (*build)(struct assay_job *, void *arg, uint32_t q,
	    uint16_t serial, uint8_t *frame);
	/* The sweep is over, and the probe observes what came of it. */
	void (*on_swept)(struct assay_job *, void *arg);
	/* So is the closing control: it may be freed. */
	void (*on_end)(struct assay_job *, void *arg);
	void *arg;
};
struct assay_beside *assay_beside_new(
    struct assay_job *, const struct assay_beside_spec *);
/* From on_frame; true: it was a responder's answer, and nothing else. */
bool assay_beside_frame(struct assay_beside *, const struct assay_frame *);
/* An answer to q; a serial beyond serials: that of its last asking. */
void assay_beside_answer(struct assay_beside *, uint32_t q, uint16_t serial);
enum assay_sweep_state assay_beside_state(
    const struct assay_beside *, uint32_t q);
bool assay_beside_heard_echo(const struct assay_beside *);
/* From on_health, cancel and fini; NULL is fine. */
void assay_beside_health(struct assay_beside *, enum assay_health);
void assay_beside_stop(struct assay_beside *);
void assay_beside_free(struct assay_beside *);

/* What a judge reads of one address. */
struct assay_beside_seen {
	const char *end;               /* of the sweep; NULL: none was */
	bool heard;                    /* a responder was */
	bool control;                  /* the closing one was good */
	uint32_t sweep_id, control_id; /* observations; 0: none */
};
void assay_beside_see(struct assay_beside_seen *,
    const struct assay_observation *, uint32_t id); /* [judge] */
/* Whether silence shows something; unsettled: questions. [judge] */
enum assay_doubt assay_beside_doubt(
    const struct assay_beside_seen *, uint64_t unsettled);

#pragma GCC visibility pop

#endif
