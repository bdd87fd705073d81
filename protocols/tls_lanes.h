/*
 * tls_lanes: the hellos of tls_enumerate, as lanes: what of all suites is left
 * to be offered in one version.  Pure.
 */
#ifndef ASSAY_TLS_LANES_H
#define ASSAY_TLS_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_enumerate.h"

#define TLS_LANE_SMALL 64 /* suites in a small hello */

/* Versions by their index. */
enum {
	SSL2,
	SSL3,
	V10,
	V11,
	V12,
	V13
};

/* Suites there are, at most TLS_ENUMERATE_SUITES; and which one it is, or as
 * many as there are: none. */
size_t tls_lane_suites(void);
size_t tls_lane_index(uint16_t suite);

/* A lane with nothing in it; NULL: there are too many. */
struct tls_lane *tls_lane_add(struct tls_enumerate *, uint8_t version);
/* All suites of its version; before TLS 1.2 those of it, too, for a server that
 * takes them there has a flaw of its own. */
void tls_lane_fill(struct tls_lane *);
bool tls_lane_has(const struct tls_lane *, size_t i);
void tls_lane_set(struct tls_lane *, size_t i, bool on);
size_t tls_lane_count(const struct tls_lane *);

/* SSL 2 was taken, with these kinds. */
void tls_lane_name_kinds(struct tls_version_taken *, const struct tls_reply *);

#endif
