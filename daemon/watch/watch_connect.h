/*
 * watch_connect: one TCP handshake with the DUT from the watch's own address,
 * to see that a service is there.  Closed with RST: nothing stays behind.
 */
#ifndef ASSAY_WATCH_CONNECT_H
#define ASSAY_WATCH_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/watch/watch_link.h"

struct event_base;

struct watch_connect_ask {
	uint8_t family, addr[16];
	uint16_t port;
	uint32_t limit_ms;
	/* Once, from the loop.  how: "tcp", "refused", "timeout" … */
	void (*on_done)(void *arg, uint32_t request, bool good, uint64_t rtt_ns,
	    const char *how);
	void *arg;
	uint32_t request;
};

void watch_connect(struct event_base *base, const struct watch_link *link,
    const struct watch_connect_ask *ask);

#endif
