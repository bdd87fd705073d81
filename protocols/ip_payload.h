/*
 * ip_payload: the first message of an IP protocol, for one that looks at what
 * it is sent before it answers.  Pure.
 */
#ifndef ASSAY_IP_PAYLOAD_H
#define ASSAY_IP_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#define IP_PAYLOAD_MAX 64
#define IP_PAYLOAD_UDPLITE 136 /* its checksum, at 6, is left zero */

/* mark: 8 bytes that tell the asking; they stand in the message where it has
 * room for them.  out holds IP_PAYLOAD_MAX bytes.  Returns the size. */
size_t ip_payload_put(
    uint8_t family, uint8_t proto, const uint8_t mark[8], uint8_t *out);

#endif
