/*
 * orders: customers' orders and the samples that came for them.
 */
#include "daemon/engine/orders.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "daemon/engine/device.h"
#include "scenarios/profile.h"

#define TEXT_MAX 200
#define LIST_MAX 16

struct orders {
	json_t *orders, *samples, *changing;
};

struct orders *
orders_new(void)
{
	struct orders *o = xcalloc(1, sizeof(*o));

	o->orders = json_object();
	o->samples = json_object();
	o->changing = json_object();
	return o;
}

void
orders_free(struct orders *o)
{
	if (o == NULL)
		return;
	json_decref(o->orders);
	json_decref(o->samples);
	json_decref(o->changing);
	free(o);
}

/* "" for what is not there. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- what a person said ---- */

static int
copy_text(const json_t *params, const char *key, json_t *row, struct err *e)
{
	const char *text = text_of(params, key);

	if (strlen(text) > TEXT_MAX || !utf8_is_plain(text, strlen(text)))
		return err_set(e,
		    "%s: a line of at most %d bytes, without control "
		    "characters",
		    key, TEXT_MAX);
	json_object_set_new(row, key, json_string(text));
	return 0;
}

static bool
is_digits(const char *s, size_t n)
{
	return strspn(s, "0123456789") >= n;
}

static bool
is_day(const char *s)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int year, month, day;

	if (strlen(s) != 10 || !is_digits(s, 4) || s[4] != '-' ||
	    !is_digits(s + 5, 2) || s[7] != '-' || !is_digits(s + 8, 2))
		return false;
	year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 +
	    s[3] - '0';
	month = (s[5] - '0') * 10 + s[6] - '0';
	day = (s[8] - '0') * 10 + s[9] - '0';
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	return month != 2 || day < 29 || (year % 4 == 0 && year % 100 != 0) ||
	    year % 400 == 0;
}

static int
copy_day(const json_t *params, const char *key, json_t *row, struct err *e)
{
	const char *text = text_of(params, key);

	if (text[0] != '\0' && !is_day(text))
		return err_set(e, "%s: a day such as 2026-11-30", key);
	json_object_set_new(row, key, json_string(text));
	return 0;
}

static int
add_word(
    json_t *list, const char *word, size_t n, const char *key, struct err *e)
{
	const json_t *other;
	char *copy;
	size_t i;

	if (n == 0 || n > 63 || json_array_size(list) == LIST_MAX)
		return err_set(
		    e, "%s: at most %d words between commas", key, LIST_MAX);
	copy = xasprintf("%.*s", (int)n, word);
	json_array_foreach (list, i, other) {
		if (strcmp(json_string_value(other), copy) == 0) {
			free(copy);
			return err_set(e, "%s: a word stands twice", key);
		}
	}
	json_array_append_new(list, json_string(copy));
	free(copy);
	return 0;
}

/* "factory,operating" as a list. */
static int
copy_words(const json_t *params, const char *key, json_t *row, struct err *e)
{
	const char *text = text_of(params, key);
	json_t *list = json_array();
	size_t n;

	json_object_set_new(row, key, list);
	if (!utf8_is_plain(text, strlen(text)))
		return err_set(e, "%s: without control characters", key);
	while (text[0] != '\0') {
		n = strcspn(text, ",");
		if (add_word(list, text, n, key, e) == -1)
			return -1;
		text += n;
		if (text[0] == ',' && *++text == '\0')
			return err_set(e, "%s: ends with a comma", key);
	}
	return 0;
}

static int
check_states(const json_t *row, struct err *e)
{
	const json_t *state, *states = json_object_get(row, "states");
	size_t i;

	json_array_foreach (states, i, state)
		if (state_by_name(json_string_value(state)) == -1)
			return err_set(e,
			    "states: of factory, onboarding, operating, "
			    "updating, outage and reset");
	return 0;
}

