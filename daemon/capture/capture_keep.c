/*
 * capture_keep: of whom payload is kept.
 *
 * A frame is a device's when it is its source or destination on the link.
 */
#include "daemon/capture/capture_keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "captures/digest.h"
#include "captures/frame_cut.h"
#include "captures/recording.h"
#include "daemon/shared/wire_frames.h"

void
capture_keep_free(struct capture_keep *k)
{
	free(k->devices);
	digest_free(k->digest);
	memset(k, 0, sizeof(*k));
}

int
capture_keep_read(struct capture_keep *k, struct msg_in *m)
{
	struct capture_kept *devices;
	uint16_t n, i;
	uint8_t is_asked;

	if (msg_get_u16(m, &n) == -1)
		return -1;
	devices = xcalloc((size_t)n + 1, sizeof(*devices));
	for (i = 0; i < n; i++) {
		wire_get_mac(m, devices[i].mac);
		msg_get_u8(m, &is_asked);
		devices[i].is_asked = !m->bad && is_asked != 0;
	}
	if (msg_end(m) == -1) {
		free(devices);
		return -1;
	}
	free(k->devices);
	k->devices = devices;
	k->n = n;
	k->is_told = true;
	return 0;
}

void
capture_keep_end_jobs(struct capture_keep *k)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		k->devices[i].is_asked = false;
}

bool
capture_keep_is_whole(const struct capture_keep *k, const struct frame *f)
{
	const struct capture_kept *d;
	size_t i;

	for (i = 0; i < k->n && f->size >= 12; i++) {
		d = &k->devices[i];
		if (!d->is_asked &&
		    (memcmp(f->data, d->mac, sizeof(d->mac)) == 0 ||
			memcmp(f->data + 6, d->mac, sizeof(d->mac)) == 0))
			return false;
	}
	return k->is_told;
}

void
capture_keep_headers(
    struct capture_keep *k, struct recording *r, const struct frame *f)
{
	struct frame kept = *f;
	uint8_t sum[SHA256_SIZE];
	char note[FRAME_CUT_NOTE_SIZE];

	kept.size = frame_cut_size(f->data, f->size);
	if (kept.size == f->size) {
		recording_add(r, f);
		return;
	}
	if (k->digest == NULL)
		k->digest = digest_new();
	digest_of(k->digest, f->data, f->size, sum);
	recording_add_noted(r, &kept, frame_cut_note(note, f->size, sum));
}
