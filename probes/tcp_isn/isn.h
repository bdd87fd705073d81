/*
 * isn: what the files of tcp.isn share.
 */
#ifndef ASSAY_PROBES_TCP_ISN_ISN_H
#define ASSAY_PROBES_TCP_ISN_ISN_H

#include "probes/probe.h"

/* Samples of each half without which nothing passes. */
#define ISN_HALF_MIN 2000

enum half {
	ONE_TUPLE, /* the same addresses and ports each time */
	VARIED,
	HALVES
};

/* Those that the scenario names, else those declared. */
void tcp_isn_candidates(struct assay_job *job, const struct assay_target *t,
    struct assay_ports *ports);
/* 0: none is open. */
uint16_t tcp_isn_choose_port(const struct assay_ports *open);
void tcp_isn_judge(struct assay_job *job);

#endif
