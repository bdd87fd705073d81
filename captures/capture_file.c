/*
 * capture_file: any capture, made by anyone, frame by frame.
 */
#include "captures/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "captures/pcap_reader.h"
#include "captures/pcapng.h"

struct capture_file {
	char *name;
	int fd; /* -1: memory */
	const void *data;
	size_t size;
	struct pcap_reader *pcap; /* one of the two */
	struct pcapng_reader *pcapng;
	bool is_pcapng;
	uint64_t frames;
	char cut[160]; /* "": it was not */
};

static int
complain(const struct capture_file *c, struct err *e, const char *why)
{
	return err_set(e, "%s: frame %llu: %s", c->name,
	    (unsigned long long)c->frames + 1, why);
}

static void
close_reader(struct capture_file *c)
{
	pcap_reader_close(c->pcap);
	pcapng_close(c->pcapng);
	c->pcap = NULL;
	c->pcapng = NULL;
}

void
capture_file_rewind(struct capture_file *c)
{
	close_reader(c);
	c->frames = 0;
	c->cut[0] = '\0';
	if (c->is_pcapng)
		c->pcapng = c->fd == -1 ? pcapng_open_memory(c->data, c->size)
					: pcapng_open(c->fd);
	else
		c->pcap = c->fd == -1
		    ? pcap_reader_open_memory(c->data, c->size)
		    : pcap_reader_open(c->fd);
}

/* By the first four bytes, or what little there is. */
static int
choose_format(
    struct capture_file *c, const uint8_t *magic, size_t n, struct err *e)
{
	static const uint8_t section[4] = { 0x0a, 0x0d, 0x0d, 0x0a };

	if (n >= 2 && magic[0] == 0x1f && magic[1] == 0x8b)
		return err_set(e,
		    "%s: compressed by gzip; unpack it first (gunzip)",
		    c->name);
	if (n < 4)
		return err_set(
		    e, "%s: %zu bytes are no capture file", c->name, n);
	c->is_pcapng = memcmp(magic, section, 4) == 0;
	if (!c->is_pcapng && !pcap_reader_is_magic(magic))
		return err_set(e,
		    "%s: neither pcap nor pcapng: it begins with %02x %02x "
		    "%02x %02x",
		    c->name, magic[0], magic[1], magic[2], magic[3]);
	return 0;
}

static struct capture_file *
begin(struct capture_file *c, const uint8_t *magic, size_t n, struct err *e)
{
	if (choose_format(c, magic, n, e) == -1) {
		capture_file_close(c);
		return NULL;
	}
	capture_file_rewind(c);
	return c;
}

struct capture_file *
capture_file_open_memory(
    const char *name, const void *p, size_t n, struct err *e)
{
	struct capture_file *c = xcalloc(1, sizeof(*c));

	c->name = xstrdup(name);
	c->fd = -1;
	c->data = p;
	c->size = n;
	return begin(c, p, n, e);
}

struct capture_file *
capture_file_open(const char *path, struct err *e)
{
	struct capture_file *c;
	struct stat st;
	uint8_t magic[4];
	ssize_t n = -1;
	int fd;

	/* Without O_NONBLOCK a pipe of nobody would be waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(e, "%s: not a plain file", path);
	else {
		n = pread(fd, magic, sizeof(magic), 0);
		if (n == -1)
			err_set(e, "%s: %s", path, strerror(errno));
	}
	if (n == -1) {
		close(fd);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->name = xstrdup(path);
	c->fd = fd;
	return begin(c, magic, (size_t)n, e);
}

static int
end_at_cut(struct capture_file *c, const char *why)
{
	snprintf(c->cut, sizeof(c->cut), "cut off in frame %llu, %s",
	    (unsigned long long)c->frames + 1, why);
	return 0;
}

static int
next_pcapng(struct capture_file *c, struct capture_frame *f, struct err *e)
{
	struct pcapng_frame one;
	int got = pcapng_next(c->pcapng, &one);

	if (got == -1 && pcapng_is_cut(c->pcapng))
		return end_at_cut(c, pcapng_why(c->pcapng));
	if (got == -1)
		return complain(c, e, pcapng_why(c->pcapng));
	if (got == 0)
		return 0;
	f->frame = one.frame;
	f->offset = one.offset;
	/* Simple packets say nothing of a size on the wire below their own. */
	if (f->frame.wire_size < f->frame.size)
		f->frame.wire_size = f->frame.size;
	return 1;
}

static int
next_pcap(struct capture_file *c, struct capture_frame *f, struct err *e)
{
	struct pcap_frame one;
	int got = pcap_reader_next(c->pcap, &one);

	if (got == -1 && pcap_reader_is_cut(c->pcap))
		return end_at_cut(c, pcap_reader_why(c->pcap));
	if (got == -1)
		return complain(c, e, pcap_reader_why(c->pcap));
	if (got == 0)
		return 0;
	f->frame = one.frame;
	f->offset = one.offset;
	return 1;
}

int
capture_file_next(
    struct capture_file *c, struct capture_frame *f, struct err *e)
{
	int got;

	if (c->cut[0] != '\0')
		return 0;
	got = c->is_pcapng ? next_pcapng(c, f, e) : next_pcap(c, f, e);
	if (got == 1)
		f->number = ++c->frames;
	return got;
}

const char *
capture_file_cut(const struct capture_file *c)
{
	return c->cut[0] == '\0' ? NULL : c->cut;
}

const char *
capture_file_format(const struct capture_file *c)
{
	return c->is_pcapng ? "pcapng" : "pcap";
}

int
capture_file_fd(const struct capture_file *c)
{
	return c->fd;
}

void
capture_file_close(struct capture_file *c)
{
	if (c == NULL)
		return;
	close_reader(c);
	if (c->fd != -1)
		close(c->fd);
	free(c->name);
	free(c);
}
