/*
 * dns: a DNS message taken apart: its header, and its records one by one.
 *
 * RFC 1035 section 4 (format, compression), RFC 3596 (AAAA), RFC 2782 (SRV),
 * RFC 6762 section 18 (mDNS's use of the class's top bit).  Pure: no copies
 * but of names, no allocation; compression may point only backwards and at
 * most DNS_JUMPS_MAX times, so that no name has no end.  A name is text with a
 * dot between labels; what would not be text in it, or is a dot or a backslash
 * within a label, is written as \DDD (RFC 4343 section 2.1).
 */
#ifndef ASSAY_DNS_H
#define ASSAY_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/bytes.h"

#define DNS_PORT 53
#define MDNS_PORT 5353
#define DNS_NAME_SIZE 1024 /* 255 bytes, each as \DDD at worst, and the NUL */
#define DNS_JUMPS_MAX 64

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
};

enum dns_section {
	DNS_QUESTION,
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS
};

struct dns {
	uint16_t id;
	bool response, authoritative, truncated, recursion;
	uint8_t opcode, rcode;
	uint16_t counts[DNS_SECTIONS]; /* as the header says */
	/* where dns_next() is */
	const uint8_t *message;
	size_t size, offset;
	unsigned section; /* enum dns_section */
	uint16_t taken;   /* records of that section */
};

struct dns_record {
	enum dns_section section;
	char name[DNS_NAME_SIZE]; /* "." for the root */
	uint16_t type, class;     /* without mDNS's top bit */
	bool top_bit; /* question: answer by unicast; else: flush the cache */
	uint32_t ttl_s;
	const uint8_t *data; /* of the record; NULL in a question */
	size_t data_size;
	const uint8_t *addr;             /* A: 4 bytes; AAAA: 16; else NULL */
	char target[DNS_NAME_SIZE];      /* CNAME, PTR, SRV; else "" */
	uint16_t priority, weight, port; /* SRV */
};

/* data: a UDP payload, or what follows the length in TCP; it outlives d.  0,
 * or -1 when it is not even a header. */
int dns_parse(struct dns *d, const void *data, size_t size);
/* The next question or record, in order.  1; 0: there are no more; -1: what
 * follows is malformed, and remains so. */
int dns_next(struct dns *d, struct dns_record *r);
/* The next text of a TXT record's data, from *at (0 to begin with) on: a view.
 * False: there are no more. */
bool dns_next_text(
    const struct dns_record *r, size_t *at, const uint8_t **text, size_t *size);

#endif
