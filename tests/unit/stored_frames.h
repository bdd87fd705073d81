/*
 * stored_frames: captures that a test makes: whole IPv4 frames with payload
 * between a DUT and somebody, collected into a pcap or pcapng image.
 */
#ifndef ASSAY_TESTS_STORED_FRAMES_H
#define ASSAY_TESTS_STORED_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORED_FRAME_MAX 2048
#define STORED_BEGIN UINT64_C(1700000000000000000)

extern const uint8_t stored_dut_mac[6], stored_peer_mac[6];
extern const uint8_t stored_dut_ip[4], stored_peer_ip[4]; /* 10.77.0.10, .9 */

/* A TCP segment or a UDP datagram; returns the frame's size. */
struct stored_flow {
	bool from_dut;
	uint8_t proto; /* 6, 17 */
	uint16_t port_dut, port_peer;
};
size_t stored_frame(uint8_t *out, const struct stored_flow *flow,
    const void *payload, size_t size);

/* A pcap image (ns, little endian). */
struct stored {
	uint8_t *bytes;
	size_t size;
};
void stored_begin(struct stored *s, uint32_t link_type);
void stored_add(struct stored *s, const void *frame, size_t size,
    size_t wire_size, uint64_t stamp_ns);
void stored_add_flow(struct stored *s, const struct stored_flow *flow,
    const char *payload, size_t size, uint64_t stamp_ns);
void stored_write(const struct stored *s, const char *path);
void stored_end(struct stored *s);

#endif
