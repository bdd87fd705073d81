/*
 * interview: what each open TCP port is, and then all it says before a log-in.
 *
 * First by its clear text (protocols/cleartext_interview.h); a port that
 * speaks TLS is asked the same once more within it.  Then, known, it is read:
 * HTTP at a few paths, MQTT by a subscription, others by their greeting.
 */
#include <stdio.h>
#include <string.h>

#include "probes/services_disclosure/parts.h"
#include "protocols/ssh.h"

#define AT_ONCE 4 /* gently: small devices take few connections */
#define PAUSE_NS UINT64_C(500000000)

static const char *const paths[] = { "/", "/version", "/api/version", "/info",
	"/description.xml", "/rootDesc.xml" };
#define PATHS (sizeof(paths) / sizeof(paths[0]))

static void begin_some(struct assay_job *job);
static void ask(struct disclosure_port *p);

/* ---- what was heard becomes observations ---- */

/* FNV-1a: a fact that several pages repeat is told once. */
static bool
is_told(struct disclosure_port *p, const struct service_fact *fact)
{
	uint64_t h = UINT64_C(14695981039346656037) + (uint64_t)fact->what;
	size_t i;

	for (i = 0; fact->text[i] != '\0'; i++)
		h = (h ^ (uint8_t)fact->text[i]) * UINT64_C(1099511628211);
	for (i = 0; i < p->ntold; i++)
		if (p->told[i] == h)
			return true;
	if (p->ntold == DISCLOSURE_TOLD_MAX)
		p->cut = true;
	else
		p->told[p->ntold++] = h;
	return false;
}

static struct assay_subject
subject(const struct disclosure_port *p)
{
	const struct disclosure_state *s = assay_state(p->job);

	return ASSAY_ON(s->target, p->port);
}

/* Its last exchange. */
static struct assay_frames
exchange(const struct disclosure_port *p, const char *comment)
{
	return assay_frames_of(
	    ASSAY_TCP, subject(p).target, p->local_port, p->port, comment);
}

/* Whoever doubts what was heard within TLS can read the frames with these. */
static void
tell_keys(struct disclosure_port *p, const struct assay_frames *f)
{
	char keys[2048];
	size_t i;

	snprintf(keys, sizeof(keys), "%s", p->keys);
	for (i = 0; keys[i] != '\0'; i++)
		if (keys[i] == '\n')
			keys[i] = ';';
	if (keys[0] != '\0')
		assay_observe_on(
		    p->job, subject(p), "tls.keys", ASSAY_STRING(keys), f, 1);
	p->keys = "";
}

static void
tell_all(struct disclosure_port *p, const struct service_seen *seen)
{
	const struct assay_frames f = exchange(p, "says what it is");
	const size_t before = p->ntold;
	size_t i;

	for (i = 0; i < seen->n; i++)
		if (!is_told(p, &seen->facts[i]))
			disclosure_tell(p->job, ASSAY_TCP, &seen->facts[i], &f);
	p->cut = p->cut || seen->more;
	if (p->in_tls && p->ntold > before)
		tell_keys(p, &f);
}

static void
tell_tls(struct disclosure_port *p, const struct assay_talked *talked)
{
	const struct assay_frames f = exchange(p, "TLS");
	struct service_seen seen = { .n = 0 };

	p->keys = talked->tls.keys;
	if (p->met_tls || !talked->tls.ready)
		return;
	p->met_tls = true;
	assay_observe_on(p->job, subject(p), "tls.version",
	    ASSAY_STRING(talked->tls.version), &f, 1);
	if (talked->tls.certificate != NULL &&
	    service_read_certificate(
		talked->tls.certificate, talked->tls.ncertificate, &seen))
		tell_all(p, &seen);
}

static void
observe_service(struct disclosure_port *p, const char *name)
{
	const struct assay_frames f = exchange(p, "exchange");

	assay_observe_on(p->job, subject(p), "service", ASSAY_STRING(name), &f,
	    p->local_port != 0 ? 1 : 0);
	if (p->cut)
		assay_observe_on(p->job, subject(p), "service.cut",
		    ASSAY_BOOL(true), NULL, 0);
}

/* ---- the life of one interview ---- */

