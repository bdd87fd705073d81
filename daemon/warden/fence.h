/*
 * fence: what of a device's traffic may leave its segment in mode cloud.
 *
 * The rules as text, pure.  Two tables: one within the segment's namespace,
 * which decides and tells of each new flow (NFLOG), and one beside the uplink,
 * which gives the flows the machine's address and lets nothing in.  What is
 * not named is refused; a host that is shut is refused whoever else has its
 * address.  Without a way out by IPv6 no IPv6 gets through, and each flow of it
 * is told of as refused.
 */
#ifndef ASSAY_FENCE_H
#define ASSAY_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "scenarios/profile.h"

#define FENCE_LINK "uplink0" /* the segment's end of the way out */
#define FENCE_ROUTES 8877    /* routing table of the device's traffic alone */
#define FENCE_LOG_GROUP 77
#define FENCE_HOSTS_MAX 32
#define FENCE_PORTS_MAX 16     /* of one host */
#define FENCE_ADDRESSES_MAX 16 /* of one host */

/* What a rule writes before each flow it tells of: one letter and the host's
 * number ("a3", "s1"), or "r". */
#define FENCE_ALLOWED 'a'
#define FENCE_SHUT 's'
#define FENCE_REFUSED 'r'

/* The two ends of a segment's way out. */
struct fence_subnet {
	uint8_t machine[4], inside[4];           /* a /30 of 169.254.88.0 on */
	uint8_t machine_six[16], inside_six[16]; /* a /126 */
};

struct fence_port {
	uint8_t transport; /* 6, 17; 0: both */
	uint16_t first, last;
};

struct fence_host {
	char name[254];
	bool is_shut;
	struct fence_port ports[FENCE_PORTS_MAX];
	size_t nports;
	struct fence_address {
		uint8_t family; /* 4, 6 */
		uint8_t addr[16];
	} addresses[FENCE_ADDRESSES_MAX];
	size_t naddresses;
};

struct fence {
	char interface[16]; /* the segment's */
	uint8_t mac[6];     /* the device under test */
	bool has_six;       /* there is a way out by IPv6, too */
	struct fence_host hosts[FENCE_HOSTS_MAX];
	size_t nhosts;
};

/* The hosts that a profile names (its table "cloud") in a life-cycle state,
 * each once.  -1 with *e: more than there is room for. */
int fence_name_hosts(
    struct fence *f, const struct profile *p, enum state state, struct err *e);
/* The segment's own table; caller frees. */
char *fence_format(const struct fence *f);
/* The uplink's: link is the machine's end of the way out.  Caller frees. */
char *fence_format_uplink(const char *link, const char *interface,
    const struct fence_subnet *net, bool has_six);
void fence_subnet(uint32_t segment, struct fence_subnet *net);

#endif
