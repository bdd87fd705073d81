/*
 * catalogue_tables: what each kind of file of the catalogue may hold.
 *
 * Every row remembers where it stands: an ID that nothing defines is only seen
 * when all files are read.
 */
#include "catalogue/catalogue_tables.h"

#include "catalogue/catalogue_fields.h"

/* ---- words ---- */

const struct yaml_choice catalogue_level_choices[] = {
	{ .name = "info", .value = CATALOGUE_INFO },
	{ .name = "recommended", .value = CATALOGUE_RECOMMENDED },
	{ .name = "required", .value = CATALOGUE_REQUIRED },
	{ .name = NULL },
};
const struct yaml_choice catalogue_mark_choices[] = {
	{ .name = "found", .value = CATALOGUE_FOUND },
	{ .name = "known", .value = CATALOGUE_KNOWN },
	{ .name = "unconfirmed", .value = CATALOGUE_UNCONFIRMED },
	{ .name = "inferred", .value = CATALOGUE_INFERRED },
	{ .name = NULL },
};
static const struct yaml_choice decides_choices[] = {
	{ .name = "device", .value = CATALOGUE_BY_DEVICE },
	{ .name = "documents", .value = CATALOGUE_BY_DOCUMENTS },
	{ .name = "both", .value = CATALOGUE_BY_BOTH },
	{ .name = NULL },
};
static const struct yaml_choice impact_choices[] = {
	{ .name = "passive", .value = CATALOGUE_PASSIVE },
	{ .name = "active", .value = CATALOGUE_ACTIVE },
	{ .name = "malformed", .value = CATALOGUE_MALFORMED },
	{ .name = "load", .value = CATALOGUE_LOAD },
	{ .name = "state", .value = CATALOGUE_STATE },
	{ .name = NULL },
};
static const struct yaml_choice medium_choices[] = {
	{ .name = "ip", .value = CATALOGUE_MEDIUM_IP },
	{ .name = "wifi", .value = CATALOGUE_MEDIUM_WIFI },
	{ .name = "ble", .value = CATALOGUE_MEDIUM_BLE },
	{ .name = "ieee802154", .value = CATALOGUE_MEDIUM_IEEE802154 },
	{ .name = "zwave", .value = CATALOGUE_MEDIUM_ZWAVE },
	{ .name = "cellular", .value = CATALOGUE_MEDIUM_CELLULAR },
	{ .name = "nfc", .value = CATALOGUE_MEDIUM_NFC },
	{ .name = NULL },
};
static const struct yaml_choice need_choices[] = {
	{ .name = "samples", .value = CATALOGUE_NEED_SAMPLES },
	{ .name = "person", .value = CATALOGUE_NEED_PERSON },
	{ .name = "power", .value = CATALOGUE_NEED_POWER },
	{ .name = "reset", .value = CATALOGUE_NEED_RESET },
	{ .name = "update", .value = CATALOGUE_NEED_UPDATE },
	{ .name = "credentials", .value = CATALOGUE_NEED_CREDENTIALS },
	{ .name = "time", .value = CATALOGUE_NEED_TIME },
	{ .name = NULL },
};
static const struct yaml_choice status_choices[] = {
	{ .name = "mandatory" },
	{ .name = "recommended" },
	{ .name = NULL },
};
static const struct yaml_choice scheme_status_choices[] = {
	{ .name = "draft" },
	{ .name = "final" },
	{ .name = NULL },
};

/* A text in English and, where there is one, in Japanese. */
static const struct yaml_field text_fields[] = {
	{ .name = "en",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct catalogue_text, en),
	    .min = 1,
	    .max = LONG_TEXT,
	    .help = "In English." },
	{ .name = "ja",
	    .type = YAML_TEXT,
	    YAML_AT(struct catalogue_text, ja),
	    .max = LONG_TEXT,
	    .help = "In Japanese." },
	{ .name = NULL },
};
const struct yaml_map catalogue_text_map = { .fields = text_fields };

/* ---- edition.yaml ---- */

static const struct yaml_field edition_fields[] = {
	VERSION_FIELD,
	TEXT_FIELD("edition", struct catalogue_edition_file, edition,
	    .is_required = true, .pattern = "^[0-9]{4}[.][0-9]{1,3}$",
	    .expects = "a year and a number such as \"2026.1\"",
	    .is_numeric = true,
	    .help = "Raised whenever a conclusion could change."),
	TEXT_FIELD("title", struct catalogue_edition_file, title,
	    .max = LONG_TEXT, .help = "What it is."),
	{ .name = NULL },
};
const struct yaml_map catalogue_edition_table = {
	.fields = edition_fields,
	.title = "assay catalogue edition",
	.help = "Which edition of the catalogue this is.",
};

/* ---- schemes/ ---- */

