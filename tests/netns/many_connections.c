/*
 * many_connections: one process that takes every connection it can get.
 *
 *   many_connections SOCKET COUNT
 *
 * Says what those are told that are turned away, then holds the others.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MS 200 /* one that is welcome is told nothing */

static int
dial(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == -1) {
		perror(path);
		exit(1);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	unsigned long i, held = 0, count;
	struct pollfd p = { .events = POLLIN };
	char line[512];
	ssize_t n;

	if (argc != 3)
		return 64;
	count = strtoul(argv[2], NULL, 10);
	for (i = 0; i < count; i++) {
		p.fd = dial(argv[1]);
		if (held < 40) {
			held++;
			continue;
		}
		if (poll(&p, 1, ANSWER_MS) != 1) {
			held++;
			continue;
		}
		n = read(p.fd, line, sizeof(line) - 1);
		line[n > 0 ? n : 0] = '\0';
		printf("turned away: %s\n", line);
		close(p.fd);
	}
	printf("holding %lu\n", held);
	fflush(stdout);
	pause();
	return 0;
}
