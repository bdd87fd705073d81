/*
 * tls_enumerate: which hello comes next, so that a server has named all the
 * versions and suites that it takes.
 *
 * A hello offers all that is not known yet, the server names one of them, the
 * next hello leaves that one out, until it refuses: one connection more than
 * suites, for each version.  Beside that chain suites that are likely, by what
 * the server took before, are asked for alone, which costs no connection more,
 * as long as the guess is right.  TLS 1.3 is asked with an empty key_share: the
 * server names a suite in its HelloRetryRequest, without any signature.  What
 * would be believed wrongly is asked again: an end without an alert, and a
 * refusal of a first hello by a server that may have choked on its length is
 * asked once more in small ones.  A server may end to talk to who asks so
 * much; so where no words refused, what it took is asked again at the end, and
 * unless it is taken again, nothing counts as refused.  Where that is wanted,
 * what was refused is asked some more times (tls_again.h), for behind one
 * address may be several servers.  Pure: chance and answers come from the
 * caller.  Sources: RFC 8446 section 4.1.4, RFC 5246
 * section 7.4.1.
 */
#ifndef ASSAY_TLS_ENUMERATE_H
#define ASSAY_TLS_ENUMERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_likely.h"
#include "protocols/tls_reply.h"

#define TLS_ENUMERATE_SUITES 400 /* as many as there are names, at least */
#define TLS_ENUMERATE_LANES 250
#define TLS_ENUMERATE_VERSIONS 6

enum tls_taken {
	TLS_UNASKED = 0,
	TLS_TAKEN,
	TLS_NOT_TAKEN,
	TLS_UNKNOWN, /* nobody can tell: no answer, or none that fits */
};
enum tls_order { /* whose preference decides */
	TLS_ORDER_UNKNOWN = 0,
	TLS_ORDER_SERVER,
	TLS_ORDER_CLIENT,
};

struct tls_version_taken {
	uint16_t version;
	enum tls_taken taken;
	bool incomplete; /* there may be more suites */
	bool wordless;   /* refused by no word: an end, or silence */
	uint16_t of_all; /* what it chose of all suites at once; 0: nothing */
	enum tls_order order;
	uint16_t suites[TLS_ENUMERATE_SUITES]; /* in the order they came */
	size_t n;
	uint32_t kinds[8]; /* SSL 2 */
	size_t nkinds;
};

struct tls_lane {        /* hellos of one version, one after the other */
	uint8_t version; /* index */
	bool is_small;   /* few suites, nothing that might be choked on */
	bool is_guess;   /* one suite, a likely one; nobody knows yet */
	bool reversed;   /* the list backwards: to see whose order counts */
	bool is_control; /* what it took, once more */
	bool is_again;   /* what it did not take, once more */
	bool is_first;   /* all at once, once more */
	bool under_way, is_over;
	uint8_t failures;
	uint16_t named; /* suites that came of it since it was split */
	uint8_t left[TLS_ENUMERATE_SUITES / 8];
};

struct tls_enumerate {
	bool versions_only;
	bool wants_again; /* set by the caller, after the beginning */
	const char *host; /* for server_name; NULL: none */
	struct tls_version_taken versions[TLS_ENUMERATE_VERSIONS];
	struct tls_lane lanes[TLS_ENUMERATE_LANES];
	size_t nlanes, splits;
	struct tls_likely likely;
	uint32_t guesses, right, wrong; /* under way; that came true; not */
	bool is_tls;                    /* something of TLS was heard */
	bool is_strange; /* the first answer was of another protocol */
	bool is_mute;    /* nothing ever came; all versions may be unasked */
	uint32_t unheard;
	bool takes_long; /* a long hello was understood */
	bool has_begun, has_control, has_again;
	bool differs;   /* the same was answered otherwise before */
	uint32_t asked; /* hellos */
};

/* versions_only: one suite of each version is enough.  Version 0 is SSL 2,
 * the last TLS 1.3. */
void tls_enumerate_begin(struct tls_enumerate *e, bool versions_only);
/* The next hello.  Its size; 0: none before another answer, or at all. */
size_t tls_enumerate_next(struct tls_enumerate *e, const uint8_t random[32],
    uint8_t *out, size_t size, uint32_t *tag);
/* What came of the hello with this tag. */
void tls_enumerate_hear(
    struct tls_enumerate *e, uint32_t tag, const struct tls_reply *reply);
bool tls_enumerate_is_over(const struct tls_enumerate *e);

#endif
