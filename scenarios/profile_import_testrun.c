/*
 * profile_import_testrun: testrun's device_config.json as a profile.
 *
 * It says who made a device and which tests run; nothing of what the device
 * does.  Its answers to questions (additional_info) are nobody's declaration
 * in the words of a profile, so each is named and none is taken.
 */
#include <string.h>

#include "scenarios/mac.h"
#include "scenarios/profile_import_parts.h"
#include "scenarios/yaml.h"

static void
put_product(
    const json_t *root, struct profile_import *i, struct profile_write *w)
{
	const char *vendor = profile_import_text(root, "manufacturer");
	const char *model = profile_import_text(root, "model");

	profile_write_raw(w, "product:\n");
	profile_import_line(i, w, "  name",
	    model[0] != '\0'        ? model
		: vendor[0] != '\0' ? vendor
				    : "not named",
	    200);
	profile_import_line(i, w, "  model", model, 200);
	profile_import_line(i, w, "  vendor", vendor, 200);
}

static void
put_mac(const json_t *root, struct profile_import *i, struct profile_write *w)
{
	const char *mac = profile_import_text(root, "mac_addr");
	uint8_t bytes[6];

	if (yaml_matches(mac, MAC_PATTERN) && mac_read(mac, bytes))
		profile_write_f(w, "mac: \"%s\"\n", mac);
	else
		profile_import_note(
		    i, "mac_addr: \"%s\" is no device's MAC address", mac);
}

/* What a module is told of tests belongs to a scenario. */
static void
note_modules(json_t *modules, struct profile_import *i)
{
	const char *name;
	json_t *module;

	json_object_foreach (modules, name, module) {
		if (json_is_false(json_object_get(module, "enabled")))
			profile_import_note(i,
			    "test_modules: \"%s\" is turned off there; a "
			    "scenario says what runs",
			    name);
		else
			profile_import_note(i,
			    "test_modules: \"%s\" runs there; a scenario says "
			    "what runs",
			    name);
	}
}

static void
note_answers(const json_t *info, struct profile_import *i)
{
	size_t k;

	for (k = 0; k < json_array_size(info); k++)
		profile_import_note(i,
		    "additional_info: \"%s\" was answered there; what is true "
		    "of it is to be declared, and tested",
		    profile_import_text(json_array_get(info, k), "question"));
}

int
profile_import_testrun(json_t *root, struct profile_import *i,
    struct profile_write *w, struct err *e)
{
	static const char *const known[] = { "manufacturer", "model",
		"mac_addr", "firmware", "test_modules", "additional_info",
		NULL };
	const char *key;
	json_t *value;
	size_t k;

	(void)e;
	profile_write_raw(w,
	    "# Drafted from testrun's device_config.json: check each line.\n"
	    "# It does not say which ports are open or whom the device calls, "
	    "so neither is\n# declared here.\nversion: 1\n");
	put_product(root, i, w);
	put_mac(root, i, w);
	profile_import_line(
	    i, w, "firmware", profile_import_text(root, "firmware"), 200);
	note_modules(json_object_get(root, "test_modules"), i);
	note_answers(json_object_get(root, "additional_info"), i);
	json_object_foreach (root, key, value) {
		for (k = 0; known[k] != NULL; k++)
			if (strcmp(known[k], key) == 0)
				break;
		if (known[k] == NULL)
			profile_import_note(i,
			    "%s: \"%s\" has no place in a profile", key,
			    json_is_string(value) ? json_string_value(value)
						  : "(no text)");
		else if (k < 4 && !json_is_string(value))
			profile_import_note(i, "%s: not a text", key);
	}
	return 0;
}
