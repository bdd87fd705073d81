/*
 * tcp_streams: how TCP conversations begin, put together from frames.
 *
 * As tcp_talks.h, for what needs more than a kilobyte and may arrive in any
 * order (RFC 9293 section 3.10.7.4): each side's first bytes up to a bound,
 * beside which of them came.  A gap is a gap: nothing behind it is joined to
 * what is before it.  What comes twice counts as it came first.  Pure and of a
 * fixed size: the conversation that said nothing for longest gives way.
 */
#ifndef ASSAY_TCP_STREAMS_H
#define ASSAY_TCP_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

#define TCP_STREAMS_MAX 64
#define TCP_STREAM_BYTES 16384 /* kept of each side */
#define TCP_STREAM_RANGES 12   /* runs of bytes with a gap before each */

struct tcp_stream_side {
	uint32_t first; /* sequence number of its first byte */
	struct tcp_stream_range {
		uint32_t from, to; /* of bytes; to is behind the last */
	} ranges[TCP_STREAM_RANGES];
	size_t nranges; /* in rising order, none touches the next */
	/* There were bytes that could not be kept: too many gaps, or beyond
	 * the bound. */
	bool is_cut, is_longer;
	uint8_t bytes[TCP_STREAM_BYTES];
};

struct tcp_stream {
	bool is_used;
	int tag; /* the caller's */
	uint8_t family, server[16], client[16];
	uint16_t server_port, client_port;
	uint64_t touched;
	struct tcp_stream_side heard, sent; /* from the server; by the client */
};

struct tcp_streams {
	struct tcp_stream streams[TCP_STREAMS_MAX];
	uint64_t touches;
	/* What gives way, or is over, before it is forgotten; or NULL. */
	void (*on_done)(void *arg, const struct tcp_stream *stream);
	void *arg;
};

enum tcp_streams_taken {
	TCP_STREAMS_NOTHING = 0, /* no TCP, no data, or bytes of no use */
	TCP_STREAMS_KEPT,
	TCP_STREAMS_MIDWAY, /* data of a conversation whose beginning was not
			       seen */
};
/* A conversation begins with its SYN-ACK, which names both sides' first
 * numbers; tag is kept with it. */
enum tcp_streams_taken tcp_streams_take(
    struct tcp_streams *s, const struct packet *p, int tag);
/* Hands all that is left to on_done. */
void tcp_streams_end(struct tcp_streams *s);
/* The bytes from the first one on without a gap. */
size_t tcp_stream_size(const struct tcp_stream_side *side);
/* Something came that is behind a gap. */
bool tcp_stream_has_gap(const struct tcp_stream_side *side);

#endif
