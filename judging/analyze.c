/*
 * analyze: the passive half of every probe over a capture made elsewhere.
 */
#include "judging/analyze.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "captures/capture_file.h"
#include "captures/digest.h"
#include "daemon/shared/address.h"
#include "daemon/shared/wire_frames.h"
#include "judging/analyze_replay.h"
#include "judging/analyze_verdict.h"
#include "judging/capture_census.h"
#include "judging/capture_cite.h"
#include "records/verdict_algebra.h"

struct analysis {
	const struct analyze_request *q;
	struct capture_file *capture;
	struct census census;
	const struct census_sender *device;
	json_t *probes, *verdicts;
	size_t matching; /* probes that could be run */
	bool bench_failed;
};

/* ---- the file ---- */

static int
hash_file(
    const struct capture_file *c, char hex[SHA256_HEX_SIZE], uint64_t *size)
{
	struct digest *d = digest_new();
	uint8_t buffer[65536], sha256[SHA256_SIZE];
	ssize_t n;

	*size = 0;
	digest_restart(d);
	while ((n = pread(capture_file_fd(c), buffer, sizeof(buffer),
		    (off_t)*size)) > 0) {
		digest_add(d, buffer, (size_t)n);
		*size += (uint64_t)n;
	}
	digest_end(d, sha256);
	digest_free(d);
	hex_encode(sha256, sizeof(sha256), hex);
	return n == 0 ? 0 : -1;
}

/* ---- which device ---- */

static const struct census_sender *
only_candidate(const struct census *x)
{
	const struct census_sender *found = NULL;
	size_t i;

	for (i = 0; i < x->nsenders; i++) {
		if (x->senders[i].is_bench)
			continue;
		if (found != NULL)
			return NULL;
		found = &x->senders[i];
	}
	return x->unlisted == 0 ? found : NULL;
}

/* The device's MAC, and who named it; whose NULL: nobody did. */
static int
asked_for(const struct analyze_request *q, uint8_t mac[6], const char **whose,
    struct err *e)
{
	static const uint8_t zero[6];

	*whose = NULL;
	if (q->mac != NULL) {
		*whose = "--mac";
		if (mac_parse(q->mac, mac) == -1)
			return err_set(
			    e, "--mac %s: not like 02:00:00:00:00:10", q->mac);
	} else if (memcmp(q->profile->mac, zero, 6) != 0) {
		*whose = "the profile's mac";
		memcpy(mac, q->profile->mac, 6);
	}
	return 0;
}

static int
choose_device(
    struct analysis *a, const uint8_t mac[6], const char *whose, struct err *e)
{
	char text[18];

	a->device = whose != NULL ? census_find(&a->census, mac)
				  : only_candidate(&a->census);
	if (a->device != NULL)
		return 0;
	if (whose == NULL)
		return err_set(e,
		    "%s: neither --mac nor the profile says which of those "
		    "below is the device",
		    a->q->file);
	return err_set(e,
	    "%s: nothing in it was sent by %s (%s); --mac says which of those "
	    "below is the device",
	    a->q->file, mac_text(mac, text), whose);
}

/* ---- the probes ---- */

static int
is_probe_file(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 3 && n <= 60 &&
	    strcmp(d->d_name + n - 3, ".so") == 0;
}

/* "tcp_ports.so" is "tcp.ports". Caller frees. */
static char *
probe_name(const char *file)
{
	char *name = xasprintf("%.*s", (int)(strlen(file) - 3), file), *dot;

	dot = strchr(name, '_');
	if (dot != NULL)
		*dot = '.';
	return name;
}

static void
note_probe(struct analysis *a, const struct analyze_said *s, const char *name)
{
	const struct worker_alone_result *r = s->result;

	json_array_append_new(a->probes,
	    json_pack("{s:s,s:O,s:s,s:s,s:o,s:o,s:O,s:O}", "probe", name,
		"method", json_object_get(s->descriptor, "method"), "outcome",
		s->end.error ? "error" : "done", "reason", s->end.reason,
		"detail", json_quoted(r->failed != NULL ? r->failed : r->ended),
		"sandbox", json_quoted(r->sandbox == NULL ? "" : r->sandbox),
		"observations", r->observations, "notes", r->notes));
	a->bench_failed = a->bench_failed || s->end.error;
}

