/*
 * The loader's ground: what of YAML is accepted, and that a refusal says
 * where and why.
 */
#include "scenarios/yaml.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenarios/scenario.h"
#include "scenarios/yaml_tree.h"

struct inner {
	char *word;
};

struct outer {
	char *name;
	uint8_t small;
	uint64_t large;
	bool flag;
	uint32_t wait_ms, set;
	uint16_t choice;
	struct inner *list;
	size_t nlist;
	char **words;
	char *a_or_b;
};

static const struct yaml_choice choices[] = {
	{ "red", 3, false },
	{ "green", 7, false },
	{ "blue", 9, true },
	{ NULL, 0, false },
};
static const struct yaml_field inner_fields[] = {
	{ .name = "word",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct inner, word),
	    .pattern = "^[a-z]+$",
	    .expects = "small letters" },
	{ .name = NULL },
};
static const struct yaml_map inner_map = { .fields = inner_fields };
static const struct yaml_field inner_item = {
	.type = YAML_MAP,
	.map = &inner_map,
};
static const struct yaml_field word_item = { .type = YAML_TEXT, .max = 5 };
static const struct yaml_field outer_fields[] = {
	{ .name = "version", .type = YAML_UINT, .min = 1, .max = 1 },
	{ .name = "name", .type = YAML_TEXT, YAML_AT(struct outer, name) },
	{ .name = "small",
	    .type = YAML_UINT,
	    YAML_AT(struct outer, small),
	    .def = "5",
	    .min = 2,
	    .max = 255 },
	{ .name = "large", .type = YAML_UINT, YAML_AT(struct outer, large) },
	{ .name = "flag", .type = YAML_BOOL, YAML_AT(struct outer, flag) },
	{ .name = "wait",
	    .type = YAML_DURATION,
	    YAML_AT(struct outer, wait_ms),
	    .min = 10,
	    .max = 60000 },
	{ .name = "set",
	    .type = YAML_FLAGS,
	    YAML_AT(struct outer, set),
	    .choices = choices },
	{ .name = "choice",
	    .type = YAML_CHOICE,
	    YAML_AT(struct outer, choice),
	    .choices = choices },
	{ .name = "list",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct outer, list),
	    .count_at = offsetof(struct outer, nlist),
	    .item = &inner_item,
	    .item_size = sizeof(struct inner),
	    .max = 3 },
	{ .name = "words",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct outer, words),
	    .count_at = YAML_UNCOUNTED,
	    .item = &word_item,
	    .item_size = sizeof(char *) },
	{ .name = "a", .type = YAML_TEXT, YAML_AT(struct outer, a_or_b) },
	{ .name = "b", .type = YAML_TEXT, YAML_AT(struct outer, a_or_b) },
	{ .name = "later", .type = YAML_RESERVED, .expects = "key" },
	{ .name = NULL },
};
static const struct yaml_map outer_map = {
	.fields = outer_fields,
	.one_of = "a|b",
};

static int
read_text(const char *text, struct outer *o, struct err *e)
{
	memset(o, 0, sizeof(*o));
	return yaml_read(&outer_map, text, strlen(text), "f.yaml", o, e);
}

START_TEST(every_type_is_read_into_its_place)
{
	struct outer o;
	struct err e;

	ck_assert_int_eq(
	    read_text("version: 1\nname: x y\nsmall: 255\n"
		      "large: 1234567890123\nflag: true\nwait: 250ms\n"
		      "set: [red, green]\nchoice: green\n"
		      "list: [{word: one}, {word: two}]\nwords: [a, b]\nb: q\n",
		&o, &e),
	    0);
	ck_assert_str_eq(o.name, "x y");
	ck_assert_uint_eq(o.small, 255);
	ck_assert_uint_eq(o.large, 1234567890123u);
	ck_assert(o.flag);
	ck_assert_uint_eq(o.wait_ms, 250);
	ck_assert_uint_eq(o.set, 1u << 3 | 1u << 7);
	ck_assert_uint_eq(o.choice, 7);
	ck_assert_uint_eq(o.nlist, 2);
	ck_assert_str_eq(o.list[1].word, "two");
	ck_assert_str_eq(o.words[1], "b");
	ck_assert_ptr_null(o.words[2]);
	ck_assert_str_eq(o.a_or_b, "q");
	yaml_release(&outer_map, &o);
	ck_assert_ptr_null(o.list);
}
END_TEST

