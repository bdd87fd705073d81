/*
 * engine_say: what happens on the segment of the engine under test, and what
 * its worker says.
 */
#include <string.h>
#include <unistd.h>

#include "engine_rig.h"
#include "engine_stand_in.h"

static struct msg_out out;

/* ---- what happens on the segment ---- */

void
erig_say_link(struct engine_rig *r, bool up)
{
	msg_start(&out, ENGINE_LINK);
	msg_put_u8(&out, up);
	msg_put_u64(&out, 1);
	stand_in_send(r->watch, &out, -1);
}

void
erig_say_health(struct engine_rig *r, enum assay_health health)
{
	msg_start(&out, ENGINE_HEALTH);
	msg_put_u32(&out, r->dut);
	msg_put_u8(&out, (uint8_t)health);
	msg_put_u64(&out, 1);
	msg_put_u64(&out, 0);
	msg_put_string(&out, "as the test says");
	stand_in_send(r->watch, &out, -1);
}

void
erig_say_address_gone(struct engine_rig *r)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x10 },
			     addr[4] = { 10, 77, 0, 10 };

	msg_start(&out, ENGINE_ADDRESS_GONE);
	msg_put_bytes(&out, mac, 6);
	msg_put_u8(&out, 4);
	msg_put_bytes(&out, addr, 4);
	msg_put_string(&out, "lease over");
	stand_in_send(r->watch, &out, -1);
}

void
erig_say_foreign(struct engine_rig *r)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x66 },
			     addr[4] = { 10, 77, 0, 66 };

	msg_start(&out, ENGINE_FOREIGN);
	msg_put_string(&out, "dhcp server");
	msg_put_bytes(&out, mac, 6);
	msg_put_u8(&out, 4);
	msg_put_bytes(&out, addr, 4);
	stand_in_send(r->watch, &out, -1);
}

void
erig_say_capture_event(
    struct engine_rig *r, enum capture_event event, uint64_t value)
{
	msg_start(&out, ENGINE_CAPTURE_EVENT);
	msg_put_u8(&out, (uint8_t)event);
	msg_put_u64(&out, value);
	msg_put_string(&out, "as the test says");
	stand_in_send(r->capture, &out, -1);
}

/* ---- what a worker says ---- */

void
erig_say(int fd, const struct msg_out *m)
{
	stand_in_send(fd, m, -1);
}

void
erig_say_word(struct engine_rig *r, uint16_t type)
{
	msg_start(&out, type);
	erig_say(r->worker, &out);
}

static void
put_subject(void)
{
	static const uint8_t addr[4] = { 10, 77, 0, 10 };

	msg_put_u8(&out, 4);
	msg_put_bytes(&out, addr, 4);
	msg_put_u16(&out, 80);
}

void
erig_say_observation(struct engine_rig *r, uint32_t id, const char *field)
{
	msg_start(&out, ENGINE_OBSERVATION);
	msg_put_u32(&out, id);
	msg_put_string(&out, field);
	put_subject();
	msg_put_u8(&out, ASSAY_TYPE_U64);
	msg_put_u64(&out, 80);
	msg_put_u8(&out, 1);
	msg_put_u8(&out, 6);
	msg_put_u8(&out, 0);
	msg_put_bytes(&out, "", 0);
	msg_put_u16(&out, 61000);
	msg_put_u16(&out, 65000);
	msg_put_u16(&out, 80);
	msg_put_u16(&out, 80);
	msg_put_string(&out, "the port");
	erig_say(r->worker, &out);
}

void
erig_say_control(struct engine_rig *r, uint8_t phase, bool good)
{
	msg_start(&out, ENGINE_CONTROL);
	msg_put_u8(&out, phase);
	msg_put_u8(&out, good);
	msg_put_u32(&out, 1);
	erig_say(r->worker, &out);
}

void
erig_say_verdict(struct engine_rig *r, const struct erig_verdict *v)
{
	msg_start(&out, ENGINE_VERDICT);
	msg_put_string(&out, v->check);
	msg_put_u8(&out, v->kind);
	msg_put_u8(&out, v->value);
	put_subject();
	msg_put_string(&out, v->reason);
	msg_put_u8(&out, 0);
	msg_put_u16(&out, v->observation == 0 ? 0 : 1);
	if (v->observation != 0)
		msg_put_u32(&out, v->observation);
	erig_say(r->worker, &out);
}

void
erig_say_job(struct engine_rig *r)
{
	struct erig_verdict v = { .check = "NET-01",
		.kind = ASSAY_COMPLETENESS,
		.value = r->says,
		.reason = r->says == ASSAY_FAIL ? "tcp.undeclared_open"
						: "tcp.ports_as_declared",
		.observation = 1 };

	erig_say_observation(r, 1, "port.open");
	erig_say_control(r, ASSAY_AFTER, r->after_control);
	erig_say_word(r, ENGINE_RUN_OVER);
	erig_say_verdict(r, &v);
}

void
erig_say_exit(struct engine_rig *r)
{
	msg_start(&out, ENGINE_WORKER_EXITED);
	msg_put_u32(&out, r->worker_number);
	msg_put_u8(&out, r->exit_how);
	msg_put_u32(&out, r->exit_status);
	stand_in_send(r->warden, &out, -1);
}

void
erig_end_worker(struct engine_rig *r)
{
	if (r->exit_first)
		erig_say_exit(r);
	if (r->worker != -1)
		close(r->worker);
	r->worker = -1;
	if (!r->exit_first)
		erig_say_exit(r);
}
