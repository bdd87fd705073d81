/*
 * text_seal: a manifest's hash, and whose signature it bears.
 */
#include "reports/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "reports/text_out.h"

/* The signer has signed, as far as the bench says.  That the signature is
 * good, and whose the key is, `assayctl verify` finds out. */
static bool
is_signed(const json_t *seal)
{
	const json_t *list = json_object_get(seal, "signatures");
	const json_t *signer = json_object_get(seal, "signer");
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (json_is_string(signer) &&
		    json_equal(json_object_get(json_array_get(list, i), "key"),
			signer))
			return true;
	return false;
}

char *
text_key(const json_t *key)
{
	char *id = text_quote_json(key), *shown;

	if (strlen(id) <= 16)
		return id;
	shown = text_fit(id, 17);
	free(id);
	return shown;
}

char *
text_seal(const json_t *seal)
{
	char *manifest = text_quote_json(json_object_get(seal, "manifest"));
	char *key = text_key(json_object_get(seal, "signer"));
	struct text_out out;

	text_out_start(&out);
	if (is_signed(seal))
		text_putf(
		    &out, "sealed: manifest %s (key %s)\n", manifest, key);
	else
		text_putf(&out,
		    "not signed: manifest %s (key %s has no signature "
		    "there)\n",
		    manifest, key);
	free(manifest);
	free(key);
	return text_out_end(&out);
}
