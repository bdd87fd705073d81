/*
 * conf_check: what of assayd.yaml no table can say: addresses, subnets, and
 * that two entries do not want the same thing.
 */
#ifndef ASSAY_CONF_CHECK_H
#define ASSAY_CONF_CHECK_H

#include <stdbool.h>

#include "scenarios/conf.h"
#include "scenarios/yaml_tree.h"

/* "10.77.0.1/24", "fd77::1/64": a bench's own address, with room for the
 * watch's (plus one) and for a device.  *a is written when true. */
bool conf_check_address(const char *text, struct conf_address *a);

/* Each takes the node that was read, for its place; 0, or -1 with *e set. */
int conf_check_segment(
    const struct yaml_node *n, const struct conf_segment *s, struct err *e);
int conf_check_participants(
    const struct yaml_node *list, const struct conf_segment *s, struct err *e);
int conf_check_segments(
    const struct yaml_node *list, const struct conf *c, struct err *e);
int conf_check_hooks(
    const struct yaml_node *list, const struct conf *c, struct err *e);

#endif
