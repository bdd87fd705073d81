/*
 * client_rig: assayctl run as it is typed, against a scripted bench.
 */
#include "tests/unit/client_rig.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>
#include "base/alloc.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "client/args.h"
#include "client/client.h"
#include "tests/unit/client_bench.h"

struct client_rig client_rig;

void
client_rig_set_up(void)
{
	memset(&client_rig, 0, sizeof(client_rig));
	snprintf(
	    client_rig.dir, sizeof(client_rig.dir), "/tmp/check_client.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(client_rig.dir));
	ck_assert_int_eq(chdir(client_rig.dir), 0);
	snprintf(client_rig.path, sizeof(client_rig.path), "%s/sock",
	    client_rig.dir);
	setenv("ASSAY_SOCKET", client_rig.path, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	client_rig.bench = client_bench_start(client_rig.path);
}

static void
remove_file(const char *name)
{
	if (unlink(name) == -1)
		ck_assert_int_eq(errno, ENOENT);
}

void
client_rig_tear_down(void)
{
	static const char *const names[] = { "sock", "a.yaml", "e.pcapng",
		"14.pcapng", "ja.yaml", "en.yaml", "ssh", "args" };
	size_t i;

	client_bench_stop(client_rig.bench);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_file(names[i]);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(client_rig.dir), 0); /* nothing else was left */
}

static uint64_t
now_ms(void)
{
	struct timespec n;

	clock_gettime(CLOCK_MONOTONIC, &n);
	return (uint64_t)n.tv_sec * 1000 + (uint64_t)n.tv_nsec / 1000000;
}

void
client_rig_write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* Splits at spaces. */
void
client_rig_run_child(const char *line)
{
	char *copy = xstrdup(line), *argv[32], *word, *save = NULL;
	size_t n = 0;

	for (word = strtok_r(copy, " ", &save); word != NULL && n < 31;
	     word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	argv[n] = NULL;
	n = (size_t)client_main(argv);
	fflush(NULL);
	free(copy);
	_exit((int)n);
}

void
client_rig_begin(const char *line)
{
	int out[2], err[2];

	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	fflush(NULL);
	client_rig.nout = client_rig.nerr = 0;
	client_rig.pid = fork();
	if (client_rig.pid == 0) {
		dup2(open(client_rig.stdin_path == NULL ? "/dev/null"
							: client_rig.stdin_path,
			 O_RDONLY),
		    STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		client_rig_run_child(line);
	}
	close(out[1]);
	close(err[1]);
	client_rig.out = out[0];
	client_rig.err = err[0];
}

/* The same on a terminal of this width; stderr there too. */
void
client_rig_begin_on_terminal(const char *line, unsigned short columns)
{
	struct winsize w = { .ws_row = 24, .ws_col = columns };
	int master;

	client_rig.nout = client_rig.nerr = 0;
	fflush(NULL);
	client_rig.pid = forkpty(&master, NULL, NULL, &w);
	ck_assert_int_ne(client_rig.pid, -1);
	if (client_rig.pid == 0)
		client_rig_run_child(line);
	client_rig.out = master;
	client_rig.err = -1;
}

static void
read_into(int *fd, char *text, size_t *n)
{
	ssize_t r = read(*fd, text + *n, OUTPUT_MAX - 1 - *n);

	if (r > 0) {
		*n += (size_t)r;
	} else {
		close(*fd);
		*fd = -1;
	}
	text[*n] = '\0';
}

/* Reads until stdout has the text, or (NULL) until the end. */
bool
client_rig_read_until(const char *text)
{
	uint64_t end = now_ms() + LIMIT_MS;

	while (client_rig.out != -1 || client_rig.err != -1) {
		struct pollfd p[2] = { { .fd = client_rig.out,
					   .events = POLLIN },
			{ .fd = client_rig.err, .events = POLLIN } };

		if (text != NULL &&
		    strstr(client_rig.stdout_text, text) != NULL)
			return true;
		ck_assert_msg(
		    now_ms() < end, "no end: %s", client_rig.stdout_text);
		if (poll(p, 2, 100) <= 0)
			continue;
		if (p[0].revents != 0)
			read_into(&client_rig.out, client_rig.stdout_text,
			    &client_rig.nout);
		if (p[1].revents != 0)
			read_into(&client_rig.err, client_rig.stderr_text,
			    &client_rig.nerr);
	}
	return text == NULL;
}

int
client_rig_finish(void)
{
	int status;

	client_rig_read_until(NULL);
	ck_assert_int_eq(waitpid(client_rig.pid, &status, 0), client_rig.pid);
	ck_assert_msg(
	    WIFEXITED(status), "status %d: %s", status, client_rig.stderr_text);
	return WEXITSTATUS(status);
}

int
client_rig_run(const char *line)
{
	client_rig_begin(line);
	return client_rig_finish();
}

void
client_rig_expect_out(const char *text)
{
	ck_assert_msg(strstr(client_rig.stdout_text, text) != NULL,
	    "no \"%s\" in:\n%.1500s\n%.500s", text, client_rig.stdout_text,
	    client_rig.stderr_text);
}

void
client_rig_expect_err(const char *text)
{
	ck_assert_msg(strstr(client_rig.stderr_text, text) != NULL,
	    "no \"%s\" in:\n%s", text, client_rig.stderr_text);
}

/* Line breaks are ours; nothing else that steers a terminal may be there. */
void
client_rig_expect_plain(const char *text)
{
	size_t n;

	while (*text != '\0') {
		n = strcspn(text, "\n");
		ck_assert_msg(
		    utf8_is_plain(text, n), "not plain: %.*s", (int)n, text);
		text += n + (text[n] == '\n' ? 1 : 0);
	}
}
