/*
 * udp_asks: what makes the service of a UDP port answer.
 *
 * Most services of UDP say nothing to what they do not understand, so each is
 * asked in its own words, as harmlessly as its protocol allows: nothing is
 * changed, and what is not known to have a service gets a line feed or two.
 * Pure: a table, and bytes out.
 */
#ifndef ASSAY_UDP_ASKS_H
#define ASSAY_UDP_ASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDP_ASKS_SIZE_MAX 1232

enum udp_asks_flag {
	UDP_ASKS_ANSWERS = 1 << 0,   /* a live service cannot but answer it */
	UDP_ASKS_AMPLIFIES = 1 << 1, /* asked for the size of its answer only */
	UDP_ASKS_POSITIVE = 1 << 2,  /* the nonce's first bit stays clear */
	/* It begins a handshake: the service keeps it for a while, and few of
	 * them (of libcoap a hundred, each for 30 s).  One of the same nonce
	 * from the same address and port is the same handshake. */
	UDP_ASKS_HOLDS = 1 << 3,
};

struct udp_ask {
	const char *name; /* "snmp3" */
	/* As a profile calls it; names separated by spaces. */
	const char *services;
	uint16_t ports[4]; /* where it is at home; 0 ends */
	unsigned flags;    /* enum udp_asks_flag */
	const char *bytes;
	uint16_t size, pad_to;        /* with zeros; 0: not padded */
	uint8_t nonce_at, nonce_size; /* at most 8; 0: it has none */
};

size_t udp_asks_count(void);
const struct udp_ask *udp_asks_at(size_t index);
/* The way-th of the ways to ask this port, or this service ("" or NULL: not
 * known); they repeat.  Never one that only amplifies; never NULL. */
const struct udp_ask *udp_asks_for(
    uint16_t port, const char *service, unsigned way);
/* A service of this name, asked by its own port's ways, must answer. */
bool udp_asks_must_answer(const char *service);
/* This ask is one of that service (as a profile calls it). */
bool udp_asks_is_of(const struct udp_ask *a, const char *service);
/* out holds UDP_ASKS_SIZE_MAX bytes.  Returns the size. */
size_t udp_asks_build(const struct udp_ask *a, uint64_t nonce, uint8_t *out);

#endif
