/*
 * store_process: a real store process for a tool to append to, and the tool's
 * end of it: the engine's side of the store, built into the tool.
 *
 * Everything is in this header, since tools link the rooms below the daemon
 * alone and each is one file.
 */
#ifndef ASSAY_BENCH_STORE_PROCESS_H
#define ASSAY_BENCH_STORE_PROCESS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

/* Tools link the rooms below the daemon; this is the daemon's client side. */
#include "daemon/store/store_client.c" /* NOLINT(bugprone-suspicious-include) */

struct store_process {
	struct event_base *loop;
	struct store *store;
	struct peer *parent;
	pid_t pid;
	char error[256]; /* the first; "": none */
};

static int
store_process_on_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)m;
	(void)fd;
	return -1;
}

static void
store_process_on_gone(void *arg, const char *why)
{
	struct store_process *p = arg;

	if (p->error[0] == '\0')
		snprintf(
		    p->error, sizeof(p->error), "the store ended: %s", why);
}

/* dir: the daemon's state_dir, with a folder "store" in it. */
static void
store_process_start(
    struct store_process *p, const char *assayd, const char *dir)
{
	static const struct peer_hooks hooks = { store_process_on_message,
		store_process_on_gone };
	struct msg_out m;
	int fds[2];

	p->loop = event_base_new();
	p->store = store_new(p->loop);
	peer_pair(fds);
	p->pid = fork();
	if (p->pid == -1)
		fatal("fork: %s", strerror(errno));
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fds[1] == WIRE_FD)
			fcntl(WIRE_FD, F_SETFD, 0);
		else
			dup2(fds[1], WIRE_FD);
		closefrom(WIRE_FD + 1);
		execl(assayd, assayd, "-x", "store", (char *)NULL);
		fatal("%s: %s", assayd, strerror(errno));
	}
	close(fds[1]);
	p->parent = peer_new(p->loop, fds[0], &hooks, p);
	msg_start(&m, ROLE_START);
	msg_put_string(&m, "store");
	msg_put_u8(&m, LOG_LEVEL_WARN);
	msg_put_string(&m, dir);
	msg_put_string(&m, dir);
	peer_send(p->parent, &m, -1);
	peer_pair(fds);
	msg_start(&m, ROLE_PEER);
	msg_put_u8(&m, ROLE_ENGINE);
	msg_put_u32(&m, WIRE_NO_SEGMENT);
	peer_send(p->parent, &m, fds[1]);
	store_attach(p->store, fds[0]);
}

/* In good order: what was answered is in the file. */
static void
store_process_stop(struct store_process *p)
{
	struct msg_out m;

	msg_start(&m, ROLE_STOP);
	peer_send(p->parent, &m, -1);
	peer_flush(p->parent);
	store_detach(p->store);
	while (waitpid(p->pid, NULL, 0) == -1 && errno == EINTR)
		;
	store_free(p->store);
	peer_free(p->parent);
	event_base_free(p->loop);
}

#endif
