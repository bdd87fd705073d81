/*
 * check_worker_says: a message of a worker becomes a record's JSON, and that
 * becomes the message again, byte by byte, in which a worker is told what it
 * saw.  What is out of bounds is refused.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_brief.h"
#include "daemon/shared/worker_says.h"
#include "probes/probe.h"

static struct msg_out out, again;
static struct said_observation o;

static void
read_again(struct msg_in *in)
{
	static uint8_t datagram[MSG_MAX];

	memset(datagram, 0, MSG_HEADER);
	datagram[0] = (uint8_t)(out.type >> 8);
	datagram[1] = (uint8_t)out.type;
	memcpy(datagram + MSG_HEADER, out.body, out.size);
	ck_assert_int_eq(msg_read(in, datagram, MSG_HEADER + out.size), 0);
}

static void
put_head(bool has_address)
{
	static const uint8_t addr[16] = { 0xfe, 0x80, [15] = 1 };

	msg_start(&out, ENGINE_OBSERVATION);
	msg_put_u32(&out, 7);
	msg_put_string(&out, "a.field");
	msg_put_u8(&out, has_address ? 6 : 0);
	msg_put_bytes(&out, addr, has_address ? 16 : 0);
	msg_put_u16(&out, has_address ? 443 : 0);
}

static int
read_observation(void)
{
	struct msg_in in;

	read_again(&in);
	return worker_says_observation(&in, &o);
}

static const struct text {
	const char *said;
	bool is_raw; /* it is not shown as it was said */
} texts[] = {
	{ "", false },
	{ "220 ready", false },
	{ "B\xc3\xbcro \xe6\x97\xa5", false },
	{ "a \\x0d that was said so", false },
	{ "220 ready\r\n", true },
	{ "\x1b[31m", true },
	{ "\xff\xfe", true },
	{ "\xc2\x85 a C1 control", true },
};

static void
put_value(int i)
{
	switch (i) {
	case 0:
		msg_put_u8(&out, ASSAY_TYPE_BOOL);
		msg_put_u8(&out, 1);
		break;
	case 1:
		msg_put_u8(&out, ASSAY_TYPE_U64);
		msg_put_u64(&out, INT64_MAX);
		break;
	case 2:
		msg_put_u8(&out, ASSAY_TYPE_I64);
		msg_put_i64(&out, INT64_MIN);
		break;
	case 3:
		msg_put_u8(&out, ASSAY_TYPE_DURATION);
		msg_put_u64(&out, 0);
		break;
	case 4:
		msg_put_u8(&out, ASSAY_TYPE_PORTS);
		msg_put_string(&out, "22,80-90");
		break;
	default:
		msg_put_u8(&out, ASSAY_TYPE_STRING);
		msg_put_string(&out, texts[i - 5].said);
	}
}

#define VALUES (5 + (int)(sizeof(texts) / sizeof(texts[0])))

START_TEST(an_observation_is_told_again_as_it_was_said)
{
	struct err e = { .text = "" };
	json_t *record;
	size_t size;
	char *bytes;

	put_head(_i % 2 == 0);
	put_value(_i);
	msg_put_u8(&out, 0);
	ck_assert_int_eq(read_observation(), 0);
	if (_i >= 5)
		ck_assert_int_eq(json_object_get(o.json, "raw") != NULL,
		    texts[_i - 5].is_raw);
	/* Through the bytes of a record. */
	bytes = record_encode(o.json, &size, &e);
	ck_assert_msg(bytes != NULL, "%s", e.text);
	record = record_decode(bytes, size, &e);
	ck_assert_msg(record != NULL, "%s", e.text);
	ck_assert_int_eq(worker_brief_recorded(&again, record, o.type, &e), 0);
	ck_assert_int_eq(again.type, WORKER_RECORDED);
	ck_assert_uint_eq(again.size, out.size);
	ck_assert_mem_eq(again.body, out.body, out.size);
	free(bytes);
	json_decref(record);
	json_decref(o.json);
}
END_TEST

START_TEST(an_observation_of_another_type_is_not_told)
{
	static const char *const types[] = { "bool", "u64", "string", "ports",
		"duration", "none", "" };
	struct err e;

	put_head(true);
	put_value(2); /* a negative number */
	msg_put_u8(&out, 0);
	ck_assert_int_eq(read_observation(), 0);
	ck_assert_int_eq(
	    worker_brief_recorded(&again, o.json, types[_i], &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "a.field"));
	json_decref(o.json);
}
END_TEST