static int
check_name(
    const struct orders *o, const char *what, const char *name, struct err *e)
{
	if (!device_name_is_good(name))
		return err_set(e,
		    "%s's name is letters, digits, dot, dash and "
		    "underscore, at most 63",
		    what);
	/* Whatever is on its way may have the same name or serial. */
	if (json_object_size(o->changing) > 0)
		return err_set(e, "another is being stored: try again");
	return 0;
}

/* ---- orders ---- */

static int
fill_order(const json_t *params, json_t *row, struct err *e)
{
	static const char *const texts[] = { "customer", "product", "exempt",
		"basis", "by" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (copy_text(params, texts[i], row, e) == -1)
			return -1;
	if (copy_words(params, "schemes", row, e) == -1 ||
	    copy_words(params, "states", row, e) == -1 ||
	    check_states(row, e) == -1 ||
	    copy_day(params, "target", row, e) == -1)
		return -1;
	if (text_of(row, "customer")[0] == '\0')
		return err_set(e, "customer: whose order it is");
	if (text_of(row, "exempt")[0] != '\0' &&
	    (text_of(row, "basis")[0] == '\0' || text_of(row, "by")[0] == '\0'))
		return err_set(e,
		    "exempt: basis says on what paper, and by who decided it");
	json_object_set_new(row, "status", json_string("open"));
	json_object_set_new(row, "note", json_string(""));
	return 0;
}

json_t *
orders_make(const struct orders *o, const json_t *params, struct err *e)
{
	const char *name = text_of(params, "name");
	json_t *row;

	if (check_name(o, "an order", name, e) == -1)
		return NULL;
	if (json_object_get(o->orders, name) != NULL) {
		err_set(e, "there is an order of that name");
		return NULL;
	}
	row = json_object();
	if (fill_order(params, row, e) == -1) {
		json_decref(row);
		return NULL;
	}
	return row;
}

static const json_t *
find_open(const struct orders *o, const char *name, struct err *e)
{
	const json_t *row = json_object_get(o->orders, name);

	if (row == NULL)
		err_set(e, "there is no order of that name");
	else if (orders_allow(o, name, e) == -1)
		row = NULL;
	return row;
}

json_t *
orders_make_closed(const struct orders *o, const char *name, const char *note,
    const char *by, struct err *e)
{
	const json_t *open = find_open(o, name, e);
	json_t *row, *said;
	int r;

	if (open == NULL)
		return NULL;
	row = json_deep_copy(open);
	said = json_pack("{s:s, s:s}", "note", note == NULL ? "" : note,
	    "closed_by", by == NULL ? "" : by);
	r = copy_text(said, "note", row, e);
	if (r == 0)
		r = copy_text(said, "closed_by", row, e);
	json_decref(said);
	json_object_set_new(row, "status", json_string("closed"));
	if (r == 0)
		return row;
	json_decref(row);
	return NULL;
}

int
orders_allow(const struct orders *o, const char *name, struct err *e)
{
	const json_t *row = json_object_get(o->orders, name);

	if (json_object_get(o->changing, name) != NULL)
		return err_set(e, "the order is being changed: try again");
	if (row != NULL && strcmp(text_of(row, "status"), "open") != 0)
		return err_set(e, "the order is closed");
	return 0;
}

int
orders_known(const struct orders *o, const char *name, struct err *e)
{
	char names[200] = "";
	const char *one;
	json_t *row;
	size_t n = 0;

	if (json_object_get(o->orders, name) != NULL)
		return 0;
	json_object_foreach (o->orders, one, row)
		if (n + strlen(one) + 6 < sizeof(names))
			n += (size_t)snprintf(names + n, sizeof(names) - n,
			    "%s%s", n == 0 ? "" : ", ", one);
		else if (n + 6 < sizeof(names))
			n += (size_t)snprintf(
			    names + n, sizeof(names) - n, ", …");
	return err_set(e,
	    "there is no order of that name (there are: %s): assayctl order "
	    "new opens one",
	    n == 0 ? "none" : names);
}

bool
orders_asks_for(
    const struct orders *o, const char *name, const char *requirement)
{
	const json_t *row = json_object_get(o->orders, name);
	const json_t *schemes = json_object_get(row, "schemes"), *one;
	size_t n = strcspn(requirement, ":"), i;

	json_array_foreach (schemes, i, one)
		if (json_string_length(one) == n &&
		    strncmp(json_string_value(one), requirement, n) == 0)
			return true;
	return row != NULL && json_array_size(schemes) == 0;
}

/* ---- samples ---- */

static bool
is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static int
check_serial(
    const struct orders *o, const char *name, const json_t *row, struct err *e)
{
	const char *serial = text_of(row, "serial"), *other;
	json_t *sample;

	if (serial[0] == '\0')
		return err_set(
		    e, "serial: every verdict names the sample by it");
	json_object_foreach (o->samples, other, sample)
		if (strcmp(other, name) != 0 &&
		    strcmp(text_of(sample, "serial"), serial) == 0)
			return err_set(
			    e, "serial: sample %s has the same", other);
	return 0;
}

static int
fill_sample(const struct orders *o, const char *name, const json_t *params,
    json_t *row, struct err *e)
{
	static const char *const texts[] = { "order", "serial", "condition",
		"by", "photo", "photo_sha256" };
	const json_t *known = json_object_get(o->samples, name);
	const char *digest;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (copy_text(params, texts[i], row, e) == -1)
			return -1;
	if (copy_day(params, "received", row, e) == -1 ||
	    find_open(o, text_of(row, "order"), e) == NULL ||
	    check_serial(o, name, row, e) == -1)
		return -1;
	digest = text_of(row, "photo_sha256");
	if (digest[0] != '\0' && !is_sha256(digest))
		return err_set(e, "photo_sha256: 64 hexadecimal digits");
	/* What was found on it stays its own: only its condition may change. */
	if (known != NULL &&
	    (strcmp(text_of(known, "order"), text_of(row, "order")) != 0 ||
		strcmp(text_of(known, "serial"), text_of(row, "serial")) != 0))
		return err_set(
		    e, "the sample is known, of another order or serial");
	return 0;
}

json_t *
orders_make_sample(const struct orders *o, const json_t *params, struct err *e)
{
	const char *name = text_of(params, "name");
	json_t *row;

	if (check_name(o, "a sample", name, e) == -1)
		return NULL;
	row = json_object();
	if (fill_sample(o, name, params, row, e) == -1) {
		json_decref(row);
		return NULL;
	}
	return row;
}

json_t *
orders_describe_sample(
    const struct orders *o, const char *name, const char **order, struct err *e)
{
	static const char *const fields[] = { "serial", "condition", "received",
		"photo_sha256" };
	const json_t *row = json_object_get(o->samples, name);
	json_t *said;
	size_t i;

	if (row == NULL) {
		err_set(e, "there is no sample of that name");
		return NULL;
	}
	*order = text_of(row, "order");
	said = json_pack("{s:s}", "name", name);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (text_of(row, fields[i])[0] != '\0')
			json_object_set(
			    said, fields[i], json_object_get(row, fields[i]));
	return said;
}

/* ---- rows ---- */

void
orders_hold(struct orders *o, const char *name)
{
	json_object_set_new(o->changing, name, json_true());
}

void
orders_settle(struct orders *o, const char *name)
{
	json_object_del(o->changing, name);
}

void
orders_set(struct orders *o, const char *name, const json_t *value)
{
	json_object_set_new(o->orders, name, json_deep_copy(value));
}

void
orders_set_sample(struct orders *o, const char *name, const json_t *value)
{
	json_object_set_new(o->samples, name, json_deep_copy(value));
}

json_t *
orders_all(const struct orders *o)
{
	return o->orders;
}

json_t *
orders_samples(const struct orders *o)
{
	return o->samples;
}
