/*
 * verify_files: documents, time stamps, and files that no record accounts for.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "bundles/verify_parts.h"

/* A document's name is its hash. */
void
verify_documents(struct verify *v)
{
	char name[BUNDLE_NAME_MAX], sha256[SHA256_HEX_SIZE];
	struct err e = { .line = 0 };
	const char *wanted;
	const void *data;
	json_t *value;
	size_t size;

	json_object_foreach (v->documents, wanted, value) {
		snprintf(name, sizeof(name), "documents/%s", wanted);
		verify_account(v, name);
		if (bundle_file(v->bundle, name, &data, &size, &e) == -1)
			verify_find_err(v, BUNDLE_BROKEN, "document", name, &e);
		else if (strcmp(sha256_hex(data, size, sha256), wanted) != 0)
			verify_find(v, BUNDLE_BROKEN, "document", name,
			    "it is not the document that the records name");
		bundle_forget(v->bundle, name);
	}
}

void
verify_timestamps(struct verify *v)
{
	const struct bundle_trust *t = v->trust;
	char name[BUNDLE_NAME_MAX], *said = NULL;
	uint8_t digest[SHA256_SIZE];
	struct err e = { .line = 0 };
	const void *data;
	size_t size;
	int r = -1;

	snprintf(name, sizeof(name), "timestamps/%" JSON_INTEGER_FORMAT ".tsr",
	    json_integer_value(json_object_get(v->manifest, "seq")));
	if (v->manifest == NULL ||
	    bundle_file(v->bundle, name, &data, &size, NULL) == -1)
		return;
	verify_account(v, name);
	if (t->check_timestamp == NULL) {
		verify_find(v, BUNDLE_TRUSTED, "timestamp", name,
		    "there is a time stamp; it was not checked");
		return;
	}
	if (hex_decode(v->report->manifest, digest, sizeof(digest)) == 0)
		r = t->check_timestamp(t->arg, digest, data, size, &said, &e);
	else
		err_set(&e, "there is no manifest that it could be about");
	if (r != 0) {
		verify_find_err(v, r == 1 ? BUNDLE_UNKNOWN : BUNDLE_BROKEN,
		    "timestamp", name, &e);
	} else {
		verify_find(v, BUNDLE_TRUSTED, "timestamp", name, "%s", said);
		free(said);
	}
}

/* Beside what is sealed nothing may pass for it. */
void
verify_strays(struct verify *v)
{
	struct err e = { .line = 0 };
	json_t *names = bundle_names(v->bundle, &e), *o;
	const char *name;
	size_t i;

	if (names == NULL) {
		verify_find_err(v, BUNDLE_BROKEN, "bundle", "", &e);
		return;
	}
	json_array_foreach (names, i, o) {
		name = json_string_value(o);
		if (json_object_get(v->known, name) != NULL)
			continue;
		if (strchr(name, '/') != NULL)
			verify_find(v,
			    v->manifest == NULL ? BUNDLE_UNSEALED
						: BUNDLE_BROKEN,
			    "bundle", name, "no record of the run names it");
		else
			verify_find(v, BUNDLE_TRUSTED, "bundle", name,
			    "no part of a bundle: nothing vouches for it");
	}
	json_decref(names);
}
