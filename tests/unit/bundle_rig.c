/*
 * bundle_rig: a bundle made of a real recording, real slices and real keys.
 */
#include "tests/unit/bundle_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "bundles/bundle_unpack.h"
#include "bundles/bundle_write.h"
#include "captures/pcapng.h"
#include "captures/recording.h"
#include "daemon/shared/wire_frames.h"

#define STAMP 1700000000000000000u
#define PORTS 100u
#define CERTIFICATE_DAYS 36500

static void
put(struct bundle_rig *r, const char *name, const void *data, size_t size)
{
	struct err e = { .line = 0 };

	(void)unlinkat(r->dir, name, 0);
	if (data != NULL && bundle_put(r->dir, name, data, size, &e) == -1)
		fatal("rig: %s", e.text);
}

void
bundle_rig_put(
    struct bundle_rig *r, const char *name, const void *data, size_t size)
{
	put(r, name, data, size);
}

char *
bundle_rig_get(struct bundle_rig *r, const char *name, size_t *size)
{
	int fd = bundle_open_at(r->dir, name, O_RDONLY);
	struct stat st;
	char *data;

	if (fd == -1 || fstat(fd, &st) == -1)
		fatal("rig: %s is not there", name);
	data = xcalloc(1, (size_t)st.st_size + 1);
	*size = (size_t)st.st_size;
	if (read(fd, data, *size) != st.st_size)
		fatal("rig: %s cannot be read", name);
	close(fd);
	return data;
}

/* ---- the capture and its slices ---- */

static void
on_rotated(void *arg, uint32_t number, const struct recording_file *f)
{
	(void)arg;
	(void)number;
	(void)f;
}

/* As the engine has them of the capture; and without the indexes, which are
 * the capture's own. */
static void
list_captures(struct bundle_rig *r)
{
	char name[SEGMENT_NAME_SIZE], path[64], sha256[SHA256_HEX_SIZE], *data;
	size_t size;
	uint32_t i;

	for (i = 1; i < 20; i++) {
		snprintf(path, sizeof(path), "captures/%s",
		    segment_index_name(i, name));
		(void)unlinkat(r->dir, path, 0);
		snprintf(path, sizeof(path), "captures/%s",
		    segment_capture_name(i, name));
		if (faccessat(r->dir, path, F_OK, 0) == -1)
			continue;
		data = bundle_rig_get(r, path, &size);
		json_array_append_new(r->captures,
		    json_pack("{s:s,s:s,s:I,s:s,s:i}", "segment", "wired0",
			"file", name, "size", (json_int_t)size, "sha256",
			sha256_hex(data, size, sha256), "dropped", 0));
		free(data);
	}
}

static void
on_disk(void *arg, const char *why, uint64_t lost)
{
	(void)arg;
	(void)lost;
	fatal("rig: disk: %s", why);
}

static json_t *
evidence_json(const struct evidence *v)
{
	struct wire_frames f = { .proto = v->select.proto,
		.remote_first = v->select.remote_first,
		.remote_last = v->select.remote_last };
	char hex[SHA256_HEX_SIZE];

	f.family = v->select.family;
	memcpy(f.addr, v->select.addr, sizeof(f.addr));
	return json_pack("{s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:s,s:o}",
	    "observation", (json_int_t)v->observation, "source", "wired0",
	    "file", v->file, "first", (json_int_t)v->first, "last",
	    (json_int_t)v->last, "count", (json_int_t)v->count, "stamp_first",
	    (json_int_t)v->stamp_first, "stamp_last", (json_int_t)v->stamp_last,
	    "sha256", hex_encode(v->sha256, SHA256_SIZE, hex), "select",
	    wire_frames_json(&f));
}

static void
add_record(struct bundle_rig *r, json_t *fields)
{
	json_array_append_new(r->records, fields);
}

