/*
 * engine_catalogue: by which edition of the catalogue the bench tests.
 */
#include "daemon/engine/engine_catalogue.h"

#include <malloc.h>

#include "base/log.h"
#include "catalogue/catalogue.h"
#include "daemon/engine/engine.h"

void
engine_catalogue_load(struct engine *en)
{
	struct catalogue *c;
	struct err e;
	char text[800];

	json_decref(en->catalogue);
	en->catalogue = NULL;
	c = catalogue_load(en->conf->catalogue_dir, CATALOGUE_OVERLAY, &e);
	if (c == NULL) {
		log_warn("catalogue: not known in records: %s",
		    err_format(&e, text, sizeof(text)));
		return;
	}
	en->catalogue = json_pack("{s:s, s:s, s:b}", "edition",
	    catalogue_edition(c), "sha256", catalogue_digest(c), "overlaid",
	    (int)catalogue_is_overlaid(c));
	catalogue_free(c);
	malloc_trim(0); /* what its reading took */
}

json_t *
engine_catalogue(const struct engine *en)
{
	return en->catalogue == NULL ? json_null() : json_incref(en->catalogue);
}

json_t *
engine_catalogue_digest(const struct engine *en)
{
	return en->catalogue == NULL
	    ? json_null()
	    : json_incref(json_object_get(en->catalogue, "sha256"));
}
