/*
 * capture_resolve: one CAPTURE_RESOLVE, from the question to the answer.
 */
#include "daemon/capture/capture_resolve.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/peer.h"
#include "captures/pcapng.h"
#include "captures/slice.h"
#include "daemon/shared/wire.h"

#define NAME_SIZE 64

struct capture_resolve {
	bool is_stored;
	uint32_t request;
	uint64_t from, to;
	uint8_t mac[6];
	char name[NAME_SIZE];
	char *headline;
	char *secrets; /* key log text, "": none */
	struct slice_choice *choices;
	char **comments; /* as they came; choices point to them */
	uint16_t nchoices;
	struct slice *slice;
	struct capture_resolve *next; /* in a line */
};

/* "frames" of daemon/shared/wire.h. Returns the comment, or NULL: malformed. */
static char *
read_frames(struct msg_in *m, struct selector *s)
{
	const uint8_t *addr;
	size_t n;

	memset(s, 0, sizeof(*s));
	msg_get_u8(m, &s->proto);
	msg_get_u8(m, &s->family);
	msg_get_bytes(m, &addr, &n);
	if (n != 0) {
		if (n != (s->family == 4 ? 4u : 16u) ||
		    (s->family != 4 && s->family != 6))
			return NULL;
		s->has_addr = true;
		memcpy(s->addr, addr, n);
	}
	msg_get_u16(m, &s->local_first);
	msg_get_u16(m, &s->local_last);
	msg_get_u16(m, &s->remote_first);
	msg_get_u16(m, &s->remote_last);
	return msg_dup_string(m);
}

static void
put_frames(struct msg_out *m, const struct selector *s, const char *comment)
{
	msg_put_u8(m, s->proto);
	msg_put_u8(m, s->family);
	msg_put_bytes(m, s->addr, !s->has_addr ? 0 : s->family == 4 ? 4 : 16);
	msg_put_u16(m, s->local_first);
	msg_put_u16(m, s->local_last);
	msg_put_u16(m, s->remote_first);
	msg_put_u16(m, s->remote_last);
	msg_put_string(m, comment);
}

static int
read_choices(struct msg_in *m, struct capture_resolve *q)
{
	uint16_t n, i;

	if (msg_get_u16(m, &n) == -1)
		return -1;
	q->choices = xcalloc(n, sizeof(*q->choices));
	q->comments = xcalloc(n, sizeof(*q->comments));
	for (i = 0; i < n; i++) {
		if (msg_get_u32(m, &q->choices[i].observation) == -1)
			return -1;
		q->comments[i] = read_frames(m, &q->choices[i].select);
		if (q->comments[i] == NULL)
			return -1;
		q->choices[i].comment = q->comments[i];
		q->nchoices++;
	}
	q->secrets = msg_dup_string(m);
	return q->secrets == NULL ? -1 : msg_end(m);
}

struct capture_resolve *
capture_resolve_read(struct msg_in *m)
{
	struct capture_resolve *q = xcalloc(1, sizeof(*q));
	const uint8_t *mac;
	size_t n;

	q->is_stored = m->type == CAPTURE_RESOLVE_STORED;
	msg_get_u32(m, &q->request);
	msg_get_u64(m, &q->from);
	msg_get_u64(m, &q->to);
	msg_get_bytes(m, &mac, &n);
	msg_get_string(m, q->name, sizeof(q->name));
	q->headline = msg_dup_string(m);
	if (n != sizeof(q->mac) || q->headline == NULL ||
	    read_choices(m, q) == -1) {
		capture_resolve_free(q);
		return NULL;
	}
	memcpy(q->mac, mac, n);
	return q;
}

bool
capture_resolve_is_stored(const struct capture_resolve *q)
{
	return q->is_stored;
}

void
capture_resolve_free(struct capture_resolve *q)
{
	uint16_t i;

	if (q == NULL)
		return;
	slice_free(q->slice);
	for (i = 0; i < q->nchoices; i++)
		free(q->comments[i]);
	free(q->comments);
	free(q->choices);
	free(q->headline);
	if (q->secrets != NULL)
		explicit_bzero(q->secrets, strlen(q->secrets));
	free(q->secrets);
	free(q);
}

void
capture_resolve_begin(struct capture_resolve *q, int captures, int evidence,
    const struct segment_index *x, const char *interface)
{
	struct slice_request r;

	memset(&r, 0, sizeof(r));
	r.from = q->from;
	r.to = q->to;
	memcpy(r.dut_mac, q->mac, sizeof(r.dut_mac));
	r.name = q->name;
	r.headline = q->headline;
	r.interface = interface;
	r.choices = q->choices;
	r.nchoices = q->nchoices;
	r.secrets_type = PCAPNG_SECRETS_TLS;
	r.secrets = q->secrets;
	r.secrets_size = strlen(q->secrets);
	q->slice = slice_new(captures, evidence, x, &r);
}

bool
capture_resolve_step(struct capture_resolve *q)
{
	return slice_step(q->slice);
}

static void
put_evidence(struct msg_out *m, const struct capture_resolve *q,
    const struct evidence *v)
{
	msg_start(m, ENGINE_EVIDENCE);
	msg_put_u32(m, q->request);
	msg_put_u32(m, v->observation);
	msg_put_string(m, v->file);
	msg_put_u64(m, v->first);
	msg_put_u64(m, v->last);
	msg_put_u64(m, v->count);
	msg_put_u64(m, v->stamp_first);
	msg_put_u64(m, v->stamp_last);
	msg_put_bytes(m, v->sha256, sizeof(v->sha256));
	put_frames(m, &v->select, q->comments[v->choice]);
}

void
capture_resolve_answer(
    const struct capture_resolve *q, struct peer *engine, struct msg_out *m)
{
	struct slice_result r;
	size_t i;

	slice_result(q->slice, &r);
	for (i = 0; i < r.nevidence; i++) {
		put_evidence(m, q, &r.evidence[i]);
		peer_send(engine, m, -1);
	}
	msg_start(m, ENGINE_RESOLVED);
	msg_put_u32(m, q->request);
	msg_put_u64(m, r.frames);
	msg_put_string(m, r.size == 0 ? "" : q->name);
	msg_put_u64(m, r.size);
	msg_put_bytes(m, r.sha256, sizeof(r.sha256));
	msg_put_string(m, r.error);
	peer_send(engine, m, -1);
}

void
capture_resolve_push(
    struct capture_resolve_queue *line, struct capture_resolve *q)
{
	q->next = NULL;
	if (line->first == NULL)
		line->first = q;
	else
		line->last->next = q;
	line->last = q;
}

struct capture_resolve *
capture_resolve_pop(struct capture_resolve_queue *line)
{
	struct capture_resolve *q = line->first;

	if (q != NULL)
		line->first = q->next;
	return q;
}
