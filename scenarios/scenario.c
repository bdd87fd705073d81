/*
 * scenario: what to do with a device, step by step.
 *
 * A key that would be ignored is refused: somebody thought it did something.
 */
#include "scenarios/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "scenarios/schema.h"
#include "scenarios/yaml.h"

#define NAME_PATTERN "^[a-z][a-z0-9_-]*([.][a-z0-9_-]+)*$"
#define STEP_KIND "step kind"

static const struct yaml_choice modes[] = {
	{ "sealed", MODE_SEALED, false },
	{ "cloud", MODE_CLOUD, false },
	{ "impostor", 2, true },
	{ NULL, 0, false },
};

const char *
mode_name(enum mode mode)
{
	return modes[mode].name;
}

static int
finish_param(const struct yaml_node *n, void *base, struct err *e)
{
	struct step_param *p = base;

	(void)e;
	p->line = n->line;
	p->column = n->column;
	return 0;
}

static const struct yaml_field param_item = {
	.type = YAML_TEXT,
	YAML_AT(struct step_param, value),
	.max = 4096,
	.finish = finish_param,
	.help = "The parameter's value, as the probe describes it.",
};

/* What kind a step is, by the key that it has, and the keys that go with it. */
static const struct {
	const char *key;
	enum step_kind kind;
	const char *with[5]; /* NULL ends */
	const char *others;  /* why the rest is refused */
} kinds[] = {
	{ "probe", STEP_PROBE, { "with", "repeat", "timeout", "resume", NULL },
	    "belongs to a step by hand" },
	{ "action", STEP_ACTION, { NULL },
	    "belongs to a probe; the profile says how an action is done" },
	{ "manual", STEP_MANUAL, { "limit", "impact", NULL },
	    "belongs to a probe" },
	{ "wait", STEP_WAIT, { NULL }, "does not go with a wait" },
};

static bool
goes_with(size_t kind, const char *key)
{
	const char *const *with;

	for (with = kinds[kind].with; *with != NULL; with++)
		if (strcmp(*with, key) == 0)
			return true;
	return false;
}

static int
finish_step(const struct yaml_node *n, void *base, struct err *e)
{
	static const char *const extras[] = { "with", "repeat", "timeout",
		"resume", "limit", "impact" };
	const struct yaml_node *value;
	struct step *s = base;
	size_t kind = 0, i;

	s->line = n->line;
	s->column = n->column;
	/* One of them is there: step_map.one_of. */
	while (kind < sizeof(kinds) / sizeof(kinds[0]) - 1 &&
	    yaml_tree_get(n, kinds[kind].key) == NULL)
		kind++;
	s->kind = kinds[kind].kind;
	for (i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		value = yaml_tree_get(n, extras[i]);
		if (value != NULL && !goes_with(kind, extras[i]))
			return yaml_tree_fail(
			    value, e, "%s: %s", extras[i], kinds[kind].others);
	}
	return 0;
}

