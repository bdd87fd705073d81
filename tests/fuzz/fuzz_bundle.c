/*
 * Any bytes as a bundle: as a tar file, which leads nowhere and is verified if
 * it opens; and as the records and a slice of a bundle whose chain is good, so
 * that what stands behind the chain is reached, too.  Nothing of it is trusted.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bundles/bundle_unpack.h"
#include "bundles/bundle_write.h"
#include "bundles/verify.h"

#define SLICE "slices/1/3.pcapng"
#define DIGESTS "slices/1/3.digests"
#define CAPTURE "captures/000001.pcapng"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
verify(const char *path)
{
	const struct bundle_trust trust = { .anchors = NULL };
	struct bundle_report report;
	struct err e;
	struct bundle *b = bundle_open(path, &e);

	if (b == NULL)
		return;
	bundle_verify(b, &trust, &report);
	if (report.outcome == BUNDLE_TRUSTED || report.by != NULL)
		abort();
	bundle_report_clear(&report);
	bundle_close(b);
}

/* In memory, where only /proc gives it a name. */
static void
try_tar(const uint8_t *data, size_t size)
{
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	char path[32];

	if (fd == -1 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	verify(path);
	close(fd);
}

/* ---- a good chain ---- */

static void
put_record(int dir, json_t *o, int seq, char sha256[SHA256_HEX_SIZE])
{
	json_t *prev = seq == 1 ? json_null() : json_string(sha256);
	size_t size;
	char *text;

	json_object_set_new(o, "v", json_integer(1));
	json_object_set_new(o, "bench", json_string("b"));
	json_object_set_new(o, "run", json_integer(1));
	json_object_set_new(o, "seq", json_integer(seq));
	json_object_set_new(o, "time", json_integer(seq));
	json_object_set_new(o, "prev", prev);
	text = record_encode(o, &size, NULL);
	if (text != NULL) {
		sha256_hex(text, size, sha256);
		text[size] = '\n';
		bundle_append(dir, "records.jsonl", text, size + 1, NULL);
	}
	free(text);
	json_decref(o);
}

/* A verdict as the input has it, whose slice the input is, too. */
static json_t *
verdict_of(const uint8_t *line, size_t n, const uint8_t *slice, size_t size)
{
	json_t *o = json_loadb((const char *)line, n, 0, NULL);
	char sha256[SHA256_HEX_SIZE];

	if (!json_is_object(o)) {
		json_decref(o);
		o = json_object();
	}
	json_object_set_new(o, "type", json_string("verdict"));
	json_object_set_new(o, "job", json_integer(2));
	json_object_set_new(o, "slice",
	    json_pack("{s:I,s:s}", "size", (json_int_t)size, "sha256",
		sha256_hex(slice, size, sha256)));
	return o;
}

/* Three lines: a verdict, digests or captures of the manifest, a tombstone;
 * then the slice. */
static void
try_sealed(const uint8_t *data, size_t size)
{
	const uint8_t *lines[3], *end = data + size, *newline;
	char sha256[SHA256_HEX_SIZE], *path;
	size_t sizes[3];
	struct err e;
	json_t *list;
	int dir, i;

	for (i = 0; i < 3; i++) {
		newline = memchr(data, '\n', (size_t)(end - data));
		if (newline == NULL)
			return;
		lines[i] = data;
		sizes[i] = (size_t)(newline - data);
		data = newline + 1;
	}
	path = bundle_private_directory(&dir, &e);
	if (path == NULL)
		abort();
	put_record(dir, json_pack("{s:s}", "type", "run"), 1, sha256);
	put_record(dir,
	    json_pack("{s:s,s:[{s:s}]}", "type", "job", "targets", "mac",
		"02:00:00:00:00:10"),
	    2, sha256);
	put_record(dir,
	    verdict_of(lines[0], sizes[0], data, (size_t)(end - data)), 3,
	    sha256);
	list = json_loadb((const char *)lines[1], sizes[1], 0, NULL);
	put_record(dir,
	    json_pack("{s:s,s:s,s:i,s:s,s:o}", "type", "manifest", "head",
		sha256, "records", 3, "signer", "x", "captures",
		json_is_array(list) ? json_incref(list) : json_array()),
	    4, sha256);
	json_decref(list);
	bundle_put(dir, SLICE, data, (size_t)(end - data), &e);
	bundle_put(dir, CAPTURE, data, (size_t)(end - data), &e);
	bundle_put(dir, DIGESTS, lines[1], sizes[1], &e);
	bundle_put(dir, "tombstones.jsonl", lines[2], sizes[2], &e);
	bundle_put(dir, "rotations.jsonl", lines[2], sizes[2], &e);
	bundle_put(dir, "keys.jsonl", lines[2], sizes[2], &e);
	verify(path);
	close(dir);
	bundle_remove_directory(path);
	free(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'S')
		try_sealed(data + 1, size - 1);
	else
		try_tar(data, size);
	return 0;
}
