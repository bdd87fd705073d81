/*
 * services.cleartext: no service of the device speaks clear text.
 *
 * NET-06: EN 303 645 provisions 5.5-1 and 5.6-1, NIST IR 8425 interface access
 * and data protection.  What a service is, is read from what it says, never
 * from its port number: every TCP port is asked by a sweep, and every open one
 * is interviewed (protocols/cleartext_interview.h).  An open port that cannot
 * be identified is never passed over: it makes a pass inconclusive.  UDP knows
 * no such completeness: silence there shows nothing, so TFTP and SNMP are asked
 * for at a few ports, and the best that is said is info.
 *
 * On a stored capture the same is read from the conversations in it.
 */
#include <string.h>

#include "probes/probe.h"
#include "probes/services_cleartext/parts.h"
#include "protocols/cleartext.h"
#include "protocols/cleartext_interview.h"

#define AT_ONCE 4  /* gently: small devices take few connections */
#define USED_MAX 8 /* exchanges cited for one port */
#define UDP_MAX 32
#define PAUSE_NS UINT64_C(500000000)

struct interview { /* of one open port */
	struct assay_job *job;
	struct cleartext_interview is;
	struct assay_timer *pause;
	uint64_t tries;
	uint16_t port;
	uint16_t used[USED_MAX]; /* our ports of the exchanges, the last ones */
	unsigned nused;
	uint8_t said[CLEARTEXT_ASK_MAX];
	size_t nsaid;
	bool unasked; /* something was not to be said to it */
	char says[96];
};

struct state {
	struct assay_tcp_rounds *rounds;   /* NULL: over stored frames */
	const struct assay_target *target; /* under way */
	struct interview interviews[SERVICES_PORTS_MAX];
	size_t ninterviews, begun, ended;
	uint16_t udp[UDP_MAX];
	size_t nudp, udp_at;
	enum cleartext_opener udp_asks;
	uint8_t udp_said[CLEARTEXT_ASK_MAX];
	size_t udp_nsaid;
	uint64_t udp_tries;
	bool udp_answered;
	struct services_capture capture; /* over stored frames */
};

/* ---- observations ---- */

/* What a port turned out to be, with the exchanges that show it. */
static void
observe_service(struct interview *i, const char *name)
{
	struct assay_frames f[USED_MAX];
	struct assay_job *job = i->job;
	const struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, i->port);
	size_t k;

	for (k = 0; k < i->nused; k++)
		f[k] = assay_frames_of(
		    ASSAY_TCP, s->target, i->used[k], i->port, "exchange");
	assay_observe_on(job, on, "service", ASSAY_STRING(name), f, i->nused);
	if (i->says[0] != '\0')
		assay_observe_on(
		    job, on, "service.says", ASSAY_STRING(i->says), NULL, 0);
	if (i->is.offers_tls)
		assay_observe_on(
		    job, on, "service.offers_tls", ASSAY_BOOL(true), NULL, 0);
	if (i->is.only_to_tls)
		assay_observe_on(
		    job, on, "service.only_to_tls", ASSAY_BOOL(true), NULL, 0);
}

/* ---- UDP: a few ports, four questions each ---- */

static void ask_datagram(struct assay_job *job);

static void
next_datagram_port(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->udp_at++;
	s->udp_asks = CLEARTEXT_ASK_TFTP;
	s->udp_tries = 0;
	s->udp_answered = false;
	if (s->udp_at < s->nudp)
		ask_datagram(job);
	else
		assay_tcp_rounds_done(s->rounds);
}

