/*
 * The canonical form, both ways, and the fields every record has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "records/record_head.h"
#include "records/record_rows.h"

static char *
encode(json_t *o, struct err *e)
{
	size_t size;
	char *text = record_encode(o, &size, e);

	json_decref(o);
	if (text != NULL)
		ck_assert_uint_eq(size, strlen(text));
	return text;
}

START_TEST(keys_are_sorted_by_their_bytes_and_nothing_is_spaced)
{
	/* U+00E9 sorts after every ASCII letter, capitals before small. */
	char *text =
	    encode(json_pack("{s:i, s:i, s:i, s:[i,b,n], s:{s:s}}", "\xc3\xa9",
		       1, "b", -2, "B", 3, "a", 4, 1, "z", "k", "v"),
		NULL);

	ck_assert_str_eq(text,
	    "{\"B\":3,\"a\":[4,true,null],\"b\":-2,\"z\":{\"k\":\"v\"},"
	    "\"\xc3\xa9\":1}");
	free(text);
}
END_TEST

START_TEST(strings_are_utf8_and_only_what_must_be_is_escaped)
{
	char *text = encode(
	    json_pack("{s:s}", "s", "\"\\/\b\f\n\r\t\x01\x1f\x7f\xe6\x97\xa5"),
	    NULL);

	ck_assert_str_eq(text,
	    "{\"s\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\x7f"
	    "\xe6\x97\xa5\"}");
	free(text);
}
END_TEST

static const char *const canonical[] = {
	"{}",
	"{\"a\":[]}",
	"{\"a\":9223372036854775807,\"b\":-9223372036854775808}",
	"{\"\":\"\",\"A\":null,\"a\":true}",
	"{\"s\":\"\\u0001\\u001F \xf0\x9f\x94\x92\"}",
};

START_TEST(canonical_bytes_come_back_the_same)
{
	const char *bytes = canonical[_i];
	struct err e;
	json_t *o = record_decode(bytes, strlen(bytes), &e);
	char *again;

	ck_assert_msg(o != NULL, "%s: %s", bytes, e.text);
	again = encode(o, &e);
	ck_assert_str_eq(again, bytes);
	free(again);
}
END_TEST

static const struct {
	const char *bytes;
	size_t size; /* 0: up to the NUL */
} refused[] = {
	{ "", 0 },
	{ " {}", 0 },
	{ "{} ", 0 },
	{ "{}\n", 0 },
	{ "{ }", 0 },
	{ "[]", 0 },
	{ "1", 0 },
	{ "null", 0 },
	{ "{\"a\": 1}", 0 },
	{ "{\"b\":1,\"a\":2}", 0 },
	{ "{\"a\":1,\"a\":1}", 0 },
	{ "{\"a\":{\"x\":1,\"x\":2}}", 0 },
	{ "{\"a\":1.0}", 0 },
	{ "{\"a\":1e3}", 0 },
	{ "{\"a\":1.5}", 0 },
	{ "{\"a\":-0}", 0 },
	{ "{\"a\":01}", 0 },
	{ "{\"a\":9223372036854775808}", 0 },
	{ "{\"a\":\"\\/\"}", 0 },
	{ "{\"a\":\"\\u0041\"}", 0 },
	{ "{\"a\":\"\\u001f\"}", 0 },
	{ "{\"a\":\"\\u000a\"}", 0 },
	{ "{\"a\":\"\\u0000\"}", 0 },
	{ "{\"\\u0000\":1}", 0 },
	{ "{\"a\":\"\\ud800\"}", 0 },
	{ "{\"a\":\"\xff\"}", 0 },
	{ "{\"a\":\"\xc0\x80\"}", 0 },
	{ "{\"a\":\"\xed\xa0\x80\"}", 0 },
	{ "{\"a\":1}\0", 8 },
	{ "{\"a\":\"\0\"}", 9 },
	{ "\xef\xbb\xbf{}", 0 },
	{ "{\"a\":1}{}", 0 },
	{ "{\"a\":NaN}", 0 },
	{ "{'a':1}", 0 },
	{ "{\"a\":1,}", 0 },
	{ "{\"a\":-}", 0 },
	{ "{\"a\":}", 0 },
	{ "{\"a\"}", 0 },
	{ "{\"a\":[1,]}", 0 },
	{ "{\"a\":nul}", 0 },
	{ "{\"a\":-9223372036854775809}", 0 },
	{ "{\"a\":18446744073709551617}", 0 },
	{ "{\"a\":1E3}", 0 },
	{ "{\"a\":\"\\u0008\"}", 0 },
	{ "{\"a\":\"\\u0020\"}", 0 },
	{ "{\"a\":\"\\u001g\"}", 0 },
	{ "{\"a\":\"\\x\"}", 0 },
	{ "{\"a\":\"\x1f\"}", 0 },
	{ "{\"a\":\"\xf4\x90\x80\x80\"}", 0 },
};

