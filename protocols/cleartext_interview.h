/*
 * cleartext_interview: what to ask of one open TCP port, and what it is.
 *
 * It is listened to first, briefly, since most services wait to be asked; then
 * each opener is said on a connection of its own, until one is answered in
 * kind.  What was identified by none is listened to once more, for as long as a
 * slow greeting may take.  Pure: the caller has the connections.
 * A port that speaks TLS is asked for HTTP as well, since both may be served
 * on one port; the error that a TLS server sends in clear is no service.
 */
#ifndef ASSAY_CLEARTEXT_INTERVIEW_H
#define ASSAY_CLEARTEXT_INTERVIEW_H

#include "protocols/cleartext.h"

struct cleartext_interview {
	unsigned turn; /* in the list of openers */
	bool over;
	enum cleartext_kind greets; /* the greeting that is asked on */
	bool spoke, tls, http;
	bool offers_tls, only_to_tls;
	enum cleartext_kind kind; /* once it is over */
};

/* listen_only: nothing must be said there. */
struct cleartext_interview cleartext_interview_begin(bool listen_only);
/* What to say next; to be said once the greeting was heard. */
enum cleartext_opener cleartext_interview_asks(
    const struct cleartext_interview *i, bool *hear_first);
/* The first listening: this part of what a server may take that looks up a
 * name before it greets, for which there is all of it, at the end. */
#define CLEARTEXT_BRIEFLY 5
bool cleartext_interview_listens_briefly(const struct cleartext_interview *i);
/* The exchange with what was asked; seen: what it showed. */
void cleartext_interview_heard(struct cleartext_interview *i,
    const struct cleartext_talk *t, struct cleartext_seen *seen);

#endif