static const struct yaml_choice manual_impacts[] = {
	{ "state", 1, false },
	{ "active", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_field step_fields[] = {
	{ .name = "probe",
	    .type = YAML_TEXT,
	    YAML_AT(struct step, name),
	    .pattern = NAME_PATTERN,
	    .expects = "a probe's name such as tcp.ports",
	    .help = "Runs a probe." },
	{ .name = "action",
	    .type = YAML_TEXT,
	    YAML_AT(struct step, name),
	    .pattern = NAME_PATTERN,
	    .expects = "an action's name such as power.cycle",
	    .help = "Has an action of the profile done." },
	{ .name = "with",
	    .type = YAML_FREE,
	    YAML_LIST_AT(struct step, params),
	    .count_at = offsetof(struct step, nparams),
	    .item = &param_item,
	    .item_size = sizeof(struct step_param),
	    .key_at = offsetof(struct step_param, name),
	    .max = 100,
	    .pattern = NAME_PATTERN,
	    .expects = "a parameter's name",
	    .help = "Parameters of the probe." },
	{ .name = "repeat",
	    .type = YAML_UINT,
	    YAML_AT(struct step, repeat),
	    .def = "1",
	    .min = 1,
	    .max = 100,
	    .help = "How often; repeats that disagree are inconclusive." },
	{ .name = "timeout",
	    .type = YAML_DURATION,
	    YAML_AT(struct step, timeout_ms),
	    .min = 1000,
	    .max = 7 * 24 * 3600 * 1000,
	    .help = "Deadline of one job; the probe's own when not said." },
	{ .name = "resume",
	    .type = YAML_BOOL,
	    YAML_AT(struct step, resume),
	    .help = "Goes on where an earlier job of the same probe, "
		    "parameters, device and profile was broken off; what that "
		    "one saw alone never makes a pass." },
	{ .name = "manual",
	    .type = YAML_TEXT,
	    YAML_AT(struct step, prompt),
	    .min = 1,
	    .max = 500,
	    .help = "Asks a person to do this by hand, and to say that it is "
		    "done (assayctl confirm); nothing checks it. When nobody "
		    "does, the rest is not reached, and nothing of it is held "
		    "against the device." },
	{ .name = "limit",
	    .type = YAML_DURATION,
	    YAML_AT(struct step, limit_ms),
	    .def = "10m",
	    .min = 1000,
	    .max = 24 * 3600 * 1000,
	    .help = "For so long somebody is waited for." },
	{ .name = "impact",
	    .type = YAML_CHOICE,
	    YAML_AT(struct step, is_lasting),
	    .def = "state",
	    .choices = manual_impacts,
	    .help = "Of a step by hand. state: it may change what the device "
		    "is or knows, and is refused in mode cloud; active: it "
		    "does not." },
	{ .name = "wait",
	    .type = YAML_DURATION,
	    YAML_AT(struct step, wait_ms),
	    .min = 1,
	    .max = 7 * 24 * 3600 * 1000,
	    .help = "Lets this time pass before the next step." },
	{ .name = "background", .type = YAML_RESERVED, .expects = STEP_KIND },
	{ .name = NULL },
};
static const struct yaml_map step_map = {
	.fields = step_fields,
	.one_of = "probe|action|manual|wait",
	.finish = finish_step,
};
static const struct yaml_field step_item = {
	.type = YAML_MAP,
	.map = &step_map,
};

static int
finish_quiet(const struct yaml_node *n, void *base, struct err *e)
{
	struct scenario *s = base;

	(void)n;
	(void)e;
	s->has_quiet = true;
	return 0;
}

static const struct yaml_field scenario_fields[] = {
	{ .name = "version",
	    .type = YAML_UINT,
	    .is_required = true,
	    .min = 1,
	    .max = 1,
	    .help = "Version of this file's format." },
	{ .name = "name",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct scenario, name),
	    .pattern = "^[a-z0-9][a-z0-9._-]{0,62}$",
	    .expects = "a name: up to 63 small letters, digits or . _ -",
	    .is_numeric = true,
	    .help = "What records call it." },
	{ .name = "title",
	    .type = YAML_TEXT,
	    YAML_AT(struct scenario, title),
	    .max = 200,
	    .help = "For a person." },
	{ .name = "state",
	    .type = YAML_CHOICE,
	    YAML_AT(struct scenario, state),
	    .def = "operating",
	    .choices = state_choices,
	    .help = "The life-cycle state that the device is in." },
	{ .name = "mode",
	    .type = YAML_CHOICE,
	    YAML_AT(struct scenario, mode),
	    .def = "sealed",
	    .choices = modes,
	    .help = "What may leave the segment. sealed: nothing; cloud: the "
		    "device alone reaches the hosts that its profile names." },
	{ .name = "quiet",
	    .type = YAML_DURATION,
	    YAML_AT(struct scenario, quiet_ms),
	    .max = 7 * 24 * 3600 * 1000,
	    .finish = finish_quiet,
	    .help = "For so long the device has been observed at rest before "
		    "the first step; 30m for an order, else 0s." },
	{ .name = "steps",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct scenario, steps),
	    .count_at = offsetof(struct scenario, nsteps),
	    .item = &step_item,
	    .item_size = sizeof(struct step),
	    .min = 1,
	    .max = 1000,
	    .help = "One after another." },
	{ .name = NULL },
};

const struct yaml_map scenario_table = {
	.fields = scenario_fields,
	.title = "assay scenario",
	.help = "What to do with a device, step by step.",
};

struct scenario *
scenario_parse(const char *text, size_t size, const char *file, struct err *e)
{
	struct scenario *s = xcalloc(1, sizeof(*s));

	if (yaml_read(&scenario_table, text, size, file, s, e) == -1) {
		free(s);
		return NULL;
	}
	sha256_hex(text, size, s->sha256);
	return s;
}

void
scenario_free(struct scenario *s)
{
	if (s == NULL)
		return;
	yaml_release(&scenario_table, s);
	free(s);
}
