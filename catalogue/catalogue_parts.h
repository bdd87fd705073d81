/*
 * catalogue_parts: the catalogue as it is put together, for its own files.
 */
#ifndef ASSAY_CATALOGUE_PARTS_H
#define ASSAY_CATALOGUE_PARTS_H

#include "catalogue/catalogue_tables.h"

/* A file as read: what its table filled, to be released with it. */
struct catalogue_file {
	char *path;
	const struct yaml_map *map;
	void *read;
	bool is_overlay;
};

struct catalogue {
	struct catalogue_file *files;
	size_t nfiles;
	/* Pointers into files. */
	struct catalogue_scheme **schemes;
	size_t nschemes;
	struct catalogue_check **checks;
	size_t nchecks;
	struct catalogue_topic *topics;
	size_t ntopics;
	const char *edition;
	char digest[SHA256_HEX_SIZE];
	bool is_overlaid;
};

/* Everything that one row says of another: IDs, topics, confirmations,
 * licensed texts.  -1 with *e set: the first that is wrong. */
int catalogue_link(struct catalogue *c, struct err *e);

#endif