static void
end(struct disclosure_port *p, const char *name)
{
	struct assay_job *job = p->job;
	struct disclosure_state *s = assay_state(job);

	observe_service(p, name);
	assay_timer_free(p->pause);
	p->pause = NULL;
	s->ended++;
	assay_progress(job, s->ended, s->nports, "open ports read");
	if (s->ended == s->nports)
		assay_tcp_rounds_done(s->rounds);
	else
		begin_some(job);
}

static const char *
name_of(const struct disclosure_port *p)
{
	static const char *const in_tls[CLEARTEXT_KINDS] = {
		[CLEARTEXT_SILENT] = "tls silent",
		[CLEARTEXT_FTP] = "ftps",
		[CLEARTEXT_TELNET] = "telnets",
		[CLEARTEXT_SMTP] = "smtps",
		[CLEARTEXT_POP3] = "pop3s",
		[CLEARTEXT_IMAP] = "imaps",
		[CLEARTEXT_HTTP] = "https",
		[CLEARTEXT_MQTT] = "mqtts",
		[CLEARTEXT_RTSP] = "rtsps",
	};

	if (p->in_tls)
		return in_tls[p->is.kind] != NULL ? in_tls[p->is.kind]
						  : "tls unidentified";
	if (p->is.kind == CLEARTEXT_SSH2 || p->is.kind == CLEARTEXT_SSH_1_99)
		return "ssh";
	if (p->is.kind == CLEARTEXT_SILENT || cleartext_is_clear(p->is.kind))
		return cleartext_name(p->is.kind);
	return "unidentified";
}

static void
on_pause(struct assay_job *job, void *arg)
{
	(void)job;
	ask(arg);
}

/* False: it was tried often enough. */
static bool
try_again(struct disclosure_port *p)
{
	if (++p->tries >= assay_param_u64(p->job, "tries"))
		return false;
	if (p->pause == NULL)
		p->pause = assay_timer_new(p->job, on_pause, p);
	assay_timer_set(p->pause, PAUSE_NS);
	return true;
}

static bool
is_http(const struct disclosure_port *p)
{
	return p->is.kind == CLEARTEXT_HTTP;
}

static const char *
path_of(const struct disclosure_port *p)
{
	const struct disclosure_state *s = assay_state(p->job);

	if (p->path < PATHS)
		return paths[p->path];
	return p->path == PATHS && s->location_port == p->port ? s->location
							       : NULL;
}

static enum service_kind
kind_of(enum cleartext_kind kind)
{
	if (kind == CLEARTEXT_HTTP || kind == CLEARTEXT_RTSP)
		return SERVICE_KIND_HTTP;
	if (kind == CLEARTEXT_MQTT)
		return SERVICE_KIND_MQTT;
	if (kind == CLEARTEXT_TELNET)
		return SERVICE_KIND_TELNET;
	if (kind == CLEARTEXT_SSH1 || kind == CLEARTEXT_SSH2 ||
	    kind == CLEARTEXT_SSH_1_99)
		return SERVICE_KIND_SSH;
	return SERVICE_KIND_GREETS;
}

static void
read_on(struct disclosure_port *p)
{
	p->tries = 0;
	p->path++;
	if (is_http(p) && path_of(p) != NULL) {
		ask(p);
	} else if (p->was_read && !p->in_tls &&
	    kind_of(p->is.kind) == SERVICE_KIND_SSH &&
	    p->is.kind != CLEARTEXT_SSH1) {
		p->step = DISCLOSURE_HOST_KEY;
		ask(p);
	} else {
		end(p, p->was_read ? name_of(p) : "unidentified");
	}
}

/* The question of what it is has ended. */
static void
identified(struct disclosure_port *p)
{
	p->tries = 0;
	if (p->is.kind == CLEARTEXT_TLS && !p->in_tls) {
		p->in_tls = true;
		p->is = cleartext_interview_begin(false);
		ask(p);
	} else if (cleartext_is_clear(p->is.kind) ||
	    p->is.kind == CLEARTEXT_SSH2 || p->is.kind == CLEARTEXT_SSH_1_99) {
		p->step = DISCLOSURE_READ;
		p->path = 0;
		ask(p);
	} else if (!p->in_tls) {
		p->step = DISCLOSURE_MODBUS;
		ask(p);
	} else {
		end(p, name_of(p));
	}
}

/* It asked for our certificate and ended it for want of one: nothing is said
 * before that.  certificate_required (RFC 8446 section 6.2); bad_certificate
 * and handshake_failure are what TLS 1.2 says for it (RFC 5246 section 7.4.6),
 * and for much else. */
