/*
 * tls_ports: hellos to every TLS port of all addresses (ASSAY_NEED_LINK, _TCP).
 *
 * One chosen address after the other is swept (tcp_sweep.h); each open port is
 * asked by protocols/tls_enumerate.h what it takes, in a series of connections.
 * What speaks TLS is found by that, never by number.  Nothing of TLS but first
 * flights is exchanged, so that what no library speaks is found, too.
 */
#ifndef ASSAY_CONTRACT_TLS_PORTS_H
#define ASSAY_CONTRACT_TLS_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/series.h"
#include "probes/contract/tcp_sweep.h"

#pragma GCC visibility push(default)

struct assay_tls_ports;
struct tls_enumerate;
struct tls_reply;

/* Rows of observations and of params. */
#define ASSAY_TLS_PORTS_FIELDS \
	ASSAY_TCP_ROUNDS_FIELDS, \
	    { "tls.port", ASSAY_TYPE_STRING, "", \
		    "what an open port is: tls, other (it speaks, but not " \
		    "TLS), " \
		    "closes (at each hello), silent, unasked (nothing may " \
		    "be sent to it), lost" }, \
	    { "tls.version", ASSAY_TYPE_STRING, "", \
		    "a version, and: taken, refused, unknown, taken in part " \
		    "(there may be more suites)" }, \
	{ \
		"tls.differs", ASSAY_TYPE_STRING, "", \
		    "a version, and what it was answered with, otherwise " \
		    "than the same was answered before" \
	}
#define ASSAY_TLS_PORTS_PARAMS \
	ASSAY_TCP_ROUNDS_PARAMS, \
	    { "answer", ASSAY_PARAM_DURATION, "3s", 1000000, 60000000000, \
		    NULL, "How long the answer to a hello may take." }, \
	    { "host", ASSAY_PARAM_STRING, "", 0, 0, NULL, \
		    "The name that is asked for (server_name); empty: " \
		    "none." }, \
	{ \
		"at_once", ASSAY_PARAM_U64, "12", 1, 64, NULL, \
		    "The most connections at a time; a device that gets " \
		    "slower by it is asked one at a time." \
	}

struct assay_tls_ports_spec {
	bool versions_only; /* one suite of each version is enough */
	bool asks_again;    /* what is refused, for there may be several servers
			       (protocols/tls_again.h) */
	/* Every answer in which the server chose something, and the frames of
	 * its connection; or NULL. */
	void (*on_chosen)(struct assay_job *, void *arg, struct assay_subject,
	    const struct tls_reply *, const struct assay_frames *);
	/* A port is done.  True: it asks the port something more, and calls
	 * assay_tls_ports_go_on().  Or NULL. */
	bool (*on_port)(struct assay_job *, void *arg, struct assay_subject,
	    const struct tls_enumerate *);
	void *arg;
};
/* The probe's state begins with a struct assay_tls_ports *, which this sets;
 * it also asks to hear of the device's health. */
void assay_tls_ports_start(
    struct assay_job *, const struct assay_tls_ports_spec *);
void assay_tls_ports_go_on(struct assay_tls_ports *);
/* The probe's on_frame, cancel and fini, or what these call. */
void assay_tls_ports_on_frame(struct assay_job *, const struct assay_frame *);
void assay_tls_ports_cancel(struct assay_job *);
/* Of a probe that asked to hear of the device's health itself, behind
 * assay_tls_ports_start(): called from there. */
void assay_tls_ports_health(struct assay_job *, enum assay_health);
void assay_tls_ports_fini(struct assay_job *);

/* What a judge reads of one address; a port may be in several of these. */
struct assay_tls_seen {
	struct assay_tcp_round_seen sweep;
	struct assay_ports tls, other, silent, unasked; /* closes: other;
							   lost: unasked */
	struct assay_ports closes;                      /* those of other */
	struct assay_ports expected;  /* to speak TLS, as declared */
	struct assay_ports elsewhere; /* speak it at another address */
	struct assay_ports old;       /* take SSL 2 to TLS 1.1 */
	struct assay_ports new;       /* take TLS 1.2 or 1.3 */
	struct assay_ports has_12, has_13;
	struct assay_ports unsure_old, unsure_new; /* some of these: unknown */
	struct assay_ports in_part; /* there may be more suites */
	struct assay_ports differs; /* the same is not answered alike */
	uint32_t ids[64];           /* of tls.port and tls.version */
	size_t nids;
	uint32_t old_ids[32]; /* of what was taken of the old */
	size_t nold_ids;
	char old_text[400]; /* "443 TLSv1.0, 443 TLSv1.1" */
};
void assay_tls_see(struct assay_tls_seen *, const struct assay_observation *,
    uint32_t id); /* [judge] */
/* `expected` and `elsewhere`, which no observation of this address shows.
 * [judge] */
void assay_tls_see_expected(
    struct assay_job *, const struct assay_target *, struct assay_tls_seen *);
/* Why what was seen is not all there is. */
enum assay_tls_doubt {
	ASSAY_TLS_CERTAIN = 0,
	/* as of enum assay_doubt */
	ASSAY_TLS_NO_RESPONDER,
	ASSAY_TLS_GONE,
	ASSAY_TLS_PARTIAL,
	ASSAY_TLS_UNSETTLED,
	ASSAY_TLS_CONTROL,
	/* open ports */
	ASSAY_TLS_UNASKED,
	ASSAY_TLS_SILENT,
	ASSAY_TLS_DECLARED, /* that should speak TLS close, or are closed */
	ASSAY_TLS_DIFFERS,  /* answer the same now so, now otherwise */
	ASSAY_TLS_UNKNOWN,  /* those of `unsure` */
	ASSAY_TLS_NOTHING,  /* they answer as TLS does, and take no hello */
	ASSAY_TLS_NONE,     /* no doubt: no port speaks TLS */
	ASSAY_TLS_DOUBTS
};
/* Rows of reasons for these, as assay_tls_reason() names them; values: those of
 * the probe. */
#define ASSAY_TLS_REASONS(values) \
	{ "tls.no_responder", values }, { "tls.device_gone", values }, \
	    { "tls.partial", values }, { "tls.unsettled", values }, \
	    { "tls.control_bad", values }, { "tls.unasked", values }, \
	    { "tls.silent", values }, { "tls.declared_closes", values }, \
	    { "tls.answers_differ", values }, \
	    { "tls.version_unknown", values }, \
	    { "tls.takes_nothing", values }, { "tls.none", values }, \
	{ \
		"tls.not_asked", values \
	}
/* NULL for ASSAY_TLS_CERTAIN. [judge] */
const char *assay_tls_reason(enum assay_tls_doubt);
/* *ports: which, where it is of ports. [judge] */
enum assay_tls_doubt assay_tls_doubt(const struct assay_tls_seen *,
    const struct assay_ports *unsure, struct assay_ports *ports);

#pragma GCC visibility pop

#endif
