/*
 * evidence: which frames show something, checked again from the capture.
 */
#include "captures/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "captures/digest.h"
#include "captures/pcapng.h"

struct found {
	uint64_t count, first, last, stamp_first, stamp_last;
	uint8_t sha256[SHA256_SIZE]; /* of the only frame, or of the digests */
};

static bool
is_chosen(const struct evidence *v, const struct pcapng_frame *f,
    const uint8_t dut_mac[6])
{
	struct packet p;
	struct selector_view view;

	return f->number >= v->first && f->number <= v->last &&
	    f->frame.link_type == LINKTYPE_ETHERNET_NUMBER &&
	    packet_dissect(&p, f->frame.data, f->frame.size) == 0 &&
	    selector_view(&view, &p, dut_mac) &&
	    selector_matches(&v->select, &view);
}

static void
take(struct found *found, const struct pcapng_frame *f)
{
	if (found->count++ == 0) {
		found->first = f->number;
		found->stamp_first = f->frame.stamp_ns;
	}
	found->last = f->number;
	found->stamp_last = f->frame.stamp_ns;
}

/* 0, or -1: the file is broken before the entry's last frame. */
static int
search(struct pcapng_reader *r, const struct evidence *v,
    const uint8_t dut_mac[6], struct found *found)
{
	struct digest *frame = digest_new(), *range = digest_new();
	uint8_t sum[SHA256_SIZE] = { 0 };
	struct pcapng_frame f;
	int got = 1;

	memset(found, 0, sizeof(*found));
	memset(&f, 0, sizeof(f));
	digest_restart(range);
	while (f.number < v->last) {
		got = pcapng_next(r, &f);
		if (got != 1)
			break;
		if (!is_chosen(v, &f, dut_mac))
			continue;
		take(found, &f);
		digest_of(frame, f.frame.data, f.frame.size, sum);
		digest_add(range, sum, sizeof(sum));
	}
	if (found->count == 1)
		memcpy(found->sha256, sum, sizeof(sum));
	else
		digest_end(range, found->sha256);
	digest_free(frame);
	digest_free(range);
	return got == -1 ? -1 : 0;
}

static int
compare(const struct evidence *v, const struct found *found, struct err *e)
{
	if (found->count != v->count) {
		err_set(e, "%s: %" PRIu64 " frames match, not %" PRIu64,
		    v->file, found->count, v->count);
		return 0;
	}
	if (found->first != v->first || found->last != v->last) {
		err_set(e, "%s: the frames are others", v->file);
		return 0;
	}
	if (found->stamp_first != v->stamp_first ||
	    found->stamp_last != v->stamp_last) {
		err_set(e, "%s: the stamps differ", v->file);
		return 0;
	}
	if (memcmp(found->sha256, v->sha256, SHA256_SIZE) != 0) {
		err_set(e, "%s: the frames' digest differs", v->file);
		return 0;
	}
	return 1;
}

int
evidence_verify(
    int dir, const struct evidence *v, const uint8_t dut_mac[6], struct err *e)
{
	struct pcapng_reader *r;
	struct found found;
	uint32_t number;
	int fd, result;

	if (v->count == 0 || v->first == 0 || v->last < v->first)
		return err_set(e, "an entry that names no frame");
	if (segment_number(v->file, &number) == -1)
		return err_set(e, "not the name of a capture file");
	fd = openat(dir, v->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_set(e, "%s: %s", v->file, strerror(errno));
	r = pcapng_open(fd);
	if (search(r, v, dut_mac, &found) == -1)
		result = err_set(e, "%s: %s", v->file, pcapng_why(r));
	else
		result = compare(v, &found, e);
	pcapng_close(r);
	close(fd);
	return result;
}