#define NREFUSED ((int)(sizeof(refused) / sizeof(refused[0])))

START_TEST(bytes_in_any_other_form_are_refused)
{
	size_t size = refused[_i].size != 0 ? refused[_i].size
					    : strlen(refused[_i].bytes);
	struct err e = { .text = "" };

	ck_assert_msg(record_decode(refused[_i].bytes, size, &e) == NULL, "%s",
	    refused[_i].bytes);
	ck_assert_str_ne(e.text, "");
}
END_TEST

/* {"a":{"a":… levels deep */
static char *
nested(unsigned levels)
{
	json_t *o = json_object();
	char *text;
	unsigned i;

	for (i = 1; i < levels; i++)
		o = json_pack("{s:o}", "a", o);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

START_TEST(nesting_is_bounded_both_ways)
{
	char *good = nested(RECORD_DEPTH), *bad = nested(RECORD_DEPTH + 1);
	char *monster = xcalloc(1, RECORD_MAX + 1);
	struct err e;
	json_t *o = record_decode(good, strlen(good), &e);

	ck_assert_ptr_nonnull(o);
	json_decref(o);
	ck_assert_ptr_null(record_decode(bad, strlen(bad), &e));
	ck_assert_str_eq(e.text, "nested deeper than 16");
	ck_assert_ptr_null(encode(json_loads(bad, 0, NULL), &e));
	ck_assert_str_eq(e.text, "nested deeper than 16");
	memset(monster, '[', RECORD_MAX);
	ck_assert_ptr_null(record_decode(monster, RECORD_MAX, &e));
	free(good);
	free(bad);
	free(monster);
}
END_TEST

START_TEST(brackets_within_a_string_are_not_nesting)
{
	static const char text[] = "{\"a\":\"[[[[[[[[[[\\\"[[[[[[[[[[\"}";
	struct err e;
	json_t *o = record_decode(text, strlen(text), &e);

	ck_assert_msg(o != NULL, "%s", e.text);
	json_decref(o);
}
END_TEST

START_TEST(what_cannot_be_canonical_is_not_encoded)
{
	struct err e;

	ck_assert_ptr_null(encode(json_array(), &e));
	ck_assert_ptr_null(encode(json_pack("{s:f}", "a", 1.0), &e));
	ck_assert_str_eq(e.text, "a number that is not an integer");
	ck_assert_ptr_null(
	    encode(json_pack("{s:o}", "a", json_stringn("x\0y", 3)), &e));
	ck_assert_str_eq(e.text, "a string with a NUL in it");
	ck_assert_ptr_null(encode(
	    json_pack("{s:o}", "a", json_stringn_nocheck("\xff", 1)), &e));
	ck_assert_str_eq(e.text, "a string that is not UTF-8");
}
END_TEST

START_TEST(a_key_with_a_nul_is_not_encoded)
{
	json_t *o = json_object();
	struct err e;

	json_object_setn_new(o, "a\0b", 3, json_null());
	ck_assert_ptr_null(encode(o, &e));
	ck_assert_str_eq(e.text, "a key with a NUL in it");
}
END_TEST

START_TEST(the_largest_record_passes_and_one_byte_more_does_not)
{
	char *text = xcalloc(1, RECORD_MAX), *bytes;
	struct err e;
	json_t *o;

	memset(text, 'x', RECORD_MAX - 8); /* {"a":""} is 8 */
	bytes = encode(json_pack("{s:s}", "a", text), &e);
	ck_assert_uint_eq(strlen(bytes), RECORD_MAX);
	o = record_decode(bytes, RECORD_MAX, &e);
	ck_assert_ptr_nonnull(o);
	json_decref(o);
	free(bytes);
	text[RECORD_MAX - 8] = 'x';
	ck_assert_ptr_null(encode(json_pack("{s:s}", "a", text), &e));
	ck_assert_str_eq(e.text, "49153 bytes, more than 49152");
	free(text);
}
END_TEST

START_TEST(every_type_and_verdict_has_a_name_that_leads_back)
{
	int i;

	for (i = 0; i < RECORD_TYPE_COUNT; i++)
		ck_assert_int_eq(
		    record_type_by_name(record_type_name((enum record_type)i)),
		    i);
	for (i = 0; i < VERDICT_COUNT; i++)
		ck_assert_int_eq(
		    verdict_by_name(verdict_name((enum verdict)i)), i);
	ck_assert_int_eq(record_type_by_name("passed"), -1);
	ck_assert_int_eq(verdict_by_name("PASS"), -1);
	ck_assert_str_eq(verdict_name(VERDICT_INCONC), "inconc");
	ck_assert_str_eq(record_type_name(RECORD_JOBEND), "jobend");
}
END_TEST

#define H "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *json;
	const char *error; /* NULL: good */
} heads[] = {
	{ "{'v':1,'type':'run','seq':3,'run':3,'time':1,'prev':null,"
	  "'bench':'b'}",
	    NULL },
	{ "{'v':1,'type':'job','seq':4,'run':3,'time':1,'prev':'" H "',"
	  "'bench':'b'}",
	    NULL },
	{ "{'v':1,'type':'manifest','seq':4,'run':3,'time':1,'prev':'" H "',"
	  "'bench':'b','head':'" H "','records':1}",
	    NULL },
	{ "{'v':2,'type':'run','seq':3,'run':3,'time':1,'prev':null,"
	  "'bench':'b'}",
	    "\"v\" is not 1" },
	{ "{'v':1,'type':'walk','seq':3,'run':3,'time':1,'prev':null,"
	  "'bench':'b'}",
	    "\"type\" is not one of a record" },
	{ "{'v':1,'type':'run','seq':0,'run':0,'time':1,'prev':null,"
	  "'bench':'b'}",
	    "\"seq\" is not a number from 1" },
	{ "{'v':1,'type':'run','seq':'3','run':3,'time':1,'prev':null,"
	  "'bench':'b'}",
	    "\"seq\" is not a number from 1" },
	{ "{'v':1,'type':'run','seq':3,'run':2,'time':1,'prev':null,"
	  "'bench':'b'}",
	    "\"run\" of a run is not its own seq" },
	{ "{'v':1,'type':'run','seq':3,'run':3,'time':1,'prev':'" H "',"
	  "'bench':'b'}",
	    "\"prev\" of a run is not null" },
	{ "{'v':1,'type':'run','seq':3,'run':3,'time':1,'bench':'b'}",
	    "\"prev\" of a run is not null" },
	{ "{'v':1,'type':'job','seq':4,'run':4,'time':1,'prev':'" H "',"
	  "'bench':'b'}",
	    "\"run\" is not an earlier seq" },
	{ "{'v':1,'type':'job','seq':4,'run':3,'time':1,'prev':null,"
	  "'bench':'b'}",
	    "\"prev\" is not a SHA-256 in hexadecimal" },
	{ "{'v':1,'type':'job','seq':4,'run':3,'time':1,'prev':'AA',"
	  "'bench':'b'}",
	    "\"prev\" is not a SHA-256 in hexadecimal" },
	{ "{'v':1,'type':'run','seq':3,'run':3,'time':'1','prev':null,"
	  "'bench':'b'}",
	    "\"time\" is not a number" },
	{ "{'v':1,'type':'run','seq':3,'run':3,'time':1,'prev':null}",
	    "\"bench\" is not a name" },
	{ "{'v':1,'type':'manifest','seq':4,'run':3,'time':1,'prev':'" H "',"
	  "'bench':'b','head':'" H "','records':-1}",
	    "\"records\" is not a number from 0" },
};

