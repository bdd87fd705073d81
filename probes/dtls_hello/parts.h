/*
 * parts: what the files of dtls.hello share, for them alone.
 */
#ifndef ASSAY_DTLS_HELLO_PARTS_H
#define ASSAY_DTLS_HELLO_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/probe.h"

/* Words of observations: how a hello was answered. */
#define HELLO_TAKEN "taken" /* a ServerHello */
#define HELLO_ASKED "asked" /* for a cookie: HelloVerifyRequest */
#define HELLO_ALERT "alert" /* and its number behind a space */
#define HELLO_SILENT "silent"

/* judge.c */
void dtls_hello_judge(struct assay_job *job);

#endif
