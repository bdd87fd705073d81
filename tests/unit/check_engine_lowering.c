/*
 * Which controls speak against which verdict: the watch's of its address (of
 * any when it has none), and the probe's own last one of each phase there.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"
#define HERE 10   /* 10.77.0.10, the device's */
#define THERE 99  /* another's */
#define NOWHERE 0 /* of no address: the device as such */

static struct engine_rig r;

static void
start(void)
{
	erig_start(&r);
}

static void
stop(void)
{
	erig_free(&r);
}

struct control {
	uint8_t phase; /* enum assay_phase; 0: no more */
	bool good;
	uint8_t where;
};

static const struct row {
	uint8_t where; /* the verdict */
	bool watch;    /* its closing control */
	struct control controls[3];
	const char *code; /* NULL: it stays a pass */
} rows[] = {
	{ HERE, true, { { 0, false, 0 } }, NULL },
	{ HERE, false, { { 0, false, 0 } }, "closing_control_bad" },
	{ NOWHERE, true, { { 0, false, 0 } }, NULL },
	{ NOWHERE, false, { { 0, false, 0 } }, "closing_control_bad" },
	{ HERE, true, { { ASSAY_BEFORE, false, HERE } },
	    "opening_control_bad" },
	{ HERE, true, { { ASSAY_AFTER, false, HERE } }, "closing_control_bad" },
	{ HERE, true, { { ASSAY_DURING, false, HERE } }, NULL },
	{ HERE, true, { { ASSAY_BEFORE, false, THERE } }, NULL },
	{ HERE, true, { { ASSAY_AFTER, false, THERE } }, NULL },
	{ NOWHERE, true, { { ASSAY_AFTER, false, THERE } },
	    "closing_control_bad" },
	{ NOWHERE, true, { { ASSAY_BEFORE, false, HERE } },
	    "opening_control_bad" },
	/* The last of a phase counts. */
	{ HERE, true,
	    { { ASSAY_AFTER, false, HERE }, { ASSAY_AFTER, true, HERE } },
	    NULL },
	{ HERE, true,
	    { { ASSAY_AFTER, true, HERE }, { ASSAY_AFTER, false, HERE } },
	    "closing_control_bad" },
	{ HERE, true,
	    { { ASSAY_AFTER, true, HERE }, { ASSAY_AFTER, false, HERE },
		{ ASSAY_AFTER, true, THERE } },
	    "closing_control_bad" },
	{ HERE, true,
	    { { ASSAY_BEFORE, false, HERE }, { ASSAY_AFTER, true, HERE } },
	    "opening_control_bad" },
};

static const struct row *row;
static struct msg_out out;

static void
put_subject(uint8_t where)
{
	const uint8_t addr[4] = { 10, 77, 0, where };

	msg_put_u8(&out, where == NOWHERE ? 0 : 4);
	msg_put_bytes(&out, addr, where == NOWHERE ? 0 : 4);
	msg_put_u16(&out, 0);
}

static void
say_observation(struct engine_rig *rig, uint32_t id, uint8_t where)
{
	msg_start(&out, ENGINE_OBSERVATION);
	msg_put_u32(&out, id);
	msg_put_string(&out, "port.open");
	put_subject(where);
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
	erig_say(rig->worker, &out);
}

static void
say_row(struct engine_rig *rig)
{
	const struct control *c;
	uint32_t id = 1;

	say_observation(rig, id, row->where);
	for (c = row->controls; c < row->controls + 3 && c->phase != 0; c++) {
		say_observation(rig, ++id, c->where);
		msg_start(&out, ENGINE_CONTROL);
		msg_put_u8(&out, c->phase);
		msg_put_u8(&out, c->good);
		msg_put_u32(&out, id);
		erig_say(rig->worker, &out);
	}
	erig_say_word(rig, ENGINE_RUN_OVER);
	msg_start(&out, ENGINE_VERDICT);
	msg_put_string(&out, "NET-01");
	msg_put_u8(&out, ASSAY_COMPLETENESS);
	msg_put_u8(&out, ASSAY_PASS);
	put_subject(row->where);
	msg_put_string(&out, "tcp.ports_as_declared");
	msg_put_u8(&out, 0);
	msg_put_u16(&out, 1);
	msg_put_u32(&out, 1);
	erig_say(rig->worker, &out);
	erig_say_word(rig, ENGINE_DONE);
}

START_TEST(a_pass_stands_when_no_control_of_its_own_speaks_against_it)
{
	const json_t *v, *lowered;
	uint64_t run;

	row = &rows[_i];
	r.job = say_row;
	r.controls[1] = row->watch;
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_ptr_nonnull(v);
	lowered = json_object_get(v, "lowered");
	ck_assert_str_eq(
	    erig_text(v, "verdict"), row->code == NULL ? "pass" : "inconc");
	ck_assert_uint_eq(json_array_size(lowered), row->code != NULL);
	if (row->code != NULL)
		ck_assert_str_eq(
		    json_string_value(json_array_get(lowered, 0)), row->code);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_lowering");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc,
	    a_pass_stands_when_no_control_of_its_own_speaks_against_it, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
