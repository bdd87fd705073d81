/*
 * capture_census: who is in a capture: each MAC that sent something, with its
 * addresses; and the names that one of them asked for.
 *
 * Everything here is a stranger's word, of a file that anyone may have made:
 * what there is room for is bounded, and what there was no room for counted.
 */
#ifndef ASSAY_CAPTURE_CENSUS_H
#define ASSAY_CAPTURE_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "captures/capture_file.h"

#define CENSUS_SENDERS_MAX 256
#define CENSUS_ADDRESSES_MAX 64 /* of one sender: as many as a job has */
#define CENSUS_NAMES_MAX 200

struct census_address {
	uint8_t family; /* 4, 6 */
	uint8_t addr[16];
};

struct census_sender {
	uint8_t mac[6];
	bool is_bench; /* the capture says that it sent these frames itself */
	uint64_t frames;
	struct census_address addresses[CENSUS_ADDRESSES_MAX];
	size_t naddresses, more_addresses;
};

struct census {
	struct census_sender *senders; /* in order of appearance */
	size_t nsenders;
	uint64_t unlisted; /* frames of senders there was no room for */
	uint64_t frames;   /* in the file */
	uint64_t other; /* of another link type than Ethernet: not looked at */
	uint64_t cut;   /* with fewer bytes than were on the wire */
	uint64_t stamp_first,
	    stamp_last;  /* of Ethernet frames, in file order */
	const char *end; /* capture_file_cut() */
};

/* Reads the whole file. 0, or -1 with *e. census_clear() in either case. */
int census_take(struct census *x, struct capture_file *c, struct err *e);
void census_clear(struct census *x);
const struct census_sender *census_find(
    const struct census *x, const uint8_t mac[6]);

/* Names in questions that this sender asked by DNS or mDNS, each once, sorted:
 * an array of strings; NULL with *e. Caller decrefs. */
json_t *census_names(
    struct capture_file *c, const uint8_t mac[6], struct err *e);
/* [{mac, frames, bench, addresses []}] */
json_t *census_json(const struct census *x);

#endif