#define NHEADS ((int)(sizeof(heads) / sizeof(heads[0])))

START_TEST(the_fields_every_record_has_are_checked)
{
	struct record_view view = { .fields = NULL };
	char *text = xstrdup(heads[_i].json), *p, *bytes;
	struct record_head h;
	struct err e = { .text = "" };
	int r;

	for (p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	bytes = encode(json_loads(text, 0, NULL), &e);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(record_view_read(&view, bytes, strlen(bytes), &e), 0);
	r = record_head_read(&h, &view, &e);
	if (heads[_i].error == NULL)
		ck_assert_msg(r == 0 && h.run == 3 && h.time == 1, "%s: %s",
		    text, e.text);
	else {
		ck_assert_int_eq(r, -1);
		ck_assert_str_eq(e.text, heads[_i].error);
	}
	record_view_free(&view);
	free(bytes);
	free(text);
}
END_TEST

/* ---- fields where they lie ---- */

static struct record_view view;

static const struct record_value *
field_of(const char *bytes, const char *key)
{
	struct err e;

	ck_assert_msg(record_view_read(&view, bytes, strlen(bytes), &e) == 0,
	    "%s: %s", bytes, e.text);
	return record_view_get(&view, key);
}

START_TEST(a_field_is_found_by_its_key_with_its_kind_and_bytes)
{
	static const char bytes[] =
	    "{\"a\":{\"b\":[1,\"x\"]},\"b\":-9223372036854775808,"
	    "\"c\":[],\"d\":null,\"e\":\"\",\"f\":true,\"g\":false}";
	const struct record_value *v = field_of(bytes, "a");

	ck_assert_int_eq(v->kind, RECORD_IS_OBJECT);
	ck_assert_uint_eq(v->size, 13);
	ck_assert(memcmp(v->text, "{\"b\":[1,\"x\"]}", 13) == 0);
	v = record_view_get(&view, "b"); /* not the one within "a" */
	ck_assert_int_eq(v->kind, RECORD_IS_INTEGER);
	ck_assert_int_eq(v->number, INT64_MIN);
	ck_assert_int_eq(record_view_get(&view, "c")->kind, RECORD_IS_ARRAY);
	ck_assert_int_eq(record_view_get(&view, "d")->kind, RECORD_IS_NULL);
	v = record_view_get(&view, "e");
	ck_assert_int_eq(v->kind, RECORD_IS_STRING);
	ck_assert_uint_eq(v->size, 0);
	ck_assert_int_eq(record_view_get(&view, "f")->kind, RECORD_IS_TRUE);
	ck_assert_int_eq(record_view_get(&view, "g")->kind, RECORD_IS_FALSE);
	ck_assert_ptr_null(record_view_get(&view, "h"));
	ck_assert_ptr_null(record_view_get(&view, ""));
	record_view_free(&view);
}
END_TEST

START_TEST(a_text_comes_without_its_escapes)
{
	const struct record_value *v =
	    field_of("{\"a\":\"\\\"\\\\\\b\\f\\n"
		     "\\r\\t\\u0001\\u001F\xc3\xa9\"}",
		"a");
	size_t size;
	char *text = record_value_dup(v, &size);

	ck_assert(v->escaped);
	ck_assert_str_eq(text, "\"\\\b\f\n\r\t\x01\x1f\xc3\xa9");
	ck_assert_uint_eq(size, strlen(text));
	free(text);
	/* A key is not found by the bytes of its escapes. */
	ck_assert_ptr_null(field_of("{\"a\\\\b\":1}", "a\\\\b"));
	v = field_of("{\"a\":\"plain\"}", "a");
	ck_assert(!v->escaped);
	record_view_free(&view);
}
END_TEST

/* A newline sorts before a space, though its escape does not. */
START_TEST(keys_are_sorted_by_what_they_stand_for)
{
	static const char good[] = "{\"\\n\":1,\" \":2,\"\\\\\":3,\"a\":4}";
	static const char bad[] = "{\" \":1,\"\\n\":2}";
	struct err e;

	ck_assert_int_eq(field_of(good, "a")->number, 4);
	ck_assert_int_eq(record_view_read(&view, bad, strlen(bad), &e), -1);
	ck_assert_str_eq(e.text,
	    "not in canonical form at byte 11: a key that is not after the "
	    "one before it");
	record_view_free(&view);
}
END_TEST

START_TEST(however_many_fields_there_are_each_is_found)
{
	json_t *o = json_object();
	char key[16], *bytes;
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		json_object_set_new(o, key, json_integer(i));
	}
	bytes = encode(o, NULL);
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_int_eq(field_of(bytes, key)->number, i);
	}
	ck_assert_uint_eq(view.n, 1000);
	record_view_free(&view);
	free(bytes);
}
END_TEST