static bool
is_locked(const struct disclosure_port *p, const struct assay_talked *talked)
{
	const uint8_t alert = talked->tls.alert;

	return p->in_tls && talked->tls.wants_certificate &&
	    (alert == 116 || alert == 42 || alert == 40);
}

/* ---- one exchange ---- */

static void
hear_read(struct disclosure_port *p, const struct assay_talked *talked)
{
	const struct cleartext_talk t = { p->said, talked->said ? p->nsaid : 0,
		talked->heard, talked->nheard };
	struct service_seen seen = { .n = 0 };

	if (talked->nheard == 0 && try_again(p))
		return;
	if (service_read(kind_of(p->is.kind), &t, &seen)) {
		p->was_read = true;
		tell_all(p, &seen);
		if (is_http(p) &&
		    !service_is_whole(&t, talked->end == ASSAY_TALK_CLOSED))
			p->cut = true;
	} else {
		p->cut = true;
	}
	read_on(p);
}

/* Without it nothing is missed of what the device says of itself. */
static void
hear_host_key(struct disclosure_port *p, const struct assay_talked *talked)
{
	const struct assay_frames f = exchange(p, "host key");
	char hex[2 * SSH_KEY_MAX + 1];
	struct ssh_host_key key;
	size_t i;

	if (ssh_host_key(talked->heard, talked->nheard, &key)) {
		for (i = 0; i < key.n; i++)
			snprintf(hex + 2 * i, 3, "%02x", key.p[i]);
		assay_observe_on(p->job, subject(p), "ssh.host_key",
		    ASSAY_STRING(hex), &f, 1);
	}
	end(p, name_of(p));
}

static bool
is_key(void *arg, const uint8_t *heard, size_t n)
{
	struct ssh_host_key key;

	(void)arg;
	return ssh_host_key(heard, n, &key);
}

static void
hear_modbus(struct disclosure_port *p, const struct assay_talked *talked)
{
	const struct cleartext_talk t = { p->said, p->nsaid, talked->heard,
		talked->nheard };
	struct service_seen seen = { .n = 0 };

	if (talked->said && service_read(SERVICE_KIND_MODBUS, &t, &seen)) {
		tell_all(p, &seen);
		end(p, "modbus");
		return;
	}
	end(p, name_of(p));
}

static void
hear_identify(struct disclosure_port *p, const struct assay_talked *talked)
{
	const bool listen_only =
	    assay_ports_has(assay_param_ports(p->job, "listen_only"), p->port);
	const struct cleartext_talk t = { p->said, talked->said ? p->nsaid : 0,
		talked->heard, talked->nheard };
	struct cleartext_seen what;
	struct service_seen seen = { .n = 0 };

	cleartext_interview_heard(&p->is, &t, &what);
	if (what.kind == CLEARTEXT_UNKNOWN) {
		service_read_unknown(&t, &seen);
		tell_all(p, &seen);
	}
	if (!p->is.over)
		ask(p);
	else if (listen_only && !cleartext_is_clear(p->is.kind))
		end(p, "unasked");
	else
		identified(p);
}

static void
hear(struct disclosure_port *p, const struct assay_talked *talked)
{
	if (p->in_tls)
		tell_tls(p, talked);
	if (is_locked(p, talked)) {
		end(p, "tls");
		return;
	}
	if (p->in_tls && !talked->tls.ready) {
		if (!try_again(p))
			end(p, "tls unidentified");
		return;
	}
	switch (p->step) {
	case DISCLOSURE_IDENTIFY:
		hear_identify(p, talked);
		break;
	case DISCLOSURE_READ:
		hear_read(p, talked);
		break;
	case DISCLOSURE_MODBUS:
		hear_modbus(p, talked);
		break;
	case DISCLOSURE_HOST_KEY:
		hear_host_key(p, talked);
		break;
	}
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct disclosure_port *p = arg;

	if (talked->local_port != 0)
		p->local_port = talked->local_port;
	switch (talked->end) {
	case ASSAY_TALK_ANSWERED:
	case ASSAY_TALK_CLOSED:
	case ASSAY_TALK_QUIET:
		hear(p, talked);
		break;
	case ASSAY_TALK_REFUSED:
	case ASSAY_TALK_UNREACHABLE:
	case ASSAY_TALK_TIMEOUT:
		if (p->step == DISCLOSURE_HOST_KEY)
			end(p, name_of(p));
		else if (!try_again(p))
			end(p, "lost");
		break;
	case ASSAY_TALK_LOCAL:
		assay_note(job, "bench.local_failure", ASSAY_BOOL(true));
		end(p, "unasked");
		break;
	}
}

