/*
 * datagrams: each service that is known by UDP is asked at its own port.
 *
 * Silence there shows nothing, so this half never passes.
 */
#include <string.h>

#include "probes/services_disclosure/parts.h"

static void ask_datagram(struct assay_job *job);

/* The same port is asked more than once; what came of it all is said at its
 * last question. */
static void
observe_port(struct assay_job *job, const struct service_asks *asks)
{
	struct disclosure_state *s = assay_state(job);
	const char *what = s->answered != NULL ? s->answered
	    : s->closed                        ? "closed"
	    : s->odd                           ? "unidentified"
	    : s->last.end == ASSAY_TALK_LOCAL  ? "unasked"
					       : "silent";
	const struct assay_target *t = s->target;
	const struct assay_subject on = ASSAY_ON(t, asks->port);
	const struct assay_frames f[] = {
		assay_frames_of(
		    ASSAY_UDP, t, s->last.local_port, asks->port, "asked"),
		assay_frames_of(ASSAY_UDP, t, s->last.local_port,
		    s->last.remote_port, "answered"),
		{ t->family == 4 ? 1 : 58, t, 0, 0, 0, 0, "ICMP" },
	};
	const struct assay_frames refused[] = { f[0], f[2] };

	if (s->closed)
		assay_observe_on(
		    job, on, "udp.service", ASSAY_STRING(what), refused, 2);
	else
		assay_observe_on(job, on, "udp.service", ASSAY_STRING(what), f,
		    s->last.remote_port == asks->port ? 1 : 2);
}

static void
next_question(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);
	const struct assay_ports *ports = assay_param_ports(job, "udp_ports");
	const struct service_asks *asks;

	while (!s->cancelled && s->question < SERVICE_QUESTIONS) {
		asks = service_asks((enum service_question)s->question);
		if (assay_ports_has(ports, asks->port)) {
			ask_datagram(job);
			return;
		}
		s->question++;
	}
	if (s->cancelled)
		assay_finish(job);
	else
		disclosure_interview_all(job);
}

static void
end_question(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);
	const struct service_asks *asks =
	    service_asks((enum service_question)s->question);

	s->udp_tries = 0;
	do {
		s->question++;
	} while (s->closed && s->question < SERVICE_QUESTIONS &&
	    service_asks((enum service_question)s->question)->port ==
		asks->port);
	if (s->question == SERVICE_QUESTIONS ||
	    service_asks((enum service_question)s->question)->port !=
		asks->port) {
		observe_port(job, asks);
		s->answered = NULL;
		s->closed = s->odd = false;
	}
	next_question(job);
}

static void
hear_datagram(struct assay_job *job, const struct assay_talked *talked)
{
	struct disclosure_state *s = assay_state(job);
	const struct service_asks *asks =
	    service_asks((enum service_question)s->question);
	const struct cleartext_talk t = { s->udp_said, s->udp_nsaid,
		talked->heard, talked->nheard };
	struct service_seen seen = { .n = 0 };
	struct assay_frames f;
	size_t i;

	if (!service_read(asks->kind, &t, &seen)) {
		s->odd = true;
		return;
	}
	s->answered = asks->name;
	if (seen.location_port != 0) {
		s->location_port = seen.location_port;
		memcpy(s->location, seen.location, sizeof(s->location));
	}
	f = assay_frames_of(ASSAY_UDP, s->target, talked->local_port,
	    talked->remote_port, "says what it is");
	for (i = 0; i < seen.n; i++) {
		disclosure_tell(job, ASSAY_UDP, &seen.facts[i], &f);
	}
	if (seen.more)
		assay_observe_on(job, ASSAY_ON(s->target, asks->port),
		    "udp.cut", ASSAY_BOOL(true), NULL, 0);
}

static void
on_datagram(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct disclosure_state *s = arg;

	s->last = *talked;
	s->last.heard = NULL;
	if (talked->end == ASSAY_TALK_REFUSED)
		s->closed = true;
	else if (talked->nheard > 0)
		hear_datagram(job, talked);
	else if (++s->udp_tries < assay_param_u64(job, "tries")) {
		ask_datagram(job);
		return;
	}
	end_question(job);
}

static void
ask_datagram(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);
	const enum service_question q = (enum service_question)s->question;
	const struct cleartext_asker who = { assay_random(job),
		s->target->text };
	struct assay_talk_spec spec = { .transport = ASSAY_UDP,
		.target = s->target,
		.port = service_asks(q)->port,
		.say = s->udp_said,
		.listen_ns = assay_param_ns(job, "datagram"),
		.on_end = on_datagram,
		.arg = s };

	s->udp_nsaid = service_ask(q, &who, s->udp_said);
	spec.nsay = s->udp_nsaid;
	assay_talk(job, &spec);
}

void
disclosure_ask_datagrams(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	s->question = SERVICE_ASK_DNS;
	s->udp_tries = 0;
	s->answered = NULL;
	s->closed = s->odd = false;
	s->location_port = 0;
	next_question(job);
}
