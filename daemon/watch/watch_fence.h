/*
 * watch_fence: the flows that the fence lets out or refuses, as the kernel
 * tells of them.
 *
 * Each flow is told once, however often its first packet comes again; a device
 * that begins more of them than the bound is counted beyond it.  What is read
 * here is the head of a packet of a stranger; the codec is pure.
 */
#ifndef ASSAY_WATCH_FENCE_H
#define ASSAY_WATCH_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_FLOWS_MAX 512 /* remembered, to know what comes again */
#define WATCH_FLOWS_BURST 200
#define WATCH_FLOWS_PER_S 50

struct watch_flow {
	uint8_t what; /* FENCE_ALLOWED, FENCE_SHUT, FENCE_REFUSED */
	uint8_t host; /* its number, of the first two */
	uint8_t transport;
	uint8_t family;              /* 4, 6 */
	uint8_t from[16], to[16];    /* family 4: the first four bytes */
	uint16_t from_port, to_port; /* 0: it has none */
	bool has_seq;
	uint32_t seq; /* the kernel's count of what it told of */
};

/* A message of the kernel (NFLOG).  0, or -1: none of the fence's. */
int watch_flow_parse(struct watch_flow *f, const void *data, size_t size);

struct watch_flows {
	struct watch_flow seen[WATCH_FLOWS_MAX];
	size_t nseen;
	uint32_t next_seq;
	bool has_seq;
	uint64_t tokens_ns; /* bucket */
	uint64_t last_ns;
	uint64_t lost, lost_told; /* not told of one by one */
};

/* True: this one is to be told.  now_ns: any clock that goes on. */
bool watch_flows_take(
    struct watch_flows *s, const struct watch_flow *f, uint64_t now_ns);

struct watch;
/* The fence's socket from now on; -1: there is none. */
void watch_fence_set(struct watch *w, int fd);

#endif