static void
add_verdict(struct bundle_rig *r, const char *verdict,
    const struct slice_result *result)
{
	json_t *evidence = json_array(), *slice = json_null();
	json_int_t frames = 0;
	char hex[SHA256_HEX_SIZE];
	size_t i;

	for (i = 0; result != NULL && i < result->nevidence; i++)
		json_array_append_new(
		    evidence, evidence_json(&result->evidence[i]));
	if (result != NULL) {
		frames = (json_int_t)result->frames;
		slice = json_pack("{s:s,s:I,s:s}", "file", "10/11-1.pcapng",
		    "size", (json_int_t)result->size, "sha256",
		    hex_encode(result->sha256, SHA256_SIZE, hex));
	}
	add_record(r,
	    json_pack("{s:s,s:i,s:s,s:s,s:s,s:o,s:o,s:I}", "type", "verdict",
		"job", 11, "check", "NET-01", "claim", "completeness",
		"verdict", verdict, "evidence", evidence, "slice", slice,
		"frames", frames));
}

static void
make_slice(struct bundle_rig *r, const struct recording *recording,
    const struct slice_choice *choice, const char *verdict, int seq)
{
	struct slice_request q = { .to = UINT64_MAX,
		.headline = "NET-01",
		.interface = "wired0",
		.nchoices = 1,
		.secrets_type = PCAPNG_SECRETS_TLS,
		.secrets = "CLIENT_RANDOM 5ec2e7\n",
		.secrets_size = 21 };
	struct slice_result result;
	char name[32];
	int captures, slices;
	struct slice *s;

	q.choices = choice;
	memcpy(q.dut_mac, ground_dut_mac, 6);
	snprintf(name, sizeof(name), "%d/%d.pcapng", BUNDLE_RIG_RUN, seq);
	q.name = name;
	captures =
	    openat(r->dir, "captures", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	slices = openat(r->dir, "slices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s = slice_new(captures, slices, recording_index(recording), &q);
	while (slice_step(s))
		continue;
	slice_result(s, &result);
	if (result.error[0] != '\0')
		fatal("rig: slice: %s", result.error);
	add_verdict(r, verdict, &result);
	slice_free(s);
	close(captures);
	close(slices);
}

static void
make_verdicts(struct bundle_rig *r, const struct recording *recording)
{
	struct slice_choice choice = { 1, { 0 }, "open" };

	choice.select.proto = 6;
	choice.select.family = 4;
	choice.select.has_addr = true;
	memcpy(choice.select.addr, ground_dut_ip, 4);
	choice.select.remote_first = 23;
	choice.select.remote_last = 24;
	make_slice(r, recording, &choice, "fail", BUNDLE_RIG_FAIL);
	choice.select.remote_first = 1;
	choice.select.remote_last = 65535;
	make_slice(r, recording, &choice, "pass", BUNDLE_RIG_PASS);
	add_verdict(r, "inconc", NULL);
}

/* Two files that verdicts cite, and one behind them that none does. */
static void
make_capture(struct bundle_rig *r)
{
	static const struct recording_hooks hooks = { on_rotated, on_disk };
	struct recording_config c = { .first_file = 1,
		.file_bytes = 12 << 10,
		.interface = "wired0",
		.link_type = LINKTYPE_ETHERNET_NUMBER,
		.snaplen = 65280 };
	struct recording *recording;
	uint8_t bytes[128];
	struct frame f;
	uint16_t p;

	c.dir = openat(r->dir, "captures", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	recording = recording_new(&c, &hooks, r);
	for (p = 1; p <= PORTS; p++) {
		f = ground_syn(bytes, 40000, p, STAMP + 2u * p - 1);
		recording_add(recording, &f);
		f = ground_rst(bytes, 40000, p, STAMP + 2u * p);
		recording_add(recording, &f);
	}
	recording_flush(recording);
	make_verdicts(r, recording);
	recording_free(recording);
	c.first_file = 9;
	recording = recording_new(&c, &hooks, r);
	f = ground_syn(bytes, 40001, 7, STAMP + 1000000);
	recording_add(recording, &f);
	recording_free(recording);
	close(c.dir);
}

/* ---- sealing ---- */

static json_t *
with_head(const struct bundle_rig *r, const json_t *fields, json_int_t seq,
    const char *prev)
{
	json_t *o = json_deep_copy(fields);

	json_object_set_new(o, "v", json_integer(RECORD_FORMAT));
	json_object_set_new(o, "bench", json_string("bench-1"));
	json_object_set_new(o, "seq", json_integer(seq));
	json_object_set_new(o, "run", json_integer(BUNDLE_RIG_RUN));
	json_object_set_new(
	    o, "time", json_integer((json_int_t)r->when * 1000000000 + seq));
	json_object_set_new(
	    o, "prev", prev == NULL ? json_null() : json_string(prev));
	return o;
}

static void
put_record(struct bundle_rig *r, json_t *o, char sha256[SHA256_HEX_SIZE])
{
	struct err e = { .line = 0 };
	size_t size;
	char *text = record_encode(o, &size, &e);

	if (text == NULL)
		fatal("rig: record: %s", e.text);
	sha256_hex(text, size, sha256);
	text[size] = '\n'; /* instead of the NUL */
	if (bundle_append(r->dir, "records.jsonl", text, size + 1, &e) == -1)
		fatal("rig: %s", e.text);
	free(text);
	json_decref(o);
}

static void
put_line(struct bundle_rig *r, const char *name, json_t *o)
{
	struct err e = { .line = 0 };

	if (o == NULL || bundle_append_line(r->dir, name, o, &e) == -1)
		fatal("rig: %s: %s", name, e.text);
	json_decref(o);
}

static void
put_signature(struct bundle_rig *r, const struct sign_key *signs,
    const char *names, json_int_t seq, const char *manifest)
{
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];
	char hex[2 * SIGN_SIZE + 1];

	hex_decode(manifest, digest, sizeof(digest));
	if (sign_digest(signs, SIGN_MANIFEST, digest, sig, NULL) == -1)
		fatal("rig: cannot sign");
	put_line(r, "signatures.jsonl",
	    json_pack("{s:s,s:s,s:I,s:s}", "purpose", "manifest", "key", names,
		"seq", seq, "sig", hex_encode(sig, sizeof(sig), hex)));
}

void
bundle_rig_seal(struct bundle_rig *r, const struct sign_key *names,
    const struct sign_key *signs, const char *certificate)
{
	char sha256[SHA256_HEX_SIZE], *pem = sign_key_public_pem(names);
	json_int_t seq = BUNDLE_RIG_RUN;
	json_t *o;
	size_t i;

	put(r, "records.jsonl", NULL, 0);
	put(r, "signatures.jsonl", NULL, 0);
	put(r, "keys.jsonl", NULL, 0);
	json_array_foreach (r->records, i, o)
		put_record(
		    r, with_head(r, o, seq++, i == 0 ? NULL : sha256), sha256);
	o = json_pack("{s:s,s:s,s:s,s:I,s:n,s:O,s:s}", "type", "manifest",
	    "outcome", "complete", "head", sha256, "records",
	    (json_int_t)json_array_size(r->records), "prev_manifest",
	    "captures", r->captures, "signer", sign_key_id(names));
	put_record(r, with_head(r, o, seq, sha256), sha256);
	json_decref(o);
	put_signature(r, signs, sign_key_id(names), seq, sha256);
	put_line(r, "keys.jsonl",
	    json_pack("{s:s,s:s,s:s?}", "key", sign_key_id(names), "public",
		pem, "certificate", certificate));
	free(pem);
}

/* ---- keys ---- */

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		fatal("rig: %s", path);
}

static void
make_keys(struct bundle_rig *r)
{
	struct err e = { .line = 0 };
	char *pem;

	r->bench = sign_key_new(&e);
	r->lab = sign_key_new(&e);
	r->lab_pem =
	    certificate_make_lab(r->lab, "Lab 1", CERTIFICATE_DAYS, &e);
	r->bench_pem = r->lab_pem == NULL
	    ? NULL
	    : certificate_make_bench(r->lab, r->lab_pem, r->bench, "bench-1",
		  CERTIFICATE_DAYS, &e);
	if (r->bench_pem == NULL)
		fatal("rig: keys: %s", e.text);
	pem = sign_key_public_pem(r->bench);
	snprintf(r->lab_file, sizeof(r->lab_file), "%s/lab.pem", r->home.path);
	snprintf(
	    r->bench_file, sizeof(r->bench_file), "%s/bench.pem", r->home.path);
	write_text(r->lab_file, r->lab_pem);
	write_text(r->bench_file, pem);
	free(pem);
}

void
bundle_rig_begin(struct bundle_rig *r)
{
	static const char profile[] = "version: 1\nproduct: x\n";
	char sha256[SHA256_HEX_SIZE], name[96];

	memset(r, 0, sizeof(*r));
	ground_begin(&r->home);
	snprintf(r->path, sizeof(r->path), "%s/bundle", r->home.path);
	if (mkdir(r->path, 0700) == -1)
		fatal("rig: %s", r->path);
	r->dir = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(r->dir, "captures", 0700) == -1 ||
	    mkdirat(r->dir, "slices", 0700) == -1)
		fatal("rig: %s", r->path);
	make_keys(r);
	r->when = (int64_t)time(NULL);
	r->records = json_array();
	r->captures = json_array();
	sha256_hex(profile, sizeof(profile) - 1, sha256);
	snprintf(name, sizeof(name), "documents/%s", sha256);
	put(r, name, profile, sizeof(profile) - 1);
	add_record(r,
	    json_pack("{s:s,s:s,s:{s:s}}", "type", "run", "device", "dut",
		"profile", "sha256", sha256));
	add_record(r,
	    json_pack("{s:s,s:s,s:[{s:s,s:s}]}", "type", "job", "probe",
		"tcp.ports", "targets", "addr", "10.7.0.16", "mac",
		"02:00:00:00:00:10"));
	add_record(r,
	    json_pack("{s:s,s:i,s:[]}", "type", "observed", "job", 11,
		"observations"));
	make_capture(r);
	list_captures(r);
	put_line(r, "bundle.json",
	    json_pack("{s:i,s:s,s:i,s:b,s:b}", "v", 1, "bench", "bench-1",
		"run", BUNDLE_RIG_RUN, "redacted", 0, "captures", 1));
	bundle_rig_seal(r, r->bench, r->bench, r->bench_pem);
}

