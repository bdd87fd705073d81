/*
 * canary: the frame that must not come in.
 *
 * Sent by every other interface of the machine as a run begins.  Where it comes
 * in on the segment all the same, the two are joined: by a switch, a bridge, a
 * cable in the wrong socket.  Ethernet with IEEE's second local experimental
 * type, which no host passes on or answers; to all, so that every switch does.
 */
#ifndef ASSAY_CANARY_H
#define ASSAY_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CANARY_TYPE 0x88b6 /* IEEE 802, clause 9.2.4 */
#define CANARY_NONCE 16    /* bytes that nobody can guess */
#define CANARY_NAME 16     /* of the interface it was sent by */
#define CANARY_FRAME 64

struct canary {
	const uint8_t *mac;   /* of its sender; within the frame */
	const uint8_t *nonce; /* within the frame */
	char by[CANARY_NAME]; /* what is no letter of a name: "?" */
};

/* to: NULL: everybody. */
void canary_write(uint8_t frame[CANARY_FRAME], const uint8_t *to,
    const uint8_t from[6], const uint8_t nonce[CANARY_NONCE], const char *by);
/* A frame of this kind, whoever sent it, also within one VLAN's tag. */
bool canary_read(const uint8_t *frame, size_t size, struct canary *out);

#endif