START_TEST(an_absent_key_has_its_default)
{
	struct outer o;
	struct err e;

	ck_assert_int_eq(read_text("version: 1\na: z\n", &o, &e), 0);
	ck_assert_uint_eq(o.small, 5);
	ck_assert_str_eq(o.name, "");
	ck_assert_str_eq(o.a_or_b, "z");
	ck_assert(!o.flag);
	ck_assert_uint_eq(o.nlist, 0);
	yaml_release(&outer_map, &o);
}
END_TEST

static const struct {
	const char *text, *error;
} refused[] = {
	{ "", "f.yaml:1:1: the file is empty" },
	{ "# nothing\n", "f.yaml:1:1: the file is empty" },
	{ "- a\n",
	    "f.yaml:1:1: expected keys and values, beginning with "
	    "version: 1" },
	{ "a: b\n",
	    "f.yaml:1:1: the key \"version\" is missing: expected "
	    "version: 1" },
	{ "unknown: x\nversion: 2\n",
	    "f.yaml:2:10: version: expected 1, found \"2\"" },
	{ "version: [1]\n", "f.yaml:1:10: version: expected 1, found a list" },
	{ "version: 1\na: x\nsmal: 3\n",
	    "f.yaml:3:1: unknown key \"smal\", did you mean \"small\"?" },
	{ "version: 1\na: x\nzzzzzz: 3\n",
	    "f.yaml:3:1: unknown key \"zzzzzz\"; known here: version, name, "
	    "small, large, flag, wait, set, choice, list, words, a, b" },
	{ "version: 1\na: x\nsmall: 1\n",
	    "f.yaml:3:8: small: expected 2 to 255, found \"1\"" },
	{ "version: 1\na: x\nsmall: 256\n",
	    "f.yaml:3:8: small: expected 2 to 255, found \"256\"" },
	{ "version: 1\na: x\nsmall: 0x10\n",
	    "f.yaml:3:8: small: expected 2 to 255, found \"0x10\"" },
	{ "version: 1\na: x\nsmall: 010\n",
	    "f.yaml:3:8: small: expected 2 to 255, found \"010\"" },
	{ "version: 1\na: x\nlarge: 99999999999999999999\n",
	    "f.yaml:3:8: large: expected a number of at least 0, found "
	    "\"99999999999999999999\"" },
	{ "version: 1\na: x\nflag: yes\n",
	    "f.yaml:3:7: flag: expected true or false, found \"yes\"" },
	{ "version: 1\na: x\nwait: 3\n",
	    "f.yaml:3:7: wait: expected a duration such as 30s, 10ms to 1m, "
	    "found \"3\"" },
	{ "version: 1\na: x\nwait: 9ms\n",
	    "f.yaml:3:7: wait: expected a duration such as 30s, 10ms to 1m, "
	    "found \"9ms\"" },
	{ "version: 1\na: x\nchoice: pink\n",
	    "f.yaml:3:9: choice: expected one of red, green, found \"pink\"" },
	{ "version: 1\na: x\nchoice: blue\n",
	    "f.yaml:3:9: choice \"blue\" is reserved and not built yet" },
	{ "version: 1\na: x\nset: [red, blue]\n",
	    "f.yaml:3:12: set \"blue\" is reserved and not built yet" },
	{ "version: 1\na: x\nset: []\n",
	    "f.yaml:3:6: set: expected a list of at least one of red, green, "
	    "found a list" },
	{ "version: 1\na: x\nlater: 3\n",
	    "f.yaml:3:1: key \"later\" is reserved and not built yet" },
	{ "version: 1\na: x\nlist:\n  - word: One\n",
	    "f.yaml:4:11: word: expected small letters, found \"One\"" },
	{ "version: 1\na: x\nlist:\n  - {}\n",
	    "f.yaml:4:5: the key \"word\" is missing" },
	{ "version: 1\na: x\nlist: [{word: a}, {word: b}, {word: c}, "
	  "{word: d}]\n",
	    "f.yaml:3:7: list: expected 0 to 3 entries, found 4" },
	{ "version: 1\na: x\nwords: [abc, abcdef]\n",
	    "f.yaml:3:14: words: expected a text of 0 to 5 bytes, found "
	    "\"abcdef\"" },
	{ "version: 1\na: x\nname:\n",
	    "f.yaml:3:6: name: expected a text, found nothing" },
	{ "version: 1\na: x\nname: ~\n",
	    "f.yaml:3:7: name: expected a text, found \"~\"" },
	{ "version: 1\na: x\nname: {a: b}\n",
	    "f.yaml:3:7: name: expected a text, found keys and values" },
	{ "version: 1\na: x\nb: y\n",
	    "f.yaml:1:1: expected one of the keys "
	    "\"a\", \"b\", found more than one" },
	{ "version: 1\n",
	    "f.yaml:1:1: expected one of the keys \"a\", \"b\", "
	    "found none" },
	/* what YAML could do, and we refuse */
	{ "version: 1\na: x\na: y\n",
	    "f.yaml:3:1: the key \"a\" is there twice, first in line 2" },
	{ "version: 1\na: &x y\n",
	    "f.yaml:2:4: anchors (&name) are not accepted" },
	{ "version: 1\nlist: &x [{word: a}]\n",
	    "f.yaml:2:7: anchors (&name) are not accepted" },
	{ "version: 1\na: *x\n",
	    "f.yaml:2:4: aliases (*name) are not accepted" },
	{ "version: 1\na: !!str 3\n",
	    "f.yaml:2:4: tags (!name) are not accepted" },
	{ "version: 1\na: !x {b: c}\n",
	    "f.yaml:2:4: tags (!name) are not accepted" },
	{ "version: 1\na: x\n---\nversion: 1\n",
	    "f.yaml:3:1: a second document; one is accepted" },
	{ "version: 1\n[a]: x\n", "f.yaml:2:1: a key must be a text" },
	{ "version: 1\na: \"x\\ny\"\n",
	    "f.yaml:2:4: a text may hold no control character and no line "
	    "end" },
	{ "version: 1\na: \"x\\0y\"\n",
	    "f.yaml:2:4: a text may hold no control character and no line "
	    "end" },
	{ "version: 1\na: \"\\u202e\"\n",
	    "f.yaml:2:4: a text may hold no control character and no line "
	    "end" },
	{ "version: 1\na: \x1b[31m\n",
	    "f.yaml:2:4: expected UTF-8 without control characters, found the "
	    "byte 0x1b" },
	{ "version: 1\n# \xe2\x80\xae\na: x\n",
	    "f.yaml:2:3: expected UTF-8 without control characters, found the "
	    "byte 0xe2" },
	{ "version: 1\na: \xff\n",
	    "f.yaml:2:4: expected UTF-8 without control characters, found the "
	    "byte 0xff" },
	{ "\xef\xbb\xbfversion: 1\na: x\n",
	    "f.yaml:1:1: expected UTF-8 without a byte order mark" },
	{ "version: 1\na: x\nname: [[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]\n",
	    "f.yaml:3:22: nested too deeply" },
	{ "version: 1\na: [x\n",
	    "f.yaml:3:1: not YAML: did not find expected ',' or ']'" },
};