static void
observe_datagram(
    struct assay_job *job, const char *what, const struct assay_talked *talked)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = s->target;
	const uint16_t port = s->udp[s->udp_at], local = talked->local_port;
	const struct assay_subject on = ASSAY_ON(t, port);
	/* TFTP answers from another port. */
	const struct assay_frames f[] = {
		assay_frames_of(ASSAY_UDP, t, local, port, "asked"),
		assay_frames_of(
		    ASSAY_UDP, t, local, talked->remote_port, "answered"),
		{ t->family == 4 ? 1 : 58, t, 0, 0, 0, 0, "ICMP" },
	};
	const struct assay_frames refused[] = { f[0], f[2] };

	if (talked->end == ASSAY_TALK_REFUSED)
		assay_observe_on(
		    job, on, "udp.service", ASSAY_STRING(what), refused, 2);
	else
		assay_observe_on(job, on, "udp.service", ASSAY_STRING(what), f,
		    talked->remote_port == port ? 1 : 2);
}

static void
on_datagram(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct state *s = arg;
	const struct cleartext_talk t = { s->udp_said, s->udp_nsaid,
		talked->heard, talked->nheard };
	struct cleartext_seen seen;

	if (talked->end == ASSAY_TALK_REFUSED) {
		observe_datagram(job, "closed", talked);
		next_datagram_port(job);
		return;
	}
	if (talked->nheard > 0) {
		cleartext_read_udp(&t, &seen);
		s->udp_answered = true;
		observe_datagram(job, cleartext_name(seen.kind), talked);
	} else if (++s->udp_tries < assay_param_u64(job, "tries")) {
		ask_datagram(job);
		return;
	}
	s->udp_tries = 0;
	if (s->udp_asks < CLEARTEXT_ASK_SNMP3) {
		s->udp_asks++;
		ask_datagram(job);
		return;
	}
	if (!s->udp_answered)
		observe_datagram(job,
		    talked->end == ASSAY_TALK_LOCAL ? "unasked" : "silent",
		    talked);
	next_datagram_port(job);
}

static void
ask_datagram(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct cleartext_asker who = { assay_random(job),
		s->target->text };
	struct assay_talk_spec spec = { .transport = ASSAY_UDP,
		.target = s->target,
		.port = s->udp[s->udp_at],
		.say = s->udp_said,
		.listen_ns = assay_param_ns(job, "datagram"),
		.on_end = on_datagram,
		.arg = s };

	s->udp_nsaid = cleartext_ask(s->udp_asks, &who, s->udp_said);
	spec.nsay = s->udp_nsaid;
	assay_talk(job, &spec);
}

static void
ask_datagrams(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_ports *ports = assay_param_ports(job, "udp_ports");
	uint32_t port;

	s->nudp = 0;
	for (port = 1; port <= SERVICES_ALL_PORTS && s->nudp < UDP_MAX; port++)
		if (assay_ports_has(ports, (uint16_t)port))
			s->udp[s->nudp++] = (uint16_t)port;
	s->udp_at = (size_t)-1;
	next_datagram_port(job);
}

/* ---- interviews: each open port, one connection for each question ---- */

static void begin_interviews(struct assay_job *job);
static void ask(struct interview *i);

static void
end_interview(struct interview *i, const char *name)
{
	struct assay_job *job = i->job;
	struct state *s = assay_state(job);

	observe_service(i, name);
	assay_timer_free(i->pause);
	i->pause = NULL;
	s->ended++;
	assay_progress(job, s->ended, s->ninterviews, "open ports identified");
	if (s->ended == s->ninterviews)
		ask_datagrams(job);
	else
		begin_interviews(job);
}

static void
on_pause(struct assay_job *job, void *arg)
{
	(void)job;
	ask(arg);
}

/* It was open and takes no connection now: perhaps one at a time. */
static void
try_again(struct interview *i)
{
	if (++i->tries >= assay_param_u64(i->job, "tries")) {
		end_interview(i, "lost");
		return;
	}
	if (i->pause == NULL)
		i->pause = assay_timer_new(i->job, on_pause, i);
	assay_timer_set(i->pause, PAUSE_NS);
}

