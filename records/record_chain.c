/*
 * record_chain: are the records of a run all there, unchanged, in order?
 */
#include "records/record_chain.h"

#include <inttypes.h>
#include <string.h>

void
record_chain_start(struct record_chain *c, uint64_t run)
{
	memset(c, 0, sizeof(*c));
	c->run = run;
}

static int
check_manifest(
    const struct record_chain *c, const struct record_head *h, struct err *e)
{
	if (strcmp(h->head, c->sha256) != 0)
		return err_set(
		    e, "the manifest's head is not the record before it");
	if (h->records != c->count)
		return err_set(e,
		    "the manifest counts %" PRIu64
		    " records, there are %" PRIu64,
		    h->records, c->count);
	return 0;
}

int
record_chain_check(
    const struct record_chain *c, const struct record_head *h, struct err *e)
{
	if (c->run != 0 && h->run != c->run)
		return err_set(e, "a record of run %" PRIu64, h->run);
	if (c->ended)
		return err_set(e, "a record after the run's manifest");
	if (c->count == 0) {
		if (h->type != RECORD_RUN)
			return err_set(e, "the run has no first record");
		return 0;
	}
	if (h->type == RECORD_RUN)
		return err_set(e, "a second first record");
	if (h->seq <= c->last)
		return err_set(e, "its seq is not after %" PRIu64, c->last);
	if (strcmp(h->prev, c->sha256) != 0)
		return err_set(e,
		    "\"prev\" is not the hash of record %" PRIu64
		    ", the one before it",
		    c->last);
	if (h->type == RECORD_MANIFEST)
		return check_manifest(c, h, e);
	return 0;
}

void
record_chain_extend(
    struct record_chain *c, const struct record_head *h, const char *sha256)
{
	c->run = h->run;
	c->last = h->seq;
	c->count++;
	c->ended = h->type == RECORD_MANIFEST;
	memcpy(c->sha256, sha256, SHA256_HEX_SIZE);
}

int
record_chain_add(
    struct record_chain *c, const struct record_row *row, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	struct record_view view = { .fields = NULL };
	struct record_head h = { .seq = 0 };
	int r;

	sha256_hex(row->bytes, row->size, sha256);
	if (row->sha256 != NULL && strcmp(row->sha256, sha256) != 0)
		return err_set(e,
		    "its bytes do not match the hash kept "
		    "beside them");
	r = record_view_read(&view, row->bytes, row->size, e);
	if (r == 0)
		r = record_head_read(&h, &view, e);
	record_view_free(&view);
	if (r == -1)
		return -1;
	if (h.seq != row->seq)
		return err_set(e, "it says it is record %" PRIu64, h.seq);
	if (record_chain_check(c, &h, e) == -1)
		return -1;
	record_chain_extend(c, &h, sha256);
	return 0;
}

enum record_chain_state
record_chain_verify(const struct record_row *rows, size_t n, uint64_t run,
    uint64_t *broken, struct err *e)
{
	struct record_chain c;
	size_t i;

	*broken = 0;
	record_chain_start(&c, run);
	for (i = 0; i < n; i++)
		if (record_chain_add(&c, &rows[i], e) == -1) {
			*broken = rows[i].seq;
			return RECORD_CHAIN_BROKEN;
		}
	if (n == 0) {
		err_set(e, "there is no record");
		return RECORD_CHAIN_BROKEN;
	}
	return c.ended ? RECORD_CHAIN_SEALED : RECORD_CHAIN_OPEN;
}
