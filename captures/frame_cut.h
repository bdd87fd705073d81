/*
 * frame_cut: how much of a frame is kept where no payload may be.
 *
 * Kept is what says who spoke to whom, when and how: link, IP (with extension
 * headers) and transport header, and whole what the network itself is run by
 * and passive probes read: ARP, neighbour discovery, DHCP, DHCPv6, DNS over
 * UDP.  What is behind the IP packet (padding) never is.
 */
#ifndef ASSAY_FRAME_CUT_H
#define ASSAY_FRAME_CUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/hex.h"

#define FRAME_CUT_NOTE_SIZE 112

/* Bytes to keep of an Ethernet frame, from its link header on: at most size. */
size_t frame_cut_size(const uint8_t *frame, size_t size);

/* What is said beside a frame that was cut: "whole: 1514 bytes, sha256 01…",
 * of the size bytes there were.  Returns out. */
const char *frame_cut_note(char out[FRAME_CUT_NOTE_SIZE], size_t size,
    const uint8_t sha256[SHA256_SIZE]);

#endif
