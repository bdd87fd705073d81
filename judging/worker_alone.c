/*
 * worker_alone: assay-worker with no daemon and no root.
 *
 * What the kernel does not give (namespaces to an unprivileged user, say) is
 * gone without, and `sandbox` says so; Landlock and seccomp are the worker's
 * own doing.  Root gives itself up first.  A worker that says nonsense, or
 * more than fits, is killed like one that hangs.
 */
#include "judging/worker_alone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_exit.h"
#include "daemon/shared/worker_says.h"
#include "judging/worker_process.h"

#define SEND_LIMIT_MS 20000
#define WORDS_MAX 512
/* Of JSON in all: a worker may say a lot, but not fill our memory. */
#define SAID_BYTES_MAX ((size_t)64 << 20)

struct worker_alone {
	pid_t pid;
	int pidfd, socket, errors; /* -1: closed */
	bool malformed, done, run_over;
	uint16_t bad_type;
	size_t said_bytes;
	char words[WORDS_MAX]; /* the end of its stderr */
	struct worker_alone_result said;
	uint8_t datagram[MSG_MAX];
};

void
worker_alone_result_clear(struct worker_alone_result *r)
{
	json_decref(r->descriptor);
	json_decref(r->observations);
	json_decref(r->controls);
	json_decref(r->notes);
	json_decref(r->verdicts);
	free(r->sandbox);
	free(r->failed);
	memset(r, 0, sizeof(*r));
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- what it says ---- */

typedef int handler(struct worker_alone *, struct msg_in *);

static int
handle_description(struct worker_alone *w, struct msg_in *m)
{
	json_t *o = worker_says_description(m);

	if (!json_is_object(o) || w->said.descriptor != NULL) {
		json_decref(o);
		return -1;
	}
	w->said.descriptor = o;
	return 0;
}

static int
handle_sandbox(struct worker_alone *w, struct msg_in *m)
{
	char *text = worker_says_sandbox(m), *both;

	if (text == NULL)
		return -1;
	both = xasprintf("%s, %s", w->said.sandbox, text);
	free(w->said.sandbox);
	free(text);
	w->said.sandbox = both;
	return strlen(both) > MSG_STRING_MAX ? -1 : 0;
}

static int
append(struct worker_alone *w, json_t *list, json_t *o, size_t max)
{
	w->said_bytes += json_dumpb(o, NULL, 0, JSON_COMPACT);
	json_array_append_new(list, o);
	return json_array_size(list) > max || w->said_bytes > SAID_BYTES_MAX
	    ? -1
	    : 0;
}

static int
handle_observation(struct worker_alone *w, struct msg_in *m)
{
	struct said_observation o;

	if (worker_says_observation(m, &o) == -1)
		return -1;
	if (o.id != json_array_size(w->said.observations) + 1 || w->run_over) {
		json_decref(o.json);
		return -1;
	}
	return append(w, w->said.observations, o.json, SAID_OBSERVATIONS_MAX);
}

static int
handle_control(struct worker_alone *w, struct msg_in *m)
{
	struct said_control c;

	if (worker_says_control(m, &c) == -1 || w->run_over ||
	    c.observation > json_array_size(w->said.observations))
		return -1;
	return append(
	    w, w->said.controls, said_control_json(&c), SAID_CONTROLS_MAX);
}

static int
handle_note(struct worker_alone *w, struct msg_in *m)
{
	return worker_says_note_into(m, w->said.notes);
}

static int
handle_progress(struct worker_alone *w, struct msg_in *m)
{
	struct said_progress p;

	(void)w;
	return worker_says_progress(m, &p);
}

static int
handle_log(struct worker_alone *w, struct msg_in *m)
{
	char line[512];

	(void)w;
	return worker_says_line(m, line);
}

static int
handle_run_over(struct worker_alone *w, struct msg_in *m)
{
	if (msg_end(m) == -1 || w->run_over)
		return -1;
	w->run_over = true;
	return 0;
}

static int
handle_verdict(struct worker_alone *w, struct msg_in *m)
{
	struct said_verdict v;
	json_t *o;

	if (worker_says_verdict(m, &v) == -1)
		return -1;
	o = said_verdict_json(&v);
	said_verdict_clear(&v);
	return append(w, w->said.verdicts, o, SAID_VERDICTS_MAX);
}

static int
handle_failed(struct worker_alone *w, struct msg_in *m)
{
	char text[512];

	if (worker_says_line(m, text) == -1)
		return -1;
	if (w->said.failed == NULL)
		w->said.failed = xstrdup(text);
	return 0;
}

static int
handle_done(struct worker_alone *w, struct msg_in *m)
{
	w->done = true;
	return msg_end(m);
}

static int
read_message(struct worker_alone *w, struct msg_in *m)
{
	static const struct {
		uint16_t type;
		handler *handle;
	} handlers[] = {
		{ ENGINE_DESCRIPTION, handle_description },
		{ ENGINE_SANDBOX, handle_sandbox },
		{ ENGINE_OBSERVATION, handle_observation },
		{ ENGINE_CONTROL, handle_control },
		{ ENGINE_NOTE, handle_note },
		{ ENGINE_PROGRESS, handle_progress },
		{ ENGINE_LOG, handle_log },
		{ ENGINE_RUN_OVER, handle_run_over },
		{ ENGINE_VERDICT, handle_verdict },
		{ ENGINE_FAILED, handle_failed },
		{ ENGINE_DONE, handle_done },
	};
	size_t i;

	if (w->done)
		return -1; /* that was the last word */
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].handle(w, m);
	return -1;
}

