/*
 * gather: what coverage is made of, asked of the daemon.
 */
#include "client/gather.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "client/attest.h"
#include "client/compare.h"

void
gather_clear(struct gathered *g)
{
	json_decref(g->probes);
	json_decref(g->status);
	json_decref(g->device);
	json_decref(g->order);
	json_decref(g->verdicts);
	json_decref(g->attestations);
	profile_free(g->profile);
	free(g->probed);
	free(g->said);
	free(g->samples);
	free(g->states);
}

/* "" for what is not there. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static void
read_probes(struct gathered *g)
{
	const json_t *probes = json_object_get(g->probes, "probes"), *claims;
	size_t n = 0, i, j;

	for (i = 0; i < json_array_size(probes); i++)
		n += json_array_size(
		    json_object_get(json_array_get(probes, i), "claims"));
	g->probed = xcalloc(n + 1, sizeof(*g->probed));
	n = 0;
	for (i = 0; i < json_array_size(probes); i++) {
		claims = json_object_get(json_array_get(probes, i), "claims");
		for (j = 0; j < json_array_size(claims); j++)
			g->probed[n++] =
			    text_of(json_array_get(claims, j), "check");
	}
}

/* What was said and concluded of key ("device", "order"). */
static int
ask_said(
    struct client *c, const char *key, const char *name, struct gathered *g)
{
	const json_t *rows, *row;
	size_t n, i;
	int verdict, status;

	status = client_call(
	    c, "verdict.newest", json_pack("{s:s}", key, name), &g->verdicts);
	if (status == 0)
		status = client_call(c, "attestation.list",
		    json_pack("{s:s}", key, name), &g->attestations);
	if (status != 0)
		return status;
	rows = json_object_get(g->verdicts, "verdicts");
	n = json_array_size(rows);
	g->said = xcalloc(n + 1, sizeof(*g->said));
	for (i = 0; i < n; i++) {
		row = json_array_get(rows, i);
		verdict = verdict_by_name(text_of(row, "verdict"));
		if (verdict == -1)
			return client_complainf(CLIENT_BENCH,
			    "the bench says a verdict that is none of the "
			    "seven");
		g->said[g->nsaid++] = (struct coverage_said){
			.sample = text_of(row, "sample"),
			.state = text_of(row, "state"),
			.check = text_of(row, "check"),
			.verdict = (enum verdict)verdict,
			.reason = text_of(row, "reason"),
			.run = (uint64_t)json_integer_value(
			    json_object_get(row, "run")),
			.seq = (uint64_t)json_integer_value(
			    json_object_get(row, "seq")),
		};
	}
	return 0;
}

static int
ask_profile(struct client *c, const char *name, struct gathered *g)
{
	const char *text;
	struct err e;
	int status;

	status = client_call(
	    c, "device.show", json_pack("{s:s}", "device", name), &g->device);
	if (status != 0)
		return status;
	text = text_of(g->device, "profile");
	g->profile = profile_parse(text, strlen(text), "profile", &e);
	return g->profile == NULL ? client_complain(CLIENT_BENCH, &e) : 0;
}

static int
ask_bench(struct client *c, struct gathered *g)
{
	time_t now = time(NULL);
	int status = client_call(c, "probe.list", NULL, &g->probes);
	struct tm tm;

	if (status == 0)
		status = client_call(c, "status", NULL, &g->status);
	if (status != 0)
		return status;
	read_probes(g);
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(g->day, sizeof(g->day), "%Y-%m-%d", &tm) == 0)
		return client_complainf(
		    CLIENT_BENCH, "this machine's clock says no day");
	return 0;
}

int
gather_device(struct client *c, const char *device, struct gathered *g)
{
	int status = ask_bench(c, g);

	if (status != 0 || device == NULL)
		return status;
	status = ask_profile(c, device, g);
	return status != 0 ? status : ask_said(c, "device", device, g);
}

/* ---- an order ---- */

/* Every device of it, by one profile: what one of them has not, the others
 * have not. */
static int
ask_devices(struct client *c, struct gathered *g)
{
	const json_t *devices = json_object_get(g->order, "devices"), *device;
	const char *name;
	json_t *other;
	bool same;
	size_t i;
	int status = 0;

	json_array_foreach (devices, i, device) {
		name = text_of(device, "name");
		if (i == 0) {
			status = ask_profile(c, name, g);
			if (status != 0)
				return status;
			continue;
		}
		status = client_call(c, "device.show",
		    json_pack("{s:s}", "device", name), &other);
		if (status != 0)
			return status;
		same = strcmp(text_of(other, "sha256"),
			   text_of(g->device, "sha256")) == 0;
		json_decref(other);
		if (!same)
			return client_complainf(CLIENT_USAGE,
			    "the order's devices %s and %s have different "
			    "profiles: give them the same (device add)",
			    text_of(g->device, "name"), name);
	}
	return 0;
}