static void
hear(struct interview *i, const struct assay_talked *talked)
{
	struct assay_job *job = i->job;
	const struct cleartext_talk t = { i->said, talked->said ? i->nsaid : 0,
		talked->heard, talked->nheard };
	struct cleartext_seen seen;

	i->unasked = i->unasked || talked->withheld ||
	    assay_ports_has(assay_param_ports(job, "listen_only"), i->port);
	cleartext_interview_heard(&i->is, &t, &seen);
	if (talked->nheard > 0)
		cleartext_excerpt(
		    talked->heard, talked->nheard, i->says, sizeof(i->says));
	if (!i->is.over)
		ask(i);
	else if (i->unasked && i->is.kind == CLEARTEXT_SILENT)
		end_interview(i, "unasked");
	else
		end_interview(i, cleartext_name(i->is.kind));
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct interview *i = arg;

	if (i->nused == USED_MAX) {
		memmove(i->used, i->used + 1, sizeof(i->used[0]) * --i->nused);
	}
	if (talked->local_port != 0)
		i->used[i->nused++] = talked->local_port;
	switch (talked->end) {
	case ASSAY_TALK_ANSWERED:
	case ASSAY_TALK_CLOSED:
	case ASSAY_TALK_QUIET:
		i->tries = 0;
		hear(i, talked);
		break;
	case ASSAY_TALK_REFUSED:
	case ASSAY_TALK_UNREACHABLE:
	case ASSAY_TALK_TIMEOUT:
		try_again(i);
		break;
	case ASSAY_TALK_LOCAL:
		assay_note(job, "bench.local_failure", ASSAY_BOOL(true));
		end_interview(i, "unasked");
		break;
	}
}

static void
ask(struct interview *i)
{
	struct assay_job *job = i->job;
	const struct state *s = assay_state(job);
	const struct cleartext_asker who = { assay_random(job),
		s->target->text };
	struct assay_talk_spec spec = { .transport = ASSAY_TCP,
		.target = s->target,
		.port = i->port,
		.say = i->said,
		.connect_ns = assay_param_ns(job, "handshake"),
		.quiet_ns = assay_param_ns(job, "pause"),
		.on_end = on_talked,
		.arg = i };
	enum cleartext_opener opener =
	    cleartext_interview_asks(&i->is, &spec.hear_first);

	i->nsaid = cleartext_ask(opener, &who, i->said);
	spec.nsay = i->nsaid;
	spec.listen_ns = assay_param_ns(
	    job, spec.nsay == 0 || spec.hear_first ? "greeting" : "answer");
	if (cleartext_interview_listens_briefly(&i->is))
		spec.listen_ns /= CLEARTEXT_BRIEFLY;
	assay_talk(job, &spec);
}

static void
begin_interviews(struct assay_job *job)
{
	struct state *s = assay_state(job);

	while (s->begun < s->ninterviews && s->begun - s->ended < AT_ONCE)
		ask(&s->interviews[s->begun++]);
}

static void
interview_all(struct assay_job *job, void *arg, const struct assay_target *t,
    const struct assay_ports *open)
{
	const struct assay_ports *quiet = assay_param_ports(job, "listen_only");
	struct state *s = arg;
	struct interview *i;
	uint32_t port;

	s->target = t;
	memset(s->interviews, 0, sizeof(s->interviews));
	s->ninterviews = s->begun = s->ended = 0;
	for (port = 1;
	     port <= SERVICES_ALL_PORTS && s->ninterviews < SERVICES_PORTS_MAX;
	     port++) {
		if (!assay_ports_has(open, (uint16_t)port))
			continue;
		i = &s->interviews[s->ninterviews++];
		i->job = job;
		i->port = (uint16_t)port;
		i->is =
		    cleartext_interview_begin(assay_ports_has(quiet, i->port));
	}
	if (s->ninterviews == 0)
		ask_datagrams(job);
	else
		begin_interviews(job);
}

/* ---- the contract's functions ---- */

static void
on_health(struct assay_job *job, enum assay_health health)
{
	const struct state *s = assay_state(job);

	assay_tcp_rounds_health(s->rounds, health);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_on_health(job, on_health);
	s->rounds = assay_tcp_rounds_start(job, interview_all, s);
}

