/*
 * impostor: the device's own TLS connections, answered in the place of whom it
 * meant to reach (ASSAY_NEED_CALLS).
 *
 * While such a job runs, what the device begins over TCP comes here, whatever
 * address it meant, and every name that it asks for leads to the bench.  One
 * thing is wrong with each answer, or nothing.
 */
#ifndef ASSAY_CONTRACT_IMPOSTOR_H
#define ASSAY_CONTRACT_IMPOSTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/targets.h"

#pragma GCC visibility push(default)

/* What is wrong.  All but two certificates are vouched for by the bench's
 * authority and are for the name that the device asked for (server_name; the
 * address it called, when it names none). */
enum assay_impostor_fault {
	ASSAY_IMPOSTOR_NOTHING = 0,
	ASSAY_IMPOSTOR_SELF_SIGNED,
	ASSAY_IMPOSTOR_UNTRUSTED,   /* by an authority made for this job */
	ASSAY_IMPOSTOR_WRONG_NAME,  /* another host's */
	ASSAY_IMPOSTOR_COMMON_NAME, /* the name in the subject alone */
	/* The address that it called, to who asked for a name; its text as a
	 * host's name, to who asked for an address (RFC 9525 section 6). */
	ASSAY_IMPOSTOR_OTHER_KIND,
	ASSAY_IMPOSTOR_WILDCARD,    /* "*" in the place of all labels but one */
	ASSAY_IMPOSTOR_NUL,         /* the name, a NUL, and another host's */
	ASSAY_IMPOSTOR_EXPIRED,     /* 30 days ago */
	ASSAY_IMPOSTOR_NOT_YET,     /* in 30 days */
	ASSAY_IMPOSTOR_LEAF_ISSUED, /* by a server's certificate */
	ASSAY_IMPOSTOR_NO_CONSTRAINTS, /* by one without basicConstraints */
	/* RFC 5280 section 4.2.1: by an authority below one whose
	 * pathLenConstraint is 0; by one for another host's names alone; by one
	 * whose key may not sign certificates; an extension that nobody knows,
	 * marked critical. */
	ASSAY_IMPOSTOR_PATH_LENGTH,
	ASSAY_IMPOSTOR_NAME_CONSTRAINTS,
	ASSAY_IMPOSTOR_ISSUER_USAGE,
	ASSAY_IMPOSTOR_CRITICAL,
	ASSAY_IMPOSTOR_FOR_CLIENTS, /* its purpose is clientAuth alone */
	ASSAY_IMPOSTOR_SHA1,        /* signed with SHA-1 */
	ASSAY_IMPOSTOR_MD5,         /* with MD5, by an RSA key */
	ASSAY_IMPOSTOR_RSA_1024,    /* its key has 1,024 bits */
	/* A response of OCSP, stapled, says revoked; there is none, and the
	 * certificate says there must be (RFC 7633). */
	ASSAY_IMPOSTOR_REVOKED,
	ASSAY_IMPOSTOR_NO_STAPLE,
	ASSAY_IMPOSTOR_NO_KEY,  /* we have not the certificate's key, and sign
				   the handshake with another */
	ASSAY_IMPOSTOR_BAD_MAC, /* a bit of the MAC of our Finished is wrong */
	ASSAY_IMPOSTOR_TLS_10,  /* nothing but TLS 1.0 is spoken */
	ASSAY_IMPOSTOR_TLS_11,
	/* TLS 1.2, as if 1.3 had not been offered; our random says that we
	 * speak it (RFC 8446 section 4.1.3).  See went_on. */
	ASSAY_IMPOSTOR_DOWNGRADE,
	ASSAY_IMPOSTOR_RESET, /* no answer: the connection is reset */
	ASSAY_IMPOSTOR_CUT,   /* half of our first flight, and no more */
	/* Nothing is wrong, but all is unusual: certificates of more than 16
	 * KiB; records of a few bytes. */
	ASSAY_IMPOSTOR_LARGE,
	ASSAY_IMPOSTOR_TINY,
	ASSAY_IMPOSTOR_FAULTS, /* how many there are */
};

/* One connection that the device began. */
struct assay_call {
	const struct assay_target *from; /* its address; NULL: one of its own
					    that the job was not told of */
	uint16_t from_port, to_port;
	const char *to;       /* the address it meant, as text */
	const char *host;     /* server_name, or of a request in clear its Host
				 without the port, what is not printable as
				 '?'; "" */
	const uint8_t *hello; /* body of its ClientHello; NULL: it sent none
				 that is whole */
	size_t nhello;
};

enum assay_called_end {
	ASSAY_CALLED_CLOSED = 1, /* by the device: see alert, completed */
	ASSAY_CALLED_SPOKE,      /* application data came */
	ASSAY_CALLED_QUIET, /* it stayed and said nothing more: see completed */
	ASSAY_CALLED_UNFIT, /* nothing that it offers can be played */
	ASSAY_CALLED_PLAIN, /* it speaks, and no TLS: see said, gist */
	ASSAY_CALLED_DROPPED, /* by us: that was to be played */
	ASSAY_CALLED_LOCAL,   /* our own trouble, never the device's */
};

struct assay_called {
	enum assay_impostor_fault fault;
	enum assay_called_end end;
	bool shown; /* our certificate went out */
	/* Its Finished came, and was right; with BAD_MAC in TLS 1.2, where it
	 * comes before ours: and it spoke. */
	bool completed;
	bool went_on;        /* in TLS 1.2: it sent its key to our flight */
	const char *version; /* "TLSv1.3", once one was chosen; "" */
	uint8_t alert;       /* that the device sent; 0: none */
	uint64_t said;       /* bytes of application data, in clear */
	const char *digest;  /* SHA-256 of these, hex; "".  No more is kept */
	/* The same of what they are about: a request's method, target and
	 * host, an MQTT client's identifier; "": not known. */
	const char *gist;
	const char *keys; /* lines of an SSLKEYLOGFILE; "" */
};

struct assay_impostor_spec {
	uint64_t hello_ns;  /* for its first flight */
	uint64_t listen_ns; /* for the handshake; then for application data */
	/* Its ClientHello is whole: what is to be played? */
	enum assay_impostor_fault (*on_call)(
	    struct assay_job *, void *arg, const struct assay_call *);
	/* Once for each connection, of those without a ClientHello, too. */
	void (*on_end)(struct assay_job *, void *arg, const struct assay_call *,
	    const struct assay_called *);
	void *arg;
};
/* Answers from now on until the job has finished; calls that came before are
 * waiting.  Once in a job. */
void assay_impostor(struct assay_job *, const struct assay_impostor_spec *);

#pragma GCC visibility pop

#endif
