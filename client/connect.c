/*
 * connect: a way to a bench's control socket, here or over ssh.
 *
 * There is no TCP listener: who comes from another machine comes as somebody
 * whom sshd there has let in, and the peer credentials say the rest.
 */
#include "client/connect.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/text_out.h"

#define RELAY_SIZE 65536

static int
explain(const char *path, int error, struct err *e)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return err_set(e,
		    "%s: there is no such socket: is assayd running? "
		    "(--socket or ASSAY_SOCKET names another)",
		    path);
	case ECONNREFUSED:
		return err_set(e,
		    "%s: nobody listens there: assayd has ended; start it "
		    "again",
		    path);
	case EACCES:
	case EPERM:
		return err_set(e,
		    "%s: not permitted: you need to be root or in the bench's "
		    "group (usually assay; log in again after being added)",
		    path);
	default:
		return err_set(e, "%s: %s", path, strerror(error));
	}
}

int
connect_local(struct connection *c, const char *path, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(
		    e, "%s: the path is too long for a socket", path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_set(e, "socket: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1) {
		error = errno;
		close(fd);
		return explain(path, error, e);
	}
	c->in = c->out = fd;
	c->ssh = 0;
	return 0;
}

/* The far shell sees one word: 'it'\''s'. */
static char *
shell_word(const char *s)
{
	struct text_out out;
	char one[2] = "";

	text_out_start(&out);
	text_put_raw(&out, "'");
	for (; *s != '\0'; s++) {
		one[0] = *s;
		text_put_raw(&out, *s == '\'' ? "'\\''" : one);
	}
	text_put_raw(&out, "'");
	return text_out_end(&out);
}

static void
exec_ssh(int fd, const char *host, const char *path)
{
	const char *program = getenv("ASSAY_SSH");
	char *word = path == NULL ? NULL : shell_word(path);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (program == NULL || program[0] == '\0')
		program = "ssh";
	if (dup2(fd, STDIN_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1)
		_exit(127);
	execlp(program, program, "-T", "--", host, "assayctl", "--stdio",
	    word == NULL ? NULL : "--socket", word, (char *)NULL);
	fprintf(stderr, "assayctl: %s: %s\n", program, strerror(errno));
	_exit(127);
}

int
connect_ssh(
    struct connection *c, const char *host, const char *path, struct err *e)
{
	int fds[2];

	if (host[0] == '-' || host[0] == '\0')
		return err_set(e, "\"%s\" is not a host", host);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return err_set(e, "socketpair: %s", strerror(errno));
	fflush(NULL);
	c->ssh = fork();
	if (c->ssh == -1) {
		close(fds[0]);
		close(fds[1]);
		return err_set(e, "fork: %s", strerror(errno));
	}
	if (c->ssh == 0)
		exec_ssh(fds[1], host, path);
	close(fds[1]);
	c->in = c->out = fds[0];
	return 0;
}

void
connect_close(struct connection *c)
{
	if (c->in != -1)
		close(c->in);
	if (c->out != -1 && c->out != c->in)
		close(c->out);
	c->in = c->out = -1;
	if (c->ssh > 0)
		waitpid(c->ssh, NULL, 0);
	c->ssh = 0;
}

static int
write_all(int fd, const char *bytes, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, bytes, size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* One piece from one to the other; 0: the end or an error. */
static size_t
copy_some(int from, int to)
{
	char bytes[RELAY_SIZE];
	ssize_t n;

	do {
		n = read(from, bytes, sizeof(bytes));
	} while (n == -1 && errno == EINTR);
	if (n <= 0 || write_all(to, bytes, (size_t)n) == -1)
		return 0;
	return (size_t)n;
}

int
connect_relay(const struct connection *c)
{
	struct pollfd p[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = c->in, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) == -1 && errno != EINTR)
			return -1;
		if (p[1].revents != 0 && copy_some(c->in, STDOUT_FILENO) == 0)
			return 0;
		if (p[0].revents != 0 && copy_some(STDIN_FILENO, c->out) == 0) {
			shutdown(c->out, SHUT_WR);
			p[0].fd = -1; /* the answers still come */
		}
	}
}
