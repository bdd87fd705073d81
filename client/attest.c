/*
 * attest: assayctl attest: a document, what it is said to show, and by whom.
 *
 * The document is checked here as far as a program can, and nothing of that is
 * a test of the device: the bench seals what was seen of the document beside
 * what the reviewer concluded.
 */
#include "client/attest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "client/attest_send.h"
#include "client/catalogue.h"
#include "documents/document.h"
#include "documents/document_gate.h"

enum document_kind {
	KIND_NONE, /* nothing of it can be checked here */
	KIND_SBOM,
	KIND_SUPPORT,
	KIND_SECURITY_TXT,
	KIND_CERTIFICATE,
};

struct attesting {
	struct client *client;
	const char *device, *path, *name; /* name: without its directories */
	const struct catalogue_requirement *requirement;
	int fd;         /* -1: not yet open */
	uint8_t *bytes; /* NULL: it is too large to be looked at */
	uint64_t size;
	json_t *rows; /* of the checks */
};

/* ---- the file ---- */

static int
read_all(struct attesting *a)
{
	size_t have = 0;
	ssize_t n;

	a->bytes = xcalloc(1, (size_t)a->size + 1);
	while (have < a->size) {
		n = read(a->fd, a->bytes + have, (size_t)a->size - have);
		if (n <= 0)
			return client_complainf(CLIENT_USAGE, "%s: %s", a->path,
			    n == 0 ? "it became shorter" : strerror(errno));
		have += (size_t)n;
	}
	return 0;
}

/* One that no program looks at is never held here whole. */
static int
open_file(struct attesting *a)
{
	struct stat st;

	a->fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (a->fd == -1)
		return client_complainf(
		    CLIENT_USAGE, "%s: %s", a->path, strerror(errno));
	if (fstat(a->fd, &st) == -1 || !S_ISREG(st.st_mode))
		return client_complainf(
		    CLIENT_USAGE, "%s: not a file", a->path);
	if (st.st_size == 0)
		return client_complainf(
		    CLIENT_USAGE, "%s: there is nothing in it", a->path);
	if (st.st_size > DOCUMENT_CEILING)
		return client_complainf(CLIENT_USAGE,
		    "%s: %lld bytes; no bench takes more than %d MiB", a->path,
		    (long long)st.st_size, DOCUMENT_CEILING >> 20);
	a->size = (uint64_t)st.st_size;
	return a->size <= DOCUMENT_MAX ? read_all(a) : 0;
}

/* ---- its checks ---- */

static bool
ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) &&
	    strcasecmp(text + strlen(text) - strlen(end), end) == 0;
}

/* What it is looked at as: as was said, or as the requirement asks. */
static int
choose_kind(const struct attesting *a, enum document_kind *kind)
{
	static const struct {
		const char *name, *requirement, *file;
		enum document_kind kind;
	} kinds[] = {
		{ "sbom", "USCTM:DOC-1B", NULL, KIND_SBOM },
		{ "support", "USCTM:DOC-1F", NULL, KIND_SUPPORT },
		/* A policy may be any document; this file has a form. */
		{ "security.txt", "USCTM:DOC-1G", "security.txt",
		    KIND_SECURITY_TXT },
		{ "certificate", "USCTM:BACKEND", NULL, KIND_CERTIFICATE },
		{ "other", "", NULL, KIND_NONE },
	};
	const char *as = args_value(&a->client->args, "as");
	size_t i;

	*kind = KIND_NONE;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (as != NULL ? strcmp(as, kinds[i].name) != 0
			       : strcmp(a->requirement->name,
				     kinds[i].requirement) != 0)
			continue;
		if (as != NULL || kinds[i].file == NULL ||
		    ends_with(a->name, kinds[i].file))
			*kind = kinds[i].kind;
		return 0;
	}
	return as == NULL ? 0
			  : client_complainf(CLIENT_USAGE,
				"--as %s: sbom, support, security.txt, "
				"certificate or other",
				as);
}

static int
check_sbom(struct attesting *a)
{
	const char **seen = NULL;
	json_t *list;
	size_t i, n;
	int status = attest_seen(a->client, a->device, &list);

	if (status != 0)
		return status;
	n = json_array_size(list);
	if (list != NULL)
		seen = xcalloc(n + 1, sizeof(*seen));
	for (i = 0; seen != NULL && i < n; i++)
		seen[i] = json_string_value(json_array_get(list, i));
	document_check_sbom(
	    a->rows, a->bytes, (size_t)a->size, (const char *const *)seen);
	free(seen);
	json_decref(list);
	if (ends_with(a->name, ".json") &&
	    document_not_text(a->bytes, (size_t)a->size) != NULL)
		return client_complainf(CLIENT_USAGE,
		    "%s: named as JSON, and is %s", a->path,
		    document_not_text(a->bytes, (size_t)a->size));
	return 0;
}

