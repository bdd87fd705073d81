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
capture_hash_drop(struct capture_hash *h)
{
	segment_hash_free(h->hash);
	h->hash = NULL;
}
