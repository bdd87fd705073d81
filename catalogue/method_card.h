/*
 * method_card: what a reader of a report must know of a method: on what
 * principle it rests, where its limits are, and on how many devices that were
 * known to be bad or good it was tried, and what it said.
 *
 * etc/methods/PROBE.yaml, one version of the method each.  Its trials are the
 * stored runs of tests/replay: a test holds every row against the records of
 * that run, and every run against the rows, so that no number is anybody's
 * word.
 */
#ifndef ASSAY_METHOD_CARD_H
#define ASSAY_METHOD_CARD_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "catalogue/catalogue.h"
#include "records/record.h"
#include "scenarios/yaml.h"

/* What a card may hold: a struct method_card. */
extern const struct yaml_map method_card_table;

enum method_device {
	METHOD_GOOD,
	METHOD_FLAWED,
	METHOD_DISTURBED, /* or so that nothing can be known of it */
	METHOD_DEVICES,
};

struct method_trial {
	char *run; /* of tests/replay/runs */
	enum method_device device;
	enum verdict said; /* the worst of its verdicts: fail, inconc, pass */
};

struct method_card {
	char *probe;
	uint32_t method;
	struct catalogue_text principle;
	struct catalogue_text *limits;
	size_t nlimits;
	struct method_trial *trials;
	size_t ntrials;
};

/* dir/PROBE.yaml; NULL with *e set.  There is none: NULL, e->text is "". */
struct method_card *method_card_load(
    const char *dir, const char *probe, struct err *e);
void method_card_free(struct method_card *card); /* NULL is fine */

/* How many devices of this kind were tried. */
size_t method_card_tried(
    const struct method_card *card, enum method_device device);
/* Of these, how many were judged as they should be: flawed ones failed, good
 * ones passed, of disturbed ones nothing was claimed. */
size_t method_card_right(
    const struct method_card *card, enum method_device device);

/* {method, principle {en, ja}, limits [{en, ja}], flawed, good, disturbed
 * {tried, right}}; caller decrefs. */
json_t *method_card_json(const struct method_card *card);

#endif