/* What it said, with the frames that show it. */
static int
take_verdicts(struct analysis *a, const struct analyze_said *s, struct err *e)
{
	struct capture_cite *cites = capture_cite_new(a->device->mac);
	const json_t *v;
	size_t i;
	int r;

	json_array_foreach (s->result->verdicts, i, v)
		capture_cite_add(cites, s->result->observations,
		    json_object_get(v, "observations"));
	r = capture_cite_resolve(
	    cites, a->capture, a->q->output, json_array_size(a->verdicts), e);
	for (i = 0; r == 0 && i < json_array_size(s->result->verdicts); i++)
		json_array_append_new(
		    a->verdicts, analyze_verdict(s, i, cites));
	capture_cite_free(cites);
	if (r == 0)
		analyze_add_missing(s, a->verdicts);
	return r;
}

static int
run_probe(struct analysis *a, const struct analyze_probe *p,
    const json_t *descriptor, struct err *e)
{
	const struct analyze_replay q = { a->capture, &a->census, a->device,
		a->q->profile };
	struct worker_alone_result result;
	struct analyze_said s = { &result, descriptor, a->q->profile,
		{ false, "", VERDICT_EFFECT_KEEP } };
	int r;

	if (analyze_replay(p, &q, &result, e) == -1)
		return -1;
	s.end = analyze_job_end(&result);
	note_probe(a, &s, p->name);
	r = take_verdicts(a, &s, e);
	worker_alone_result_clear(&result);
	return r;
}

/* A probe that cannot be described is an error of this one alone. */
static void
note_broken(struct analysis *a, const char *name, const struct err *e)
{
	json_array_append_new(a->probes,
	    json_pack("{s:s,s:n,s:s,s:s,s:o,s:s,s:[],s:{}}", "probe", name,
		"method", "outcome", "error", "reason", "bench_failed",
		"detail", json_quoted(e->text), "sandbox", "", "observations",
		"notes"));
	a->bench_failed = true;
}

static int
try_probe(struct analysis *a, const char *file, struct err *e)
{
	struct analyze_probe p = { a->q->worker, NULL, probe_name(file) };
	json_t *descriptor = NULL;
	struct err broken;
	int r = 0;

	if (a->q->probe == NULL || strcmp(a->q->probe, p.name) == 0) {
		p.file = xasprintf("%s/%s", a->q->probe_dir, file);
		descriptor = analyze_describe(&p, &broken);
		if (descriptor == NULL)
			note_broken(a, p.name, &broken);
		a->matching++;
	}
	if (json_is_true(json_object_get(descriptor, "passive")))
		r = run_probe(a, &p, descriptor, e);
	else if (descriptor != NULL && a->q->probe != NULL)
		r = err_set(e,
		    "probe %s only asks the device; it sees nothing in a "
		    "capture",
		    p.name);
	json_decref(descriptor);
	free(p.file);
	free(p.name);
	return r;
}

static int
run_probes(struct analysis *a, struct err *e)
{
	struct dirent **files;
	int n, i, r = 0;

	n = scandir(a->q->probe_dir, &files, is_probe_file, alphasort);
	if (n == -1)
		return err_set(
		    e, "probes: %s: %s", a->q->probe_dir, strerror(errno));
	for (i = 0; i < n; i++) {
		if (r == 0)
			r = try_probe(a, files[i]->d_name, e);
		free(files[i]);
	}
	free(files);
	if (r == 0 && a->matching == 0)
		return err_set(e, "%s: there is no probe%s%s in it",
		    a->q->probe_dir, a->q->probe == NULL ? "" : " ",
		    a->q->probe == NULL ? "" : a->q->probe);
	return r;
}

/* ---- the account ---- */

