/*
 * worker_talk: a few bytes to the device and back, by the kernel.
 *
 * However the device behaves, an exchange ends: with what it wanted to hear,
 * at a pause, at the device's end, or at twice the time it listens.  What is
 * our own trouble is said to be ours.
 */
#include "daemon/worker/worker_talk.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_print.h"
#include "daemon/worker/worker_socket.h"
#include "daemon/worker/worker_sources.h"
#include "daemon/worker/worker_tls.h"

#define TALKS_MAX 256
#define ANSWERS_MAX 16
#define NS_PER_S UINT64_C(1000000000)
#define TIME_MAX_NS (NS_PER_S * 600)

struct talk {
	LIST_ENTRY(talk) entry;
	struct assay_job *job;
	struct assay_talk_spec spec; /* target and say are our own */
	uint8_t *say;
	uint8_t *heard; /* spec.max bytes */
	size_t nheard;
	struct worker_tls *tls; /* NULL: in clear */
	unsigned answers;       /* of spec.answer */
	size_t mark;            /* heard when it began to listen */
	bool connected, said;
	bool keeps;                  /* of tls_only: it waits for a ticket */
	bool withheld;               /* it may only listen */
	enum assay_talk_end trouble; /* known before anything flew */
	uint16_t local_port, remote_port;
	uint64_t began_ns, listening_ns;
	int fd;
	struct event *event;
};

struct worker_talk {
	LIST_HEAD(talks, talk) talks;
	size_t ntalks;
};

static void
drop(struct talk *t)
{
	if (t->event != NULL)
		event_free(t->event);
	if (t->fd != -1)
		close(t->fd);
	worker_tls_free(t->tls);
	free(t->heard);
	free(t->say);
	free(t);
}

static struct assay_talk_tls
tls_of(const struct talk *t)
{
	struct assay_talk_tls tls = {
		.version = "", .keys = "", .public_key = ""
	};

	if (t->tls == NULL)
		return tls;
	tls.ready = worker_tls_is_ready(t->tls);
	tls.version = worker_tls_version(t->tls);
	tls.alert = worker_tls_alert(t->tls);
	tls.wants_certificate = worker_tls_wants_certificate(t->tls);
	tls.shown = worker_tls_has_shown(t->tls);
	tls.keys = worker_tls_keys(t->tls);
	tls.public_key = worker_tls_public_key(t->tls);
	tls.certificate = worker_tls_certificate(t->tls, &tls.ncertificate);
	tls.kept = worker_tls_kept(t->tls);
	return tls;
}

/* Closed first: when the probe hears of it, the RST is on its way. */
static void
end(struct talk *t, enum assay_talk_end how)
{
	struct assay_job *job = t->job;
	const struct assay_talked talked = { .end = how,
		.heard = t->heard,
		.nheard = t->nheard,
		.said = t->said,
		.withheld = t->withheld,
		.local_port = t->local_port,
		.remote_port = t->remote_port,
		.took_ns = assay_now_ns(job) - t->began_ns,
		.tls = tls_of(t) };

	LIST_REMOVE(t, entry);
	job->talk->ntalks--;
	event_free(t->event);
	t->event = NULL;
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
	t->spec.on_end(job, t->spec.arg, &talked);
	drop(t);
}

static void on_talk(evutil_socket_t fd, short what, void *arg);

static void
await(struct talk *t, short what, uint64_t limit_ns)
{
	const struct timeval tv = { (time_t)(limit_ns / NS_PER_S),
		(suseconds_t)(limit_ns % NS_PER_S / 1000) };

	/* It may be armed already; a pending one must not be assigned. */
	(void)event_del(t->event);
	if (event_assign(t->event, t->job->base, what == 0 ? -1 : t->fd, what,
		on_talk, t) == -1)
		fatal("worker: cannot arm an event");
	event_add(t->event, &tv);
}

