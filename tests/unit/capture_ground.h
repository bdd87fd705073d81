/*
 * capture_ground: what the tests of captures stand on: a directory of their
 * own, frames between a bench and a DUT, other programs' opinion.
 */
#ifndef ASSAY_CAPTURE_GROUND_H
#define ASSAY_CAPTURE_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/frame.h"

extern const uint8_t ground_dut_mac[6], ground_bench_mac[6],
    ground_other_mac[6], ground_dut_ip[4], ground_bench_ip[4];

struct ground {
	char path[64];
	int dir;
};
/* Makes a directory under /tmp; ground_end removes it with all in it. */
void ground_begin(struct ground *g);
void ground_end(struct ground *g);
/* In a mount namespace of this process: the same on a tmpfs of that size.
 * False: not allowed here. */
bool ground_begin_small(struct ground *g, size_t bytes);

/* A SYN from the bench to the DUT's port, or the DUT's RST back; the frame
 * lies in out (128 bytes). */
struct frame ground_syn(
    uint8_t *out, uint16_t local, uint16_t remote, uint64_t stamp_ns);
struct frame ground_rst(
    uint8_t *out, uint16_t local, uint16_t remote, uint64_t stamp_ns);

/* Runs argv (found in PATH) with stdout and stderr in out. Returns the exit
 * status, 127 when there is no such program. */
int ground_run(const char *const *argv, char *out, size_t size);
/* Lines in s. */
size_t ground_count_lines(const char *s);

#endif
