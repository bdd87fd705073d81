/*
 * parts: what the files of tls.client know of each other.
 */
#ifndef ASSAY_TLS_CLIENT_PARTS_H
#define ASSAY_TLS_CLIENT_PARTS_H

#include "probes/probe.h"

#define CLIENT_PLACES_MAX 8   /* that a device calls, and is tried at */
#define CLIENT_PLACE_MAX 288  /* "api.example.com:443", with the NUL */
#define CLIENT_VALUE_MAX 1024 /* an observation's text */
#define CLIENT_CLEAR_MAX 16   /* different calls without TLS */

/* What is played at each place, in this order: the first and the last are
 * controls, with nothing wrong. */
#define CLIENT_FIRST 0
#define CLIENT_LAST ASSAY_IMPOSTOR_FAULTS
#define CLIENT_STEPS (ASSAY_IMPOSTOR_FAULTS + 1)

/* How one ended, as it is observed: "PLACE HOW MORE". */
#define CLIENT_ACCEPTED "accepted"  /* complete, and it said something */
#define CLIENT_HELD "held"          /* complete, and it stayed */
#define CLIENT_LEFT "left"          /* complete, and it said nothing and went */
#define CLIENT_REFUSED "refused"    /* by an alert */
#define CLIENT_CLOSED "closed"      /* within the handshake, without a word */
#define CLIENT_WENT_ON "went_on"    /* within it, where it had to end */
#define CLIENT_ABSENT "not_offered" /* what it takes to be played */
#define CLIENT_SILENT "silent"
#define CLIENT_UNFIT "unfit"     /* it could not be played to what it offers */
#define CLIENT_GONE "gone"       /* before it had seen anything */
#define CLIENT_LOCAL "local"     /* our own trouble */
#define CLIENT_DROPPED "dropped" /* by us, as it was to be */

/* The observation of each step: "control.first", "impostor.expired" … */
extern const char *const client_fields[CLIENT_STEPS];
/* What is wrong, in words. */
extern const char *const client_words[CLIENT_STEPS];

/* offer.c: what a ClientHello offers. */
/* Whether the version is among it, with a suite that it can have. */
bool client_offers(const uint8_t *hello, size_t n, uint16_t version);
/* Whether it wants to know if the certificate was revoked (RFC 6066 section
 * 8). */
bool client_asks_status(const uint8_t *hello, size_t n);
/* Observes it. */
void client_observe_offer(struct assay_job *job, const struct assay_call *call,
    const char *place, const struct assay_frames *f);

/* clear.c: TLS-C13, when there were calls by TLS. */
void client_judge_clear(struct assay_job *job);

/* judge.c */
void client_judge(struct assay_job *job);

#endif
