/*
 * resident: what processes hold in memory together, each page frame once.
 *
 *   resident PID…        prints "KB of all, KB of packet rings"
 *
 * The kernel's own share (Pss) depends on who else has the same libraries
 * loaded: on a machine that does other things it is too small.  Needs root, for
 * the numbers of frames are root's to see (/proc/PID/pagemap).
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESENT (UINT64_C(1) << 63)
#define FRAME ((UINT64_C(1) << 55) - 1)

struct frames {
	uint64_t *number;
	size_t n, room;
	uint64_t ring_bytes;
};

static void __attribute__((noreturn)) give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void
add(struct frames *f, uint64_t number)
{
	if (f->n == f->room) {
		f->room = f->room * 2 + 4096;
		f->number =
		    reallocarray(f->number, f->room, sizeof(*f->number));
		if (f->number == NULL)
			give_up("memory");
	}
	f->number[f->n++] = number;
}

static void
add_mapping(struct frames *f, int pagemap, uint64_t from, uint64_t to)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t at, entry;

	for (at = from; at < to; at += page) {
		/* What has no entry is not the process's own: vsyscall. */
		if (pread(pagemap, &entry, sizeof(entry),
			(off_t)(at / page * sizeof(entry))) !=
		    (ssize_t)sizeof(entry))
			return;
		if ((entry & PRESENT) == 0)
			continue;
		if ((entry & FRAME) == 0) {
			fputs("resident: frames are not shown\n", stderr);
			exit(1);
		}
		add(f, entry & FRAME);
	}
}

static void
add_process(struct frames *f, const char *pid)
{
	char name[64], line[4096], *rest;
	uint64_t from, to;
	int pagemap;
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%.20s/pagemap", pid);
	pagemap = open(name, O_RDONLY | O_CLOEXEC);
	snprintf(name, sizeof(name), "/proc/%.20s/maps", pid);
	maps = fopen(name, "re");
	if (pagemap == -1 || maps == NULL)
		give_up(name);
	while (fgets(line, sizeof(line), maps) != NULL) {
		from = strtoull(line, &rest, 16);
		to = *rest == '-' ? strtoull(rest + 1, NULL, 16) : from;
		/* A ring is the kernel's, made at once and whole. */
		if (strstr(line, " socket:[") != NULL)
			f->ring_bytes += to - from;
		else
			add_mapping(f, pagemap, from, to);
	}
	fclose(maps);
	close(pagemap);
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int
main(int argc, char **argv)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct frames f = { NULL, 0, 0, 0 };
	uint64_t pages = 0;
	size_t i;
	int a;

	for (a = 1; a < argc; a++)
		add_process(&f, argv[a]);
	if (f.n > 0)
		qsort(f.number, f.n, sizeof(*f.number), by_number);
	for (i = 0; i < f.n; i++)
		pages += i == 0 || f.number[i] != f.number[i - 1];
	printf("%" PRIu64 " %" PRIu64 "\n",
	    (pages * page + f.ring_bytes) / 1024, f.ring_bytes / 1024);
	free(f.number);
	return f.n > 0 ? 0 : 1;
}
