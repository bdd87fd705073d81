/*
 * engine_stand_in: what the warden, a capture, a watch, a worker and a
 * scripted store say to the engine under test, as its rig is told.
 */
#include "engine_stand_in.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/peer.h"
#include "daemon/shared/wire_frames.h"
#include "signing/rotation.h"
#include "signing/sign_key.h"

#define FRAME_NS 1000000u

static const uint8_t dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static const char usual[] =
    "{\"name\":\"tcp.ports\",\"title\":\"t\",\"method\":1,\"abi\":1,"
    "\"claims\":[{\"check\":\"NET-01\",\"kind\":\"completeness\"},"
    "{\"check\":\"NET-03\",\"kind\":\"completeness\"}],"
    "\"params\":[],\"observations\":["
    "{\"name\":\"port.open\",\"type\":\"u64\",\"unit\":\"\",\"help\":\"\"},"
    "{\"name\":\"banner\",\"type\":\"string\",\"unit\":\"\",\"help\":\"\"}],"
    "\"reasons\":[{\"code\":\"tcp.ports_as_declared\",\"values\":[]},"
    "{\"code\":\"tcp.undeclared_open\",\"values\":[\"ports\"]}],"
    "\"resources\":[],\"needs\":[\"link\",\"tcp\"],\"medium\":\"ip\","
    "\"impact\":\"active\",\"timeout_ms\":20000,\"filter\":null}";

/* Big, and only one is written at a time. */
static struct msg_out out;