static const struct yaml_field exemption_fields[] = {
	TEXT_FIELD("by", struct catalogue_exemption, by, .is_required = true,
	    .min = 1, .max = 200, .help = "Whose word stands in its place."),
	TEXT_FIELD("since", struct catalogue_exemption, since,
	    .is_required = true, .pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
	    .expects = "a date such as \"2026-01-01\"", .is_numeric = true,
	    .help = "From when on."),
	TEXT_FIELD("reason", struct catalogue_exemption, reason,
	    .is_required = true, .min = 1, .max = LONG_TEXT,
	    .help = "What the scheme says of it."),
	{ .name = NULL },
};
static const struct yaml_map exemption_map = { .fields = exemption_fields };
static const struct yaml_field exemption_item = {
	.type = YAML_MAP,
	.map = &exemption_map,
};

static int
finish_requirement(const struct yaml_node *n, void *base, struct err *e)
{
	(void)e;
	catalogue_place_at(n, &((struct catalogue_requirement *)base)->place);
	return 0;
}

static const struct yaml_field requirement_fields[] = {
	{ .name = "id",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct catalogue_requirement, id),
	    .pattern = ID_PATTERN,
	    .expects = "an ID such as IAC-01",
	    .is_numeric = true,
	    .help = "Unique within the scheme." },
	{ .name = "title",
	    .type = YAML_MAP,
	    .is_required = true,
	    YAML_AT(struct catalogue_requirement, title),
	    .map = &catalogue_text_map,
	    .help = "A few words." },
	{ .name = "asks",
	    .type = YAML_MAP,
	    YAML_AT(struct catalogue_requirement, asks),
	    .map = &catalogue_text_map,
	    .help = "What it asks for, paraphrased." },
	{ .name = "decides",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct catalogue_requirement, decides),
	    .choices = decides_choices,
	    .help = "Whether documents, the device or both decide it." },
	{ .name = "mark",
	    .type = YAML_CHOICE,
	    YAML_AT(struct catalogue_requirement, mark),
	    .choices = catalogue_mark_choices,
	    .def = "found",
	    .help = "How sure the row is." },
	{ .name = "status",
	    .type = YAML_TEXT,
	    YAML_AT(struct catalogue_requirement, status),
	    .choices = status_choices,
	    .help = "Mandatory when not said." },
	{ .name = "gate",
	    .type = YAML_BOOL,
	    YAML_AT(struct catalogue_requirement, is_gate),
	    .help = "No order runs without it." },
	{ .name = "exemptions",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct catalogue_requirement, exemptions),
	    .count_at = offsetof(struct catalogue_requirement, nexemptions),
	    .item = &exemption_item,
	    .item_size = sizeof(struct catalogue_exemption),
	    .max = 16,
	    .help = "Where the scheme takes another's word." },
	{ .name = NULL },
};
static const struct yaml_map requirement_map = {
	.fields = requirement_fields,
	.finish = finish_requirement,
};
static const struct yaml_field requirement_item = {
	.type = YAML_MAP,
	.map = &requirement_map,
};

static int
finish_scheme(const struct yaml_node *n, void *base, struct err *e)
{
	(void)e;
	catalogue_place_at(n, &((struct catalogue_scheme *)base)->place);
	return 0;
}

static const struct yaml_field scheme_fields[] = {
	VERSION_FIELD,
	TEXT_FIELD("scheme", struct catalogue_scheme, id, .is_required = true,
	    .pattern = "^[A-Z][A-Z0-9-]{0,31}$",
	    .expects = "a scheme's ID such as USCTM", .help = "Its ID."),
	{ .name = "title",
	    .type = YAML_MAP,
	    .is_required = true,
	    YAML_AT(struct catalogue_scheme, title),
	    .map = &catalogue_text_map,
	    .help = "Its name." },
	TEXT_FIELD("edition", struct catalogue_scheme, edition,
	    .is_required = true, .min = 1, .max = 200, .is_numeric = true,
	    .help = "Which edition of the scheme."),
	TEXT_FIELD("status", struct catalogue_scheme, status,
	    .choices = scheme_status_choices, .help = "Final when not said."),
	TEXT_FIELD("source", struct catalogue_scheme, source, .max = LONG_TEXT,
	    .help = "Where its text is."),
	{ .name = "requirements",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct catalogue_scheme, requirements),
	    .count_at = offsetof(struct catalogue_scheme, nrequirements),
	    .item = &requirement_item,
	    .item_size = sizeof(struct catalogue_requirement),
	    .max = 1000,
	    .help = "In the scheme's own order." },
	{ .name = NULL },
};
const struct yaml_map catalogue_scheme_table = {
	.fields = scheme_fields,
	.finish = finish_scheme,
	.title = "assay catalogue scheme",
	.help = "A scheme and its requirements.",
};

