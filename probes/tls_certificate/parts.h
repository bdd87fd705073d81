/*
 * parts: what the files of tls.certificate know of each other.
 */
#ifndef ASSAY_TLS_CERTIFICATE_PARTS_H
#define ASSAY_TLS_CERTIFICATE_PARTS_H

#include "probes/probe.h"
#include "protocols/cleartext.h"
#include "protocols/cleartext_interview.h"

#define CERTIFICATE_PORTS_MAX 100 /* asked, per address */
#define CERTIFICATES_MAX 250      /* observed, of all addresses */
#define CERTIFICATE_NAMES_MAX 1024
#define CERTIFICATE_MORE "..." /* there are more than fit */

/* What an open port turned out to be, observed as "service"; anything else is
 * the name of what it speaks in clear. */
#define CERTIFICATE_READ "tls"
#define CERTIFICATE_UNREAD \
	"tls unread"                    /* no certificate came, or a bad one \
					 */
#define CERTIFICATE_STARTTLS "starttls" /* one may come later */
#define CERTIFICATE_SILENT "silent"
#define CERTIFICATE_LOST "lost"
#define CERTIFICATE_UNASKED "unasked"

struct certificate_port { /* an open TCP port */
	struct assay_job *job;
	struct cleartext_interview is;
	bool in_clear; /* it is no TLS at once: what is it? */
	struct assay_timer *pause;
	uint64_t tries;
	uint16_t port, local_port; /* of its last exchange */
	uint8_t said[CLEARTEXT_ASK_MAX];
	size_t nsaid;
};

struct certificate_state {
	bool cancelled;
	struct assay_tcp_rounds *rounds;
	const struct assay_target *target; /* under way */
	uint64_t stamp_ns;                 /* of the newest frame */
	struct certificate_port ports[CERTIFICATE_PORTS_MAX];
	size_t nports, begun, ended;
	size_t ncertificates; /* of all addresses */
};

/* interview.c: each of the open ports; then the next address. */
void certificate_ask_all(struct assay_job *job, const struct assay_ports *open);

/* observe.c: what the certificate of this exchange says; false: nothing that
 * could be read, or there were too many. */
bool certificate_observe(
    struct assay_job *job, uint16_t port, const struct assay_talked *talked);

/* judge.c */
void certificate_judge(struct assay_job *job);

#endif