void
stand_in_send(int socket, const struct msg_out *m, int fd)
{
	static uint8_t datagram[MSG_MAX];
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { datagram, MSG_HEADER + m->size };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	datagram[0] = (uint8_t)(m->type >> 8);
	datagram[1] = (uint8_t)m->type;
	datagram[2] = datagram[3] = 0;
	memcpy(datagram + MSG_HEADER, m->body, m->size);
	if (fd != -1) {
		memset(control, 0, sizeof(control));
		h.msg_control = control;
		h.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	/* The engine may have hung up: what it makes of it is the test's. */
	if (socket != -1)
		(void)sendmsg(socket, &h, MSG_NOSIGNAL);
	if (fd != -1)
		close(fd);
}

void
stand_in_asked(struct engine_rig *r, enum moment moment, uint32_t request)
{
	r->held[moment] = request;
	r->reached[moment]++;
	if (r->at[moment] != NULL)
		r->at[moment](r);
	if (!r->hold[moment])
		stand_in_answer(r, moment);
}

/* ---- warden ---- */

static void
give_worker(struct engine_rig *r, uint32_t request, int *ours)
{
	int fds[2], words[2];

	peer_pair(fds);
	if (*ours != -1)
		close(*ours);
	*ours = fds[0];
	msg_start(&out, ENGINE_WORKER);
	msg_put_u32(&out, request);
	msg_put_u32(&out, ++r->worker_number);
	msg_put_u32(&out, 4000 + r->worker_number);
	stand_in_send(r->warden, &out, fds[1]);
	if (ours != &r->worker || r->last_words == NULL)
		return;
	ck_assert_int_eq(pipe(words), 0);
	ck_assert_int_eq(write(words[1], r->last_words, strlen(r->last_words)),
	    (int)strlen(r->last_words));
	close(words[1]);
	msg_start(&out, ENGINE_WORKER_STDERR);
	msg_put_u32(&out, r->worker_number);
	stand_in_send(r->warden, &out, words[0]);
}

static void
refuse(struct engine_rig *r, uint32_t request, const char *why)
{
	msg_start(&out, ENGINE_REFUSED);
	msg_put_u32(&out, request);
	msg_put_string(&out, why);
	stand_in_send(r->warden, &out, -1);
}

static void
on_worker_wanted(struct engine_rig *r, struct msg_in *m)
{
	uint32_t request, segment, needs;
	char name[64];

	msg_get_u32(m, &request);
	msg_get_u32(m, &segment);
	msg_get_string(m, name, sizeof(name));
	msg_get_u32(m, &needs);
	msg_get_u16(m, &r->targets);
	ck_assert(!m->bad);
	if (segment == WIRE_NO_SEGMENT) {
		stand_in_asked(r, AT_DESCRIBE, request);
		return;
	}
	ck_assert_uint_eq(
	    needs, r->files.is_stored ? 0 : ASSAY_NEED_LINK | ASSAY_NEED_TCP);
	r->went = true;
	r->cancelled = false;
	r->health = 0;
	stand_in_asked(r, AT_SPAWN, request);
}

static void
on_sign_wanted(struct engine_rig *r, struct msg_in *m)
{
	const uint8_t *digest;
	uint32_t request;
	size_t n;

	msg_get_u32(m, &request);
	msg_get_u8(m, &r->files.purpose);
	msg_get_bytes(m, &digest, &n);
	ck_assert_int_eq(msg_end(m), 0);
	ck_assert(r->files.purpose == SIGN_MANIFEST ||
	    (r->files.purpose == SIGN_TOMBSTONE && r->files.prune != NULL));
	ck_assert_uint_eq(n, sizeof(r->digest));
	memcpy(r->digest, digest, n);
	stand_in_asked(r, AT_SIGN, request);
}

static void
answer_canary_sent(struct engine_rig *r, uint32_t request)
{
	r->canaries_sent++;
	if (r->refuse_canary != NULL) {
		refuse(r, request, r->refuse_canary);
		return;
	}
	msg_start(&out, ENGINE_CANARY_SENT);
	msg_put_u32(&out, request);
	msg_put_u16(&out, 1);
	msg_put_string(&out, "eth0");
	stand_in_send(r->warden, &out, -1);
}

static void
answer_sign(struct engine_rig *r, uint32_t request)
{
	uint8_t sig[SIGN_SIZE];
	struct err e;

	if (r->refuse_sign != NULL) {
		refuse(r, request, r->refuse_sign);
		return;
	}
	ck_assert_int_eq(
	    sign_digest(r->key, r->files.purpose, r->digest, sig, &e), 0);
	msg_start(&out, ENGINE_SIGNED);
	msg_put_u32(&out, request);
	msg_put_string(&out, sign_key_id(r->key));
	msg_put_bytes(&out, sig, sizeof(sig));
	stand_in_send(r->warden, &out, -1);
}

static void
answer_rotate(struct engine_rig *r, uint32_t request)
{
	struct err e;
	struct sign_key *key = sign_key_new(&e);
	json_t *rotation =
	    rotation_make(r->key, key, "bench", NULL, 1700000000, &e);
	char *text = json_dumps(rotation, JSON_COMPACT);

	json_decref(rotation);
	erig_use_key(r, key);
	msg_start(&out, ENGINE_ROTATED);
	msg_put_u32(&out, request);
	msg_put_string(&out, text);
	stand_in_send(r->warden, &out, -1);
	free(text);
}

void
stand_in_warden(struct engine_rig *r, struct msg_in *m)
{
	uint32_t request;
	char name[64], manifest[SHA256_HEX_SIZE];

	switch (m->type) {
	case WARDEN_READY:
	case WARDEN_DUT:
		break;
	case WARDEN_WORKER:
		on_worker_wanted(r, m);
		break;
	case WARDEN_KILL:
		ck_assert_int_eq(msg_get_u32(m, &r->killed), 0);
		if (r->ignores_kill)
			break;
		r->exit_how = 1;
		r->exit_status = 9;
		if (r->describer != -1) {
			close(r->describer);
			r->describer = -1;
		}
		erig_end_worker(r);
		break;
	case WARDEN_HOOK:
		msg_get_u32(m, &request);
		msg_get_string(m, name, sizeof(name));
		ck_assert_int_eq(msg_end(m), 0);
		ck_assert_str_eq(name, "relay");
		stand_in_asked(r, AT_HOOK, request);
		break;
	case WARDEN_SIGN:
		on_sign_wanted(r, m);
		break;
	case WARDEN_CANARY:
		msg_get_u32(m, &request);
		answer_canary_sent(r, request);
		break;
	case WARDEN_ROTATE:
		msg_get_u32(m, &request);
		msg_get_string(m, manifest, sizeof(manifest));
		ck_assert_int_eq(msg_end(m), 0);
		stand_in_asked(r, AT_ROTATE, request);
		break;
	default:
		ck_abort_msg("the warden was sent %#x", m->type);
	}
}

static void
answer_hook(struct engine_rig *r, uint32_t request)
{
	if (r->refuse_hook != NULL) {
		refuse(r, request, r->refuse_hook);
		return;
	}
	msg_start(&out, ENGINE_HOOK_DONE);
	msg_put_u32(&out, request);
	msg_put_u8(&out, r->hook_how);
	msg_put_u32(&out, r->hook_status);
	msg_put_string(&out, "clack");
	stand_in_send(r->warden, &out, -1);
}

static void
answer_spawn(struct engine_rig *r, uint32_t request)
{
	if (r->refuse_worker != NULL)
		refuse(r, request, r->refuse_worker);
	else
		give_worker(r, request, &r->worker);
}

/* ---- capture ---- */

static void
answer_barrier(struct engine_rig *r, bool closing, uint32_t request)
{
	r->position += 100;
	msg_start(&out, ENGINE_BARRIER);
	msg_put_u32(&out, request);
	msg_put_u64(&out, r->position);
	msg_put_u64(&out, r->dropped[closing]);
	msg_put_u64(&out, r->position * FRAME_NS);
	msg_put_string(&out, "wired0-1.pcapng");
	msg_put_u64(&out, r->position);
	stand_in_send(r->capture, &out, -1);
	if (closing)
		r->went = false;
}

static void
say_evidence(
    struct engine_rig *r, uint32_t request, uint32_t id, struct wire_frames *f)
{
	uint8_t digest[SHA256_SIZE];

	memset(digest, 0x5a, sizeof(digest));
	msg_start(&out, ENGINE_EVIDENCE);
	msg_put_u32(&out, request);
	msg_put_u32(&out, id);
	msg_put_string(&out, "wired0-1.pcapng");
	msg_put_u64(&out, 7);
	msg_put_u64(&out, 8);
	msg_put_u64(&out, r->frames);
	msg_put_u64(&out, 7 * FRAME_NS);
	msg_put_u64(&out, 8 * FRAME_NS);
	msg_put_bytes(&out, digest, sizeof(digest));
	wire_put_frames(&out, f);
	stand_in_send(r->capture, &out, -1);
}

static void
on_resolve(struct engine_rig *r, struct msg_in *m)
{
	char slice[64], headline[256], secrets[64];
	struct wire_frames frames;
	uint32_t request, id;
	uint64_t from, to;
	uint8_t mac[6];
	uint16_t n;

	msg_get_u32(m, &request);
	msg_get_u64(m, &from);
	msg_get_u64(m, &to);
	wire_get_mac(m, mac);
	msg_get_string(m, slice, sizeof(slice));
	msg_get_string(m, headline, sizeof(headline));
	msg_get_u16(m, &n);
	ck_assert_uint_lt(from, to);
	ck_assert_mem_eq(mac, dut_mac, 6);
	while (n-- > 0) {
		msg_get_u32(m, &id);
		ck_assert_int_eq(wire_get_frames(m, &frames), 0);
		if (r->frames > 0)
			say_evidence(r, request, id, &frames);
	}
	msg_get_string(m, secrets, sizeof(secrets));
	ck_assert_int_eq(msg_end(m), 0);
	stand_in_asked(r, AT_RESOLVE, request);
}

static void
answer_resolve(struct engine_rig *r, uint32_t request)
{
	uint8_t digest[SHA256_SIZE] = { 1 };

	msg_start(&out, ENGINE_RESOLVED);
	msg_put_u32(&out, request);
	msg_put_u64(&out, r->frames);
	msg_put_string(&out, "1/2-1.pcapng");
	msg_put_u64(&out, r->frames * 100);
	msg_put_bytes(&out, digest, sizeof(digest));
	msg_put_string(&out, r->slice_error == NULL ? "" : r->slice_error);
	stand_in_send(r->capture, &out, -1);
}

static void
say_file(struct engine_rig *r, uint32_t request, uint32_t number)
{
	uint8_t digest[SHA256_SIZE];
	char name[32];

	memset(digest, 0x77, sizeof(digest));
	snprintf(name, sizeof(name), "%06u.pcapng", number);
	msg_start(&out, ENGINE_CAPTURE_FILE);
	msg_put_u32(&out, request);
	msg_put_u32(&out, number);
	msg_put_string(&out, name);
	msg_put_u8(&out, r->cut ? CAPTURE_FILE_CUT : CAPTURE_FILE_FINISHED);
	msg_put_u64(&out, 1000);
	msg_put_bytes(&out, digest, r->cut ? 0 : sizeof(digest));
	msg_put_u64(&out, 10);
	msg_put_u64(&out, r->cut ? UINT64_MAX : 3);
	msg_put_u64(&out, FRAME_NS);
	stand_in_send(r->capture, &out, -1);
}

static void
answer_seal(struct engine_rig *r, uint32_t request)
{
	uint32_t n;

	if (r->capture_file == 0)
		r->capture_file = 1;
	r->capture_file++;
	for (n = r->seal_from; n > 0 && n < r->capture_file; n++)
		say_file(r, request, n);
	msg_start(&out, ENGINE_SEALED);
	msg_put_u32(&out, request);
	msg_put_u32(&out, r->capture_file);
	msg_put_string(&out,
	    r->seal_from == 0 || r->seal_error == NULL ? "" : r->seal_error);
	stand_in_send(r->capture, &out, -1);
}

static void
answer_about_files(struct engine_rig *r, uint16_t type, uint32_t request)
{
	/* positions, frames, first, last, holes, ns in them, dropped */
	static const uint64_t replayed[] = { 100, 100, FRAME_NS, 2 * FRAME_NS,
		0, 0, 0 };
	size_t i;

	if (type == CAPTURE_LIST) {
		for (i = 1; i <= r->files.count; i++)
			say_file(r, request, (uint32_t)i);
		msg_start(&out, ENGINE_SEALED);
		msg_put_u32(&out, request);
		msg_put_u32(&out, r->capture_file);
	} else if (type == CAPTURE_UNLINK) {
		r->files.unlinked++;
		msg_start(&out, ENGINE_UNLINKED);
		msg_put_u32(&out, request);
	} else {
		msg_start(&out, ENGINE_REPLAYED);
		msg_put_u32(&out, request);
		for (i = 0; i < sizeof(replayed) / sizeof(replayed[0]); i++)
			msg_put_u64(&out, replayed[i]);
	}
	msg_put_string(&out, "");
	stand_in_send(r->capture, &out, -1);
}

void
stand_in_capture(struct engine_rig *r, struct msg_in *m)
{
	uint32_t request;

	if (m->type == CAPTURE_RESOLVE || m->type == CAPTURE_RESOLVE_STORED) {
		on_resolve(r, m);
		return;
	}
	if (m->type == CAPTURE_KEEP)
		return; /* what it keeps is its own tests' */
	msg_get_u32(m, &request);
	if (m->type == CAPTURE_LIST || m->type == CAPTURE_UNLINK ||
	    m->type == CAPTURE_REPLAY) {
		answer_about_files(r, m->type, request);
		return;
	}
	if (m->type == CAPTURE_SEAL) {
		msg_get_u32(m, &r->seal_from);
		ck_assert_int_eq(msg_end(m), 0);
		stand_in_asked(r, AT_SEAL, request);
		return;
	}
	ck_assert_uint_eq(m->type, CAPTURE_BARRIER);
	ck_assert_int_eq(msg_end(m), 0);
	stand_in_asked(
	    r, r->went ? AT_CLOSING_BARRIER : AT_OPENING_BARRIER, request);
}

/* ---- workers ---- */

void
stand_in_describer(struct engine_rig *r, struct msg_in *m)
{
	ck_assert_uint_eq(m->type, WORKER_DESCRIBE);
	if (r->describer_stays)
		return;
	msg_start(&out, ENGINE_DESCRIPTION);
	msg_put_string(&out, r->descriptor == NULL ? usual : r->descriptor);
	stand_in_send(r->describer, &out, -1);
	close(r->describer);
	r->describer = -1;
	msg_start(&out, ENGINE_WORKER_EXITED);
	msg_put_u32(&out, r->worker_number);
	msg_put_u8(&out, 0);
	msg_put_u32(&out, 0);
	stand_in_send(r->warden, &out, -1);
}

void
stand_in_worker(struct engine_rig *r, struct msg_in *m)
{
	switch (m->type) {
	case WORKER_GO:
	case WORKER_REPLAY:
		stand_in_asked(r, AT_GO, 0);
		break;
	case WORKER_RESUMED:
		ck_assert_int_eq(msg_get_u64(m, &r->resumed_run), 0);
		ck_assert_int_eq(
		    msg_get_string(m, r->resumed, sizeof(r->resumed)), 0);
		break;
	case WORKER_CANCEL:
		r->cancelled = true;
		break;
	case WORKER_HEALTH:
		ck_assert_int_eq(msg_get_u8(m, &r->health), 0);
		break;
	case WORKER_PARAM:
	case WORKER_TARGET:
	case WORKER_DECLARED:
	case WORKER_DECLARES:
	case WORKER_DECLARED_ROW:
	case WORKER_DECLARES_TABLE:
	case WORKER_SOURCES:
		break;
	default:
		ck_abort_msg("a worker was sent %#x", m->type);
	}
}

static void
answer_go(struct engine_rig *r)
{
	if (r->job != NULL) {
		r->job(r);
	} else {
		erig_say_job(r);
		erig_say_word(r, ENGINE_DONE);
	}
	if (!r->worker_stays)
		erig_end_worker(r);
}

/* ---- what was withheld ---- */

void
stand_in_answer(struct engine_rig *r, enum moment moment)
{
	uint32_t request = r->held[moment];
	size_t i;

	switch (moment) {
	case AT_DESCRIBE:
		give_worker(r, request, &r->describer);
		break;
	case AT_DISCOVER:
	case AT_CANARY:
	case AT_BASELINE:
	case AT_OPENING_CONTROL:
	case AT_CLOSING_CONTROL:
	case AT_CONNECT:
		stand_in_watch_answer(r, moment);
		break;
	case AT_OPENING_BARRIER:
	case AT_CLOSING_BARRIER:
		answer_barrier(r, moment == AT_CLOSING_BARRIER, request);
		break;
	case AT_SPAWN:
		answer_spawn(r, request);
		break;
	case AT_GO:
		answer_go(r);
		break;
	case AT_RESOLVE:
		answer_resolve(r, request);
		break;
	case AT_HOOK:
		answer_hook(r, request);
		break;
	case AT_SEAL:
		answer_seal(r, request);
		break;
	case AT_SIGN:
		answer_sign(r, request);
		break;
	case AT_ROTATE:
		answer_rotate(r, request);
		break;
	case AT_APPEND:
		for (i = 0; i < r->nappends; i++)
			stand_in_done(r, r->appends[i], "");
		r->nappends = 0;
		break;
	case MOMENTS:
		break;
	}
}
