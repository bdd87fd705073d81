/*
 * yaml_tree: the small part of YAML that we accept, as a tree with places.
 *
 * YAML 1.1 as libyaml reads it, without what makes a file mean something else
 * than it shows: aliases, anchors, tags, duplicate keys, several documents,
 * bytes that are not UTF-8, control and bidirectional characters are refused.
 * Bounded in size, depth and number of nodes, since a client may send one.
 */
#ifndef ASSAY_YAML_TREE_H
#define ASSAY_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define YAML_SIZE_MAX (1024 * 1024) /* bytes of a file */
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 50000
#define YAML_KEYS_MAX 1024 /* of one map */

enum yaml_shape {
	YAML_SCALAR,
	YAML_SEQUENCE,
	YAML_MAPPING
};

struct yaml_node {
	enum yaml_shape shape;
	const char *file;         /* the caller's, borrowed; for errors */
	unsigned line, column;    /* counted from 1, in characters */
	char *text;               /* YAML_SCALAR: printable UTF-8 on one line */
	bool is_plain;            /* YAML_SCALAR: written without quotes */
	struct yaml_node **items; /* YAML_MAPPING: key, value, key, value … */
	size_t nitems;
};

/* text need not be terminated; file must outlive the tree.  NULL with *e set.
 * An empty document is an error. */
struct yaml_node *yaml_tree_parse(
    const char *text, size_t size, const char *file, struct err *e);
void yaml_tree_free(struct yaml_node *n); /* NULL is fine */

/* The value of a key, or NULL.  n: a mapping. */
const struct yaml_node *yaml_tree_get(
    const struct yaml_node *n, const char *key);
/* Sets *e to n's place and the text. Returns -1. */
int yaml_tree_fail(const struct yaml_node *n, struct err *e, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

#endif
