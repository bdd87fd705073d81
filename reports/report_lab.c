/*
 * report_lab: a lab's template for its reports.
 *
 * The logo goes into the report itself, and is taken for an image only by its
 * own first bytes: a page that shows it asks nobody for anything.
 */
#include "reports/report_lab.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "scenarios/yaml.h"

struct signed_off {
	char *by, *date;
};

struct lab {
	char *name, *address, *accreditation, *logo, *number, *issued;
	char *customer_name, *customer_address, *decision_rule;
	char **opinions, **remarks;
	size_t nopinions, nremarks;
	struct signed_off reviewed, authorised;
};

#define TEXT(key, member_, most, text) \
	{ \
		.name = (key), .type = YAML_TEXT, \
		YAML_AT(struct lab, member_), .max = (most), .help = (text) \
	}
#define DATE "[0-9]{4}-[0-9]{2}-[0-9]{2}"

static const struct yaml_field customer_fields[] = {
	TEXT("name", customer_name, 200, "Who has ordered the tests."),
	TEXT("address", customer_address, 400, "And where they are."),
	{ .name = NULL },
};
static const struct yaml_map customer_map = { .fields = customer_fields };

static const struct yaml_field signed_fields[] = {
	{ .name = "by",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct signed_off, by),
	    .min = 1,
	    .max = 200,
	    .help = "The person." },
	{ .name = "date",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct signed_off, date),
	    .pattern = "^" DATE "$",
	    .expects = "a date such as 2026-11-23",
	    .help = "When." },
	{ .name = NULL },
};
static const struct yaml_map signed_map = { .fields = signed_fields };

static const struct yaml_field text_item = {
	.type = YAML_TEXT,
	.min = 1,
	.max = 4000,
};

#define TEXTS(key, list, count, text) \
	{ \
		.name = (key), .type = YAML_LIST, \
		YAML_LIST_AT(struct lab, list), \
		.count_at = offsetof(struct lab, count), .item = &text_item, \
		.item_size = sizeof(char *), .max = 100, .help = (text) \
	}

static const struct yaml_field fields[] = {
	{ .name = "version",
	    .type = YAML_UINT,
	    .is_required = true,
	    .min = 1,
	    .max = 1,
	    .help = "Version of this file's format." },
	{ .name = "name",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct lab, name),
	    .min = 1,
	    .max = 200,
	    .help = "Of the lab." },
	TEXT("address", address, 400, "Of the lab."),
	TEXT("accreditation", accreditation, 200,
	    "Under which it may report; absent: none is claimed."),
	TEXT("logo", logo, 4000, "A png, jpeg or svg file, beside this one."),
	TEXT("number", number, 100, "Of the report."),
	{ .name = "issued",
	    .type = YAML_TEXT,
	    YAML_AT(struct lab, issued),
	    .pattern = "^(" DATE ")?$",
	    .expects = "a date such as 2026-11-23",
	    .help = "When the report was issued." },
	{ .name = "customer",
	    .type = YAML_MAP,
	    .map = &customer_map,
	    .help = "Who has ordered the tests." },
	TEXT("decision_rule", decision_rule, 4000,
	    "By which results become statements of conformity."),
	TEXTS("opinions", opinions, nopinions,
	    "Opinions and interpretations, kept apart from results."),
	TEXTS("remarks", remarks, nremarks,
	    "What the lab has to say of samples, deviations and limits."),
	{ .name = "reviewed",
	    .type = YAML_MAP,
	    YAML_AT(struct lab, reviewed),
	    .map = &signed_map,
	    .help = "Who has reviewed it." },
	{ .name = "authorised",
	    .type = YAML_MAP,
	    YAML_AT(struct lab, authorised),
	    .map = &signed_map,
	    .help = "Who has authorised it; absent: it is a draft." },
	{ .name = NULL },
};
const struct yaml_map report_lab_table = { .fields = fields,
	.title = "assay lab template",
	.help = "What a lab says of itself and of an order in its reports." };

