/*
 * services: what a real device needs to live on a segment: DHCP, RA, DNS, time.
 *
 * dnsmasq does it, as a child with our own user and three capabilities, and
 * with a configuration that is in no file.  It is up when it says so itself.
 * What it logs may quote a device, so it is quoted again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/util.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/shared/role.h"
#include "daemon/shared/role_life.h"
#include "daemon/services/services_config.h"
#include "daemon/services/services_ntp.h"
#include "daemon/warden/spawn.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 10000
#define BACKOFF_RESET_S 60
#define LINE_MAX_SIZE 1024

struct services {
	struct role_life life;
	struct services_config config;
	struct event *sigchld, *retry, *readable;
	struct evbuffer *output; /* of dnsmasq, to the next line */
	int output_fd;
	pid_t pid; /* 0: none now */
	struct timeval started;
	uint32_t backoff_ms;
	bool is_open, is_up, is_stopping;
	bool is_changed; /* it is ended so that another begins */
	struct services_ntp *ntp;
	char detail[256]; /* servers when up, else why not */
	char last_words[256];
};

static void
tell_engine(void *arg)
{
	struct services *s = arg;
	struct msg_out m;

	if (s->life.engine == NULL)
		return;
	msg_start(&m, ENGINE_SERVICES);
	msg_put_u8(&m, s->is_up ? 1 : 0);
	msg_put_string(&m, s->detail);
	peer_send(s->life.engine, &m, -1);
}

static void
start_later(struct services *s)
{
	struct timeval now, lived, delay;

	event_gettime_monotonic(s->life.base, &now);
	evutil_timersub(&now, &s->started, &lived);
	if (s->backoff_ms == 0 || lived.tv_sec >= BACKOFF_RESET_S)
		s->backoff_ms = BACKOFF_FIRST_MS;
	delay.tv_sec = s->backoff_ms / 1000;
	delay.tv_usec = (suseconds_t)(s->backoff_ms % 1000) * 1000;
	evtimer_add(s->retry, &delay);
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_LAST_MS)
		s->backoff_ms = BACKOFF_LAST_MS;
}

static void
set_down(struct services *s, const char *why)
{
	s->is_up = false;
	snprintf(s->detail, sizeof(s->detail), "%s", why);
	log_error("dnsmasq: %s", s->detail);
	tell_engine(s);
	start_later(s);
}

static void
handle_line(struct services *s, const char *line, size_t n)
{
	log_quote(line, n, s->last_words, sizeof(s->last_words));
	log_debug("%s", s->last_words);
	if (s->is_up || strstr(s->last_words, "]: started, version") == NULL)
		return;
	s->is_up = true;
	services_config_describe(&s->config, s->detail, sizeof(s->detail));
	log_info("up: %s", s->detail);
	tell_engine(s);
}

static void
read_lines(struct services *s)
{
	size_t n;
	char *line;

	if (s->output_fd == -1)
		return;
	while (evbuffer_read(s->output, s->output_fd, LINE_MAX_SIZE) > 0) {
		while ((line = evbuffer_readln(
			    s->output, &n, EVBUFFER_EOL_LF)) != NULL) {
			handle_line(s, line, n);
			free(line);
		}
		/* A line without an end must not grow for ever. */
		if (evbuffer_get_length(s->output) > LINE_MAX_SIZE)
			evbuffer_drain(
			    s->output, evbuffer_get_length(s->output));
	}
}

static void
close_output(struct services *s)
{
	if (s->readable != NULL)
		event_free(s->readable);
	s->readable = NULL;
	if (s->output_fd != -1)
		close(s->output_fd);
	s->output_fd = -1;
	evbuffer_drain(s->output, evbuffer_get_length(s->output));
}

static void
on_output(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_lines(arg);
}

/* The configuration in memory, to be dnsmasq's standard input. */
static int
open_config(const struct services *s, struct err *e)
{
	char *text = services_config_format(&s->config);
	size_t size = strlen(text);
	int fd = memfd_create("dnsmasq.conf", MFD_CLOEXEC);

	if (fd == -1 || write(fd, text, size) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET) == -1) {
		err_set(e, "configuration: %s", strerror(errno));
		if (fd != -1)
			close(fd);
		fd = -1;
	}
	free(text);
	return fd;
}

static pid_t
spawn_dnsmasq(int config, int output, struct err *e)
{
	char program[] = "dnsmasq", flag[] = "--conf-file=-";
	char *argv[] = { program, flag, NULL };
	const int fds[] = { config, output, output };
	struct spawn s;

	memset(&s, 0, sizeof(s));
	s.path = "/usr/sbin/dnsmasq";
	s.argv = argv;
	s.netns = -1;
	s.keeps_user = true;
	s.fds = fds;
	s.nfds = sizeof(fds) / sizeof(*fds);
	return spawn_process(&s, e);
}

static void
start_dnsmasq(struct services *s)
{
	int config, pipes[2];
	struct err e;

	event_gettime_monotonic(s->life.base, &s->started);
	config = open_config(s, &e);
	if (config == -1) {
		set_down(s, e.text);
		return;
	}
	if (pipe2(pipes, O_CLOEXEC) == -1)
		fatal("pipe: %s", strerror(errno));
	s->pid = spawn_dnsmasq(config, pipes[1], &e);
	close(config);
	close(pipes[1]);
	if (s->pid == -1) {
		s->pid = 0;
		close(pipes[0]);
		set_down(s, e.text);
		return;
	}
	s->output_fd = pipes[0];
	evutil_make_socket_nonblocking(s->output_fd);
	s->readable = event_new(
	    s->life.base, s->output_fd, EV_READ | EV_PERSIST, on_output, s);
	if (s->readable == NULL)
		fatal("cannot make an event");
	event_add(s->readable, NULL);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start_dnsmasq(arg);
}