/* ---- its two ends ---- */

static void
close_end(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
read_socket(struct worker_alone *w)
{
	ssize_t n = recv(w->socket, w->datagram, sizeof(w->datagram),
	    MSG_DONTWAIT | MSG_TRUNC);
	struct msg_in m;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* its end, also when it died with something unread */
		close_end(&w->socket);
		return;
	}
	if (msg_read(&m, w->datagram, (size_t)n) == 0 &&
	    read_message(w, &m) == 0)
		return;
	w->malformed = true;
	w->bad_type = m.type;
	close_end(&w->socket);
}

/* The last words are the end of it: older ones make room. */
static void
read_errors(struct worker_alone *w)
{
	size_t have = strlen(w->words), keep = WORDS_MAX / 2 - 1, i;
	char buf[WORDS_MAX / 2];
	ssize_t n = read(w->errors, buf, sizeof(buf));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_end(&w->errors);
		return;
	}
	if (have > keep) {
		memmove(w->words, w->words + have - keep, keep);
		have = keep;
	}
	for (i = 0; i < (size_t)n; i++)
		w->words[have + i] = buf[i] == '\0' ? '?' : buf[i];
	w->words[have + i] = '\0';
}

/* One turn: reads what there is, waits at most until the deadline.  True: the
 * socket takes something, when that is asked for. */
