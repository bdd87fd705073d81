/*
 * engine_segment_ask: what the engine asks of a segment's capture and watch,
 * and tells them.
 */
#include "daemon/engine/engine_segment.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/shared/wire_frames.h"

#define BARRIER_LIMIT_MS 10000
#define RESOLVE_LIMIT_MS 60000
#define FILES_LIMIT_MS 60000
#define WATCH_GRACE_MS 3000
#define CANARY_LIMIT_MS 13000
#define CLAIMS_LIMIT_MS 20000

/* Asks; with nobody there, the answer is that there is none (from the loop,
 * so that no caller is called back before it returns). */
static uint32_t
ask(struct seg *seg, enum role role, uint32_t limit_ms,
    request_answer *on_answer, void *arg)
{
	return requests_add(seg->engine->requests, seg_group(seg, role),
	    *seg_slot(seg, role) == NULL ? 1 : limit_ms, on_answer, arg);
}

static void
tell(struct seg *seg, enum role role, const struct msg_out *m)
{
	struct peer *p = *seg_slot(seg, role);

	if (p != NULL)
		peer_send(p, m, -1);
}

void
seg_ask_barrier(struct seg *seg, request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, CAPTURE_BARRIER);
	msg_put_u32(
	    &m, ask(seg, ROLE_CAPTURE, BARRIER_LIMIT_MS, on_answer, arg));
	tell(seg, ROLE_CAPTURE, &m);
}

void
seg_ask_exercise(struct seg *seg, const struct seg_exercise *x,
    request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, x->port == 0 ? WATCH_EXERCISE : WATCH_CONNECT);
	msg_put_u32(&m,
	    ask(seg, ROLE_WATCH, x->limit_ms + WATCH_GRACE_MS, on_answer, arg));
	msg_put_u32(&m, x->dut);
	wire_put_address(&m, x->family, x->addr);
	if (x->port != 0)
		msg_put_u16(&m, x->port);
	msg_put_u32(&m, x->limit_ms);
	tell(seg, ROLE_WATCH, &m);
}

static void
ask_watch(struct seg *seg, enum wire_type type, const uint32_t *dut,
    request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, (uint16_t)type);
	msg_put_u32(
	    &m, ask(seg, ROLE_WATCH, 10000 + WATCH_GRACE_MS, on_answer, arg));
	if (dut != NULL)
		msg_put_u32(&m, *dut);
	tell(seg, ROLE_WATCH, &m);
}

void
seg_ask_discover(
    struct seg *seg, uint32_t dut, request_answer *on_answer, void *arg)
{
	ask_watch(seg, WATCH_DISCOVER, &dut, on_answer, arg);
}

void
seg_ask_baseline(
    struct seg *seg, uint32_t dut, request_answer *on_answer, void *arg)
{
	ask_watch(seg, WATCH_BASELINE, &dut, on_answer, arg);
}

void
seg_ask_canary(struct seg *seg, bool is_cloud,
    const uint8_t nonce[CANARY_NONCE], request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, is_cloud ? WATCH_CANARY_CLOUD : WATCH_CANARY);
	msg_put_u32(&m, ask(seg, ROLE_WATCH, CANARY_LIMIT_MS, on_answer, arg));
	msg_put_bytes(&m, nonce, CANARY_NONCE);
	tell(seg, ROLE_WATCH, &m);
}

void
seg_ask_inward(
    struct seg *seg, const char *sent, request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, WATCH_INWARD);
	msg_put_u32(&m, ask(seg, ROLE_WATCH, CANARY_LIMIT_MS, on_answer, arg));
	msg_put_string(&m, sent);
	tell(seg, ROLE_WATCH, &m);
}

void
seg_ask_claims(struct seg *seg, const struct conf_address *list, size_t n,
    request_answer *on_answer, void *arg)
{
	static struct msg_out m;
	size_t i;

	msg_start(&m, WATCH_CLAIMS);
	msg_put_u32(&m, ask(seg, ROLE_WATCH, CLAIMS_LIMIT_MS, on_answer, arg));
	msg_put_u16(&m, (uint16_t)n);
	for (i = 0; i < n; i++)
		wire_put_address(&m, list[i].family, list[i].addr);
	tell(seg, ROLE_WATCH, &m);
}

static void
start_resolve(struct seg *seg, enum wire_type type, struct msg_out *m,
    request_answer *on_answer, void *arg)
{
	msg_start(m, (uint16_t)type);
	msg_put_u32(
	    m, ask(seg, ROLE_CAPTURE, RESOLVE_LIMIT_MS, on_answer, arg));
}

void
seg_start_resolve(
    struct seg *seg, struct msg_out *m, request_answer *on_answer, void *arg)
{
	start_resolve(seg, CAPTURE_RESOLVE, m, on_answer, arg);
}

