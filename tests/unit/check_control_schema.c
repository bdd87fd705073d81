/*
 * What is published of the control socket is its own table: the schema is
 * generated anew and compared, and CONTROL.md names the same methods with the
 * same parameters and rights.
 *
 * After the table has changed, ASSAY_WRITE_SCHEMAS=1 in the environment of
 * this program writes etc/schemas/control.schema.json anew.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/control.h"
#include "daemon/engine/engine.h"

#define SCHEMA "etc/schemas/control.schema.json"
#define TEXT "daemon/control/CONTROL.md"
#define CELL_MAX 2000

/* One row of CONTROL.md's table. */
struct row {
	char name[64], params[CELL_MAX];
	bool view;
};

START_TEST(the_shipped_schema_is_the_one_of_the_table)
{
	json_t *made = control_schema(control_methods), *found;
	json_error_t error;
	FILE *f;

	ck_assert_ptr_nonnull(made);
	if (getenv("ASSAY_WRITE_SCHEMAS") != NULL) {
		f = fopen(SCHEMA, "w");
		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(json_dumpf(made, f, JSON_INDENT(2)), 0);
		fputc('\n', f);
		ck_assert_int_eq(fclose(f), 0);
	}
	found = json_load_file(SCHEMA, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(found != NULL, SCHEMA ":%d: %s", error.line, error.text);
	ck_assert_msg(json_equal(made, found),
	    SCHEMA " is not what the table gives: see the head of this file");
	json_decref(found);
	json_decref(made);
}
END_TEST

START_TEST(every_method_and_parameter_has_a_help)
{
	const struct control_method *m;
	const struct control_param *p;

	for (m = control_methods; m->name != NULL; m++) {
		ck_assert_msg(m->help != NULL && m->help[0] != '\0',
		    "%s has no help", m->name);
		ck_assert(m->call != NULL);
		for (p = m->params; p != NULL && p->name != NULL; p++)
			ck_assert_msg(p->help != NULL && p->help[0] != '\0',
			    "%s: %s has no help", m->name, p->name);
	}
}
END_TEST

/* ---- CONTROL.md ---- */

/* "| `name` V | params | result |": false when the line is no such row. */
static bool
read_row(const char *line, struct row *row)
{
	const char *end, *bar;
	size_t n;

	memset(row, 0, sizeof(*row));
	if (strncmp(line, "| `", 3) != 0)
		return false;
	end = strchr(line + 3, '`');
	ck_assert_ptr_nonnull(end);
	n = (size_t)(end - line - 3);
	ck_assert_uint_lt(n, sizeof(row->name));
	memcpy(row->name, line + 3, n);
	bar = strchr(end, '|');
	ck_assert_ptr_nonnull(bar);
	row->view = memchr(end, 'V', (size_t)(bar - end)) != NULL;
	end = strchr(bar + 1, '|');
	ck_assert_ptr_nonnull(end);
	n = (size_t)(end - bar - 1);
	ck_assert_uint_lt(n, sizeof(row->params));
	memcpy(row->params, bar + 1, n);
	return true;
}

/* The top-level names of "`{a, b?: text, c: {d, e}}`", optional ones with
 * their question mark, as an object of name: is required. */
static json_t *
read_params(const char *cell)
{
	json_t *o = json_object();
	char name[64];
	size_t n = 0;
	int depth = 0;
	bool naming = false;

	for (; *cell != '\0'; cell++) {
		if (depth == 1 && naming && strchr(",:?}", *cell) != NULL) {
			name[n] = '\0';
			json_object_set_new(
			    o, name, json_boolean(*cell != '?'));
			naming = false;
		}
		if (*cell == '{')
			depth++;
		if (*cell == '}')
			depth--;
		if (depth == 1 && (*cell == '{' || *cell == ',')) {
			naming = true;
			n = 0;
		} else if (naming && *cell != ' ') {
			ck_assert_uint_lt(n + 1, sizeof(name));
			name[n++] = *cell;
		}
	}
	ck_assert_int_eq(depth, 0);
	return o;
}

static json_t *
params_of(const struct control_method *m)
{
	const struct control_param *p;
	json_t *o = json_object();

	for (p = m->params; p != NULL && p->name != NULL; p++)
		json_object_set_new(o, p->name, json_boolean(p->required));
	return o;
}

static const struct control_method *
method_named(const char *name)
{
	const struct control_method *m;

	for (m = control_methods; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static void
check_row(const struct row *row)
{
	const struct control_method *m = method_named(row->name);
	json_t *written = read_params(row->params), *real;
	char *a, *b;

	ck_assert_msg(
	    m != NULL, TEXT " names %s, which is not there", row->name);
	real = params_of(m);
	a = json_dumps(written, JSON_SORT_KEYS);
	b = json_dumps(real, JSON_SORT_KEYS);
	ck_assert_msg(strcmp(a, b) == 0,
	    TEXT ": %s: name and whether it is required: %s, the table has %s",
	    row->name, a, b);
	ck_assert_msg(row->view == (m->right == CONTROL_VIEW),
	    TEXT ": %s: the right is another", row->name);
	free(a);
	free(b);
	json_decref(written);
	json_decref(real);
}

START_TEST(the_text_names_every_method_with_its_parameters_and_no_other)
{
	static char line[8192];
	const struct control_method *m;
	json_t *named = json_object();
	struct row row;
	FILE *f = fopen(TEXT, "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (!read_row(line, &row))
			continue;
		check_row(&row);
		ck_assert_ptr_null(json_object_get(named, row.name));
		json_object_set_new(named, row.name, json_true());
	}
	fclose(f);
	for (m = control_methods; m->name != NULL; m++)
		ck_assert_msg(json_object_get(named, m->name) != NULL,
		    TEXT " does not name %s", m->name);
	json_decref(named);
}
END_TEST

START_TEST(a_row_is_read_as_it_is_written)
{
	struct row row;
	json_t *o;

	ck_assert(!read_row("| method | params | result |\n", &row));
	ck_assert(!read_row("|---|---|---|\n", &row));
	ck_assert(
	    read_row("| `a.b` | `{x: text, y?, z?: {q, r}}` | - |", &row));
	ck_assert_str_eq(row.name, "a.b");
	ck_assert(!row.view);
	o = read_params(row.params);
	ck_assert_uint_eq(json_object_size(o), 3);
	ck_assert(json_is_true(json_object_get(o, "x")));
	ck_assert(json_is_false(json_object_get(o, "y")));
	ck_assert(json_is_false(json_object_get(o, "z")));
	json_decref(o);
	ck_assert(read_row("| `c` V | - | `{x}` |", &row));
	ck_assert(row.view);
	o = read_params(row.params);
	ck_assert_uint_eq(json_object_size(o), 0);
	json_decref(o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("control_schema");
	TCase *tc = tcase_create("control_schema");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_row_is_read_as_it_is_written);
	tcase_add_test(tc, the_shipped_schema_is_the_one_of_the_table);
	tcase_add_test(tc, every_method_and_parameter_has_a_help);
	tcase_add_test(
	    tc, the_text_names_every_method_with_its_parameters_and_no_other);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
