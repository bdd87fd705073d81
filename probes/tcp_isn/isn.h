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

/* A number and our port that it was given for. */
struct isn_given {
	uint16_t port;
	uint32_t number;
};

/* What an earlier job left for the next (assay_checkpoint()): "AIS1", then for
 * each family u8 family, u16 n, n times (u16 port, u32 number), and a 32-bit
 * FNV-1a of all before, big endian.  Bytes that are not exactly this are of
 * nobody. */
#define ISN_LEFT_MAX 1500 /* of one family */
struct isn_left {
	uint8_t bytes[ASSAY_CHECKPOINT_MAX];
	size_t size;
};
void isn_leave(struct isn_left *l, uint8_t family,
    const struct isn_given *given, size_t n);
/* Of one family, at most ISN_LEFT_MAX; 0: none. */
size_t isn_read_left(
    const uint8_t *bytes, size_t size, uint8_t family, struct isn_given *out);
/* Pairs of equal numbers, but those for the same port: where F of RFC 6528 is
 * the same its clock comes round. */
uint64_t isn_count_again(
    const struct isn_given *a, size_t na, const struct isn_given *b, size_t nb);

/* Those that the scenario names, else those declared. */
void tcp_isn_candidates(struct assay_job *job, const struct assay_target *t,
    struct assay_ports *ports);
/* 0: none is open. */
uint16_t tcp_isn_choose_port(const struct assay_ports *open);
void tcp_isn_judge(struct assay_job *job);

#endif