START_TEST(a_bad_file_is_refused_with_place_and_cause)
{
	struct outer o;
	struct err e;
	char text[900];

	ck_assert_int_eq(read_text(refused[_i].text, &o, &e), -1);
	ck_assert_str_eq(err_format(&e, text, sizeof(text)), refused[_i].error);
	ck_assert_ptr_null(o.list);
	ck_assert_ptr_null(o.name);
	ck_assert_ptr_null(o.a_or_b);
}
END_TEST

START_TEST(columns_count_characters_and_not_bytes)
{
	struct outer o;
	struct err e;

	ck_assert_int_eq(read_text("version: 1\na: \xe9\x8d\xb5\n"
				   "list: [{word: \xe9\x8d\xb5}]\n",
			     &o, &e),
	    -1);
	ck_assert_uint_eq(e.line, 3);
	ck_assert_uint_eq(e.column, 15);
}
END_TEST

START_TEST(a_block_text_of_one_line_is_accepted)
{
	struct outer o;
	struct err e;

	ck_assert_int_eq(
	    read_text("version: 1\na: >\n  one\n  line\n", &o, &e), 0);
	ck_assert_str_eq(o.a_or_b, "one line");
	yaml_release(&outer_map, &o);
	ck_assert_int_eq(
	    read_text("version: 1\na: |\n  two\n  lines\n", &o, &e), -1);
}
END_TEST

START_TEST(an_empty_text_in_quotes_is_a_text)
{
	struct outer o;
	struct err e;

	ck_assert_int_eq(read_text("version: 1\na: \"\"\n", &o, &e), 0);
	ck_assert_str_eq(o.a_or_b, "");
	yaml_release(&outer_map, &o);
}
END_TEST