/* ---- the logo ---- */

static const char *
image_type(const unsigned char *bytes, size_t n)
{
	static const unsigned char png[] = { 0x89, 'P', 'N', 'G' },
				   jpeg[] = { 0xff, 0xd8, 0xff };

	if (n > sizeof(png) && memcmp(bytes, png, sizeof(png)) == 0)
		return "image/png";
	if (n > sizeof(jpeg) && memcmp(bytes, jpeg, sizeof(jpeg)) == 0)
		return "image/jpeg";
	if (n > 5 &&
	    (memcmp(bytes, "<svg", 4) == 0 || memcmp(bytes, "<?xml", 5) == 0))
		return "image/svg+xml";
	return NULL;
}

static char *
data_uri(const unsigned char *bytes, size_t n, const char *type)
{
	unsigned char *base64 = xcalloc(4 * (n / 3 + 1) + 1, 1);
	char *uri;

	EVP_EncodeBlock(base64, bytes, (int)n);
	uri = xasprintf("data:%s;base64,%s", type, (const char *)base64);
	free(base64);
	return uri;
}

/* beside: the template.  NULL with *e set. */
static char *
read_logo(const char *beside, const char *name, struct err *e)
{
	const char *slash = strrchr(beside, '/');
	unsigned char *bytes = xcalloc(REPORT_LOGO_MAX + 1, 1);
	const char *type;
	char *path, *uri = NULL;
	size_t n = 0;
	FILE *f;

	path = name[0] == '/' || slash == NULL
	    ? xstrdup(name)
	    : xasprintf("%.*s/%s", (int)(slash - beside), beside, name);
	f = fopen(path, "re");
	if (f != NULL) {
		n = fread(bytes, 1, REPORT_LOGO_MAX + 1, f);
		fclose(f);
	}
	type = image_type(bytes, n);
	if (f == NULL)
		err_set(e, "logo %s: %s", path, strerror(errno));
	else if (n > REPORT_LOGO_MAX)
		err_set(e, "logo %s: larger than 256 KiB", path);
	else if (type == NULL)
		err_set(e, "logo %s: neither png, jpeg nor svg", path);
	else
		uri = data_uri(bytes, n, type);
	free(path);
	free(bytes);
	return uri;
}

/* ---- as a value ---- */

static json_t *
list_json(char *const *texts, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

static json_t *
signed_json(const struct signed_off *s)
{
	if (s->by == NULL || s->by[0] == '\0')
		return json_null();
	return json_pack("{s:s, s:s}", "by", s->by, "date", s->date);
}

static json_t *
lab_json(const struct lab *lab, const char *logo)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:o, "
			 "s:o, s:o, s:o, s:s?}",
	    "name", lab->name, "address", lab->address, "accreditation",
	    lab->accreditation, "number", lab->number, "issued", lab->issued,
	    "customer", "name", lab->customer_name, "address",
	    lab->customer_address, "decision_rule", lab->decision_rule,
	    "opinions", list_json(lab->opinions, lab->nopinions), "remarks",
	    list_json(lab->remarks, lab->nremarks), "reviewed",
	    signed_json(&lab->reviewed), "authorised",
	    signed_json(&lab->authorised), "logo", logo);
}

json_t *
report_lab_read(const char *path, struct err *e)
{
	struct lab lab = { .name = NULL };
	char *text, *logo = NULL;
	json_t *o = NULL;
	size_t size;

	text = yaml_load_text(path, &size, e);
	if (text == NULL)
		return NULL;
	if (yaml_read(&report_lab_table, text, size, path, &lab, e) == -1) {
		free(text);
		return NULL;
	}
	free(text);
	if (lab.logo[0] != '\0')
		logo = read_logo(path, lab.logo, e);
	if (lab.logo[0] == '\0' || logo != NULL)
		o = lab_json(&lab, logo);
	free(logo);
	yaml_release(&report_lab_table, &lab);
	return o;
}