/* Whatever is cut off is refused, and nothing beyond the end is looked at. */
START_TEST(no_beginning_of_a_record_is_a_record)
{
	static const char bytes[] =
	    "{\"a\":[true,-12,\"\\u001F\xf0\x9f\x94\x92\\n\","
	    "{\"b\":null}],\"c\":false}";
	size_t n;
	char *cut;

	for (n = 0; n < sizeof(bytes) - 1; n++) {
		cut = xcalloc(1, n + 1); /* so that a sanitizer sees it */
		memcpy(cut, bytes, n);
		cut = xrealloc(cut, n == 0 ? 1 : n, 1);
		ck_assert_int_eq(record_view_read(&view, cut, n, NULL), -1);
		free(cut);
	}
	ck_assert_int_eq(record_view_read(&view, bytes, n, NULL), 0);
	record_view_free(&view);
}
END_TEST

/* ---- a list of them ---- */

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ROW(record, seq) \
	"{\"record\":" record ",\"seq\":" seq ",\"sha256\":\"" HASH "\"}"
#define LIST(rows) "{\"records\":[" rows "]}"

/* How many rows; -1: refused. */
static int
count_rows(const char *text, size_t size)
{
	struct record_rows rows;
	struct err e;
	int n = 0, found;

	record_rows_start(&rows, text, size);
	while ((found = record_rows_next(&rows, &e)) == 1)
		n++;
	record_rows_free(&rows);
	return found == 0 ? n : -1;
}