/* What an error on a socket that was there says of the device. */
static enum assay_talk_end
end_of(int error)
{
	switch (error) {
	case ECONNRESET:
	case EPIPE:
	case ECONNABORTED:
		return ASSAY_TALK_CLOSED;
	case ECONNREFUSED:
		return ASSAY_TALK_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENOPROTOOPT:
	case EPROTO:
	case EACCES:
	case EOPNOTSUPP:
	case ENONET:
		return ASSAY_TALK_UNREACHABLE;
	case ETIMEDOUT:
		return ASSAY_TALK_CLOSED;
	default:
		return ASSAY_TALK_LOCAL;
	}
}

/* ---- listening ---- */

static void
listen_on(struct talk *t)
{
	uint64_t now = assay_now_ns(t->job);
	uint64_t spent = now - t->listening_ns;
	uint64_t limit = t->spec.listen_ns;

	if (t->nheard > t->mark) {
		/* It speaks: to its next pause, but not for ever. */
		limit *= 2;
		limit = spent < limit ? limit - spent : 0;
		if (limit > t->spec.quiet_ns)
			limit = t->spec.quiet_ns;
	} else {
		limit = spent < limit ? limit - spent : 0;
	}
	await(t, EV_READ, limit);
}

static void
begin_listening(struct talk *t)
{
	t->listening_ns = assay_now_ns(t->job);
	t->mark = t->nheard;
	listen_on(t);
}

/* What was said in clear within TLS; 1 while there may be more. */
static int
hear_in_tls(struct talk *t)
{
	int n = 1;

	while (n > 0 && t->nheard < t->spec.max) {
		n = worker_tls_hear(
		    t->tls, t->heard + t->nheard, t->spec.max - t->nheard);
		if (n > 0)
			t->nheard += (size_t)n;
	}
	return n;
}

/* It ended the connection while we were about to speak: what it said before
 * that, an alert as a rule, has come all the same. */
static void
hear_last(struct talk *t)
{
	ssize_t n;

	while (t->nheard < t->spec.max &&
	    (n = recv(
		 t->fd, t->heard + t->nheard, t->spec.max - t->nheard, 0)) > 0)
		t->nheard += (size_t)n;
}

/* The same within TLS. */
static void
hear_last_of_tls(struct talk *t)
{
	uint8_t bytes[16384];
	ssize_t n;

	while ((n = recv(t->fd, bytes, sizeof(bytes), 0)) > 0 &&
	    worker_tls_take(t->tls, bytes, (size_t)n) == 0)
		if (worker_tls_is_ready(t->tls) && hear_in_tls(t) == -1)
			break;
}

/* False: the exchange is over. */
static bool
put(struct talk *t, const void *bytes, size_t size)
{
	ssize_t n = send(t->fd, bytes, size, MSG_NOSIGNAL);
	const int error = errno;

	if (n == -1) {
		if (t->tls != NULL)
			hear_last_of_tls(t);
		else
			hear_last(t);
		end(t, end_of(error));
		return false;
	}
	if ((size_t)n != size) { /* a new socket takes some kilobytes */
		end(t, ASSAY_TALK_LOCAL);
		return false;
	}
	return true;
}

/* What TLS has to send, if anything. */
static bool
flush(struct talk *t)
{
	uint8_t bytes[4096];
	size_t n;

	while ((n = worker_tls_give(t->tls, bytes, sizeof(bytes))) > 0)
		if (!put(t, bytes, n))
			return false;
	return true;
}

static bool
say(struct talk *t)
{
	if (t->tls == NULL && !put(t, t->say, t->spec.nsay))
		return false;
	if (t->tls != NULL) {
		if (worker_tls_say(t->tls, t->say, t->spec.nsay) == -1) {
			end(t, ASSAY_TALK_CLOSED);
			return false;
		}
		if (!flush(t))
			return false;
	}
	t->said = true;
	return true;
}

/* Connected, and behind the handshake of TLS. */
static bool
begin(struct talk *t)
{
	if (t->spec.nsay > 0 && !t->spec.hear_first && !say(t))
		return false;
	begin_listening(t);
	return true;
}

