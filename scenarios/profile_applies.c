/*
 * profile_applies: what a maker declares that a product has, and what cannot
 * be asked of it, with who decided that and why.
 */
#include "scenarios/profile_applies.h"

#include <string.h>

#include "scenarios/profile.h"
#include "scenarios/yaml.h"

#define TECHNOLOGY_PATTERN "^[a-z][a-z0-9-]{0,39}$"
#define TECHNOLOGY_EXPECTS "a technology such as mqtt"

const struct yaml_field profile_technology_item = {
	.type = YAML_TEXT,
	.pattern = TECHNOLOGY_PATTERN,
	.expects = TECHNOLOGY_EXPECTS,
	.help = "As the catalogue's checks name it.",
};

static const struct yaml_field na_fields[] = {
	{ .name = "check",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile_na, check),
	    .pattern = "^[A-Z][A-Z0-9]*-[A-Z0-9]+$",
	    .expects = "a check such as NET-03",
	    .help = "A check of the catalogue." },
	{ .name = "requirement",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile_na, requirement),
	    .max = 80,
	    .pattern = "^[A-Z][A-Z0-9.-]*:[A-Za-z0-9][A-Za-z0-9.()-]*$",
	    .expects = "a requirement with its scheme such as USCTM:IAC-02",
	    .help = "A requirement of the catalogue, with its scheme." },
	{ .name = "technology",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile_na, technology),
	    .pattern = TECHNOLOGY_PATTERN,
	    .expects = TECHNOLOGY_EXPECTS,
	    .help = "A radio or protocol that it has not." },
	{ .name = "reason",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct profile_na, reason),
	    .min = 1,
	    .max = 500,
	    .help = "Why it cannot be asked of this product." },
	{ .name = "by",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct profile_na, by),
	    .min = 1,
	    .max = 200,
	    .help = "Who decided it." },
	{ .name = "instead",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile_na, instead),
	    .max = 500,
	    .help = "What stands in its place." },
	{ .name = NULL },
};
static const struct yaml_map na_map = {
	.fields = na_fields,
	.one_of = "check|requirement|technology",
};
const struct yaml_field profile_na_item = {
	.type = YAML_MAP,
	.map = &na_map,
};

const struct profile_na *
profile_na(const struct profile *p, const char *check)
{
	size_t i;

	for (i = 0; i < p->nna; i++)
		if (p->na[i].check[0] != '\0' &&
		    strcmp(p->na[i].check, check) == 0)
			return &p->na[i];
	return NULL;
}

const struct profile_na *
profile_na_requirement(const struct profile *p, const char *requirement)
{
	size_t i;

	for (i = 0; i < p->nna; i++)
		if (p->na[i].requirement[0] != '\0' &&
		    strcmp(p->na[i].requirement, requirement) == 0)
			return &p->na[i];
	return NULL;
}

const struct profile_na *
profile_na_technology(const struct profile *p, const char *technology)
{
	size_t i;

	for (i = 0; i < p->nna; i++)
		if (p->na[i].technology[0] != '\0' &&
		    strcmp(p->na[i].technology, technology) == 0)
			return &p->na[i];
	return NULL;
}

int
profile_finish_applies(
    const struct yaml_node *root, const struct profile *p, struct err *e)
{
	const struct yaml_node *rows = yaml_tree_get(root, "not_applicable");
	size_t i, j;

	for (i = 0; i < p->nna; i++)
		for (j = 0; j < p->ntechnologies; j++)
			if (strcmp(p->na[i].technology, p->technologies[j]) ==
			    0)
				return yaml_tree_fail(rows->items[i], e,
				    "technology: %s is among the profile's "
				    "technologies",
				    p->technologies[j]);
	return 0;
}