void
bundle_rig_end(struct bundle_rig *r)
{
	json_decref(r->records);
	json_decref(r->captures);
	sign_key_free(r->bench);
	sign_key_free(r->lab);
	free(r->lab_pem);
	free(r->bench_pem);
	close(r->dir);
	ground_end(&r->home);
}

/* ---- verifying ---- */

static void
verify(const char *path, const char *anchors, struct bundle_report *report)
{
	struct bundle_trust trust = { .anchors = NULL };
	struct certificate_trust *t = NULL;
	struct err e = { .line = 0 };
	struct bundle *b = bundle_open(path, &e);

	if (b == NULL)
		fatal("rig: %s", e.text);
	if (anchors != NULL) {
		t = certificate_trust_read(anchors, &e);
		if (t == NULL)
			fatal("rig: %s: %s", anchors, e.text);
		trust.anchors = t;
	}
	bundle_verify(b, &trust, report);
	certificate_trust_free(t);
	bundle_close(b);
}

enum bundle_outcome
bundle_rig_outcome(struct bundle_rig *r, const char *trust)
{
	struct bundle_report report;
	enum bundle_outcome outcome;

	verify(r->path, trust, &report);
	outcome = report.outcome;
	if (getenv("BUNDLE_RIG_TELL") != NULL)
		json_dumpf(report.findings, stderr, JSON_INDENT(1));
	bundle_report_clear(&report);
	return outcome;
}

bool
bundle_rig_says(struct bundle_rig *r, const char *trust, const char *text)
{
	struct bundle_report report;
	char *all;
	bool said;

	verify(r->path, trust, &report);
	all = json_dumps(report.findings, 0);
	said = strstr(all, text) != NULL;
	if (!said)
		fprintf(stderr, "findings: %s\n", all);
	free(all);
	bundle_report_clear(&report);
	return said;
}
