/*
 * worker_malformed: cases between controls; when one of those fails, which case
 * it was, and whether it is so again.
 *
 * A device is called bad by its controls alone, never by what it says to a
 * case.  Only functions of the contract are used, so that a unit test runs the
 * same code.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"

#define BAD_ENOUGH 2       /* askings that it did not survive */
#define FIRST_TRIES 3      /* controls, before anything was asked */
#define UNASKED_TRIES 3    /* of one case */
#define UNEXPLAINED_MOST 3 /* outages */
#define OFFENDERS_MOST 4

enum stage {
	FIRST,   /* the control before all else */
	BATCH,   /* many cases, then a control */
	ISOLATE, /* each of `from` to `to`, with a control */
	CONFIRM, /* the one before `at` once more */
};

struct assay_malformed {
	struct assay_job *job;
	struct assay_malformed_spec spec;
	struct assay_malformed_result result;
	struct assay_malformed_offender suspect; /* of ISOLATE and CONFIRM */
	struct assay_timer *timer;
	enum stage stage;
	size_t at;          /* the next case */
	size_t from, to;    /* under suspicion */
	bool is_control;    /* under way */
	bool was_asked;     /* the last case reached the device */
	bool was_seen_away; /* by the watch, since the last good control */
	bool is_away, is_ours;
	uint64_t since_ns; /* of being away, or of ours */
	unsigned tries;    /* of the first control; of a case unasked */
	/* Of the last good control, the one before the last case, that case,
	 * the first control behind it, the last bad one. */
	uint16_t good_port, before_port, case_port, behind_port, bad_port;
};

static void
end(struct assay_malformed *m, enum assay_malformed_end how)
{
	m->result.end = how;
	m->result.control = m->bad_port;
	m->spec.on_end(m->job, m->spec.arg, &m->result);
}

static void
ask_control(struct assay_malformed *m)
{
	m->is_control = true;
	m->spec.control(m->job, m->spec.arg);
}

static void
ask_case(struct assay_malformed *m)
{
	m->is_control = false;
	m->was_asked = false;
	m->before_port = m->good_port;
	m->spec.ask(m->job, m->spec.arg, m->at);
}

/* All before this case are done. */
static void
go_on(struct assay_malformed *m, size_t at)
{
	m->stage = BATCH;
	m->at = m->result.settled = at;
	if (at == m->spec.n)
		end(m, ASSAY_MALFORMED_COMPLETE);
	else
		ask_case(m);
}

/* ---- one case at a time ---- */

static void
isolate(struct assay_malformed *m)
{
	m->stage = ISOLATE;
	memset(&m->suspect, 0, sizeof(m->suspect));
	ask_case(m);
}

/* An outage that came of none of these. */
static void
leave_unexplained(struct assay_malformed *m, size_t from, size_t to)
{
	m->result.unexplained++;
	m->result.from = from;
	m->result.to = to;
	m->result.settled = m->at;
	if (m->result.unexplained > UNEXPLAINED_MOST)
		end(m, ASSAY_MALFORMED_ENOUGH);
	else
		go_on(m, m->at);
}

static void
note_trial(struct assay_malformed *m, bool was_bad, uint64_t away_ns)
{
	struct assay_malformed_offender *s = &m->suspect;

	s->which = m->at - 1;
	s->trials[s->asked++] = (struct assay_malformed_trial){ m->before_port,
		m->case_port, m->behind_port, was_bad };
	s->bad += was_bad ? 1 : 0;
	if (away_ns > s->away_ns)
		s->away_ns = away_ns;
}

static void
weigh_trials(struct assay_malformed *m)
{
	const struct assay_malformed_offender *s = &m->suspect;

	if (s->bad >= BAD_ENOUGH) {
		m->result.offenders++;
		m->result.settled = m->at;
		m->spec.on_offender(m->job, m->spec.arg, s);
		if (m->result.offenders == OFFENDERS_MOST && m->at < m->spec.n)
			end(m, ASSAY_MALFORMED_ENOUGH);
		else
			go_on(m, m->at);
	} else if (s->bad == 0) { /* not this one */
		m->result.settled = m->at;
		if (m->at == m->to)
			leave_unexplained(m, m->from, m->to);
		else
			isolate(m);
	} else if (s->asked == ASSAY_MALFORMED_TRIALS) { /* one of three */
		leave_unexplained(m, m->at - 1, m->at);
	} else {
		m->stage = CONFIRM;
		m->at--;
		ask_case(m);
	}
}

/* ---- controls ---- */

/* The device answers, and was not away. */
static void
on_good(struct assay_malformed *m)
{
	switch (m->stage) {
	case FIRST:
		m->tries = 0;
		go_on(m, 0);
		break;
	case BATCH:
		go_on(m, m->at);
		break;
	case ISOLATE:
	case CONFIRM:
		if (!m->was_asked) {
			ask_case(m);
			break;
		}
		note_trial(m, false, 0);
		weigh_trials(m);
		break;
	}
}

