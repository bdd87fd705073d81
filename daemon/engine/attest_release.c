/*
 * attest_release: a statement on a report, held against those before it.
 */
#include "daemon/engine/attest_release.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/device.h"
#include "records/release.h"

struct asking {
	const struct attest_given *given;
	struct release release;
	attest_on_release *on_release;
	void *arg;
};

bool
attest_is_release(const char *requirement)
{
	return requirement != NULL &&
	    strncmp(requirement, RELEASE_PREFIX, strlen(RELEASE_PREFIX)) == 0;
}

static void
on_attestation(void *arg, const json_t *row, const char *error)
{
	struct asking *a = arg;
	struct err e;

	if (row != NULL) {
		release_take(&a->release, json_object_get(row, "record"));
		return;
	}
	if (error != NULL)
		a->on_release(a->arg, error, false);
	else if (release_allows(&a->release, a->given->requirement,
		     a->given->by, &e) == -1)
		a->on_release(a->arg, e.text, true);
	else
		a->on_release(a->arg, NULL, false);
	free(a);
}

void
attest_ask_release(struct engine *en, const struct attest_given *g,
    attest_on_release *on_release, void *arg)
{
	struct asking *a = xcalloc(1, sizeof(*a));
	const char *digest = json_string_value(json_object_get(
	    json_object_get(g->checks, RELEASE_CHECK), "detail"));
	json_t *args = g->order != NULL
	    ? json_pack("{s:s}", "order", g->order)
	    : json_pack("{s:s}", "device", g->device->name);

	a->given = g;
	a->release.number = g->clause;
	a->release.digest = digest == NULL ? "" : digest;
	if (strncmp(g->requirement, RELEASE_AMENDS, strlen(RELEASE_AMENDS)) ==
	    0)
		a->release.amends = g->requirement + strlen(RELEASE_AMENDS);
	a->on_release = on_release;
	a->arg = arg;
	store_query(en->store, "attestations", args, on_attestation, a);
	json_decref(args);
}
