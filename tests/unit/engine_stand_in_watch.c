/*
 * engine_stand_in_watch: what a watch says to the engine under test.
 */
#include "engine_stand_in.h"

#include <check.h>

#include "base/peer.h"
#include "daemon/shared/wire_frames.h"

static const uint8_t dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t dut_addr[16] = { 10, 77, 0, 10 };

/* Big, and only one is written at a time. */
static struct msg_out out;

static void
say_participant(struct engine_rig *r)
{
	msg_start(&out, ENGINE_PARTICIPANT);
	msg_put_bytes(&out, dut_mac, 6);
	wire_put_address(&out, 4, dut_addr);
	msg_put_string(&out, "arp");
	msg_put_u64(&out, 1);
	msg_put_string(&out, "");
	stand_in_send(r->watch, &out, -1);
}

static void
answer_discover(struct engine_rig *r, uint32_t request)
{
	if (!r->no_address)
		say_participant(r);
	msg_start(&out, ENGINE_DISCOVERED);
	msg_put_u32(&out, request);
	msg_put_u16(&out, r->no_address ? 0 : 1);
	stand_in_send(r->watch, &out, -1);
}

static void
answer_canary(struct engine_rig *r, uint32_t request)
{
	msg_start(&out, ENGINE_CANARY);
	msg_put_u32(&out, request);
	msg_put_u8(&out, r->canary);
	msg_put_u16(&out, 1);
	msg_put_string(&out, "default route");
	msg_put_string(&out, r->canary ? "none" : "via 10.0.0.1");
	msg_put_u8(&out, r->canary);
	stand_in_send(r->watch, &out, -1);
}

/* At once: it is no moment of its own. */
static void
answer_inward(struct engine_rig *r, uint32_t request)
{
	msg_start(&out, ENGINE_CANARY);
	msg_put_u32(&out, request);
	msg_put_u8(&out, !r->comes_in);
	msg_put_u16(&out, 1);
	msg_put_string(&out, "inward");
	msg_put_string(&out, r->comes_in ? "by eth0" : "none");
	msg_put_u8(&out, !r->comes_in);
	stand_in_send(r->watch, &out, -1);
}

static void
answer_baseline(struct engine_rig *r, uint32_t request)
{
	unsigned i;

	msg_start(&out, ENGINE_BASELINE);
	msg_put_u32(&out, request);
	msg_put_u8(&out, !r->no_baseline);
	msg_put_u64(&out, 1);
	msg_put_u64(&out, r->rested_ns);
	for (i = 0; i < 4; i++)
		msg_put_u64(&out, 10 + i);
	msg_put_u64(&out, r->rest_reboots);
	for (i = 0; i < 6; i++)
		msg_put_u64(&out, 20 + i);
	stand_in_send(r->watch, &out, -1);
}

static void
answer_exercise(struct engine_rig *r, bool good, uint32_t request)
{
	msg_start(&out, ENGINE_EXERCISED);
	msg_put_u32(&out, request);
	msg_put_u8(&out, good);
	msg_put_u64(&out, 1000);
	msg_put_u64(&out, 1);
	msg_put_string(&out, "arp");
	stand_in_send(r->watch, &out, -1);
}

void
stand_in_watch(struct engine_rig *r, struct msg_in *m)
{
	uint8_t family, addr[16];
	uint32_t first;

	ck_assert_int_eq(msg_get_u32(m, &first), 0);
	switch (m->type) {
	case WATCH_DUT:
		r->dut = first;
		break;
	case WATCH_BUSY:
		r->busy = true;
		break;
	case WATCH_REST:
		r->busy = false;
		break;
	case WATCH_FORGET:
		break;
	case WATCH_BASELINE:
		stand_in_asked(r, AT_BASELINE, first);
		break;
	case WATCH_DISCOVER:
		stand_in_asked(r, AT_DISCOVER, first);
		break;
	case WATCH_CANARY:
		stand_in_asked(r, AT_CANARY, first);
		break;
	case WATCH_CLAIMS:
		msg_start(&out, ENGINE_CLAIMS);
		msg_put_u32(&out, first);
		msg_put_u16(&out, 0);
		stand_in_send(r->watch, &out, -1);
		break;
	case WATCH_INWARD:
		answer_inward(r, first);
		break;
	case WATCH_EXERCISE:
		stand_in_asked(r,
		    r->went ? AT_CLOSING_CONTROL : AT_OPENING_CONTROL, first);
		break;
	case WATCH_CONNECT:
		ck_assert_int_eq(msg_get_u32(m, &r->dut), 0);
		wire_get_address(m, &family, addr);
		ck_assert_mem_eq(addr, dut_addr, 16);
		ck_assert_int_eq(msg_get_u16(m, &r->connect_port), 0);
		stand_in_asked(r, AT_CONNECT, first);
		break;
	default:
		ck_abort_msg("the watch was sent %#x", m->type);
	}
}

void
stand_in_watch_answer(struct engine_rig *r, enum moment moment)
{
	uint32_t request = r->held[moment];

	switch ((int)moment) {
	case AT_DISCOVER:
		answer_discover(r, request);
		break;
	case AT_CANARY:
		answer_canary(r, request);
		break;
	case AT_BASELINE:
		answer_baseline(r, request);
		break;
	case AT_CONNECT:
		answer_exercise(r, r->connects, request);
		break;
	default:
		answer_exercise(
		    r, r->controls[moment == AT_CLOSING_CONTROL], request);
		break;
	}
}