/* ---- checks/ ---- */

static int
finish_link(const struct yaml_node *n, void *base, struct err *e)
{
	(void)e;
	catalogue_place_at(n, &((struct catalogue_link *)base)->place);
	return 0;
}

static const struct yaml_field link_fields[] = {
	TEXT_FIELD("to", struct catalogue_link, to, .is_required = true,
	    .pattern = LINK_PATTERN,
	    .expects = "a scheme and a requirement such as USCTM:IAC-01",
	    .help = "The requirement that it speaks to."),
	{ .name = "level",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct catalogue_link, level),
	    .choices = catalogue_level_choices,
	    .help = "What it weighs there." },
	{ .name = NULL },
};
static const struct yaml_map link_map = {
	.fields = link_fields,
	.finish = finish_link,
};
static const struct yaml_field link_item = {
	.type = YAML_MAP,
	.map = &link_map,
};

static int
finish_check(const struct yaml_node *n, void *base, struct err *e)
{
	struct catalogue_check *c = base;
	size_t i;

	catalogue_place_at(n, &c->place);
	for (i = 0; i < c->nlinks; i++)
		if (c->mark == CATALOGUE_UNCONFIRMED &&
		    c->links[i].level != CATALOGUE_INFO)
			return yaml_tree_fail(n, e,
			    "%s: its reference is unconfirmed, so each of its "
			    "links is of level info",
			    c->id);
	return 0;
}

static const struct yaml_field check_fields[] = {
	{ .name = "id",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct catalogue_check, id),
	    .pattern = "^[A-Z][A-Z0-9]*-[A-Z0-9]+$",
	    .expects = "a check such as NET-03",
	    .help = "Its ID." },
	{ .name = "title",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct catalogue_check, title.en),
	    .min = 1,
	    .max = 200,
	    .help = "A sentence that is true when it passes." },
	{ .name = "stimulus",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct catalogue_check, stimulus),
	    .min = 1,
	    .max = LONG_TEXT,
	    .help = "What is sent or watched." },
	{ .name = "rule",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct catalogue_check, rule),
	    .min = 1,
	    .max = LONG_TEXT,
	    .help = "What makes it pass, fail or inconclusive." },
	{ .name = "reference",
	    .type = YAML_TEXT,
	    YAML_AT(struct catalogue_check, reference),
	    .max = LONG_TEXT,
	    .help = "Where the rule comes from." },
	{ .name = "mark",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct catalogue_check, mark),
	    .choices = catalogue_mark_choices,
	    .help = "How sure the reference is." },
	{ .name = "impact",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct catalogue_check, impact),
	    .choices = impact_choices,
	    .help = "The worst that it may do to the device." },
	{ .name = "medium",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct catalogue_check, medium),
	    .choices = medium_choices,
	    .help = "What the bench must be able to speak." },
	{ .name = "technology",
	    .type = YAML_TEXT,
	    YAML_AT(struct catalogue_check, technology),
	    .pattern = NAME_PATTERN,
	    .expects = "a technology such as mqtt",
	    .help = "Of products that have it; of every one when not said." },
	{ .name = "needs",
	    .type = YAML_FLAGS,
	    YAML_AT(struct catalogue_check, needs),
	    .choices = need_choices,
	    .help = "What else it takes." },
	{ .name = "topic",
	    .type = YAML_TEXT,
	    YAML_AT(struct catalogue_check, topic),
	    .pattern = NAME_PATTERN,
	    .expects = "a topic of the cross-walk such as replay",
	    .help = "It speaks to what this topic's requirements ask for." },
	{ .name = "links",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct catalogue_check, links),
	    .count_at = offsetof(struct catalogue_check, nlinks),
	    .item = &link_item,
	    .item_size = sizeof(struct catalogue_link),
	    .max = 100,
	    .help = "The requirements that it speaks to." },
	{ .name = NULL },
};
static const struct yaml_map check_map = {
	.fields = check_fields,
	.finish = finish_check,
};
static const struct yaml_field check_item = {
	.type = YAML_MAP,
	.map = &check_map,
};

static const struct yaml_field checks_fields[] = {
	VERSION_FIELD,
	{ .name = "checks",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct catalogue_checks_file, checks),
	    .count_at = offsetof(struct catalogue_checks_file, nchecks),
	    .item = &check_item,
	    .item_size = sizeof(struct catalogue_check),
	    .max = 1000,
	    .help = "Checks, in the order in which they are shown." },
	{ .name = NULL },
};
const struct yaml_map catalogue_checks_table = {
	.fields = checks_fields,
	.title = "assay catalogue checks",
	.help = "Checks and the requirements that they speak to.",
};