START_TEST(each_record_of_a_list_is_viewed_where_it_lies)
{
	static const char text[] =
	    LIST(ROW("{\"a\":1}", "7") "," ROW("{\"b\":[{}]}", "12"));
	struct record_rows rows;
	struct err e;

	record_rows_start(&rows, text, strlen(text));
	ck_assert_int_eq(record_rows_next(&rows, &e), 1);
	ck_assert_int_eq(record_view_get(&rows.view, "a")->number, 1);
	ck_assert_uint_eq(rows.seq, 7);
	ck_assert_str_eq(rows.sha256, HASH);
	ck_assert_int_eq(record_rows_next(&rows, &e), 1);
	ck_assert_ptr_null(record_view_get(&rows.view, "a"));
	ck_assert_uint_eq(rows.size, strlen("{\"b\":[{}]}"));
	ck_assert_int_eq(memcmp(rows.bytes, "{\"b\":[{}]}", rows.size), 0);
	ck_assert_uint_eq(rows.seq, 12);
	ck_assert_int_eq(record_rows_next(&rows, &e), 0);
	record_rows_free(&rows);
	ck_assert_int_eq(count_rows(LIST(""), strlen(LIST(""))), 0);
}
END_TEST

START_TEST(what_is_no_list_of_records_is_refused)
{
	static const char *const texts[] = { "", "[]", "{\"record\":[]}",
		LIST(",") "", LIST(ROW("{}", "1") ","),
		LIST(ROW("{}", "1")) " ", LIST(ROW("{}", "0")),
		LIST(ROW("{}", "-1")), LIST(ROW("{}", "")),
		LIST(ROW("{}", "99999999999999999999")), LIST(ROW("[]", "1")),
		LIST(ROW("{\"a\":1.5}", "1")), LIST(ROW("{ }", "1")),
		LIST("{\"seq\":1,\"record\":{}}"),
		LIST("{\"record\":{},\"seq\":1,\"sha256\":\"00\"}"),
		LIST(ROW("{}", "1") ROW("{}", "2")) };
	static const char whole[] = LIST(ROW("{\"a\":\"b\"}", "1"));
	size_t i, n;
	char *cut;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(count_rows(texts[i], strlen(texts[i])) == -1,
		    "%s", texts[i]);
	for (n = 0; n < strlen(whole); n++) {
		cut = xmemdup(whole, n + 1); /* so that a sanitizer sees it */
		cut = xrealloc(cut, n == 0 ? 1 : n, 1);
		ck_assert_int_eq(count_rows(cut, n), -1);
		free(cut);
	}
	ck_assert_int_eq(count_rows(whole, n), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *c = tcase_create("canonical");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, keys_are_sorted_by_their_bytes_and_nothing_is_spaced);
	tcase_add_test(c, strings_are_utf8_and_only_what_must_be_is_escaped);
	tcase_add_loop_test(c, canonical_bytes_come_back_the_same, 0,
	    (int)(sizeof(canonical) / sizeof(canonical[0])));
	tcase_add_loop_test(
	    c, bytes_in_any_other_form_are_refused, 0, NREFUSED);
	tcase_add_test(c, nesting_is_bounded_both_ways);
	tcase_add_test(c, brackets_within_a_string_are_not_nesting);
	tcase_add_test(c, what_cannot_be_canonical_is_not_encoded);
	tcase_add_test(c, a_key_with_a_nul_is_not_encoded);
	tcase_add_test(c, the_largest_record_passes_and_one_byte_more_does_not);
	tcase_add_test(c, every_type_and_verdict_has_a_name_that_leads_back);
	tcase_add_loop_test(
	    c, the_fields_every_record_has_are_checked, 0, NHEADS);
	tcase_add_test(c, a_field_is_found_by_its_key_with_its_kind_and_bytes);
	tcase_add_test(c, a_text_comes_without_its_escapes);
	tcase_add_test(c, keys_are_sorted_by_what_they_stand_for);
	tcase_add_test(c, however_many_fields_there_are_each_is_found);
	tcase_add_test(c, no_beginning_of_a_record_is_a_record);
	tcase_add_test(c, each_record_of_a_list_is_viewed_where_it_lies);
	tcase_add_test(c, what_is_no_list_of_records_is_refused);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