static void
count_verdicts(const struct analysis *a, json_t *result)
{
	struct verdict_run run = { .complete = false }; /* never by a capture */
	json_t *counts = json_object();
	const json_t *v;
	size_t i;
	int k;

	json_array_foreach (a->verdicts, i, v) {
		k = verdict_by_name(
		    json_string_value(json_object_get(v, "verdict")));
		run.counts[k == -1 ? VERDICT_ERROR : k]++;
	}
	run.bench_failed = a->bench_failed;
	for (k = 0; k < VERDICT_COUNT; k++)
		if (run.counts[k] > 0)
			json_object_set_new(counts,
			    verdict_name((enum verdict)k),
			    json_integer((json_int_t)run.counts[k]));
	json_object_set_new(result, "counts", counts);
	json_object_set_new(
	    result, "exit", json_integer(verdict_exit_status(&run)));
}

static json_t *
device_json(const struct analysis *a, json_t *names)
{
	const struct census_sender *d = a->device;
	json_t *addresses = json_array();
	char mac[18], text[46];
	size_t i;

	for (i = 0; i < d->naddresses; i++)
		json_array_append_new(addresses,
		    json_string(address_text(
			d->addresses[i].family, d->addresses[i].addr, text)));
	return json_pack("{s:s,s:I,s:o,s:I,s:o}", "mac", mac_text(d->mac, mac),
	    "frames", (json_int_t)d->frames, "addresses", addresses,
	    "more_addresses", (json_int_t)d->more_addresses, "names", names);
}

static json_t *
account(
    const struct analysis *a, json_t *names, const char *sha256, uint64_t size)
{
	const struct census *x = &a->census;
	json_t *o = json_pack("{s:i,s:o,s:s,s:I,s:s,s:I,s:I,s:I}", "v",
	    ANALYZE_FORMAT, "file", json_quoted(a->q->file), "sha256", sha256,
	    "size", (json_int_t)size, "format", capture_file_format(a->capture),
	    "frames", (json_int_t)x->frames, "other", (json_int_t)x->other,
	    "cut", (json_int_t)x->cut);
	const char *end = capture_file_cut(a->capture);

	json_object_set_new(
	    o, "end", end == NULL ? json_null() : json_string(end));
	json_object_set_new(o, "span",
	    json_pack("{s:I,s:I}", "from", (json_int_t)x->stamp_first, "to",
		(json_int_t)x->stamp_last));
	json_object_set_new(o, "senders", census_json(x));
	json_object_set_new(o, "device", device_json(a, names));
	json_object_set(o, "probes", a->probes);
	json_object_set(o, "verdicts", a->verdicts);
	count_verdicts(a, o);
	return o;
}

static json_t *
analyze_capture(struct analysis *a, json_t **senders, struct err *e)
{
	char before[SHA256_HEX_SIZE], after[SHA256_HEX_SIZE];
	const char *whose;
	json_t *names;
	uint64_t size;
	uint8_t mac[6];

	if (asked_for(a->q, mac, &whose, e) == -1)
		return NULL;
	err_set(e, "%s: cannot be read", a->q->file);
	if (hash_file(a->capture, before, &size) == -1 ||
	    census_take(&a->census, a->capture, e) == -1)
		return NULL;
	if (choose_device(a, mac, whose, e) == -1) {
		*senders = census_json(&a->census);
		return NULL;
	}
	names = census_names(a->capture, a->device->mac, e);
	if (names == NULL)
		return NULL;
	if (run_probes(a, e) == -1) {
		json_decref(names);
		return NULL;
	}
	if (hash_file(a->capture, after, &size) == -1 ||
	    strcmp(before, after) != 0) {
		json_decref(names);
		err_set(e, "%s: changed while it was read", a->q->file);
		return NULL;
	}
	return account(a, names, before, size);
}

json_t *
analyze(const struct analyze_request *q, json_t **senders, struct err *e)
{
	struct analysis a = { .q = q };
	json_t *result;

	*senders = NULL;
	a.capture = capture_file_open(q->file, e);
	if (a.capture == NULL)
		return NULL;
	a.probes = json_array();
	a.verdicts = json_array();
	result = analyze_capture(&a, senders, e);
	json_decref(a.probes);
	json_decref(a.verdicts);
	census_clear(&a.census);
	capture_file_close(a.capture);
	return result;
}