void
seg_start_resolve_stored(
    struct seg *seg, struct msg_out *m, request_answer *on_answer, void *arg)
{
	start_resolve(seg, CAPTURE_RESOLVE_STORED, m, on_answer, arg);
}

void
seg_ask_replay(struct seg *seg, const struct seg_replay *q,
    request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, CAPTURE_REPLAY);
	msg_put_u32(&m, ask(seg, ROLE_CAPTURE, q->limit_ms, on_answer, arg));
	msg_put_u64(&m, q->stamp_from);
	msg_put_bytes(&m, q->mac, 6);
	if (seg->capture == NULL)
		close(q->fd);
	else
		peer_send(seg->capture, &m, q->fd);
}

void
seg_send_resolve(struct seg *seg, const struct msg_out *m)
{
	tell(seg, ROLE_CAPTURE, m);
}

void
seg_ask_files(struct seg *seg, enum wire_type type, uint32_t from,
    request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, (uint16_t)type);
	msg_put_u32(&m, ask(seg, ROLE_CAPTURE, FILES_LIMIT_MS, on_answer, arg));
	msg_put_u32(&m, from);
	tell(seg, ROLE_CAPTURE, &m);
}

void
seg_ask_unlink(struct seg *seg, const char *file,
    const uint8_t sha256[SHA256_SIZE], request_answer *on_answer, void *arg)
{
	static struct msg_out m;

	msg_start(&m, CAPTURE_UNLINK);
	msg_put_u32(&m, ask(seg, ROLE_CAPTURE, FILES_LIMIT_MS, on_answer, arg));
	msg_put_string(&m, file);
	msg_put_bytes(&m, sha256, SHA256_SIZE);
	tell(seg, ROLE_CAPTURE, &m);
}

void
seg_read_file(struct msg_in *m, struct seg_file *f)
{
	const uint8_t *digest;
	uint8_t state;
	size_t n;

	memset(f, 0, sizeof(*f));
	msg_get_u32(m, &f->number);
	msg_get_string(m, f->name, sizeof(f->name));
	msg_get_u8(m, &state);
	msg_get_u64(m, &f->size);
	msg_get_bytes(m, &digest, &n);
	msg_get_u64(m, &f->frames);
	msg_get_u64(m, &f->dropped);
	msg_get_u64(m, &f->stamp_ns);
	if (msg_end(m) == -1 || state > CAPTURE_FILE_CUT ||
	    (n != 0 && n != SHA256_SIZE))
		fatal("capture: malformed file");
	f->state = (enum capture_file_state)state;
	f->has_sha256 = n != 0;
	memcpy(f->sha256, digest, n);
}

void
seg_read_files_end(struct msg_in *m, struct seg_files_end *end)
{
	msg_get_u32(m, &end->current);
	msg_get_string(m, end->error, sizeof(end->error));
	if (msg_end(m) == -1)
		fatal("capture: malformed end of files");
}

static void
tell_of_dut(
    struct seg *seg, enum wire_type type, uint32_t dut, const uint8_t *mac)
{
	static struct msg_out m;

	msg_start(&m, (uint16_t)type);
	msg_put_u32(&m, dut);
	if (mac != NULL)
		msg_put_bytes(&m, mac, 6);
	tell(seg, ROLE_WATCH, &m);
}

/* An engine that does not know its devices yet says nothing: until then the
 * capture keeps no payload of anybody. */
void
seg_tell_keep(struct seg *seg)
{
	static struct msg_out m;
	const struct device *d;
	uint16_t n = 0;

	if (!seg->engine->ready)
		return;
	TAILQ_FOREACH (d, &seg->engine->devices, entry)
		if (d->seg == seg && d->profile->is_headers_only)
			n++;
	msg_start(&m, CAPTURE_KEEP);
	msg_put_u16(&m, n);
	TAILQ_FOREACH (d, &seg->engine->devices, entry) {
		if (d->seg != seg || !d->profile->is_headers_only)
			continue;
		msg_put_bytes(&m, d->mac, sizeof(d->mac));
		msg_put_u8(&m, d == seg->asked);
	}
	tell(seg, ROLE_CAPTURE, &m);
}

void
seg_keep_whole(struct seg *seg, const struct device *d)
{
	if (seg->asked == d)
		return;
	seg->asked = d;
	seg_tell_keep(seg);
}

void
seg_observe(struct seg *seg, uint32_t dut, const uint8_t mac[6])
{
	tell_of_dut(seg, WATCH_DUT, dut, mac);
}

void
seg_rest(struct seg *seg, uint32_t dut, const uint8_t mac[6])
{
	tell_of_dut(seg, WATCH_REST, dut, mac);
}

void
seg_tell_busy(struct seg *seg, uint32_t dut)
{
	tell_of_dut(seg, WATCH_BUSY, dut, NULL);
}

void
seg_forget(struct seg *seg, uint32_t dut)
{
	tell_of_dut(seg, WATCH_FORGET, dut, NULL);
}
