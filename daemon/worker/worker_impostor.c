/*
 * worker_impostor: the device's own connections, one thing wrong with each.
 *
 * However the device behaves, a connection ends: by itself, with what it says
 * behind the handshake, or when its time is over.  What it says is counted and
 * forgotten.  Where it meant to go, only the kernel knows.
 */
#include "daemon/worker/worker_impostor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/worker/worker_impostor_gist.h"
#include "daemon/worker/worker_impostor_tls.h"
#include "daemon/worker/worker_job.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_record.h"

#define CALLS_MAX 64
#define PEM_MAX 16384
#define HELLO_MAX 16384 /* bytes of a first flight; real ones have 2,000 */
#define NS_PER_S UINT64_C(1000000000)
/* linux/netfilter_ipv4.h and _ipv6/ip6_tables.h, which clash with libc's */
#define ORIGINAL_DESTINATION 80

struct call {
	LIST_ENTRY(call) entry;
	struct assay_job *job;
	int fd;
	struct event *event;
	struct assay_call told;
	char to[INET6_ADDRSTRLEN], host[IMPOSTOR_HOST_MAX];
	uint8_t heard[HELLO_MAX]; /* until the hello is whole */
	size_t nheard;
	struct tls_flight flight;
	uint8_t room[HELLO_MAX];
	enum assay_impostor_fault fault;
	struct worker_impostor_tls *tls; /* NULL: not begun */
	bool completed;
	uint64_t said; /* without TLS, as the next two */
	char digest[IMPOSTOR_HASH_MAX], gist[IMPOSTOR_HASH_MAX];
	uint64_t until_ns;
};

struct worker_impostor {
	struct worker_impostor_authority *authority;
	int listener;
	struct event *event; /* NULL: nobody answers yet */
	struct assay_impostor_spec spec;
	LIST_HEAD(calls, call) calls;
	size_t ncalls;
};

/* ---- whose it is ---- */

struct place {
	uint8_t family, addr[16];
	uint16_t port;
};

/* An IPv4 address may come in IPv6's clothes (RFC 4291 section 2.5.5.2). */
static struct place
place_of(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	struct place p = { 6, { 0 }, 0 };

	if (ss->ss_family == AF_INET) {
		p.family = 4;
		p.port = ntohs(in->sin_port);
		memcpy(p.addr, &in->sin_addr, 4);
		return p;
	}
	p.port = ntohs(in6->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		p.family = 4;
		memcpy(p.addr, &in6->sin6_addr.s6_addr[12], 4);
	} else {
		memcpy(p.addr, &in6->sin6_addr, 16);
	}
	return p;
}

/* Where it was meant for; where it came to, when it came by itself. */
static struct place
meant(int fd, uint8_t family)
{
	struct sockaddr_storage ss;
	socklen_t size = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getsockopt(fd, family == 4 ? IPPROTO_IP : IPPROTO_IPV6,
		ORIGINAL_DESTINATION, &ss, &size) == -1) {
		size = sizeof(ss);
		(void)getsockname(fd, (struct sockaddr *)&ss, &size);
	}
	return place_of(&ss);
}

static void
place_call(struct call *c, const struct sockaddr_storage *peer)
{
	const struct place from = place_of(peer);
	const struct place to = meant(c->fd, from.family);

	c->told.from =
	    worker_facts_find_target(&c->job->facts, from.family, from.addr);
	c->told.from_port = from.port;
	c->told.to_port = to.port;
	inet_ntop(
	    to.family == 4 ? AF_INET : AF_INET6, to.addr, c->to, sizeof(c->to));
	c->told.to = c->to;
	c->told.host = c->host;
}

/* ---- its end ---- */

/* It is in no list any more. */
static void
drop(struct call *c)
{
	event_free(c->event);
	close(c->fd);
	worker_impostor_tls_free(c->tls);
	free(c);
}

/* What TLS has to send, as far as the kernel takes it: a device that does not
 * read is not waited for. */
