/*
 * schema: the tables that read what people write, and their JSON Schemas.
 */
#include "scenarios/schema.h"

#include <string.h>

#include "scenarios/conf_table.h"

static const struct {
	const char *kind;
	const struct yaml_map *map;
} schemas[] = {
	{ "scenario", &scenario_table },
	{ "profile", &profile_table },
	{ "messages", &messages_table },
	{ "assayd", &conf_table },
};

json_t *
scenarios_schema(const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		if (strcmp(schemas[i].kind, kind) == 0)
			return yaml_schema(schemas[i].map, kind);
	return NULL;
}
