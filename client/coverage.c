/*
 * coverage: assayctl coverage: for each requirement its checks, which have a
 * probe, which could run here, which have run, and the gap.
 *
 * A view over the catalogue and what the bench has kept; it tests nothing, so
 * its exit status says only whether it could be made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "catalogue/coverage.h"
#include "client/attest.h"
#include "client/catalogue.h"
#include "reports/text_coverage.h"

struct gathered {
	json_t *probes, *status, *device, *verdicts, *attestations;
	struct profile *profile;
	const char **probed;
	struct coverage_said *said;
	size_t nsaid;
};

static void
clear(struct gathered *g)
{
	json_decref(g->probes);
	json_decref(g->status);
	json_decref(g->device);
	json_decref(g->verdicts);
	json_decref(g->attestations);
	profile_free(g->profile);
	free(g->probed);
	free(g->said);
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

/* False: the bench says what no verdict is. */
static bool
read_verdicts(struct gathered *g)
{
	const json_t *rows = json_object_get(g->verdicts, "verdicts"), *row;
	size_t n = json_array_size(rows), i;
	int verdict;

	g->said = xcalloc(n + 1, sizeof(*g->said));
	for (i = 0; i < n; i++) {
		row = json_array_get(rows, i);
		verdict = verdict_by_name(text_of(row, "verdict"));
		if (verdict == -1)
			return false;
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
	return true;
}

static int
ask_device(struct client *c, const char *name, struct gathered *g)
{
	const char *text;
	struct err e;
	int status;

	status = client_call(
	    c, "device.show", json_pack("{s:s}", "device", name), &g->device);
	if (status == 0)
		status = client_call(c, "verdict.newest",
		    json_pack("{s:s}", "device", name), &g->verdicts);
	if (status == 0)
		status = client_call(c, "attestation.list",
		    json_pack("{s:s}", "device", name), &g->attestations);
	if (status != 0)
		return status;
	text = text_of(g->device, "profile");
	g->profile = profile_parse(text, strlen(text), "profile", &e);
	if (g->profile == NULL)
		return client_complain(CLIENT_BENCH, &e);
	if (!read_verdicts(g))
		return client_complainf(CLIENT_BENCH,
		    "the bench says a verdict that is none of the seven");
	return 0;
}

static int
ask(struct client *c, const char *device, struct gathered *g)
{
	int status = client_call(c, "probe.list", NULL, &g->probes);

	if (status == 0)
		status = client_call(c, "status", NULL, &g->status);
	if (status != 0)
		return status;
	read_probes(g);
	return device == NULL ? 0 : ask_device(c, device, g);
}

/* What the bench can speak: a segment is Ethernet, so far. */
static uint32_t
media_of(const struct gathered *g)
{
	return json_array_size(json_object_get(g->status, "segments")) > 0
	    ? 1u << CATALOGUE_MEDIUM_IP
	    : 0;
}

static void
print_strangers(const struct coverage *coverage)
{
	size_t i;

	for (i = 0; i < coverage->nstrangers; i++)
		client_complainf(CLIENT_PASSED,
		    "the profile's technology \"%s\" is one of no check",
		    coverage->strangers[i]);
}

static void
print_one(struct client *c, const struct coverage *coverage,
    const struct catalogue_requirement *only)
{
	size_t i;

	for (i = 0; i < coverage->nrequirements; i++)
		if (coverage->requirements[i].requirement == only) {
			char *text = text_coverage_checks(
			    &c->style, &coverage->requirements[i]);

			fputs(text, stdout);
			free(text);
		}
}

static void
print_json(const struct coverage *coverage,
    const struct catalogue_scheme *scheme,
    const struct catalogue_requirement *only)
{
	const struct coverage_requirement *row;
	json_t *o;
	size_t i;

	for (i = 0; i < coverage->nrequirements; i++) {
		row = &coverage->requirements[i];
		if ((scheme != NULL && row->requirement->scheme != scheme) ||
		    (only != NULL && row->requirement != only))
			continue;
		o = text_coverage_json(row);
		client_print_json(o);
		json_decref(o);
	}
}

/* What is wanted: a scheme, a requirement, or all (both NULL). */
static int
choose(const struct client *c, const struct catalogue *catalogue,
    const struct catalogue_scheme **scheme,
    const struct catalogue_requirement **only)
{
	const char *name = args_value(&c->args, "scheme");
	struct err e;

	if (name != NULL)
		*scheme = catalogue_scheme(catalogue, name);
	if (name != NULL && *scheme == NULL)
		return client_complainf(CLIENT_USAGE,
		    "the catalogue has no scheme \"%s\" (`assayctl catalogue "
		    "list` names them)",
		    name);
	name = args_value(&c->args, "requirement");
	if (name == NULL)
		return 0;
	*only = catalogue_requirement(catalogue, name, &e);
	return *only == NULL ? client_complain(CLIENT_USAGE, &e) : 0;
}

static void
show(struct client *c, const struct catalogue *catalogue,
    const struct gathered *g, const struct catalogue_scheme *scheme,
    const struct catalogue_requirement *only)
{
	size_t nreviewed;
	struct coverage_reviewed *reviewed = attest_reviewed(catalogue,
	    json_object_get(g->attestations, "attestations"), &nreviewed);
	const struct coverage_given given = {
		.catalogue = catalogue,
		.profile = g->profile,
		.media = media_of(g),
		.probed = g->probed,
		.said = g->said,
		.nsaid = g->nsaid,
		.reviewed = reviewed,
		.nreviewed = nreviewed,
	};
	struct coverage *coverage = coverage_make(&given);

	print_strangers(coverage);
	if (c->is_json) {
		print_json(coverage, scheme, only);
	} else if (only != NULL) {
		print_one(c, coverage, only);
	} else {
		char *text =
		    text_coverage(&c->style, coverage, scheme, c->lang);

		fputs(text, stdout);
		free(text);
	}
	coverage_free(coverage);
	free(reviewed);
}

int
client_coverage(struct client *c)
{
	const char *device = c->args.nwords > 0 ? c->args.words[0] : NULL;
	const struct catalogue_requirement *only = NULL;
	const struct catalogue_scheme *scheme = NULL;
	struct catalogue *catalogue = client_catalogue(c);
	struct gathered g = { .nsaid = 0 };
	int status;

	if (catalogue == NULL)
		return CLIENT_USAGE;
	status = choose(c, catalogue, &scheme, &only);
	if (status == 0)
		status = ask(c, device, &g);
	if (status == 0)
		show(c, catalogue, &g, scheme, only);
	clear(&g);
	catalogue_free(catalogue);
	return status;
}
