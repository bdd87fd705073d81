/*
 * catalogue_tables_across: the files that speak of rows which stand in others:
 * the cross-walk, and a lab's confirmations and licensed texts.
 */
#include "catalogue/catalogue_tables.h"

#include <string.h>

#include "catalogue/catalogue_fields.h"

void
catalogue_place_at(const struct yaml_node *n, struct catalogue_place *place)
{
	place->line = n->line;
	place->column = n->column;
}

/* ---- crosswalk.yaml ---- */

static const struct yaml_field id_item = {
	.type = YAML_TEXT,
	.pattern = ID_PATTERN,
	.expects = "an ID such as IAC-01",
	.is_numeric = true,
	.help = "A requirement of the scheme.",
};
static const struct yaml_field ids_fields[] = {
	TEXT_FIELD("scheme", struct catalogue_topic_ids, scheme,
	    .is_required = true, .pattern = "^[A-Z][A-Z0-9-]{0,31}$",
	    .expects = "a scheme's ID such as USCTM", .help = "The scheme."),
	{ .name = "ids",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct catalogue_topic_ids, ids),
	    .count_at = offsetof(struct catalogue_topic_ids, nids),
	    .item = &id_item,
	    .item_size = sizeof(char *),
	    .max = 100,
	    .help = "Its requirements." },
	{ .name = NULL },
};
static const struct yaml_map ids_map = { .fields = ids_fields };
static const struct yaml_field ids_item = {
	.type = YAML_MAP,
	.map = &ids_map,
};

static int
finish_topic(const struct yaml_node *n, void *base, struct err *e)
{
	(void)e;
	catalogue_place_at(n, &((struct catalogue_topic_row *)base)->place);
	return 0;
}

static const struct yaml_field topic_fields[] = {
	TEXT_FIELD("topic", struct catalogue_topic_row, id, .is_required = true,
	    .pattern = NAME_PATTERN, .expects = "a topic such as replay",
	    .help = "Its name."),
	TEXT_FIELD("title", struct catalogue_topic_row, title.en,
	    .is_required = true, .min = 1, .max = 200, .help = "A few words."),
	{ .name = "mark",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct catalogue_topic_row, mark),
	    .choices = catalogue_mark_choices,
	    .help = "How sure it is that they ask for the same." },
	{ .name = "requirements",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct catalogue_topic_row, of),
	    .count_at = offsetof(struct catalogue_topic_row, nof),
	    .item = &ids_item,
	    .item_size = sizeof(struct catalogue_topic_ids),
	    .max = 100,
	    .help = "The requirements of each scheme." },
	{ .name = NULL },
};
static const struct yaml_map topic_map = {
	.fields = topic_fields,
	.finish = finish_topic,
};
static const struct yaml_field topic_item = {
	.type = YAML_MAP,
	.map = &topic_map,
};
static const struct yaml_field topics_fields[] = {
	VERSION_FIELD,
	{ .name = "topics",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct catalogue_topics_file, topics),
	    .count_at = offsetof(struct catalogue_topics_file, ntopics),
	    .item = &topic_item,
	    .item_size = sizeof(struct catalogue_topic_row),
	    .max = 200,
	    .help = "Topics, in the order in which they are shown." },
	{ .name = NULL },
};
const struct yaml_map catalogue_topics_table = {
	.fields = topics_fields,
	.title = "assay catalogue cross-walk",
	.help = "Requirements of different schemes that ask for the same.",
};

/* ---- confirmations/ ---- */

static int
finish_confirmation(const struct yaml_node *n, void *base, struct err *e)
{
	(void)e;
	catalogue_place_at(n, &((struct catalogue_confirmation *)base)->place);
	return 0;
}

static const struct yaml_field confirmation_fields[] = {
	TEXT_FIELD("check", struct catalogue_confirmation, check,
	    .is_required = true, .pattern = "^[A-Z][A-Z0-9]*-[A-Z0-9]+$",
	    .expects = "a check such as ZB-04",
	    .help = "A check whose reference is unconfirmed."),
	TEXT_FIELD("by", struct catalogue_confirmation, by, .is_required = true,
	    .min = 1, .max = 200, .help = "Who read the clause."),
	TEXT_FIELD("clause", struct catalogue_confirmation, clause,
	    .is_required = true, .min = 1, .max = LONG_TEXT, .is_numeric = true,
	    .help = "Which clause of which edition."),
	{ .name = "level",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct catalogue_confirmation, level),
	    .choices = catalogue_level_choices,
	    .help = "What the check weighs from now on." },
	{ .name = NULL },
};
static const struct yaml_map confirmation_map = {
	.fields = confirmation_fields,
	.finish = finish_confirmation,
};
static const struct yaml_field confirmation_item = {
	.type = YAML_MAP,
	.map = &confirmation_map,
};
static const struct yaml_field confirmations_fields[] = {
	VERSION_FIELD,
	{ .name = "confirmations",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct catalogue_confirmations_file, rows),
	    .count_at = offsetof(struct catalogue_confirmations_file, nrows),
	    .item = &confirmation_item,
	    .item_size = sizeof(struct catalogue_confirmation),
	    .max = 1000,
	    .help = "What the lab's people confirmed." },
	{ .name = NULL },
};
const struct yaml_map catalogue_confirmations_table = {
	.fields = confirmations_fields,
	.title = "assay catalogue confirmations",
	.help = "Unconfirmed references that a person of the lab read.",
};

/* ---- texts/ ---- */

static int
finish_licensed(const struct yaml_node *n, void *base, struct err *e)
{
	(void)e;
	catalogue_place_at(n, &((struct catalogue_licensed *)base)->place);
	return 0;
}

static const struct yaml_field licensed_fields[] = {
	TEXT_FIELD("requirement", struct catalogue_licensed, requirement,
	    .is_required = true, .pattern = LINK_PATTERN,
	    .expects = "a scheme and a requirement such as USCTM:IAC-01",
	    .help = "Whose text it is."),
	TEXT_FIELD("text", struct catalogue_licensed, text, .is_required = true,
	    .min = 1, .max = 10000,
	    .help = "The text, shown as the lab's own."),
	{ .name = NULL },
};
static const struct yaml_map licensed_map = {
	.fields = licensed_fields,
	.finish = finish_licensed,
};
static const struct yaml_field licensed_item = {
	.type = YAML_MAP,
	.map = &licensed_map,
};
static const struct yaml_field texts_fields[] = {
	VERSION_FIELD,
	{ .name = "texts",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct catalogue_texts_file, rows),
	    .count_at = offsetof(struct catalogue_texts_file, nrows),
	    .item = &licensed_item,
	    .item_size = sizeof(struct catalogue_licensed),
	    .max = 1000,
	    .help = "Texts that the lab has a licence for." },
	{ .name = NULL },
};
const struct yaml_map catalogue_texts_table = {
	.fields = texts_fields,
	.title = "assay catalogue texts",
	.help = "Texts of requirements that a lab has a licence for.",
};

/* ---- by kind ---- */

static const struct {
	const char *kind;
	const struct yaml_map *map;
} kinds[] = {
	{ "edition", &catalogue_edition_table },
	{ "schemes", &catalogue_scheme_table },
	{ "checks", &catalogue_checks_table },
	{ "crosswalk", &catalogue_topics_table },
	{ "confirmations", &catalogue_confirmations_table },
	{ "texts", &catalogue_texts_table },
};

const struct yaml_map *
catalogue_table(const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].map;
	return NULL;
}