static void
flush(struct call *c)
{
	uint8_t bytes[16384];
	size_t n;

	while ((n = worker_impostor_tls_give(c->tls, bytes, sizeof(bytes))) > 0)
		if (send(c->fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
			return;
}

static void
forget(struct call *c)
{
	LIST_REMOVE(c, entry);
	c->job->impostor->ncalls--;
	drop(c);
}

static void
end(struct call *c, enum assay_called_end how)
{
	struct assay_job *job = c->job;
	const struct assay_impostor_spec *spec = &job->impostor->spec;
	struct assay_called called = { .version = "",
		.said = c->said,
		.digest = c->digest,
		.gist = c->gist,
		.keys = "" };

	if (c->tls != NULL) {
		worker_impostor_tls_end(c->tls);
		flush(c);
		worker_impostor_tls_tell(c->tls, &called);
	}
	called.fault = c->fault;
	called.end = how;
	if (!job->finished)
		spec->on_end(job, spec->arg, &c->told, &called);
	forget(c);
}

/* ---- listening ---- */

static void on_call(evutil_socket_t fd, short what, void *arg);

static void
listen_on(struct call *c)
{
	const uint64_t now = assay_now_ns(c->job);
	const uint64_t left = c->until_ns > now ? c->until_ns - now : 0;
	const struct timeval tv = { (time_t)(left / NS_PER_S),
		(suseconds_t)(left % NS_PER_S / 1000) };

	event_add(c->event, &tv);
}

/* Half of what TLS has to send. */
static void
cut(struct call *c)
{
	uint8_t bytes[16384];
	const size_t n = worker_impostor_tls_give(c->tls, bytes, sizeof(bytes));

	(void)send(c->fd, bytes, n / 2, MSG_NOSIGNAL);
	end(c, ASSAY_CALLED_DROPPED);
}

/* What was taken may have completed the handshake, brought data, ended it. */
static void
go_on(struct call *c, int taken)
{
	struct assay_called now = { 0 };

	if (c->fault == ASSAY_IMPOSTOR_CUT && taken == 0) {
		cut(c);
		return;
	}
	flush(c);
	worker_impostor_tls_tell(c->tls, &now);
	if (now.said > 0) {
		end(c, ASSAY_CALLED_SPOKE);
		return;
	}
	if (taken == -1) {
		/* Before our certificate it is we who could not. */
		end(c,
		    now.shown || now.alert != 0 ? ASSAY_CALLED_CLOSED
						: ASSAY_CALLED_UNFIT);
		return;
	}
	if (now.completed && !c->completed) {
		c->completed = true;
		c->until_ns =
		    assay_now_ns(c->job) + c->job->impostor->spec.listen_ns;
	}
	listen_on(c);
}

static void
begin_tls(struct call *c)
{
	static const struct linger reset = { 1, 0 };
	const struct worker_impostor_name whom = {
		c->host[0] != '\0' ? c->host : c->to, c->to
	};
	const struct worker_impostor_hello hello = { c->heard, c->nheard,
		c->told.hello, c->told.nhello };
	struct worker_impostor *i = c->job->impostor;

	c->fault = i->spec.on_call(c->job, i->spec.arg, &c->told);
	if (c->job->finished) {
		forget(c);
		return;
	}
	if (c->fault == ASSAY_IMPOSTOR_RESET) {
		(void)setsockopt(
		    c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		end(c, ASSAY_CALLED_DROPPED);
		return;
	}
	c->tls = worker_impostor_tls_new(i->authority, c->fault, &whom);
	if (c->tls == NULL) {
		end(c, ASSAY_CALLED_LOCAL);
		return;
	}
	c->until_ns = assay_now_ns(c->job) + i->spec.listen_ns;
	go_on(c, worker_impostor_tls_begin(c->tls, &hello));
}

static void
take_host(struct call *c, const struct tls_span *host)
{
	size_t i, n = host->p == NULL ? 0 : host->n;

	if (n > sizeof(c->host) - 1)
		n = sizeof(c->host) - 1;
	for (i = 0; i < n; i++)
		c->host[i] =
		    (char)(host->p[i] > ' ' && host->p[i] < 0x7f ? host->p[i]
								 : '?');
	c->host[n] = '\0';
}

/* It speaks, and no TLS. */
static void
end_plain(struct call *c, const uint8_t *bytes, size_t n)
{
	uint8_t all[2 * HELLO_MAX];

	memcpy(all, c->heard, c->nheard);
	memcpy(all + c->nheard, bytes, n);
	c->said = c->nheard + n;
	worker_impostor_hash(all, c->nheard + n, c->digest);
	worker_impostor_gist(all, c->nheard + n, c->gist, c->host);
	explicit_bzero(all, c->nheard + n);
	end(c, ASSAY_CALLED_PLAIN);
}

/* Its first words, until they are a whole ClientHello. */
static void
take_first(struct call *c, const uint8_t *bytes, size_t n)
{
	struct tls_client_hello hello;
	struct tls_message m;

	if (n > sizeof(c->heard) - c->nheard ||
	    !tls_flight_take(&c->flight, bytes, n) || c->flight.is_bad ||
	    c->flight.is_cut || c->flight.is_ssl2) {
		end_plain(c, bytes, n);
		return;
	}
	memcpy(c->heard + c->nheard, bytes, n);
	c->nheard += n;
	if (!tls_flight_next(&c->flight, &m)) {
		listen_on(c);
		return;
	}
	if (m.type != TLS_CLIENT_HELLO ||
	    tls_client_hello_read(&hello, m.body, m.size) == -1) {
		end_plain(c, bytes, 0); /* they are among what was heard */
		return;
	}
	take_host(c, &hello.host);
	c->told.hello = m.body;
	c->told.nhello = m.size;
	begin_tls(c);
}

static void
on_call(evutil_socket_t fd, short what, void *arg)
{
	struct call *c = arg;
	uint8_t bytes[16384];
	ssize_t n;

	if ((what & EV_READ) == 0) {
		end(c, ASSAY_CALLED_QUIET);
		return;
	}
	n = recv(fd, bytes, sizeof(bytes), 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		listen_on(c);
	else if (n <= 0)
		end(c, ASSAY_CALLED_CLOSED);
	else if (c->tls == NULL)
		take_first(c, bytes, (size_t)n);
	else
		go_on(c, worker_impostor_tls_take(c->tls, bytes, (size_t)n));
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct assay_job *job = arg;
	struct worker_impostor *i = job->impostor;
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	struct call *c;
	int fd;

	(void)what;
	memset(&peer, 0, sizeof(peer));
	fd = accept4(listener, (struct sockaddr *)&peer, &size,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return; /* it was gone before; or it is asked again */
	if (i->ncalls == CALLS_MAX || job->finished) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->job = job;
	c->fd = fd;
	c->event = event_new(job->base, fd, EV_READ, on_call, c);
	if (c->event == NULL)
		fatal("worker: cannot make an event");
	tls_flight_begin(&c->flight, c->room, sizeof(c->room));
	place_call(c, &peer);
	c->until_ns = assay_now_ns(job) + i->spec.hello_ns;
	LIST_INSERT_HEAD(&i->calls, c, entry);
	i->ncalls++;
	listen_on(c);
}

/* ---- */

void
assay_impostor(struct assay_job *job, const struct assay_impostor_spec *spec)
{
	struct worker_impostor *i = job->impostor;

	worker_job_enter_live(job, "assay_impostor");
	if (i == NULL)
		worker_job_bug(job, "assay_impostor without ASSAY_NEED_CALLS");
	if (i->event != NULL || spec->on_call == NULL || spec->on_end == NULL)
		worker_job_bug(job, "assay_impostor: not as the contract says");
	i->spec = *spec;
	i->event = event_new(
	    job->base, i->listener, EV_READ | EV_PERSIST, on_accept, job);
	if (i->event == NULL)
		fatal("worker: cannot make an event");
	event_add(i->event, NULL);
}

int
worker_impostor_open(
    struct assay_job *job, int listener, int authority, struct err *e)
{
	struct worker_impostor *i = xcalloc(1, sizeof(*i));
	uint8_t pem[PEM_MAX];
	const ssize_t n = read(authority, pem, sizeof(pem));

	close(authority);
	i->listener = listener;
	LIST_INIT(&i->calls);
	job->impostor = i;
	if (n <= 0)
		return err_set(e, "authority: %s", strerror(errno));
	i->authority = worker_impostor_authority_read(pem, (size_t)n, e);
	explicit_bzero(pem, sizeof(pem));
	return i->authority == NULL ? -1 : 0;
}

void
worker_impostor_close(struct assay_job *job)
{
	struct worker_impostor *i = job->impostor;
	struct call *c;

	if (i == NULL)
		return;
	while ((c = LIST_FIRST(&i->calls)) != NULL) {
		LIST_REMOVE(c, entry);
		drop(c);
	}
	if (i->event != NULL)
		event_free(i->event);
	close(i->listener);
	worker_impostor_authority_free(i->authority);
	free(i);
	job->impostor = NULL;
}