/* It answers again. */
static void
on_back(struct assay_malformed *m, uint64_t away_ns)
{
	switch (m->stage) {
	case FIRST:
		m->tries = 0;
		go_on(m, 0);
		break;
	case BATCH:
		m->from = m->result.settled;
		m->to = m->at;
		if (m->from == m->to) { /* nothing was asked meanwhile */
			leave_unexplained(m, m->from, m->to);
			break;
		}
		m->at = m->from;
		isolate(m);
		break;
	case ISOLATE:
	case CONFIRM:
		if (!m->was_asked) {
			leave_unexplained(m, m->at, m->at);
			break;
		}
		note_trial(m, true, away_ns);
		weigh_trials(m);
		break;
	}
}

static void
on_good_control(struct assay_malformed *m, uint16_t port)
{
	const bool was_away = m->is_away || m->was_seen_away;
	const uint64_t away_ns =
	    m->is_away ? assay_now_ns(m->job) - m->since_ns : 0;

	m->good_port = port;
	if (!m->is_away)
		m->behind_port = port;
	m->is_away = m->is_ours = m->was_seen_away = false;
	if (was_away)
		on_back(m, away_ns);
	else
		on_good(m);
}

static void
on_bad_control(struct assay_malformed *m, uint16_t port)
{
	const uint64_t now = assay_now_ns(m->job);

	if (m->stage == FIRST && ++m->tries == FIRST_TRIES) {
		m->bad_port = port;
		end(m, ASSAY_MALFORMED_NO_CONTROL);
		return;
	}
	if (!m->is_away) {
		m->is_away = true;
		m->is_ours = false;
		m->since_ns = now;
		m->behind_port = port;
	}
	m->bad_port = port;
	if (now - m->since_ns > m->spec.patience_ns) {
		m->result.to = m->at;
		m->result.from = m->at;
		if (m->stage == BATCH)
			m->result.from = m->result.settled;
		else if (m->was_asked)
			m->result.from = m->at - 1;
		end(m, ASSAY_MALFORMED_GONE);
		return;
	}
	assay_timer_set(m->timer, m->spec.pause_ns);
}

static void
on_our_trouble(struct assay_malformed *m)
{
	const uint64_t now = assay_now_ns(m->job);

	if (!m->is_ours && !m->is_away) {
		m->is_ours = true;
		m->since_ns = now;
	}
	if (now - m->since_ns > m->spec.patience_ns)
		end(m, ASSAY_MALFORMED_BENCH);
	else
		assay_timer_set(m->timer, m->spec.pause_ns);
}

static void
on_control(
    struct assay_malformed *m, enum assay_malformed_went went, uint16_t port)
{
	switch (went) {
	case ASSAY_MALFORMED_FINE:
		on_good_control(m, port);
		break;
	case ASSAY_MALFORMED_ODD:
	case ASSAY_MALFORMED_UNASKED:
		on_bad_control(m, port);
		break;
	case ASSAY_MALFORMED_OURS:
		on_our_trouble(m);
		break;
	}
}

/* ---- cases ---- */

static void
on_asked(struct assay_malformed *m, enum assay_malformed_went went)
{
	m->was_asked = true;
	m->tries = 0;
	m->at++;
	if (m->stage == BATCH && went == ASSAY_MALFORMED_FINE &&
	    m->at < m->spec.n && !m->was_seen_away &&
	    m->at - m->result.settled < m->spec.batch)
		ask_case(m);
	else
		ask_control(m);
}

/* It never reached the device: once more behind a control, but not for ever. */
static void
on_unasked(struct assay_malformed *m, enum assay_malformed_went went)
{
	if (++m->tries == UNASKED_TRIES) {
		m->tries = 0;
		m->result.unasked++;
		go_on(m, m->at + 1);
	} else if (went == ASSAY_MALFORMED_OURS) {
		assay_timer_set(m->timer, m->spec.pause_ns);
	} else {
		ask_control(m);
	}
}

void
assay_malformed_told(
    struct assay_malformed *m, enum assay_malformed_went went, uint16_t port)
{
	if (m->is_control) {
		on_control(m, went, port);
		return;
	}
	m->case_port = port;
	switch (went) {
	case ASSAY_MALFORMED_FINE:
	case ASSAY_MALFORMED_ODD:
		on_asked(m, went);
		break;
	case ASSAY_MALFORMED_UNASKED:
	case ASSAY_MALFORMED_OURS:
		on_unasked(m, went);
		break;
	}
}

/* ---- life ---- */

static void
on_time(struct assay_job *job, void *arg)
{
	(void)job;
	ask_control(arg);
}

struct assay_malformed *
assay_malformed_start(
    struct assay_job *job, const struct assay_malformed_spec *spec)
{
	struct assay_malformed *m = xcalloc(1, sizeof(*m));

	m->job = job;
	m->spec = *spec;
	m->stage = FIRST;
	m->timer = assay_timer_new(job, on_time, m);
	assay_timer_set(m->timer, 0);
	return m;
}

void
assay_malformed_health(struct assay_malformed *m, enum assay_health health)
{
	if (m == NULL)
		return;
	switch (health) {
	case ASSAY_DOWN:
	case ASSAY_REBOOTED:
	case ASSAY_ADDRESS_CHANGED:
	case ASSAY_LINK_LOST:
		m->was_seen_away = true;
		break;
	case ASSAY_UP:
	case ASSAY_SLOW:
		break;
	}
}

void
assay_malformed_free(struct assay_malformed *m)
{
	if (m == NULL)
		return;
	assay_timer_free(m->timer);
	free(m);
}
