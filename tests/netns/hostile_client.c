/*
 * hostile_client: what no client in order does to the control socket.
 *
 *   hostile_client SOCKET many COUNT   takes every connection it can get, says
 *                                      what the others are told, and holds
 *   hostile_client SOCKET long BYTES   sends one line of that size, without its
 *                                      end, and says what it is told
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WELCOME 30    /* at least so many are */
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

static int
take_many(const char *path, unsigned long count)
{
	struct pollfd p = { .events = POLLIN };
	unsigned long i, held = 0;
	char line[512];
	ssize_t n;

	for (i = 0; i < count; i++) {
		p.fd = dial(path);
		if (held < WELCOME || poll(&p, 1, ANSWER_MS) != 1) {
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

/* The other end closes in the middle; what it said is still to be read. */
static int
send_long(const char *path, unsigned long bytes)
{
	char piece[4096];
	ssize_t n;
	int fd = dial(path);

	memset(piece, 'x', sizeof(piece));
	while (bytes > 0) {
		n = send(fd, piece, sizeof(piece), MSG_NOSIGNAL);
		if (n == -1)
			break;
		bytes -= (unsigned long)n < bytes ? (unsigned long)n : bytes;
	}
	printf("%lu bytes were not taken\n", bytes);
	n = read(fd, piece, sizeof(piece));
	if (n > 0)
		printf("%.*s\n", (int)n, piece);
	close(fd);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[2], "many") == 0)
		return take_many(argv[1], strtoul(argv[3], NULL, 10));
	if (argc == 4 && strcmp(argv[2], "long") == 0)
		return send_long(argv[1], strtoul(argv[3], NULL, 10));
	fprintf(stderr, "usage: hostile_client SOCKET many|long NUMBER\n");
	return 64;
}