/* What to say next; *first: the device may speak first. */
static size_t
words(struct disclosure_port *p, struct assay_talk_spec *spec)
{
	const struct cleartext_asker who = { assay_random(p->job),
		subject(p).target->text };
	enum cleartext_opener opener;

	if (p->step == DISCLOSURE_MODBUS)
		return service_ask(SERVICE_ASK_MODBUS, &who, p->said);
	if (p->step == DISCLOSURE_HOST_KEY) {
		/* It computes between its first words and the key. */
		spec->quiet_ns = assay_param_ns(p->job, "answer");
		spec->is_enough = is_key;
		return ssh_ask_host_key(who.chance, p->said);
	}
	if (p->step == DISCLOSURE_IDENTIFY) {
		opener = cleartext_interview_asks(&p->is, &spec->hear_first);
		return cleartext_ask(opener, &who, p->said);
	}
	spec->max = ASSAY_TALK_HEAR_MOST;
	if (is_http(p))
		return service_ask_path(&who, path_of(p), p->said);
	if (p->is.kind == CLEARTEXT_RTSP)
		return cleartext_ask(CLEARTEXT_ASK_RTSP, &who, p->said);
	if (p->is.kind == CLEARTEXT_MQTT)
		return service_ask(SERVICE_ASK_MQTT, &who, p->said);
	if (p->is.kind == CLEARTEXT_TELNET)
		return cleartext_ask(CLEARTEXT_ASK_TELNET, &who, p->said);
	return 0;
}

/* Within TLS nobody is asked for TLS again. */
static void
skip_tls(struct disclosure_port *p)
{
	const struct cleartext_talk nothing = { NULL, 0, NULL, 0 };
	struct cleartext_seen seen;
	bool hear_first;

	if (p->step == DISCLOSURE_IDENTIFY && p->in_tls && !p->is.over &&
	    cleartext_interview_asks(&p->is, &hear_first) == CLEARTEXT_ASK_TLS)
		cleartext_interview_heard(&p->is, &nothing, &seen);
}

static void
ask(struct disclosure_port *p)
{
	struct assay_job *job = p->job;
	struct assay_talk_spec spec = { .transport = ASSAY_TCP,
		.target = subject(p).target,
		.port = p->port,
		.say = p->said,
		.connect_ns = assay_param_ns(job, "handshake"),
		.quiet_ns = assay_param_ns(job, "pause"),
		.tls = p->in_tls,
		.on_end = on_talked,
		.arg = p };

	skip_tls(p);
	p->nsaid = words(p, &spec);
	spec.nsay = p->nsaid;
	spec.listen_ns = assay_param_ns(
	    job, spec.nsay == 0 || spec.hear_first ? "greeting" : "answer");
	if (p->step == DISCLOSURE_IDENTIFY &&
	    cleartext_interview_listens_briefly(&p->is))
		spec.listen_ns /= CLEARTEXT_BRIEFLY;
	assay_talk(job, &spec);
}

static void
begin_some(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	while (s->begun < s->nports && s->begun - s->ended < AT_ONCE)
		ask(&s->ports[s->begun++]);
}

void
disclosure_interview_all(struct assay_job *job)
{
	const struct assay_ports *quiet = assay_param_ports(job, "listen_only");
	struct disclosure_state *s = assay_state(job);
	struct disclosure_port *p;
	uint32_t port;

	memset(s->ports, 0, sizeof(s->ports));
	s->nports = s->begun = s->ended = 0;
	for (port = 1;
	     port <= DISCLOSURE_ALL_PORTS && s->nports < DISCLOSURE_PORTS_MAX;
	     port++) {
		if (!assay_ports_has(s->open, (uint16_t)port))
			continue;
		p = &s->ports[s->nports++];
		p->job = job;
		p->port = (uint16_t)port;
		p->is =
		    cleartext_interview_begin(assay_ports_has(quiet, p->port));
	}
	if (s->nports == 0)
		assay_tcp_rounds_done(s->rounds);
	else
		begin_some(job);
}
