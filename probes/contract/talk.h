/*
 * talk: frames on the link, TCP by the kernel, and one exchange with a port.
 */
#ifndef ASSAY_CONTRACT_TALK_H
#define ASSAY_CONTRACT_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/targets.h"
#include "probes/contract/tls_offer.h"

#pragma GCC visibility push(default)

/* ---- the link: raw frames (ASSAY_NEED_LINK) ---- */

struct assay_buffer {
	const void *data;
	size_t size;
};
/* Sends n whole frames (link header first).  Returns how many the kernel took
 * (0: its queue is full, try again when a timer fires), or -1 with the link
 * gone. */
int assay_link_send(struct assay_job *, const struct assay_buffer *, size_t n);
/* Frames the kernel dropped on the way to on_frame since the job began. */
uint64_t assay_link_lost(struct assay_job *);
/* Called whenever the host has just handed on a batch of frames. */
void assay_link_on_batch(
    struct assay_job *, void (*on_batch)(struct assay_job *));

/* ---- TCP by the kernel (ASSAY_NEED_TCP) ---- */

enum assay_tcp_result {
	ASSAY_TCP_CONNECTED,
	ASSAY_TCP_REFUSED,     /* RST */
	ASSAY_TCP_UNREACHABLE, /* ICMP or no neighbour */
	ASSAY_TCP_TIMEOUT,
	ASSAY_TCP_LOCAL, /* our own resources, never the device's fault */
};
/* Connects, reports once, closes with RST (no TIME_WAIT, no half-open).
 * local_port: our source port, by which observations name the frames. */
void assay_tcp_try(struct assay_job *, const struct assay_target *,
    uint16_t port, uint64_t timeout_ns,
    void (*on_result)(struct assay_job *, void *arg, enum assay_tcp_result,
	uint16_t local_port, uint64_t took_ns),
    void *arg);

/* The same from another of the job's sources. */
struct assay_tcp_from {
	const struct assay_target *target;
	const uint8_t *source; /* of assay_source_at; NULL: target->source */
	uint16_t port;
	uint64_t timeout_ns;
	void (*on_result)(struct assay_job *, void *arg, enum assay_tcp_result,
	    uint16_t local_port, uint64_t took_ns);
};
void assay_tcp_try_from(
    struct assay_job *, const struct assay_tcp_from *, void *arg);

/* Handshakes with a whole set of ports, each up to `tries` times until it
 * connects: once everything was tried, only what is left is tried again. */
struct assay_tcp_plan {
	const struct assay_target *target;
	uint64_t tries, timeout_ns; /* tries: at least 1 */
	/* Once for each port, of its last try. */
	void (*on_result)(struct assay_job *, void *arg, uint16_t port,
	    enum assay_tcp_result, uint16_t local_port);
	void (*on_end)(struct assay_job *, void *arg); /* after the last */
	void *arg;
};
void assay_tcp_try_ports(struct assay_job *, const struct assay_ports *,
    const struct assay_tcp_plan *); /* both copied */

/* ---- an exchange: a few bytes there and back (ASSAY_NEED_TCP or _UDP) ---- */

#define ASSAY_TALK_SAY_MAX 2048
#define ASSAY_TALK_SAY_MOST 20480  /* the first words, by TCP in clear */
#define ASSAY_TALK_HEAR_MAX 4096   /* unless it wants more */
#define ASSAY_TALK_HEAR_MOST 65536 /* the most that it may want */

enum assay_talk_end {
	ASSAY_TALK_ANSWERED = 1, /* heard something, and then no more */
	ASSAY_TALK_CLOSED,  /* the device ended it, with whatever was heard */
	ASSAY_TALK_QUIET,   /* there, but said nothing; UDP: nothing came */
	ASSAY_TALK_REFUSED, /* RST to the SYN; UDP: ICMP port unreachable */
	ASSAY_TALK_UNREACHABLE,
	ASSAY_TALK_TIMEOUT, /* TCP: no handshake */
	ASSAY_TALK_LOCAL,   /* our own resources, never the device's fault */
};

