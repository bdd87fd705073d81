/*
 * catalogue_tables: what each kind of file of the catalogue may hold.
 *
 * The tables fill the structs of catalogue.h; what concerns more than one file
 * (links, topics, confirmations) is put together by catalogue_link.
 */
#ifndef ASSAY_CATALOGUE_TABLES_H
#define ASSAY_CATALOGUE_TABLES_H

#include "catalogue/catalogue.h"
#include "scenarios/yaml.h"

struct catalogue_edition_file {
	char *edition, *title;
};

struct catalogue_checks_file {
	struct catalogue_check *checks;
	size_t nchecks;
};

struct catalogue_topic_ids {
	char *scheme;
	char **ids;
	size_t nids;
};
struct catalogue_topic_row {
	char *id;
	struct catalogue_text title;
	enum catalogue_mark mark;
	struct catalogue_topic_ids *of; /* one scheme each */
	size_t nof;
	struct catalogue_place place;
};
struct catalogue_topics_file {
	struct catalogue_topic_row *topics;
	size_t ntopics;
};

struct catalogue_confirmation {
	char *check, *by, *clause;
	enum catalogue_level level;
	struct catalogue_place place;
};
struct catalogue_confirmations_file {
	struct catalogue_confirmation *rows;
	size_t nrows;
};

struct catalogue_licensed {
	char *requirement, *text;
	struct catalogue_place place;
};
struct catalogue_texts_file {
	struct catalogue_licensed *rows;
	size_t nrows;
};

extern const struct yaml_map catalogue_edition_table;
extern const struct yaml_map catalogue_scheme_table; /* a catalogue_scheme */
extern const struct yaml_map catalogue_checks_table;
extern const struct yaml_map catalogue_topics_table;
extern const struct yaml_map catalogue_confirmations_table;
extern const struct yaml_map catalogue_texts_table;

/* The table of a kind of file, by the name of its folder or file: "schemes",
 * "checks", "crosswalk", "edition", "confirmations", "texts"; NULL. */
const struct yaml_map *catalogue_table(const char *kind);

#endif
