/*
 * capture_hash: finished files get their SHA-256 when the link is quiet.
 */
#include "daemon/capture/capture_hash.h"

#include <stddef.h>

#include "base/log.h"

/* A file that cannot be hashed is passed over: who asks for it is told why. */
static void
begin(struct capture_hash *h, int dir)
{
	struct err e;

	if (segment_file_look(dir, h->next, &h->file, &e) == 0 &&
	    !h->file.has_sha256 && !h->file.is_cut)
		h->hash = segment_hash_new(dir, &h->file, &e);
	if (h->hash == NULL)
		h->next++;
}

bool
capture_hash_step(struct capture_hash *h, int dir, uint32_t current)
{
	struct err e;

	if (h->hash != NULL) {
		if (segment_hash_step(h->hash))
			return true;
		if (segment_hash_end(h->hash, &h->file, &e) == -1)
			log_warn("capture: no SHA-256: %s", e.text);
		h->hash = NULL;
		h->next++;
		return true;
	}
	if (h->next >= current)
		return false;
	begin(h, dir);
	return true;
}

void
capture_hash_ahead(struct capture_hash *h, int dir, uint32_t current)
{
	const struct segment_file f = { .number = current };
	struct err e; /* who asks for it at the end is told why */

	if (h->ahead != NULL && segment_hash_number(h->ahead) != current)
		segment_hash_free(capture_hash_take_ahead(h));
	if (h->ahead == NULL)
		h->ahead = segment_hash_new(dir, &f, &e);
	if (h->ahead != NULL)
		segment_hash_ahead(h->ahead);
}

struct segment_hash *
capture_hash_take_ahead(struct capture_hash *h)
{
	struct segment_hash *ahead = h->ahead;

	h->ahead = NULL;
	return ahead;
}

void
capture_hash_drop(struct capture_hash *h)
{
	segment_hash_free(h->hash);
	h->hash = NULL;
}
