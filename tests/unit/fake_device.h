/*
 * fake_device: what the simulated devices of the probes' tests do alike.
 */
#ifndef ASSAY_TESTS_FAKE_DEVICE_H
#define ASSAY_TESTS_FAKE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/probe.h"
#include "protocols/packet.h"

/* From who got the packet to who sent it; borrows from p. */
struct packet_ends fake_device_back(const struct packet *p);
/* Feeds the answer to a SYN: SYN-ACK when the port is open, else RST. */
void fake_device_answer_syn(struct assay_job *job, const struct packet *p,
    bool open, uint64_t delay_ns);
/* Feeds the reply to an echo, with its identifier, number and payload. */
void fake_device_answer_echo(
    struct assay_job *job, const struct packet *p, uint64_t delay_ns);

/* Numbers that are the same in each run of a test: 0 to 99, of a seed; and 32
 * bits that look like chance, of a state. */
unsigned fake_device_percent(uint32_t *seed);
uint32_t fake_device_number(uint64_t *state);

#endif
