/*
 * profile_applies: what a maker declares that a product has, and what cannot
 * be asked of it, with who decided that and why.
 *
 *   technologies: [tcpip, tls-server, mqtt]   # what it has; absent: not said
 *   not_applicable:
 *     - {check: NET-03, reason: it has no IPv6, by: J. Doe, instead: none}
 *     - {requirement: "USCTM:DOC-1H", reason: no data is kept, by: J. Doe}
 *     - {technology: zigbee, reason: the radio is not built in, by: J. Doe}
 *
 * It narrows what is asked for and never what was found: who uses it lets a
 * failure stand.
 */
#ifndef ASSAY_PROFILE_APPLIES_H
#define ASSAY_PROFILE_APPLIES_H

/* Why something is not asked, who decided it, what stands in its place. */
struct profile_na {
	char *check, *requirement, *technology; /* one; the others are "" */
	char *reason, *by, *instead;
};

struct profile;

/* NULL when the check, requirement ("USCTM:DOC-1H"), technology is not declared
 * to be not applicable. */
const struct profile_na *profile_na(const struct profile *p, const char *check);
const struct profile_na *profile_na_requirement(
    const struct profile *p, const char *requirement);
const struct profile_na *profile_na_technology(
    const struct profile *p, const char *technology);

/* For the profile's own table. */
struct yaml_field;
struct yaml_node;
struct err;
extern const struct yaml_field profile_technology_item, profile_na_item;
/* What the product has and has not is not the same.  root: the profile's. */
int profile_finish_applies(
    const struct yaml_node *root, const struct profile *p, struct err *e);

#endif
