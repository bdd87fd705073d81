/*
 * tcp_talks: the first bytes of TCP conversations, put together from frames.
 *
 * Both sides of a conversation from its handshake on, in order (RFC 9293
 * section 3.4): what was seen twice counts once, and behind a gap nothing more
 * is believed.  Pure and of a fixed size: the oldest gives way to the newest.
 */
#ifndef ASSAY_TCP_TALKS_H
#define ASSAY_TCP_TALKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

#define TCP_TALKS_MAX 128
#define TCP_TALKS_BYTES 1024 /* of each side */

struct tcp_talk_side {
	uint32_t next; /* sequence number */
	bool known;
	size_t n;
	uint8_t bytes[TCP_TALKS_BYTES];
};

struct tcp_talk {
	bool used;
	uint8_t family, server[16], client[16];
	uint16_t server_port, client_port;
	struct tcp_talk_side heard, sent; /* from the server; by the client */
};

struct tcp_talks {
	struct tcp_talk talks[TCP_TALKS_MAX];
	unsigned next;
};

/* The conversation to which this frame added bytes, or NULL. */
const struct tcp_talk *tcp_talks_take(
    struct tcp_talks *s, const struct packet *p);
/* A conversation whose beginning was seen has these ends. */
bool tcp_talks_knows(const struct tcp_talks *s, const struct packet *p);

#endif
