/*
 * seal: which manifest a run ends in, and whose signature it bears, for every
 * report of a run.
 */
#include "client/client.h"

#include "reports/text.h"

char *
client_seal(struct client *c, json_int_t run)
{
	struct err e;
	json_t *seal;
	char *line;

	if (rpc_call(c->rpc, "run.seal", json_pack("{s:I}", "run", run), &seal,
		&e) != 0)
		return NULL;
	line = json_is_string(json_object_get(seal, "manifest"))
	    ? text_seal(seal)
	    : NULL;
	json_decref(seal);
	return line;
}