START_TEST(a_file_over_one_mebibyte_is_refused)
{
	static const char head[] = { 'a', ':', ' ', 'b', '\n' };
	char *text = xcalloc(YAML_SIZE_MAX + 2, 1);
	struct yaml_node *n;
	struct err e;

	memset(text, '#', YAML_SIZE_MAX + 1);
	memcpy(text, head, sizeof(head));
	ck_assert_ptr_null(yaml_tree_parse(text, YAML_SIZE_MAX + 1, "f", &e));
	ck_assert_str_eq(e.text, "larger than 1048576 bytes");
	n = yaml_tree_parse(text, YAML_SIZE_MAX, "f", &e);
	ck_assert_ptr_nonnull(n);
	yaml_tree_free(n);
	free(text);
}
END_TEST

START_TEST(too_many_entries_or_keys_are_refused)
{
	char *text = xcalloc(YAML_NODES_MAX + 1, 4), *p = text;
	struct err e;
	size_t i;

	for (i = 0; i < YAML_NODES_MAX; i++)
		p += snprintf(p, 4, "- \n");
	ck_assert_ptr_null(yaml_tree_parse(text, (size_t)(p - text), "f", &e));
	ck_assert_str_eq(e.text, "too many entries");
	for (p = text, i = 0; i <= YAML_KEYS_MAX; i++)
		p += snprintf(p, 16, "k%zu: v\n", i);
	ck_assert_ptr_null(yaml_tree_parse(text, (size_t)(p - text), "f", &e));
	ck_assert_str_eq(e.text, "more than 1024 keys in a map");
	ck_assert_uint_eq(e.line, YAML_KEYS_MAX + 1);
	free(text);
}
END_TEST

START_TEST(a_text_without_its_nul_is_read_to_its_size_only)
{
	static const char text[] = "version: 1\na: xGARBAGE: [";
	struct outer o = { .name = NULL };
	struct err e;

	ck_assert_int_eq(yaml_read(&outer_map, text, 15, "f.yaml", &o, &e), 0);
	ck_assert_str_eq(o.a_or_b, "x");
	yaml_release(&outer_map, &o);
}
END_TEST

static const struct {
	const char *text;
	uint64_t ns;
	int result;
} durations[] = {
	{ "250ms", 250000000ull, 0 },
	{ "3s", 3000000000ull, 0 },
	{ "2m", 120000000000ull, 0 },
	{ "1h", 3600000000000ull, 0 },
	{ "0s", 0, 0 },
	{ "18446744073s", 18446744073000000000ull, 0 },
	{ "18446744074s", 0, -1 }, /* over 64 bits of ns */
	{ "99999999999999999999ms", 0, -1 },
	{ "3", 0, -1 },
	{ "", 0, -1 },
	{ "s", 0, -1 },
	{ "-3s", 0, -1 },
	{ "+3s", 0, -1 },
	{ "3 s", 0, -1 },
	{ "3S", 0, -1 },
	{ "1.5s", 0, -1 },
	{ "3s ", 0, -1 },
	{ "3us", 0, -1 },
};

START_TEST(a_duration_is_a_whole_number_with_a_unit)
{
	uint64_t ns = 0;

	ck_assert_int_eq(
	    duration_parse_ns(durations[_i].text, &ns), durations[_i].result);
	ck_assert_uint_eq(ns, durations[_i].ns);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("yaml");
	TCase *tc = tcase_create("yaml");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, every_type_is_read_into_its_place);
	tcase_add_test(tc, an_absent_key_has_its_default);
	tcase_add_loop_test(tc, a_bad_file_is_refused_with_place_and_cause, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, columns_count_characters_and_not_bytes);
	tcase_add_test(tc, a_block_text_of_one_line_is_accepted);
	tcase_add_test(tc, an_empty_text_in_quotes_is_a_text);
	tcase_add_test(tc, a_file_over_one_mebibyte_is_refused);
	tcase_add_test(tc, too_many_entries_or_keys_are_refused);
	tcase_add_test(tc, a_text_without_its_nul_is_read_to_its_size_only);
	tcase_add_loop_test(tc, a_duration_is_a_whole_number_with_a_unit, 0,
	    (int)(sizeof(durations) / sizeof(durations[0])));
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