static void
cancel(struct assay_job *job)
{
	const struct state *s = assay_state(job);

	assay_tcp_rounds_cancel(s->rounds);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_tcp_rounds_free(s->rounds);
	s->rounds = NULL;
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);

	if (s->rounds == NULL)
		services_capture_take(job, &s->capture, frame);
	assay_tcp_rounds_frame(s->rounds, frame);
}

static void
on_end(struct assay_job *job)
{
	const struct state *s = assay_state(job);

	if (s->rounds == NULL)
		services_capture_end(job, &s->capture);
}

static const struct assay_claim claims[] = {
	{ "NET-06", ASSAY_COMPLETENESS }, /* TCP, every port */
	{ "NET-06", ASSAY_BEHAVIOUR },    /* UDP, where it was asked */
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TCP_ROUNDS_PARAMS,
	{ "udp_ports", ASSAY_PARAM_PORTS, "69,161", 0, 0, NULL,
	    "Where TFTP and SNMP are asked for by UDP; the first 32." },
	{ "listen_only", ASSAY_PARAM_PORTS, "9100-9107", 0, 0, NULL,
	    "TCP ports to which nothing is sent: printers print what comes." },
	{ "greeting", ASSAY_PARAM_DURATION, "5s", 1000000, 60000000000, NULL,
	    "How long a server that speaks first may take to do so." },
	{ "answer", ASSAY_PARAM_DURATION, "3s", 1000000, 60000000000, NULL,
	    "How long the answer to a question may take." },
	{ "pause", ASSAY_PARAM_DURATION, "300ms", 1000000, 10000000000, NULL,
	    "A silence of this length ends what a service says." },
	{ "datagram", ASSAY_PARAM_DURATION, "1s", 1000000, 60000000000, NULL,
	    "How long the answer to a datagram may take." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, 10, NULL,
	    "How often what stays unanswered is asked." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TCP_ROUNDS_FIELDS,
	{ "service", ASSAY_TYPE_STRING, "",
	    "what an open TCP port speaks: ftp, telnet, tls …, unidentified, "
	    "silent, lost (takes no connection any more), unasked" },
	{ "service.says", ASSAY_TYPE_STRING, "", "the last it said, escaped" },
	{ "service.offers_tls", ASSAY_TYPE_BOOL, "",
	    "STARTTLS, STLS or AUTH TLS is offered in clear" },
	{ "service.only_to_tls", ASSAY_TYPE_BOOL, "",
	    "HTTP that only sends on to https" },
	{ "udp.service", ASSAY_TYPE_STRING, "",
	    "what a UDP port speaks; closed, silent, unasked" },
	{ "capture.conversations", ASSAY_TYPE_U64, "",
	    "TCP conversations whose beginning a capture shows" },
	{ .name = NULL },
};

#define VALUES "services ports count open asked silent unsettled"
static const struct assay_reason reasons[] = {
	{ "cleartext.none", VALUES },
	{ "cleartext.found", VALUES },
	{ "cleartext.only_seen", VALUES },
	{ "cleartext.no_responder", VALUES },
	{ "cleartext.device_gone", VALUES },
	{ "cleartext.partial", VALUES },
	{ "cleartext.unsettled", VALUES },
	{ "cleartext.unasked", VALUES },
	{ "cleartext.unidentified", VALUES },
	{ "cleartext.ssh_1_99", VALUES },
	{ "cleartext.control_bad", VALUES },
	{ "cleartext.udp_found", VALUES },
	{ "cleartext.udp_silent", VALUES },
	{ "cleartext.udp_only", VALUES },
	{ "cleartext.udp_closed", VALUES },
	{ "cleartext.udp_unasked", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "services.cleartext",
	.title = "No TCP service speaks clear text, and no TFTP or SNMP v1/v2c "
		 "answers where it was asked for.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP | ASSAY_NEED_UDP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 3600000,
	.state_size = sizeof(struct state),
	.filter = "tcp or udp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.on_end = on_end,
	.judge = services_judge,
	.cancel = cancel,
	.fini = fini,
};