static void
on_child(evutil_socket_t number, short what, void *arg)
{
	struct services *s = arg;
	char obituary[64], why[sizeof(s->last_words) + 80];
	int status;

	(void)number;
	(void)what;
	if (s->pid == 0 || waitpid(s->pid, &status, WNOHANG) != s->pid)
		return;
	s->pid = 0;
	read_lines(s);
	close_output(s);
	if (s->is_stopping) {
		event_base_loopexit(s->life.base, NULL);
		return;
	}
	if (s->is_changed) {
		s->is_changed = false;
		s->is_up = false;
		start_dnsmasq(s);
		return;
	}
	snprintf(why, sizeof(why), "%s; its last words: %s",
	    spawn_obituary(status, obituary, sizeof(obituary)), s->last_words);
	set_down(s, why);
}

static void
on_stop(void *arg)
{
	struct services *s = arg;

	s->is_stopping = true;
	evtimer_del(s->retry);
	if (s->pid == 0)
		event_base_loopexit(s->life.base, NULL);
	else
		kill(s->pid, SIGTERM);
}

static int
handle_open(struct services *s, struct msg_in *m)
{
	struct services_config *c = &s->config;
	struct netlink_address *a;
	const uint8_t *p;
	uint8_t is_router = 0;
	uint32_t segment;
	uint16_t i, n;
	size_t size;

	msg_get_u32(m, &segment);
	msg_get_string(m, c->segment, sizeof(c->segment));
	msg_get_string(m, c->interface, sizeof(c->interface));
	if (msg_get_u16(m, &n) == -1 || n > SERVICES_ADDRESSES_MAX)
		return -1;
	for (i = 0; i < n; i++) {
		a = &c->own[c->nown++];
		msg_get_u8(m, &a->family);
		if (msg_get_bytes(m, &p, &size) == -1 ||
		    size != (a->family == 4 ? 4 : 16))
			return -1;
		memcpy(a->addr, p, size);
		msg_get_u8(m, &a->prefix);
	}
	msg_get_string(m, c->dhcp_from, sizeof(c->dhcp_from));
	msg_get_string(m, c->dhcp_to, sizeof(c->dhcp_to));
	msg_get_u32(m, &c->lease_s);
	msg_get_string(m, c->dhcpv6_from, sizeof(c->dhcpv6_from));
	msg_get_string(m, c->dhcpv6_to, sizeof(c->dhcpv6_to));
	msg_get_u32(m, &c->lease6_s);
	msg_get_u8(m, &is_router);
	c->is_router = is_router != 0;
	if (msg_end(m) == -1 || s->is_open)
		return -1;
	s->is_open = true;
	snprintf(c->lease_file, sizeof(c->lease_file), "%s/services/%s.leases",
	    s->life.start.state_dir, c->segment);
	s->ntp = services_ntp_new(s->life.base, c);
	start_dnsmasq(s);
	return 0;
}

/* dnsmasq reads its configuration once, so it is another one from now on: the
 * leases are in their file. */
static void
begin_anew(struct services *s)
{
	s->is_changed = s->pid != 0;
	if (s->pid != 0)
		kill(s->pid, SIGTERM);
}

static int
handle_names(struct services *s, struct msg_in *m)
{
	struct services_config *c = &s->config;
	struct services_name *name;
	const uint8_t *addr;
	uint16_t n;
	size_t size;
	bool had = c->nnames > 0;

	if (!s->is_open || msg_get_u16(m, &n) == -1 || n > SERVICES_NAMES_MAX)
		return -1;
	c->nnames = 0;
	while (n-- > 0) {
		name = &c->names[c->nnames++];
		msg_get_string(m, name->host, sizeof(name->host));
		if (msg_get_bytes(m, &addr, &size) == -1 ||
		    (size != 4 && size != 16))
			return -1;
		name->family = size == 4 ? 4 : 6;
		memcpy(name->addr, addr, size);
	}
	if (msg_end(m) == -1)
		return -1;
	if (had || c->nnames > 0)
		begin_anew(s);
	return 0;
}

static int
handle_catch(struct services *s, struct msg_in *m)
{
	uint8_t catches;

	msg_get_u8(m, &catches);
	if (msg_end(m) == -1 || !s->is_open)
		return -1;
	if (s->config.catches != (catches != 0)) {
		s->config.catches = catches != 0;
		begin_anew(s);
	}
	return 0;
}

static int
on_warden(void *arg, struct msg_in *m)
{
	if (m->type == SERVICES_OPEN)
		return handle_open(arg, m);
	if (m->type == SERVICES_CATCH)
		return handle_catch(arg, m);
	return m->type == SERVICES_NAMES ? handle_names(arg, m) : -1;
}

int
services_main(void)
{
	static const struct role_hooks hooks = { .name = "services",
		.on_warden = on_warden,
		.on_greeted = tell_engine,
		.on_stop = on_stop };
	struct services s;

	memset(&s, 0, sizeof(s));
	s.output_fd = -1;
	snprintf(s.detail, sizeof(s.detail), "starting");
	role_life_begin(&s.life, &hooks, &s);
	s.output = evbuffer_new();
	s.sigchld = evsignal_new(s.life.base, SIGCHLD, on_child, &s);
	s.retry = evtimer_new(s.life.base, on_retry, &s);
	if (s.output == NULL || s.sigchld == NULL || s.retry == NULL)
		fatal("cannot make events");
	event_add(s.sigchld, NULL);
	role_life_serve(&s.life);
	close_output(&s);
	services_ntp_free(s.ntp);
	event_free(s.sigchld);
	event_free(s.retry);
	evbuffer_free(s.output);
	role_life_end(&s.life);
	return 0;
}