static bool
turn(struct worker_alone *w, bool wants_to_send, uint64_t deadline)
{
	uint64_t now = now_ms();
	struct pollfd p[3] = {
		{ w->socket, (short)(POLLIN | (wants_to_send ? POLLOUT : 0)),
		    0 },
		{ w->errors, POLLIN, 0 },
		/* Of interest only when it can say nothing more. */
		{ w->socket == -1 ? w->pidfd : -1, POLLIN, 0 },
	};
	int limit = deadline <= now ? 0 : (int)(deadline - now);

	if (poll(p, 3, limit) == -1)
		return false;
	if ((p[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		read_errors(w);
	if ((p[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		read_socket(w);
	return w->socket != -1 && (p[0].revents & POLLOUT) != 0;
}

/* ---- start, send, finish ---- */

/* The probe is code that we are about to run: a plain file into which only its
 * owner could have put that. */
static int
open_probe(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(e, "%s: not a plain file", path);
	else if ((st.st_mode & S_IWOTH) != 0)
		err_set(e, "%s: anyone may write to it (chmod o-w)", path);
	else
		return fd;
	close(fd);
	return -1;
}

static struct worker_alone *
start(const char *program, int probe, const char *name, struct err *e)
{
	struct worker_alone *w;
	struct worker_process p = { program, name, { -1, -1, -1, -1, -1, -1 } };
	int pair[2], errors[2];
	char got[128];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    pipe2(errors, O_CLOEXEC | O_NONBLOCK) == -1)
		fatal("worker: no descriptors left: %s", strerror(errno));
	p.fds[STDERR_FILENO] = errors[1];
	p.fds[WIRE_FD] = pair[1];
	p.fds[WIRE_WORKER_PROBE_FD] = probe;
	w = xcalloc(1, sizeof(*w));
	w->pid = worker_process_start(&p, &w->pidfd, got, sizeof(got), e);
	close(pair[1]);
	close(errors[1]);
	w->socket = pair[0];
	w->errors = errors[0];
	if (w->pid == -1) {
		close(pair[0]);
		close(errors[0]);
		free(w);
		return NULL;
	}
	w->said.sandbox = xstrdup(got);
	w->said.observations = json_array();
	w->said.controls = json_array();
	w->said.notes = json_object();
	w->said.verdicts = json_array();
	return w;
}

struct worker_alone *
worker_alone_start(const char *program, const char *probe_file,
    const char *probe, struct err *e)
{
	int fd = open_probe(probe_file, e);
	struct worker_alone *w;

	if (fd == -1)
		return NULL;
	w = start(program, fd, probe, e);
	close(fd);
	return w;
}

static int
send_datagram(struct worker_alone *w, const struct msg_out *m)
{
	const uint8_t header[MSG_HEADER] = { (uint8_t)(m->type >> 8),
		(uint8_t)m->type, 0, 0 };
	struct iovec parts[2] = { { (void *)(uintptr_t)header, MSG_HEADER },
		{ (void *)(uintptr_t)m->body, m->size } };
	struct msghdr h = { .msg_iov = parts, .msg_iovlen = 2 };

	return sendmsg(w->socket, &h, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ? -1
									 : 0;
}

int
worker_alone_send(struct worker_alone *w, const struct msg_out *m)
{
	uint64_t deadline = now_ms() + SEND_LIMIT_MS;

	if (msg_is_overfull(m))
		return -1;
	while (w->socket != -1 && now_ms() < deadline) {
		if (!turn(w, true, deadline))
			continue;
		if (send_datagram(w, m) == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return -1; /* what it said is still to be read */
	}
	return -1;
}

static int
reap(struct worker_alone *w)
{
	int status = 0;

	while (waitpid(w->pid, &status, 0) == -1)
		if (errno != EINTR)
			fatal("worker: waitpid: %s", strerror(errno));
	while (w->errors != -1) { /* what is queued is there by now */
		struct pollfd p = { w->errors, POLLIN, 0 };

		if (poll(&p, 1, 0) <= 0)
			break;
		read_errors(w);
	}
	return status;
}

/* How it came to its end, with its last words. */
static void
write_obituary(
    const struct worker_alone *w, int status, bool late, char *out, size_t size)
{
	int code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	bool signalled = WIFSIGNALED(status);
	char words[160];
	size_t n;

	if (!signalled && worker_exit_is_signal(code)) {
		code = worker_exit_signal(code);
		signalled = true;
	}
	if (w->malformed)
		snprintf(out, size, "malformed message 0x%04x", w->bad_type);
	else if (late)
		snprintf(out, size, "it did not end in time");
	else if (signalled)
		snprintf(out, size, "killed by signal %d (%s)", code,
		    strsignal(code));
	else if (code != 0)
		snprintf(out, size, "exit status %d", code);
	else
		snprintf(out, size, "it ended without its last word");
	n = strcspn(w->words, "\n");
	log_quote(w->words, n, words, sizeof(words));
	n = strlen(out);
	if (words[0] != '\0')
		snprintf(out + n, size - n, ": %.90s", words);
}

int
worker_alone_finish(struct worker_alone *w, unsigned limit_ms,
    struct worker_alone_result *r, struct err *e)
{
	uint64_t deadline = now_ms() + limit_ms;
	struct pollfd end = { w->pidfd, POLLIN, 0 };
	bool late = false;
	int status;

	/* Its socket at its end *and* its process ended, as for a job. */
	while (!w->malformed && !late &&
	    (w->socket != -1 || poll(&end, 1, 0) != 1)) {
		turn(w, false, deadline);
		late = now_ms() >= deadline;
	}
	if (w->malformed || late)
		kill(w->pid, SIGKILL);
	status = reap(w);
	w->said.done = w->done && !w->malformed && !late && status == 0;
	if (w->said.descriptor != NULL && status == 0)
		w->said.done = !w->malformed && !late;
	if (!w->said.done)
		write_obituary(
		    w, status, late, w->said.ended, sizeof(w->said.ended));
	close_end(&w->socket);
	close_end(&w->errors);
	close_end(&w->pidfd);
	*r = w->said;
	free(w);
	return r->done ? 0 : err_set(e, "the worker: %s", r->ended);
}
