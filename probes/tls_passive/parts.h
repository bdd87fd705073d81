/*
 * parts: what the files of tls.passive share, for them alone.
 */
#ifndef ASSAY_TLS_PASSIVE_PARTS_H
#define ASSAY_TLS_PASSIVE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/probe.h"
#include "protocols/packet.h"
#include "protocols/tcp_streams.h"
#include "protocols/tls_reply.h"

#define PASSIVE_OFFERS_MAX 64
#define PASSIVE_TOLD_MAX 512
#define PASSIVE_SERVERS_MAX 128
#define PASSIVE_TEXT_MAX 4000
#define PASSIVE_MORE "…" /* behind a list that is not all of it */

enum passive_role {         /* the tag of a conversation */
	PASSIVE_CLIENT = 1, /* the device called */
	PASSIVE_SERVER,
};

struct passive_server { /* whom the device called; without a hole */
	uint16_t family, port;
	uint8_t addr[16];
};

struct passive { /* the job's state */
	struct assay_job *job;
	struct tcp_streams streams;
	uint64_t hellos, unread, cut;
	bool overflowed;
	uint64_t offers[PASSIVE_OFFERS_MAX]; /* hashes: number i is i + 1 */
	size_t noffers;
	uint64_t told[PASSIVE_TOLD_MAX]; /* hashes of all else */
	size_t ntold;
	/* Servers of which a hello was seen, or a conversation alone. */
	struct passive_server met[PASSIVE_SERVERS_MAX];
	struct passive_server missed[PASSIVE_SERVERS_MAX];
	uint16_t missed_own[PASSIVE_SERVERS_MAX]; /* the device's port */
	size_t nmet, nmissed;
	uint8_t room[TLS_REPLY_ROOM];
};

/* read.c: what a conversation, or a datagram of the device's, shows. */
void passive_read_stream(void *arg, const struct tcp_stream *t);
void passive_read_datagram(struct assay_job *job, const struct packet *p);
/* Records in the middle of a conversation that the device began. */
void passive_miss(struct assay_job *job, const struct packet *p);
void passive_observe_end(struct assay_job *job);

/* offer.c: a ClientHello of the device's, as observations.  to: port and name
 * or address of whom it called.  Returns the offer's number; 0: too many. */
struct tls_client_hello;
size_t passive_tell_offer(struct assay_job *job,
    const struct tls_client_hello *hello, const char *to,
    const struct assay_frames *frames);
/* The same of SSL 2's CLIENT-HELLO: its kinds of three bytes. */
size_t passive_tell_old_offer(struct assay_job *job, uint16_t version,
    struct tls_span kinds, const char *to, const struct assay_frames *frames);
/* Once of each text. */
void passive_tell(struct assay_job *job, uint16_t port, const char *field,
    const char *text, const struct assay_frames *frames);

/* judge.c */
void passive_judge(struct assay_job *job);

#endif
