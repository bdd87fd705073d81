/*
 * method_card: a method's card, read by a table.
 */
#include "catalogue/method_card.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "catalogue/catalogue_fields.h"

#define LIMITS_MAX 20
#define TRIALS_MAX 200

static const struct yaml_choice device_choices[] = {
	{ .name = "good", .value = METHOD_GOOD },
	{ .name = "flawed", .value = METHOD_FLAWED },
	{ .name = "disturbed", .value = METHOD_DISTURBED },
	{ .name = NULL },
};
static const struct yaml_choice said_choices[] = {
	{ .name = "pass", .value = VERDICT_PASS },
	{ .name = "inconc", .value = VERDICT_INCONC },
	{ .name = "fail", .value = VERDICT_FAIL },
	{ .name = NULL },
};

static const struct yaml_field trial_fields[] = {
	TEXT_FIELD("run", struct method_trial, run, .is_required = true,
	    .pattern = NAME_PATTERN, .expects = "a stored run's name",
	    .help = "Of tests/replay/runs."),
	{ .name = "device",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct method_trial, device),
	    .choices = device_choices,
	    .help = "How it was made: good, flawed, or disturbed so that "
		    "nothing can be known of it." },
	{ .name = "said",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct method_trial, said),
	    .choices = said_choices,
	    .help = "The worst that the method said of it." },
	{ .name = NULL },
};
static const struct yaml_map trial_map = { .fields = trial_fields };

static const struct yaml_field limit_item = { .type = YAML_MAP,
	.map = &catalogue_text_map };
static const struct yaml_field trial_item = { .type = YAML_MAP,
	.map = &trial_map };

static const struct yaml_field card_fields[] = {
	VERSION_FIELD,
	TEXT_FIELD("probe", struct method_card, probe, .is_required = true,
	    .pattern = "^[a-z][a-z0-9._]{0,39}$", .expects = "a probe's name",
	    .help = "The probe."),
	{ .name = "method",
	    .type = YAML_UINT,
	    .is_required = true,
	    YAML_AT(struct method_card, method),
	    .min = 1,
	    .max = 1000000,
	    .help = "The version of its method." },
	{ .name = "principle",
	    .type = YAML_MAP,
	    .is_required = true,
	    YAML_AT(struct method_card, principle),
	    .map = &catalogue_text_map,
	    .help = "What it does, and what of it shows what." },
	{ .name = "limits",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct method_card, limits),
	    .item = &limit_item,
	    .item_size = sizeof(struct catalogue_text),
	    .count_at = offsetof(struct method_card, nlimits),
	    .max = LIMITS_MAX,
	    .help = "What it does not see." },
	{ .name = "trials",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct method_card, trials),
	    .item = &trial_item,
	    .item_size = sizeof(struct method_trial),
	    .count_at = offsetof(struct method_card, ntrials),
	    .max = TRIALS_MAX,
	    .help = "The devices it was tried on." },
	{ .name = NULL },
};
const struct yaml_map method_card_table = {
	.fields = card_fields,
	.title = "assay method card",
	.help = "What a reader of a report must know of a method.",
};

struct method_card *
method_card_load(const char *dir, const char *probe, struct err *e)
{
	char *path = xasprintf("%s/%s.yaml", dir, probe), *text = NULL;
	struct method_card *card = xcalloc(1, sizeof(*card));
	struct stat st;
	size_t size;

	e->text[0] = '\0';
	if (stat(path, &st) == 0 || errno != ENOENT)
		text = yaml_load_text(path, &size, e);
	if (text == NULL ||
	    yaml_read(&method_card_table, text, size, path, card, e) == -1) {
		free(card);
		card = NULL;
	} else if (strcmp(card->probe, probe) != 0) {
		err_set_at(
		    e, path, 0, 0, "it is the card of \"%s\"", card->probe);
		method_card_free(card);
		card = NULL;
	}
	free(text);
	free(path);
	return card;
}

void
method_card_free(struct method_card *card)
{
	if (card == NULL)
		return;
	yaml_release(&method_card_table, card);
	free(card);
}

size_t
method_card_tried(const struct method_card *card, enum method_device device)
{
	size_t i, n = 0;

	for (i = 0; i < card->ntrials; i++)
		n += card->trials[i].device == device;
	return n;
}

size_t
method_card_right(const struct method_card *card, enum method_device device)
{
	static const enum verdict right[METHOD_DEVICES] = {
		[METHOD_GOOD] = VERDICT_PASS,
		[METHOD_FLAWED] = VERDICT_FAIL,
		[METHOD_DISTURBED] = VERDICT_INCONC,
	};
	size_t i, n = 0;

	for (i = 0; i < card->ntrials; i++)
		n += card->trials[i].device == device &&
		    card->trials[i].said == right[device];
	return n;
}

static json_t *
text_json(const struct catalogue_text *t)
{
	return json_pack("{s:s, s:s}", "en", catalogue_text(t, "en"), "ja",
	    catalogue_text(t, "ja"));
}

static json_t *
counts_json(const struct method_card *card, enum method_device device)
{
	return json_pack("{s:I, s:I}", "tried",
	    (json_int_t)method_card_tried(card, device), "right",
	    (json_int_t)method_card_right(card, device));
}

json_t *
method_card_json(const struct method_card *card)
{
	json_t *limits = json_array();
	size_t i;

	for (i = 0; i < card->nlimits; i++)
		json_array_append_new(limits, text_json(&card->limits[i]));
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "method",
	    (json_int_t)card->method, "principle", text_json(&card->principle),
	    "limits", limits, "flawed", counts_json(card, METHOD_FLAWED),
	    "good", counts_json(card, METHOD_GOOD), "disturbed",
	    counts_json(card, METHOD_DISTURBED));
}
