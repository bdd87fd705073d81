/*
 * parts: what the files of services.disclosure know of each other.
 */
#ifndef ASSAY_SERVICES_DISCLOSURE_PARTS_H
#define ASSAY_SERVICES_DISCLOSURE_PARTS_H

#include "probes/probe.h"
#include "protocols/cleartext.h"
#include "protocols/cleartext_interview.h"
#include "protocols/service.h"

#define DISCLOSURE_ALL_PORTS 65535
#define DISCLOSURE_PORTS_MAX 100  /* interviewed, per address */
#define DISCLOSURE_FACTS_MAX 1000 /* observed, of all addresses */
#define DISCLOSURE_TOLD_MAX 128   /* of one port */

enum disclosure_step {
	DISCLOSURE_IDENTIFY = 0, /* by its clear text, then in TLS */
	DISCLOSURE_READ,         /* what it says, once it is known */
	DISCLOSURE_MODBUS,       /* asked of what nobody knows */
	DISCLOSURE_HOST_KEY,     /* of SSH: by it two samples are compared */
};

struct disclosure_port { /* an open TCP port */
	struct assay_job *job;
	struct cleartext_interview is;
	enum disclosure_step step;
	struct assay_timer *pause;
	uint64_t tries;
	uint16_t port, local_port; /* of its last exchange */
	unsigned path;             /* the next one to be asked for */
	bool in_tls, met_tls, was_read, cut;
	const char *keys; /* of the exchange that is being read */
	uint8_t said[CLEARTEXT_ASK_MAX];
	size_t nsaid;
	uint64_t told[DISCLOSURE_TOLD_MAX]; /* hashes of facts */
	size_t ntold;
};

struct disclosure_state {
	bool cancelled;
	struct assay_tcp_rounds *rounds;
	const struct assay_target *target; /* under way */
	const struct assay_ports *open;    /* of it */
	struct disclosure_port ports[DISCLOSURE_PORTS_MAX];
	size_t nports, begun, ended;
	size_t nfacts;
	/* datagrams */
	unsigned question; /* enum service_question */
	const char *answered;
	bool closed, odd;
	struct assay_talked last; /* without what was heard */
	uint8_t udp_said[CLEARTEXT_ASK_MAX];
	size_t udp_nsaid;
	uint64_t udp_tries;
	uint16_t location_port; /* of the description, 0: none */
	char location[96];
};

/* services_disclosure.c */
/* Observes a fact with the exchange that shows it. */
void disclosure_tell(struct assay_job *job, enum assay_transport transport,
    const struct service_fact *fact, const struct assay_frames *frames);

/* interview.c: each open TCP port; then the next address */
void disclosure_interview_all(struct assay_job *job);
/* datagrams.c: each known service by UDP; then disclosure_interview_all() */
void disclosure_ask_datagrams(struct assay_job *job);

/* judge.c */
void disclosure_judge(struct assay_job *job);

#endif
