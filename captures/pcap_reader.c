/*
 * pcap_reader: classic capture files, read.
 *
 * The format has no marks between records: once a length is wrong, all that
 * follows is noise.  So an impossible length or stamp ends the reading.
 */
#include "captures/pcap_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u /* longer record headers (Kuznetzov) */
#define FILE_HEADER 24u
#define RECORD_HEADER 16u
#define WINDOW (RECORD_HEADER + PCAP_RECORD_MAX)
#define NS_PER_S UINT64_C(1000000000)

struct pcap_reader {
	int fd;              /* -1: memory */
	const uint8_t *data; /* of memory, or the window */
	uint64_t base;       /* offset of data[0] */
	size_t size;         /* bytes at data */
	uint8_t *window;     /* WINDOW bytes, fd only */
	uint64_t offset;     /* of the next record; 0: the header is not read */
	uint64_t frames;
	uint32_t unit_ns; /* of a stamp's fraction */
	uint16_t link_type;
	bool big, failed, cut;
	char why[128];
};

static int
fail(struct pcap_reader *r, const char *why)
{
	snprintf(r->why, sizeof(r->why), "at byte %llu: %s",
	    (unsigned long long)r->offset, why);
	r->failed = true;
	return -1;
}

static uint32_t
get32(bool big, const uint8_t *p)
{
	return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3]
		   : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
		(uint32_t)p[1] << 8 | p[0];
}

static uint16_t
get16(bool big, const uint8_t *p)
{
	return big ? (uint16_t)(p[0] << 8 | p[1])
		   : (uint16_t)(p[1] << 8 | p[0]);
}

bool
pcap_reader_is_magic(const uint8_t magic[4])
{
	static const uint32_t all[] = { MAGIC_US, MAGIC_NS, MAGIC_MODIFIED };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (get32(true, magic) == all[i] ||
		    get32(false, magic) == all[i])
			return true;
	return false;
}

/* Fills the window from offset on. */
static void
refill(struct pcap_reader *r, uint64_t offset)
{
	ssize_t n;

	r->base = offset;
	r->size = 0;
	while (r->size < WINDOW) {
		n = pread(r->fd, r->window + r->size, WINDOW - r->size,
		    (off_t)(offset + r->size));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		r->size += (size_t)n;
	}
}

/* A view of n bytes (at most WINDOW) at the offset, or NULL when the file has
 * not that many; *left: how many it has, at most n. */
static const uint8_t *
view(struct pcap_reader *r, size_t n, size_t *left)
{
	bool inside = r->offset >= r->base && r->offset - r->base <= r->size &&
	    r->size - (r->offset - r->base) >= n;

	if (!inside && r->fd != -1)
		refill(r, r->offset);
	*left = 0;
	if (r->offset < r->base || r->offset - r->base > r->size)
		return NULL;
	*left = r->size - (size_t)(r->offset - r->base);
	if (*left < n)
		return NULL;
	*left = n;
	return r->data + (r->offset - r->base);
}

static int
cut(struct pcap_reader *r, const char *why)
{
	r->cut = true;
	return fail(r, why);
}

static int
read_header(struct pcap_reader *r)
{
	size_t left;
	const uint8_t *p = view(r, FILE_HEADER, &left);
	uint32_t magic;

	if (p == NULL)
		return fail(r, "not a pcap file: it has no whole header");
	r->big = p[0] == 0xa1;
	magic = get32(r->big, p);
	if (magic == MAGIC_MODIFIED)
		return fail(r,
		    "pcap with modified record headers; convert it to pcapng "
		    "(editcap)");
	if (magic != MAGIC_US && magic != MAGIC_NS)
		return fail(r, "not a pcap file");
	if (get16(r->big, p + 4) != 2 || get16(r->big, p + 6) != 4)
		return fail(r, "not version 2.4 of pcap");
	r->unit_ns = magic == MAGIC_US ? 1000 : 1;
	/* Above the type stand the FCS length and flags. */
	r->link_type = (uint16_t)get32(r->big, p + 20);
	r->offset = FILE_HEADER;
	return 0;
}

static int
read_record(struct pcap_reader *r, struct pcap_frame *f)
{
	size_t left;
	const uint8_t *p = view(r, RECORD_HEADER, &left);
	uint32_t fraction, size;

	if (p == NULL)
		return left == 0
		    ? 0
		    : cut(r, "the file ends within a record's header");
	fraction = get32(r->big, p + 4);
	size = get32(r->big, p + 8);
	if (size > PCAP_RECORD_MAX)
		return fail(r, "a record of impossible length");
	if (fraction >= NS_PER_S / r->unit_ns)
		return fail(r, "a record with an impossible stamp");
	memset(f, 0, sizeof(*f));
	f->frame.stamp_ns =
	    get32(r->big, p) * NS_PER_S + (uint64_t)fraction * r->unit_ns;
	f->frame.size = size;
	f->frame.wire_size = get32(r->big, p + 12);
	if (f->frame.wire_size < size)
		f->frame.wire_size = size;
	f->frame.link_type = r->link_type;
	p = view(r, RECORD_HEADER + size, &left);
	if (p == NULL)
		return cut(r, "the file ends within a frame");
	f->frame.data = p + RECORD_HEADER;
	f->offset = r->offset;
	f->number = ++r->frames;
	r->offset += RECORD_HEADER + size;
	return 1;
}

static struct pcap_reader *
new_reader(void)
{
	struct pcap_reader *r = xcalloc(1, sizeof(*r));

	r->fd = -1;
	return r;
}

struct pcap_reader *
pcap_reader_open_memory(const void *p, size_t n)
{
	struct pcap_reader *r = new_reader();

	r->data = p;
	r->size = n;
	return r;
}

struct pcap_reader *
pcap_reader_open(int fd)
{
	struct pcap_reader *r = new_reader();

	r->fd = fd;
	r->window = xcalloc(1, WINDOW);
	r->data = r->window;
	return r;
}

int
pcap_reader_next(struct pcap_reader *r, struct pcap_frame *f)
{
	if (r->failed || (r->offset == 0 && read_header(r) == -1))
		return -1;
	return read_record(r, f);
}

bool
pcap_reader_is_cut(const struct pcap_reader *r)
{
	return r->cut;
}

const char *
pcap_reader_why(const struct pcap_reader *r)
{
	return r->why;
}

void
pcap_reader_close(struct pcap_reader *r)
{
	if (r == NULL)
		return;
	free(r->window);
	free(r);
}
