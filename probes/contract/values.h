/*
 * values: frames, and typed values: what is observed and what a reason shows.
 */
#ifndef ASSAY_CONTRACT_VALUES_H
#define ASSAY_CONTRACT_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/descriptor.h"

#pragma GCC visibility push(default)

struct assay_frame {
	const uint8_t *data; /* from the link header on; gone after the call */
	size_t size;         /* bytes captured */
	size_t wire_size;    /* bytes on the wire */
	uint64_t stamp_ns;   /* since 1970, capture clock */
	uint16_t link_type;  /* LINKTYPE_ETHERNET (1) … */
	bool outgoing;       /* sent by the bench */
};

struct assay_ports { /* a set of 16-bit ports */
	uint64_t bits[1024];
};
void assay_ports_add(struct assay_ports *, uint16_t first, uint16_t last);
bool assay_ports_has(const struct assay_ports *, uint16_t);
size_t assay_ports_count(const struct assay_ports *);
/* a := a minus b; a := a and b; a := a or b. */
void assay_ports_subtract(struct assay_ports *a, const struct assay_ports *b);
void assay_ports_intersect(struct assay_ports *a, const struct assay_ports *b);
void assay_ports_unite(struct assay_ports *a, const struct assay_ports *b);
/* "22,80,1000-2000"; -1 on anything else ("" is the empty set). */
int assay_ports_parse(struct assay_ports *, const char *);
/* The inverse, at most size bytes with the NUL, "…" when cut.  Returns out. */
char *assay_ports_format(const struct assay_ports *, char *out, size_t size);

struct assay_value {
	enum assay_type type;
	union {
		bool boolean;
		uint64_t u64; /* also DURATION */
		int64_t i64;
		const char *string;
		const struct assay_ports *ports;
	};
};
#define ASSAY_U64(v) \
	((struct assay_value){ .type = ASSAY_TYPE_U64, .u64 = (v) })
#define ASSAY_NS(v) \
	((struct assay_value){ .type = ASSAY_TYPE_DURATION, .u64 = (v) })
#define ASSAY_BOOL(v) \
	((struct assay_value){ .type = ASSAY_TYPE_BOOL, .boolean = (v) })
#define ASSAY_STRING(v) \
	((struct assay_value){ .type = ASSAY_TYPE_STRING, .string = (v) })
#define ASSAY_PORTS(v) \
	((struct assay_value){ .type = ASSAY_TYPE_PORTS, .ports = (v) })

#pragma GCC visibility pop

#endif
