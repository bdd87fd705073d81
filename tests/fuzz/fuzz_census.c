/*
 * fuzz_census: any bytes as a capture made elsewhere: who is in it, the names
 * one of them asked for, and the frames that show an observation of it.
 */
#include <stdlib.h>
#include <string.h>

#include "judging/capture_census.h"
#include "judging/capture_cite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* All frames of it, and those of one port. */
static void
cite(struct capture_file *c, const struct census_sender *s)
{
	struct capture_cite *all = capture_cite_new(s->mac);
	json_t *observations =
	    json_loads("[{\"id\":1,\"field\":\"a\",\"frames\":[{}]},"
		       "{\"id\":2,\"field\":\"b\",\"frames\":[{\"proto\":6,"
		       "\"remote\":\"22\",\"local\":\"1-65535\"}]}]",
		0, NULL);
	json_t *cited = json_pack("[i,i]", 1, 2), *evidence, *o;
	struct err e;
	size_t i;

	require(observations != NULL);
	require(capture_cite_add(all, observations, cited) == 0);
	if (capture_cite_resolve(all, c, -1, 0, &e) == 0) {
		evidence = capture_cite_evidence(all, 0);
		json_array_foreach (evidence, i, o)
			require(json_integer_value(
				    json_object_get(o, "count")) > 0 &&
			    json_integer_value(json_object_get(o, "last")) >=
				json_integer_value(
				    json_object_get(o, "first")));
		json_decref(evidence);
	}
	json_decref(cited);
	json_decref(observations);
	capture_cite_free(all);
}

static void
ask(struct capture_file *c, const struct census *x)
{
	const struct census_sender *s = &x->senders[0];
	json_t *names;
	struct err e;

	require(census_find(x, s->mac) == s);
	names = census_names(c, s->mac, &e);
	if (names != NULL)
		require(json_array_size(names) <= CENSUS_NAMES_MAX);
	json_decref(names);
	cite(c, s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture_file *c;
	struct census x;
	struct err e;
	json_t *list;
	size_t i;

	c = capture_file_open_memory("fuzz", data, size, &e);
	if (c == NULL)
		return 0;
	if (census_take(&x, c, &e) == 0) {
		require(x.nsenders <= CENSUS_SENDERS_MAX);
		for (i = 0; i < x.nsenders; i++)
			require(x.senders[i].frames > 0 &&
			    x.senders[i].naddresses <= CENSUS_ADDRESSES_MAX);
		list = census_json(&x);
		require(json_array_size(list) == x.nsenders);
		json_decref(list);
		if (x.nsenders > 0)
			ask(c, &x);
	}
	census_clear(&x);
	capture_file_close(c);
	return 0;
}
