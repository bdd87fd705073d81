/*
 * frame: one captured frame, as every source gives it and every reader sees
 * it.
 *
 * A view: `data` belongs to whoever hands the frame on, and is gone after the
 * call.
 */
#ifndef ASSAY_FRAME_H
#define ASSAY_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define LINKTYPE_ETHERNET_NUMBER 1 /* tcpdump.org/linktypes.html */

/* The numbers are those of epb_flags, bits 0 and 1 (pcapng 4.3.1). */
enum frame_direction {
	FRAME_UNKNOWN = 0,
	FRAME_IN = 1,  /* received by the bench */
	FRAME_OUT = 2, /* sent by the bench */
};

struct frame {
	const uint8_t *data; /* from the link header on */
	size_t size;         /* bytes captured */
	size_t wire_size;    /* bytes on the wire */
	uint64_t stamp_ns;   /* since 1970 */
	uint16_t link_type;
	enum frame_direction direction;
};

#endif
