/*
 * parts: what the files of net.flows share, for them alone.
 */
#ifndef ASSAY_NET_FLOWS_PARTS_H
#define ASSAY_NET_FLOWS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/probe.h"

#define FLOWS_CALLS_MAX 256
#define FLOWS_NAMES_MAX 256
#define FLOWS_NAME_SIZE 256
#define FLOWS_ADDRESSES_MAX 1024
#define FLOWS_HEARD_MAX 4096
#define FLOWS_RESOLVERS_MAX 64
#define FLOWS_CALL_NAMES_MAX 8 /* of one address */
#define FLOWS_MORE "+"         /* a word that is no name: there are more */

struct flows_call {
	uint8_t proto, family, addr[16];
	uint16_t port, own_port; /* own: of the first one */
	bool is_resolver;        /* which nobody offered */
	uint64_t count;
};

struct flows_name {
	char text[FLOWS_NAME_SIZE];
	uint8_t proto;
	uint16_t own_port; /* of the first question */
	uint64_t count;
};

struct flows_address {
	uint8_t family, addr[16];
	char name[FLOWS_NAME_SIZE];
};

struct flows_heard { /* a datagram to the device; without padding */
	uint16_t peer_port, own_port;
	uint8_t proto, family, peer[16];
};

struct flows { /* the job's state */
	uint64_t sent, first_ns, last_ns, silence_ns;
	uint64_t boots, on_link, unread, cut;
	bool overflowed;
	struct flows_call calls[FLOWS_CALLS_MAX];
	size_t ncalls;
	struct flows_name names[FLOWS_NAMES_MAX];
	size_t nnames;
	struct flows_address addresses[FLOWS_ADDRESSES_MAX];
	size_t naddresses;
	struct flows_heard heard[FLOWS_HEARD_MAX];
	size_t nheard; /* ever */
	uint8_t resolvers[FLOWS_RESOLVERS_MAX][4];
	size_t nresolvers;
};

void flows_observe(struct assay_job *job);
void flows_judge(struct assay_job *job);

#endif
