/*
 * interview: which of the open ports speak TLS, and whom they say they are.
 *
 * TLS is tried first.  What is none is asked what else it is, for a port of
 * which nobody knows that may be TLS that did not like our words.
 */
#include <string.h>

#include "probes/tls_certificate/parts.h"

#define AT_ONCE 4 /* gently: a handshake costs a small device most */
#define PAUSE_NS UINT64_C(500000000)

static void begin_some(struct assay_job *job);
static void ask(struct certificate_port *p);

static void
end(struct certificate_port *p, const char *service)
{
	struct assay_job *job = p->job;
	struct certificate_state *s = assay_state(job);
	const struct assay_frames f = assay_frames_of(
	    ASSAY_TCP, s->target, p->local_port, p->port, "exchange");

	assay_observe_on(job, ASSAY_ON(s->target, p->port), "service",
	    ASSAY_STRING(service), &f, p->local_port != 0 ? 1 : 0);
	assay_timer_free(p->pause);
	p->pause = NULL;
	s->ended++;
	assay_progress(job, s->ended, s->nports, "open ports asked");
	if (s->ended == s->nports)
		assay_tcp_rounds_done(s->rounds);
	else
		begin_some(job);
}

static void
on_pause(struct assay_job *job, void *arg)
{
	(void)job;
	ask(arg);
}

/* False: it was tried often enough. */
static bool
try_again(struct certificate_port *p)
{
	if (++p->tries >= assay_param_u64(p->job, "tries"))
		return false;
	if (p->pause == NULL)
		p->pause = assay_timer_new(p->job, on_pause, p);
	assay_timer_set(p->pause, PAUSE_NS);
	return true;
}

static void
hear_tls(struct certificate_port *p, const struct assay_talked *talked)
{
	if (talked->withheld) {
		end(p, CERTIFICATE_UNASKED);
	} else if (talked->tls.certificate != NULL) {
		end(p,
		    certificate_observe(p->job, p->port, talked)
			? CERTIFICATE_READ
			: CERTIFICATE_UNREAD);
	} else if (talked->tls.ready || talked->tls.alert != 0) {
		if (!try_again(p))
			end(p, CERTIFICATE_UNREAD);
	} else {
		p->in_clear = true;
		p->is = cleartext_interview_begin(false);
		ask(p);
	}
}

static void
hear_clear(struct certificate_port *p, const struct assay_talked *talked)
{
	const struct cleartext_talk t = { p->said, talked->said ? p->nsaid : 0,
		talked->heard, talked->nheard };
	struct cleartext_seen seen;

	cleartext_interview_heard(&p->is, &t, &seen);
	if (!p->is.over)
		ask(p);
	else if (p->is.kind == CLEARTEXT_TLS)
		end(p, CERTIFICATE_UNREAD);
	else if (p->is.kind == CLEARTEXT_SILENT)
		end(p, CERTIFICATE_SILENT);
	else if (p->is.offers_tls)
		end(p, CERTIFICATE_STARTTLS);
	else
		end(p, cleartext_name(p->is.kind));
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct certificate_port *p = arg;

	if (talked->local_port != 0)
		p->local_port = talked->local_port;
	switch (talked->end) {
	case ASSAY_TALK_ANSWERED:
	case ASSAY_TALK_CLOSED:
	case ASSAY_TALK_QUIET:
		if (p->in_clear)
			hear_clear(p, talked);
		else
			hear_tls(p, talked);
		break;
	case ASSAY_TALK_REFUSED:
	case ASSAY_TALK_UNREACHABLE:
	case ASSAY_TALK_TIMEOUT:
		if (!try_again(p))
			end(p, CERTIFICATE_LOST);
		break;
	case ASSAY_TALK_LOCAL:
		assay_note(job, "bench.local_failure", ASSAY_BOOL(true));
		end(p, CERTIFICATE_UNASKED);
		break;
	}
}

static void
ask(struct certificate_port *p)
{
	const struct certificate_state *s = assay_state(p->job);
	const struct cleartext_asker who = { assay_random(p->job),
		s->target->text };
	struct assay_talk_spec spec = { .transport = ASSAY_TCP,
		.target = s->target,
		.port = p->port,
		.say = p->said,
		.connect_ns = assay_param_ns(p->job, "handshake"),
		.listen_ns = assay_param_ns(p->job, "answer"),
		.quiet_ns = assay_param_ns(p->job, "pause"),
		.tls = !p->in_clear,
		.tls_only = !p->in_clear,
		.on_end = on_talked,
		.arg = p };
	enum cleartext_opener opener;

	if (p->in_clear) {
		opener = cleartext_interview_asks(&p->is, &spec.hear_first);
		p->nsaid = cleartext_ask(opener, &who, p->said);
		spec.nsay = p->nsaid;
	}
	assay_talk(p->job, &spec);
}

static void
begin_some(struct assay_job *job)
{
	struct certificate_state *s = assay_state(job);

	while (s->begun < s->nports && s->begun - s->ended < AT_ONCE)
		ask(&s->ports[s->begun++]);
}

void
certificate_ask_all(struct assay_job *job, const struct assay_ports *open)
{
	struct certificate_state *s = assay_state(job);
	struct certificate_port *p;
	uint32_t port;

	memset(s->ports, 0, sizeof(s->ports));
	s->nports = s->begun = s->ended = 0;
	for (port = 1; port <= UINT16_MAX && s->nports < CERTIFICATE_PORTS_MAX;
	     port++) {
		if (!assay_ports_has(open, (uint16_t)port))
			continue;
		p = &s->ports[s->nports++];
		p->job = job;
		p->port = (uint16_t)port;
	}
	if (s->nports == 0)
		assay_tcp_rounds_done(s->rounds);
	else
		begin_some(job);
}
