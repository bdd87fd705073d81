/*
 * weigh: what became of a ticket, and what that shows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "probes/tls_tickets/parts.h"

#define WEEK_S 604800 /* RFC 8446 section 4.6.1: never more */

void
tickets_note(struct state *s, enum matter matter, enum assay_tls_matter is,
    const char *text, const struct assay_frames *f)
{
	struct assay_tls_tally *t = &s->tally[matter];
	char line[160];

	/* A fault is shown by its own connections. */
	if (is == ASSAY_TLS_PRESENT && t->is != ASSAY_TLS_PRESENT)
		t->nframes = 0;
	snprintf(line, sizeof(line), "%s %s",
	    tls_version_name(s->steps[s->at].version), text);
	assay_tls_tally_add(t, is, line,
	    is != ASSAY_TLS_PRESENT && t->is == ASSAY_TLS_PRESENT ? NULL : f);
}

void
tickets_skip_version(struct state *s)
{
	const uint16_t version = s->steps[s->at].version;

	while (s->at < s->nsteps && s->steps[s->at].version == version)
		s->at++;
}

void
tickets_give_up(struct state *s, const char *why, const struct assay_frames *f)
{
	tickets_note(s, MATTER_CONTROL, ASSAY_TLS_UNTOLD, why, f);
	tickets_skip_version(s);
}

void
tickets_weigh_lifetime(
    struct state *s, uint64_t lifetime_s, const struct assay_frames *f)
{
	const bool is_long = lifetime_s > WEEK_S;
	char text[80];

	if (s->has_told_lifetime)
		return;
	s->has_told_lifetime = true;
	if (lifetime_s == 0)
		snprintf(text, sizeof(text), "says no lifetime");
	else
		snprintf(text, sizeof(text), "lives for %" PRIu64 " s%s",
		    lifetime_s, is_long ? ", over a week" : "");
	/* Before TLS 1.3 it is a hint alone. */
	tickets_note(s, MATTER_LIFETIME,
	    !is_long                                ? ASSAY_TLS_ABSENT
		: s->steps[s->at].version == TLS_13 ? ASSAY_TLS_PRESENT
						    : ASSAY_TLS_POSSIBLE,
	    text, f);
}

/* ---- each kind of step ---- */

static void
weigh_same(struct state *s, enum outcome o, const struct assay_frames *f)
{
	const bool is_last = s->steps[s->at].ask == ASK_LAST;

	if (o == OUTCOME_RESUMED) {
		tickets_note(s, MATTER_CONTROL, ASSAY_TLS_ABSENT,
		    is_last ? "and again at the end"
			    : "an unchanged one resumes",
		    f);
		return;
	}
	tickets_give_up(s,
	    is_last ? "an unchanged one no longer resumes at the end"
		    : "not even an unchanged one resumes",
	    f);
}

/* Without a word, as long as there is room and no fault is shown. */
static void
show(struct state *s, enum matter matter, const struct assay_frames *f)
{
	struct assay_tls_tally *t = &s->tally[matter];
	const size_t most = sizeof(t->frames) / sizeof(t->frames[0]);

	if (t->is != ASSAY_TLS_PRESENT && t->nframes < most)
		t->frames[t->nframes++] = *f;
}

static void
weigh_changed(struct state *s, enum outcome o, const struct assay_frames *f)
{
	const struct step *step = &s->steps[s->at];
	const bool is_bit = step->ask == ASK_CHANGED;
	const unsigned of = PLACES + 1;
	char text[80];

	if (is_bit)
		snprintf(text, sizeof(text), "place %u of %d%s",
		    step->which + 1, PLACES,
		    o == OUTCOME_RESUMED ? ": resumes with a bit changed"
					 : ": no answer");
	else
		snprintf(text, sizeof(text), "a forged one%s",
		    o == OUTCOME_RESUMED ? " resumes" : ": no answer");
	if (o == OUTCOME_RESUMED) {
		tickets_note(s, MATTER_CHANGED, ASSAY_TLS_PRESENT, text, f);
		return;
	}
	if (o == OUTCOME_NONE) {
		tickets_note(s, MATTER_CHANGED, ASSAY_TLS_UNTOLD, text, f);
		return;
	}
	s->nchanged++;
	if (is_bit) {
		/* Two versions fill what an observation can name. */
		if (step->which % 2 == 0)
			show(s, MATTER_CHANGED, f);
		return;
	}
	snprintf(text, sizeof(text), "%u of %u changed ones do not resume",
	    s->nchanged, of);
	tickets_note(s, MATTER_CHANGED, ASSAY_TLS_ABSENT, text, f);
}

static void
weigh_foreign(struct state *s, enum outcome o, const struct assay_frames *f)
{
	const struct foreign *other = &s->foreign[s->steps[s->at].which];
	const bool same_key = other->key[0] == '\0' || s->key[0] == '\0' ||
	    strcmp(other->key, s->key) == 0;
	char text[80];

	if (o == OUTCOME_WHOLE || o == OUTCOME_REFUSED) {
		show(s, MATTER_FOREIGN, f);
		s->nforeign_whole++;
	} else {
		snprintf(text, sizeof(text), "that of port %u %s", other->port,
		    o == OUTCOME_NONE ? "gets no answer"
			: same_key    ? "resumes, which has the same key"
				      : "resumes, which has another key");
		tickets_note(s, MATTER_FOREIGN,
		    o == OUTCOME_NONE ? ASSAY_TLS_UNTOLD
			: same_key    ? ASSAY_TLS_POSSIBLE
				      : ASSAY_TLS_PRESENT,
		    text, f);
	}
	if (s->steps[s->at + 1].ask != ASK_FOREIGN && s->nforeign_whole > 0) {
		snprintf(text, sizeof(text),
		    "those of %u other ports do not resume", s->nforeign_whole);
		tickets_note(s, MATTER_FOREIGN, ASSAY_TLS_ABSENT, text, NULL);
	}
}

/* RFC 7627 section 5.3: neither may be resumed. */
static void
weigh_secret(struct state *s, enum outcome o, const struct assay_frames *f)
{
	const bool is_dropped = s->steps[s->at].ask == ASK_SECRET_DROPPED;
	char text[100];

	snprintf(text, sizeof(text), "%s extended master secret: %s",
	    is_dropped ? "a session with it, in a hello without"
		       : "a session without it, in a hello with",
	    o == OUTCOME_RESUMED    ? "resumes"
		: o == OUTCOME_NONE ? "no answer"
				    : "does not resume");
	tickets_note(s, MATTER_SECRET,
	    o == OUTCOME_RESUMED    ? ASSAY_TLS_PRESENT
		: o == OUTCOME_NONE ? ASSAY_TLS_UNTOLD
				    : ASSAY_TLS_ABSENT,
	    text, f);
}

void
tickets_weigh(struct state *s, enum outcome o, const struct assay_frames *f)
{
	const size_t at = s->at;

	switch (s->steps[s->at].ask) {
	case ASK_SAME:
	case ASK_LAST:
		weigh_same(s, o, f);
		break;
	case ASK_CHANGED:
	case ASK_FORGED:
		weigh_changed(s, o, f);
		break;
	case ASK_FOREIGN:
		weigh_foreign(s, o, f);
		break;
	case ASK_SECRET_DROPPED:
	case ASK_SECRET_ADDED:
		weigh_secret(s, o, f);
		break;
	case ASK_KEEP:
		break;
	}
	if (s->at == at) /* the rest is not left out */
		s->at++;
}