struct assay_talked {
	enum assay_talk_end end;
	const uint8_t *heard; /* gone after the call */
	size_t nheard;
	bool said;            /* `say` went out */
	uint16_t local_port;  /* by which observations name the frames */
	uint16_t remote_port; /* UDP: the answer's, which may be another */
	uint64_t took_ns;
	struct assay_talk_tls {             /* of a spec with tls */
		bool ready;                 /* the handshake was completed */
		const char *version;        /* "TLSv1.3"; "" before that */
		uint8_t alert;              /* that the device sent; 0: none */
		bool wants_certificate;     /* it asked for ours */
		bool shown;                 /* and got the one of the spec */
		const uint8_t *certificate; /* its own, DER; NULL: none seen */
		size_t ncertificate;
		const char *public_key; /* SHA-256 of its key (the
					   SubjectPublicKeyInfo), hex; "" */
		const char *keys; /* lines of an SSLKEYLOGFILE, by which the
				     frames can be read; "" */
		struct assay_tls_kept kept;
	} tls;
	bool withheld; /* `say` (or TLS) may not go out: TCP 9100 to 9107 print
			  what they hear, and nobody consents to it */
};

/* What a client shows that asks to be let in: each made for this one exchange,
 * so that nobody can have a reason to trust it. */
enum assay_talk_certificate {
	ASSAY_TALK_NO_CERTIFICATE = 0,
	ASSAY_TALK_SELF_SIGNED, /* good but for that */
	ASSAY_TALK_EXPIRED,     /* and 30 days too old */
	ASSAY_TALK_FOR_SERVERS, /* and its purpose is serverAuth alone */
	ASSAY_TALK_FOREIGN, /* issued in the name of the first authority that
			       the device asks for, which did not sign it */
};

struct assay_talk_spec {
	enum assay_transport transport;
	const struct assay_target *target;
	uint16_t port;
	const uint8_t *source; /* of assay_source_at; NULL: target->source */
	const void *say;       /* copied */
	size_t nsay;     /* at most ASSAY_TALK_SAY_MAX, or _MOST; 0: only listen
			    (TCP) */
	bool hear_first; /* TCP: say it when the device has spoken and paused,
			    and listen once more; unsaid if it never does */
	uint64_t connect_ns; /* for the handshake */
	uint64_t listen_ns;  /* for its first word */
	uint64_t quiet_ns;   /* a pause of this length: it has finished */
	size_t max;          /* bytes wanted, at most ASSAY_TALK_HEAR_MOST; 0:
				ASSAY_TALK_HEAR_MAX */
	bool tls; /* TCP: TLS first, of any version and with nobody verified;
		     then all of the above goes through it.  A handshake that
		     fails: ASSAY_TALK_CLOSED or _QUIET, and tls.ready false */
	bool tls_only; /* and nothing more: answered once it is complete */
	enum assay_talk_certificate certificate; /* of tls */
	const struct assay_tls_offer *offer;     /* of tls; copied; or NULL */
	/* TCP in clear: this is all that was wanted, so that no pause need be
	 * waited for.  Asked whenever more was heard, with all of it; or NULL.
	 */
	bool (*is_enough)(void *arg, const uint8_t *heard, size_t n);
	/* TCP in clear: writes what is said next and returns its size, at most
	 * ASSAY_TALK_SAY_MAX; 0: nothing now.  Asked whenever more was heard,
	 * before is_enough, and at each pause, with all of it; what it says is
	 * listened for anew.  At most 16 times that it says something; or NULL.
	 */
	size_t (*answer)(
	    void *arg, const uint8_t *heard, size_t n, uint8_t *say);
	void (*on_end)(
	    struct assay_job *, void *arg, const struct assay_talked *);
	void *arg;
};
/* Answers once, never from within; at most 256 at a time.  A device that talks
 * without a pause is heard for twice listen_ns.  TCP ends with RST, nothing is
 * left half-open.  UDP: the first datagram from the target, whatever its port;
 * one that is lost is not sent again. */
void assay_talk(struct assay_job *, const struct assay_talk_spec *);

#pragma GCC visibility pop

#endif