/* It is kept to the byte, and what a program could say of it is open. */
static int
check_large(struct attesting *a, enum document_kind kind)
{
	const char *check = kind == KIND_SBOM ? "sbom.form"
	    : kind == KIND_SECURITY_TXT       ? "security_txt.form"
					      : "certificate.form";

	if (kind != KIND_NONE)
		document_say(a->rows, check, DOCUMENT_UNKNOWN,
		    "not read: larger than %u bytes", DOCUMENT_MAX);
	return 0;
}

static int
check_document(struct attesting *a)
{
	const struct args *args = &a->client->args;
	const int64_t now_s = (int64_t)time(NULL);
	enum document_kind kind;
	int status = choose_kind(a, &kind);

	if (status != 0)
		return status;
	a->rows = json_array();
	if (a->bytes == NULL && kind != KIND_SUPPORT)
		return check_large(a, kind);
	switch (kind) {
	case KIND_SBOM:
		return check_sbom(a);
	case KIND_SUPPORT:
		document_check_support(
		    a->rows, args_value(args, "support-until"), now_s);
		break;
	case KIND_SECURITY_TXT:
		document_check_security_txt(
		    a->rows, a->bytes, (size_t)a->size, now_s);
		break;
	case KIND_CERTIFICATE:
		document_check_certificate(a->rows, a->bytes, (size_t)a->size,
		    args_value(args, "valid-until"), now_s);
		break;
	case KIND_NONE:
		break;
	}
	return 0;
}

/* ---- what is refused before anything is sent ---- */

static int
need(const struct client *c, const char *name)
{
	const char *value = args_value(&c->args, name);

	if (value != NULL && value[0] != '\0')
		return 0;
	return client_complainf(CLIENT_USAGE, "--%s is missing", name);
}

static int
check_gate(struct attesting *a)
{
	const char *covers = args_value(&a->client->args, "covers");

	if (covers != NULL && !a->requirement->is_gate)
		return client_complainf(CLIENT_USAGE,
		    "--covers: %s is no gate of an order",
		    a->requirement->name);
	if (covers != NULL && !document_gate_covers(covers))
		return client_complainf(CLIENT_USAGE,
		    "--covers %s: of manual, access and identifiers, with "
		    "commas between them",
		    covers);
	if (covers == NULL && a->requirement->is_gate)
		return client_complainf(CLIENT_USAGE,
		    "--covers is missing: of manual, access and identifiers, "
		    "what this document gives");
	return 0;
}

/* The reviewer is told before it is sealed. */
static int
check_conclusion(const struct attesting *a)
{
	const struct args *args = &a->client->args;
	const char *conclusion = args_value(args, "conclusion"), *detail;
	const json_t *row;
	size_t i;

	if (conclusion == NULL || strcmp(conclusion, "conforms") != 0 ||
	    args_has(args, "despite") || !document_has_bad(a->rows, NULL))
		return 0;
	json_array_foreach (a->rows, i, row) {
		detail = json_string_value(json_object_get(row, "detail"));
		if (json_is_false(json_object_get(row, "good")))
			client_complainf(CLIENT_USAGE, "%s: %s",
			    json_string_value(json_object_get(row, "check")),
			    detail);
	}
	return client_complainf(CLIENT_USAGE,
	    "so it is not taken to conform (--despite, and the note says why, "
	    "when it does)");
}

/* ---- the whole ---- */

static int
send(struct attesting *a)
{
	const struct args *args = &a->client->args;
	const struct attest_said said = {
		.device = a->device,
		.requirement = a->requirement->name,
		.bytes = a->bytes,
		.size = a->size,
		.fd = a->fd,
		.file = a->name,
		.by = args_value(args, "by"),
		.note = args_value(args, "note"),
		.order = args_value(args, "order"),
		.conclusion = args_value(args, "conclusion"),
		.clause = args_value(args, "clause"),
		.covers = args_value(args, "covers"),
		.is_despite = args_has(args, "despite"),
		.rows = a->rows,
	};

	return attest_send(a->client, &said);
}

static int
attest(struct attesting *a)
{
	int status = check_gate(a);

	if (status == 0)
		status = open_file(a);
	if (status == 0)
		status = check_document(a);
	if (status == 0)
		status = check_conclusion(a);
	return status == 0 ? send(a) : status;
}

int
client_attest(struct client *c)
{
	struct attesting a = {
		.client = c, .device = c->args.words[0], .fd = -1
	};
	struct catalogue *catalogue;
	const char *slash;
	int status = need(c, "file");
	struct err e;

	if (status == 0)
		status = need(c, "by");
	if (status == 0)
		status = need(c, "note");
	if (status != 0)
		return status;
	a.path = args_value(&c->args, "file");
	slash = strrchr(a.path, '/');
	a.name = slash == NULL ? a.path : slash + 1;
	catalogue = client_catalogue(c);
	if (catalogue == NULL)
		return CLIENT_USAGE;
	a.requirement = catalogue_requirement(catalogue, c->args.words[1], &e);
	status = a.requirement == NULL ? client_complain(CLIENT_USAGE, &e)
				       : attest(&a);
	if (a.fd != -1)
		close(a.fd);
	free(a.bytes);
	json_decref(a.rows);
	catalogue_free(catalogue);
	return status;
}