static void
break_it(int how)
{
	static char large[40000];
	int i;

	put_head(true);
	if (how == 0) { /* no such type */
		msg_put_u8(&out, 99);
		msg_put_u8(&out, 0);
	} else if (how == 1) { /* no such boolean */
		msg_put_u8(&out, ASSAY_TYPE_BOOL);
		msg_put_u8(&out, 2);
	} else if (how == 2) { /* more than a record holds */
		msg_put_u8(&out, ASSAY_TYPE_U64);
		msg_put_u64(&out, UINT64_C(1) << 63);
	} else if (how == 3) {
		memset(large, 'x', sizeof(large) - 1);
		msg_put_u8(&out, ASSAY_TYPE_STRING);
		msg_put_string(&out, large);
	} else if (how == 4) { /* once it is quoted */
		memset(large, 1, 9000);
		large[9000] = '\0';
		msg_put_u8(&out, ASSAY_TYPE_STRING);
		msg_put_string(&out, large);
	} else {
		put_value(0);
	}
	msg_put_u8(&out, how == 5 ? SAID_FRAMES_MAX + 1 : how == 6 ? 1 : 0);
	for (i = 0; how == 5 && i <= SAID_FRAMES_MAX; i++)
		wire_put_frames(&out, &(const struct wire_frames){ 0 });
	if (how == 7)
		msg_put_u8(&out, 0); /* something behind the end */
}

START_TEST(an_observation_out_of_bounds_is_refused)
{
	break_it(_i);
	ck_assert_int_eq(read_observation(), -1);
	ck_assert_ptr_null(o.json);
}
END_TEST

static int
read_verdict(uint8_t said, uint16_t cited)
{
	struct said_verdict v;
	struct msg_in in;
	int result;

	msg_start(&out, ENGINE_VERDICT);
	msg_put_string(&out, "NET-01");
	msg_put_u8(&out, ASSAY_SUFFICIENCY);
	msg_put_u8(&out, said);
	msg_put_u8(&out, 0);
	msg_put_bytes(&out, "", 0);
	msg_put_u16(&out, 0);
	msg_put_string(&out, "tcp.declared_answer");
	msg_put_u8(&out, 0);
	msg_put_u16(&out, cited);
	if (cited == 1)
		msg_put_u32(&out, 3);
	read_again(&in);
	result = worker_says_verdict(&in, &v);
	if (result == 0) {
		ck_assert_str_eq(claim_kind_name(v.kind), "sufficiency");
		ck_assert_uint_eq(v.nobservations, 1);
		ck_assert_uint_eq(v.observations[0], 3);
		said_verdict_clear(&v);
	}
	return result;
}

START_TEST(a_worker_says_info_pass_inconc_and_fail_alone)
{
	ck_assert_int_eq(read_verdict(VERDICT_INFO, 1), 0);
	ck_assert_int_eq(read_verdict(VERDICT_PASS, 1), 0);
	ck_assert_int_eq(read_verdict(VERDICT_INCONC, 1), 0);
	ck_assert_int_eq(read_verdict(VERDICT_FAIL, 1), 0);
	ck_assert_int_eq(read_verdict(VERDICT_NONE, 1), -1);
	ck_assert_int_eq(read_verdict(VERDICT_NA, 1), -1);
	ck_assert_int_eq(read_verdict(VERDICT_ERROR, 1), -1);
	ck_assert_int_eq(read_verdict(VERDICT_COUNT, 1), -1);
	/* More than there are, more than there can be. */
	ck_assert_int_eq(read_verdict(VERDICT_PASS, 2), -1);
	ck_assert_int_eq(read_verdict(VERDICT_PASS, UINT16_MAX), -1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("worker_says");
	TCase *c = tcase_create("worker_says");

	tcase_add_loop_test(
	    c, an_observation_is_told_again_as_it_was_said, 0, VALUES);
	tcase_add_loop_test(
	    c, an_observation_of_another_type_is_not_told, 0, 7);
	tcase_add_loop_test(c, an_observation_out_of_bounds_is_refused, 0, 8);
	tcase_add_test(c, a_worker_says_info_pass_inconc_and_fail_alone);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
