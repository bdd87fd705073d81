/*
 * capture_forward: which frames the watch gets to see.
 *
 * Those that tell who is there and alive: ARP, neighbour and router discovery
 * (ICMPv6 133 to 137), DHCP, DHCPv6, echo replies.  And the frame that must not
 * come in (daemon/shared/canary.h).
 */
#ifndef ASSAY_CAPTURE_FORWARD_H
#define ASSAY_CAPTURE_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msg.h"
#include "captures/frame.h"

#define CAPTURE_FORWARD_BYTES 1500 /* of a frame; the rest is cut */
#define CAPTURE_FORWARD_QUEUE 256  /* messages waiting; more are dropped */

bool capture_forward_wants(const struct frame *f);
bool capture_forward_is_canary(const struct frame *f);
/* WATCH_FRAME. */
void capture_forward_put(
    struct msg_out *m, uint64_t position, const struct frame *f);

#endif
