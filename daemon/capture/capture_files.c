/*
 * capture_files: which files there are, one question after the other.
 */
#include "daemon/capture/capture_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "captures/segment_file.h"
#include "captures/segment_index.h"
#include "daemon/shared/wire.h"

struct capture_files {
	uint32_t request, from, current;
	bool is_seal;
	int dir;
	uint32_t *numbers;
	size_t n, done;
	struct segment_file file; /* the one being hashed */
	struct segment_hash *hash;
	struct segment_hash *begun; /* of one of them, or NULL */
	char error[160];
	struct capture_files *next; /* in a line */
};

struct capture_files *
capture_files_read(struct msg_in *m)
{
	struct capture_files *q = xcalloc(1, sizeof(*q));

	q->is_seal = m->type == CAPTURE_SEAL;
	msg_get_u32(m, &q->request);
	msg_get_u32(m, &q->from);
	if (msg_end(m) == 0)
		return q;
	free(q);
	return NULL;
}

void
capture_files_free(struct capture_files *q)
{
	if (q == NULL)
		return;
	segment_hash_free(q->hash);
	segment_hash_free(q->begun);
	free(q->numbers);
	free(q);
}

void
capture_files_give(struct capture_files *q, struct segment_hash *begun)
{
	segment_hash_free(q->begun);
	q->begun = begun;
}

bool
capture_files_is_seal(const struct capture_files *q)
{
	return q->is_seal;
}

bool
capture_files_is_opening(const struct capture_files *q)
{
	return q->is_seal && q->from == 0;
}

void
capture_files_begin(struct capture_files *q, int dir, uint32_t current)
{
	struct err e;

	q->dir = dir;
	q->current = current;
	if (q->from == 0)
		return; /* it was asked for no file */
	q->numbers = segment_file_list(dir, q->from, &q->n, &e);
	if (q->numbers == NULL)
		snprintf(q->error, sizeof(q->error), "%.150s", e.text);
}

static void
answer_file(const struct capture_files *q, const struct segment_file *f,
    struct peer *engine, struct msg_out *m)
{
	enum capture_file_state state = f->number == q->current
	    ? CAPTURE_FILE_WRITING
	    : f->is_cut ? CAPTURE_FILE_CUT
			: CAPTURE_FILE_FINISHED;
	char name[SEGMENT_NAME_SIZE];

	msg_start(m, ENGINE_CAPTURE_FILE);
	msg_put_u32(m, q->request);
	msg_put_u32(m, f->number);
	msg_put_string(m, segment_capture_name(f->number, name));
	msg_put_u8(m, (uint8_t)state);
	msg_put_u64(m, f->size);
	msg_put_bytes(m, f->sha256, f->has_sha256 ? SHA256_SIZE : 0);
	msg_put_u64(m, f->frames);
	msg_put_u64(m, f->dropped);
	msg_put_u64(m, f->stamp_ns);
	peer_send(engine, m, -1);
}

static void
answer_end(
    const struct capture_files *q, struct peer *engine, struct msg_out *m)
{
	msg_start(m, ENGINE_SEALED);
	msg_put_u32(m, q->request);
	msg_put_u32(m, q->current);
	msg_put_string(m, q->error);
	peer_send(engine, m, -1);
}

static void
step_hash(struct capture_files *q, struct peer *engine, struct msg_out *m)
{
	struct err e;

	if (segment_hash_step(q->hash))
		return;
	if (segment_hash_end(q->hash, &q->file, &e) == -1)
		log_warn("capture: no SHA-256: %s", e.text);
	q->hash = NULL;
	answer_file(q, &q->file, engine, m);
}

static struct segment_hash *
begin_hash(struct capture_files *q, struct err *e)
{
	struct segment_hash *begun = q->begun;

	if (begun == NULL || segment_hash_number(begun) != q->file.number)
		return segment_hash_new(q->dir, &q->file, e);
	q->begun = NULL;
	return begun;
}

static void
step_file(struct capture_files *q, struct peer *engine, struct msg_out *m)
{
	struct segment_file *f = &q->file;
	uint32_t number = q->numbers[q->done++];
	struct err e;

	if (number > q->current || (number == q->current && q->is_seal))
		return; /* not finished, or not asked for */
	if (segment_file_look(q->dir, number, f, &e) == -1) {
		log_warn("capture: %s", e.text);
		return;
	}
	if (f->number != q->current && !f->has_sha256) {
		q->hash = begin_hash(q, &e);
		if (q->hash != NULL)
			return;
		log_warn("capture: no SHA-256: %s", e.text);
	}
	answer_file(q, f, engine, m);
}

bool
capture_files_step(
    struct capture_files *q, struct peer *engine, struct msg_out *m)
{
	if (q->hash != NULL) {
		step_hash(q, engine, m);
		return true;
	}
	if (q->done < q->n) {
		step_file(q, engine, m);
		return true;
	}
	answer_end(q, engine, m);
	return false;
}

int
capture_files_unlink(struct msg_in *question, int dir, uint32_t current,
    struct peer *engine, struct msg_out *m)
{
	char name[SEGMENT_NAME_SIZE];
	uint32_t request, number;
	const uint8_t *digest;
	struct err e;
	size_t n;

	msg_get_u32(question, &request);
	msg_get_string(question, name, sizeof(name));
	msg_get_bytes(question, &digest, &n);
	if (msg_end(question) == -1 || n != SHA256_SIZE ||
	    segment_number(name, &number) == -1)
		return -1;
	e.text[0] = '\0';
	if (number >= current)
		err_set(&e, "%s: it is being written", name);
	else if (segment_file_remove(dir, number, digest, &e) == 0)
		e.text[0] = '\0';
	msg_start(m, ENGINE_UNLINKED);
	msg_put_u32(m, request);
	msg_put_string(m, e.text);
	peer_send(engine, m, -1);
	return 0;
}

void
capture_files_push(struct capture_files_queue *line, struct capture_files *q)
{
	q->next = NULL;
	if (line->first == NULL)
		line->first = q;
	else
		line->last->next = q;
	line->last = q;
}

struct capture_files *
capture_files_pop(struct capture_files_queue *line)
{
	struct capture_files *q = line->first;

	if (q != NULL)
		line->first = q->next;
	return q;
}