static size_t
read_texts(const json_t *list, const char *key, const char ***texts)
{
	size_t n = json_array_size(list), i;
	const json_t *value;

	*texts = xcalloc(n + 1, sizeof(**texts));
	for (i = 0; i < n; i++) {
		value = json_array_get(list, i);
		(*texts)[i] = key == NULL ? json_string_value(value)
					  : text_of(value, key);
		if ((*texts)[i] == NULL)
			(*texts)[i] = "";
	}
	return n;
}

static bool
is_sample(const struct gathered *g, const char *sample)
{
	size_t i;

	for (i = 0; i < g->nsamples; i++)
		if (strcmp(g->samples[i], sample) == 0)
			return true;
	return g->nsamples == 0;
}

static void
add_compared(struct gathered *g)
{
	const struct compare_over over = { g->samples, g->states, g->nsamples,
		g->nstates };
	size_t room =
	    g->nsaid + COMPARE_CHECKS * g->nsamples * (g->nstates + 1);

	g->said = xrealloc(g->said, room + 1, sizeof(*g->said));
	g->nsaid += compare_said(
	    compare_newest(json_object_get(g->attestations, "attestations")),
	    &over, g->said + g->nsaid);
}

int
gather_order(struct client *c, const char *order, struct gathered *g)
{
	size_t strays = 0, i;
	int status;

	status = client_call(
	    c, "order.show", json_pack("{s:s}", "order", order), &g->order);
	if (status == 0)
		status = ask_bench(c, g);
	if (status == 0)
		status = ask_devices(c, g);
	if (status == 0)
		status = ask_said(c, "order", order, g);
	if (status != 0)
		return status;
	g->nsamples = read_texts(
	    json_object_get(g->order, "samples"), "serial", &g->samples);
	g->nstates = read_texts(
	    json_object_get(json_object_get(g->order, "order"), "states"), NULL,
	    &g->states);
	for (i = 0; i < g->nsaid; i++)
		strays += !is_sample(g, g->said[i].sample);
	if (strays > 0)
		client_complainf(CLIENT_PASSED,
		    "%zu verdicts are on no sample of the order: of these only "
		    "what failed counts",
		    strays);
	add_compared(g);
	return 0;
}

bool
gather_wants(const struct gathered *g, const char *scheme)
{
	const json_t *schemes =
	    json_object_get(json_object_get(g->order, "order"), "schemes");
	const json_t *one;
	size_t i;

	json_array_foreach (schemes, i, one)
		if (strcmp(json_string_value(one), scheme) == 0)
			return true;
	return json_array_size(schemes) == 0;
}

/* Said on this sample in this state; NULL: on any.  *n of them; caller frees.
 */
static struct coverage_said *
said_of(
    const struct gathered *g, const char *sample, const char *state, size_t *n)
{
	struct coverage_said *said = xcalloc(g->nsaid + 1, sizeof(*said));
	size_t i;

	*n = 0;
	for (i = 0; i < g->nsaid; i++)
		if ((sample == NULL ||
			strcmp(g->said[i].sample, sample) == 0) &&
		    (state == NULL || strcmp(g->said[i].state, state) == 0))
			said[(*n)++] = g->said[i];
	return said;
}

struct coverage *
gather_coverage(const struct gathered *g, const struct catalogue *catalogue,
    const char *sample, const char *state)
{
	const char *exempt =
	    text_of(json_object_get(g->order, "order"), "exempt");
	struct coverage_given given = {
		.catalogue = catalogue,
		.profile = g->profile,
		.probed = g->probed,
		.samples = g->samples,
		.nsamples = g->nsamples,
		.states = g->states,
		.nstates = g->nstates,
		.exempt = exempt[0] == '\0' ? NULL : exempt,
		.day = g->day,
	};
	struct coverage_reviewed *reviewed = attest_reviewed(catalogue,
	    json_object_get(g->attestations, "attestations"), &given.nreviewed);
	struct coverage_said *said = said_of(g, sample, state, &given.nsaid);
	struct coverage *coverage;

	given.reviewed = reviewed;
	given.said = said;
	if (sample != NULL) {
		given.samples = &sample;
		given.nsamples = 1;
	}
	if (state != NULL) {
		given.states = &state;
		given.nstates = 1;
	}
	/* A segment is Ethernet, so far. */
	if (json_array_size(json_object_get(g->status, "segments")) > 0)
		given.media = 1u << CATALOGUE_MEDIUM_IP;
	coverage = coverage_make(&given);
	free(said);
	free(reviewed);
	return coverage;
}
