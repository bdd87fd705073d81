/*
 * parts: what the files of tls.client_auth know of each other.
 */
#ifndef ASSAY_TLS_CLIENT_AUTH_PARTS_H
#define ASSAY_TLS_CLIENT_AUTH_PARTS_H

#include "probes/probe.h"

#define CLIENT_PORTS_MAX 16 /* declared, per address */

/* Who asks to be let in, in this order; the last is the closing control. */
enum client {
	CLIENT_NONE,
	CLIENT_SELF_SIGNED,
	CLIENT_EXPIRED,
	CLIENT_FOR_SERVERS,
	CLIENT_FOREIGN,
	CLIENT_CONTROL,
};
#define CLIENTS (CLIENT_CONTROL + 1)

/* How that ended, as it is observed. */
#define CLIENT_ACCEPTED "accepted"
#define CLIENT_REFUSED "refused"           /* by an alert */
#define CLIENT_IN_WORDS "refused in words" /* HTTP 4xx that names it */
#define CLIENT_CLOSED "closed"             /* within the handshake */
#define CLIENT_SILENT "silent"
#define CLIENT_UNCLEAR "unclear"
#define CLIENT_NOT_SHOWN "not shown" /* no key of its kind was at hand */
#define CLIENT_NOT_ASKED "not asked" /* it wanted no certificate */
#define CLIENT_LOST "lost"
#define CLIENT_UNASKED "unasked"

/* The observation of each: "client.none" … */
extern const char *const client_fields[CLIENTS];
/* What it shows, in words. */
extern const char *const client_words[CLIENTS];

/* The ports of this address that are declared to know clients by their
 * certificates. [judge] */
void client_ports(struct assay_job *job, const struct assay_target *t,
    struct assay_ports *out);

/* judge.c */
void client_judge(struct assay_job *job);

#endif