/* True: it said more, or the exchange is over. */
static bool
answer(struct talk *t)
{
	size_t n = 0;

	if (t->spec.answer != NULL && t->tls == NULL &&
	    t->answers < ANSWERS_MAX)
		n = t->spec.answer(t->spec.arg, t->heard, t->nheard, t->say);
	if (n == 0)
		return false;
	t->answers++;
	if (put(t, t->say, n))
		begin_listening(t);
	return true;
}

static void
on_pause(struct talk *t)
{
	if (answer(t))
		return;
	if (t->nheard == t->mark)
		end(t, t->nheard == 0 ? ASSAY_TALK_QUIET : ASSAY_TALK_ANSWERED);
	else if (!t->spec.hear_first || t->said)
		end(t, ASSAY_TALK_ANSWERED);
	else if (say(t))
		begin_listening(t);
}

/* Behind the handshake. */
static void
hear_behind(struct talk *t, bool was_ready)
{
	bool is_enough;
	int more;

	if (t->spec.tls_only && !t->keeps) {
		end(t, ASSAY_TALK_ANSWERED);
		return;
	}
	if (!was_ready && !begin(t))
		return;
	more = hear_in_tls(t);
	is_enough = (t->keeps && worker_tls_has_kept(t->tls)) ||
	    (more != -1 && t->nheard == t->spec.max);
	if (is_enough)
		end(t, ASSAY_TALK_ANSWERED);
	else if (more == -1)
		end(t, ASSAY_TALK_CLOSED);
	else
		listen_on(t);
}

static void
hear_tls(struct talk *t)
{
	const bool ready = worker_tls_is_ready(t->tls);
	uint8_t bytes[16384];
	ssize_t n = recv(t->fd, bytes, sizeof(bytes), 0);
	int taken;

	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		listen_on(t);
		return;
	}
	if (n <= 0) {
		end(t, n == 0 ? ASSAY_TALK_CLOSED : end_of(errno));
		return;
	}
	taken = worker_tls_take(t->tls, bytes, (size_t)n);
	if (!flush(t)) /* our alert, too */
		return;
	if (taken == -1) {
		end(t, ASSAY_TALK_CLOSED);
		return;
	}
	if (!worker_tls_is_ready(t->tls)) {
		listen_on(t);
		return;
	}
	hear_behind(t, ready);
}

static bool
is_enough(const struct talk *t)
{
	return t->spec.is_enough != NULL &&
	    t->spec.is_enough(t->spec.arg, t->heard, t->nheard);
}

static void
hear(struct talk *t)
{
	ssize_t n =
	    recv(t->fd, t->heard + t->nheard, t->spec.max - t->nheard, 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		listen_on(t);
		return;
	}
	if (n == -1) {
		end(t, end_of(errno));
		return;
	}
	t->nheard += (size_t)n;
	if (n == 0)
		end(t, ASSAY_TALK_CLOSED);
	else if (answer(t))
		return;
	else if (t->nheard == t->spec.max || is_enough(t))
		end(t, ASSAY_TALK_ANSWERED);
	else
		listen_on(t);
}

static void
on_connecting(struct talk *t)
{
	enum assay_tcp_result result;
	uint64_t spent;

	if (!worker_socket_result(t->fd, &result)) {
		spent = assay_now_ns(t->job) - t->began_ns;
		await(t, EV_WRITE,
		    spent < t->spec.connect_ns ? t->spec.connect_ns - spent
					       : 0);
		return;
	}
	switch (result) {
	case ASSAY_TCP_CONNECTED:
		t->connected = true;
		if (t->tls == NULL)
			(void)begin(t);
		else if (flush(t))
			begin_listening(t);
		break;
	case ASSAY_TCP_REFUSED:
		end(t, ASSAY_TALK_REFUSED);
		break;
	case ASSAY_TCP_UNREACHABLE:
		end(t, ASSAY_TALK_UNREACHABLE);
		break;
	case ASSAY_TCP_TIMEOUT:
		end(t, ASSAY_TALK_TIMEOUT);
		break;
	case ASSAY_TCP_LOCAL:
		end(t, ASSAY_TALK_LOCAL);
		break;
	}
}

