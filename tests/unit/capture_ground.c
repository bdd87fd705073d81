/*
 * capture_ground: what the tests of captures stand on.
 */
#include "tests/unit/capture_ground.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "protocols/packet.h"

const uint8_t ground_dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
const uint8_t ground_bench_mac[6] = { 2, 0, 0, 0, 0, 1 };
const uint8_t ground_other_mac[6] = { 2, 0, 0, 0, 0, 0x99 };
const uint8_t ground_dut_ip[4] = { 10, 7, 0, 16 };
const uint8_t ground_bench_ip[4] = { 10, 7, 0, 1 };

void
ground_begin(struct ground *g)
{
	snprintf(g->path, sizeof(g->path), "/tmp/assay-capture-XXXXXX");
	if (mkdtemp(g->path) == NULL)
		fatal("ground: no directory");
	g->dir = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->dir == -1)
		fatal("ground: cannot open %s", g->path);
}

static void
empty(int dir)
{
	DIR *d = fdopendir(dir);
	struct dirent *one;
	int sub;

	if (d == NULL)
		fatal("ground: cannot list");
	while ((one = readdir(d)) != NULL) {
		if (strcmp(one->d_name, ".") == 0 ||
		    strcmp(one->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(d), one->d_name, 0) == 0)
			continue;
		sub = openat(
		    dirfd(d), one->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (sub != -1)
			empty(sub);
		unlinkat(dirfd(d), one->d_name, AT_REMOVEDIR);
	}
	closedir(d);
}

void
ground_end(struct ground *g)
{
	int dir = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir != -1)
		empty(dir);
	close(g->dir);
	(void)umount2(g->path, MNT_DETACH); /* if it was a small one */
	if (rmdir(g->path) == -1 && errno != ENOENT)
		log_warn("ground: %s is left", g->path);
}

bool
ground_begin_small(struct ground *g, size_t bytes)
{
	char options[64];

	ground_begin(g);
	snprintf(options, sizeof(options), "size=%zu", bytes);
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("tmpfs", g->path, "tmpfs", 0, options) == -1) {
		ground_end(g);
		return false;
	}
	close(g->dir);
	g->dir = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return g->dir != -1;
}

static struct frame
frame_of(const uint8_t *data, size_t n, uint64_t stamp_ns,
    enum frame_direction direction)
{
	struct frame f;

	memset(&f, 0, sizeof(f));
	f.data = data;
	f.size = n;
	f.wire_size = n;
	f.stamp_ns = stamp_ns;
	f.link_type = LINKTYPE_ETHERNET_NUMBER;
	f.direction = direction;
	return f;
}

struct frame
ground_syn(uint8_t *out, uint16_t local, uint16_t remote, uint64_t stamp_ns)
{
	struct packet_ends e = { ground_bench_mac, ground_dut_mac, 4,
		ground_bench_ip, ground_dut_ip };
	size_t n = packet_build_tcp(
	    out, &e, local, remote, 1, 0, TCP_SYN, 1024, NULL, 0);

	return frame_of(out, n, stamp_ns, FRAME_OUT);
}

struct frame
ground_rst(uint8_t *out, uint16_t local, uint16_t remote, uint64_t stamp_ns)
{
	struct packet_ends e = { ground_dut_mac, ground_bench_mac, 4,
		ground_dut_ip, ground_bench_ip };
	size_t n = packet_build_tcp(
	    out, &e, remote, local, 0, 2, TCP_RST | TCP_ACK, 0, NULL, 0);

	return frame_of(out, n, stamp_ns, FRAME_IN);
}

static size_t
read_all(int fd, char *out, size_t size)
{
	size_t got = 0;
	char rest[256];
	ssize_t n;

	for (;;) {
		if (got + 1 < size)
			n = read(fd, out + got, size - 1 - got);
		else
			n = read(fd, rest, sizeof(rest));
		if (n <= 0)
			break;
		if (got + 1 < size)
			got += (size_t)n;
	}
	out[got] = '\0';
	return got;
}

int
ground_run(const char *const *argv, char *out, size_t size)
{
	int pipe_fds[2], status;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) == -1)
		fatal("ground: no pipe");
	pid = fork();
	if (pid == -1)
		fatal("ground: no fork");
	if (pid == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		dup2(pipe_fds[1], STDERR_FILENO);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(pipe_fds[1]);
	read_all(pipe_fds[0], out, size);
	close(pipe_fds[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

size_t
ground_count_lines(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}