/* ---- UDP: not connected, for a server may answer from another port ---- */

static bool
is_from_target(const struct talk *t, const struct sockaddr_storage *from)
{
	struct sockaddr_storage own;

	(void)worker_socket_address(&own, t->spec.target, 0);
	if (from->ss_family != own.ss_family)
		return false;
	if (own.ss_family == AF_INET)
		return ((const struct sockaddr_in *)from)->sin_addr.s_addr ==
		    ((struct sockaddr_in *)&own)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)from)->sin6_addr,
		   &((struct sockaddr_in6 *)&own)->sin6_addr, 16) == 0;
}

static void
hear_datagram(struct talk *t)
{
	struct sockaddr_storage from = { 0 };
	socklen_t size = sizeof(from);
	int error = 0;
	ssize_t n;

	memset(&from, 0, sizeof(from));
	n = recvfrom(
	    t->fd, t->heard, t->spec.max, 0, (struct sockaddr *)&from, &size);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		end(t, end_of(errno));
		return;
	}
	if (n == -1 && worker_socket_icmp_error(t->fd, &error)) {
		end(t, end_of(error));
		return;
	}
	if (n == -1 || !is_from_target(t, &from)) {
		listen_on(t);
		return;
	}
	t->nheard = (size_t)n;
	t->remote_port = ntohs(from.ss_family == AF_INET
		? ((struct sockaddr_in *)&from)->sin_port
		: ((struct sockaddr_in6 *)&from)->sin6_port);
	end(t, ASSAY_TALK_ANSWERED);
}

/* 0, or what kept it from being sent. */
static int
send_datagram(struct talk *t)
{
	struct sockaddr_storage to;
	socklen_t size =
	    worker_socket_address(&to, t->spec.target, t->spec.port);

	if (sendto(t->fd, t->say, t->spec.nsay, 0, (struct sockaddr *)&to,
		size) == -1)
		return errno;
	t->said = true;
	return 0;
}

/* ---- life ---- */

static void
on_talk(evutil_socket_t fd, short what, void *arg)
{
	struct talk *t = arg;

	(void)fd;
	if (t->job->finished || t->job->phase != WORKER_PHASE_RUN)
		return;
	if (t->trouble != 0)
		end(t, t->trouble);
	else if (t->spec.transport == ASSAY_UDP && (what & EV_READ) != 0)
		hear_datagram(t);
	else if (t->spec.transport == ASSAY_UDP)
		end(t, ASSAY_TALK_QUIET);
	else if (!t->connected && (what & EV_WRITE) == 0)
		end(t, ASSAY_TALK_TIMEOUT);
	else if (!t->connected)
		on_connecting(t);
	else if ((what & EV_READ) != 0 && t->tls != NULL)
		hear_tls(t);
	else if ((what & EV_READ) != 0)
		hear(t);
	else
		on_pause(t); /* of a handshake, too: nothing was heard */
}

static void
start(struct talk *t)
{
	const bool is_udp = t->spec.transport == ASSAY_UDP;
	int error;

	t->began_ns = assay_now_ns(t->job);
	t->listening_ns = t->began_ns;
	if (t->spec.tls) {
		t->keeps = t->spec.tls_only && t->spec.offer != NULL &&
		    t->spec.offer->keeps;
		t->tls = worker_tls_new(t->spec.certificate, t->spec.offer);
		t->spec.offer = NULL; /* it was the caller's */
		if (t->tls == NULL) {
			t->trouble = ASSAY_TALK_LOCAL;
			await(t, 0, 0);
			return;
		}
	}
	error = worker_socket_open(t->spec.target, t->spec.source,
		    is_udp ? SOCK_DGRAM : SOCK_STREAM, &t->fd, &t->local_port)
	    ? errno
	    : 0;
	if (error == 0 && is_udp)
		error = send_datagram(t);
	else if (error == 0)
		error =
		    worker_socket_connect(t->fd, t->spec.target, t->spec.port);
	if (error != 0) { /* the loopback refuses at once */
		t->trouble = error == ECONNREFUSED ? ASSAY_TALK_REFUSED
						   : ASSAY_TALK_LOCAL;
		await(t, 0, 0);
	} else if (is_udp) {
		await(t, EV_READ, t->spec.listen_ns);
	} else {
		await(t, EV_WRITE, t->spec.connect_ns);
	}
}

void
worker_talk_open(struct assay_job *job)
{
	job->talk = xcalloc(1, sizeof(*job->talk));
	LIST_INIT(&job->talk->talks);
}

void
worker_talk_close(struct assay_job *job)
{
	struct talk *t;

	if (job->talk == NULL)
		return;
	while ((t = LIST_FIRST(&job->talk->talks)) != NULL) {
		LIST_REMOVE(t, entry);
		drop(t);
	}
	free(job->talk);
	job->talk = NULL;
}

static uint64_t
at_most(uint64_t ns)
{
	return ns > TIME_MAX_NS ? TIME_MAX_NS : ns;
}

static size_t
say_most(const struct assay_talk_spec *spec)
{
	return spec->transport == ASSAY_TCP && !spec->tls ? ASSAY_TALK_SAY_MOST
							  : ASSAY_TALK_SAY_MAX;
}

static void
check(struct assay_job *job, const struct assay_talk_spec *spec)
{
	const uint32_t need =
	    spec->transport == ASSAY_UDP ? ASSAY_NEED_UDP : ASSAY_NEED_TCP;

	worker_job_enter_live(job, "assay_talk");
	if (job->talk == NULL || (job->probe->needs & need) == 0)
		worker_job_bug(job, "assay_talk without needing %s",
		    spec->transport == ASSAY_UDP ? "UDP" : "TCP");
	if (spec->target == NULL || spec->on_end == NULL)
		worker_job_bug(job, "assay_talk without target or callback");
	if (spec->nsay > say_most(spec) || spec->max > ASSAY_TALK_HEAR_MOST)
		worker_job_bug(job, "assay_talk: too many bytes");
	if (spec->tls && spec->transport == ASSAY_UDP)
		worker_job_bug(job, "assay_talk: no TLS by UDP");
	if (spec->nsay == 0 && spec->transport == ASSAY_UDP)
		worker_job_bug(job, "assay_talk: nothing to say by UDP");
	if (job->talk->ntalks == TALKS_MAX)
		worker_job_bug(job, "over %d exchanges at a time", TALKS_MAX);
}

/* To a raw print port, and not allowed: it listens, in clear. */
static void
keep_from_printing(struct talk *t)
{
	if (t->spec.transport != ASSAY_TCP ||
	    (t->spec.nsay == 0 && !t->spec.tls) ||
	    worker_print_may_write_now(&t->job->facts, t->spec.port))
		return;
	t->withheld = true;
	t->spec.nsay = 0;
	t->spec.hear_first = false;
	t->spec.tls = false;
}

void
assay_talk(struct assay_job *job, const struct assay_talk_spec *spec)
{
	struct talk *t;

	check(job, spec);
	t = xcalloc(1, sizeof(*t));
	t->job = job;
	t->spec = *spec;
	t->spec.target = worker_job_target(job, spec->target);
	t->spec.source = worker_source(job, t->spec.target, spec->source);
	t->say = xcalloc(1, say_most(spec));
	if (spec->nsay > 0)
		memcpy(t->say, spec->say, spec->nsay);
	keep_from_printing(t);
	t->spec.connect_ns = at_most(spec->connect_ns);
	t->spec.listen_ns = at_most(spec->listen_ns);
	t->spec.quiet_ns = at_most(spec->quiet_ns);
	t->spec.max = spec->max == 0 ? ASSAY_TALK_HEAR_MAX : spec->max;
	t->heard = xcalloc(1, t->spec.max);
	t->remote_port = spec->port;
	t->fd = -1;
	t->event = event_new(job->base, -1, 0, on_talk, t);
	if (t->event == NULL)
		fatal("worker: cannot make an event");
	LIST_INSERT_HEAD(&job->talk->talks, t, entry);
	job->talk->ntalks++;
	start(t);
}
