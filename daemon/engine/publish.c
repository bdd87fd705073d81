/*
 * publish: durable records on their way to the stream, each manifest behind
 * its signature.
 */
#include "daemon/engine/publish.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "daemon/engine/signer.h"

struct entry {
	STAILQ_ENTRY(entry) entry;
	struct publish *publish;
	uint64_t seq, run;
	char sha256[SHA256_HEX_SIZE];
	json_t *record;
	bool waits; /* for its signature */
};

struct publish {
	struct engine *en;
	STAILQ_HEAD(, entry) entries;
};

/* One manifest's signature, from the warden to the store. */
struct signing {
	struct publish *publish;
	uint64_t seq;
	char signer[SHA256_HEX_SIZE];
	publish_on_signed *on_end;
	void *arg;
};

struct publish *
publish_new(struct engine *en)
{
	struct publish *p = xcalloc(1, sizeof(*p));

	p->en = en;
	STAILQ_INIT(&p->entries);
	return p;
}

static void
entry_free(struct entry *n)
{
	json_decref(n->record);
	free(n);
}

void
publish_free(struct publish *p)
{
	struct entry *n;

	if (p == NULL)
		return;
	while ((n = STAILQ_FIRST(&p->entries)) != NULL) {
		STAILQ_REMOVE_HEAD(&p->entries, entry);
		entry_free(n);
	}
	free(p);
}

bool
publish_is_idle(const struct publish *p)
{
	return STAILQ_EMPTY(&p->entries);
}

bool
publish_may_show(const struct publish *p, uint64_t seq)
{
	const struct entry *n = STAILQ_FIRST(&p->entries);

	return n == NULL || seq < n->seq;
}

/* ---- a signature ---- */

static void
end_signing(struct signing *s, const char *why)
{
	if (why != NULL)
		log_error("manifest %" PRIu64 ": not signed: %s", s->seq, why);
	s->on_end(s->arg);
	free(s);
}

static void
on_stored(void *arg, uint64_t seq, const char *error)
{
	(void)seq;
	end_signing(arg, error);
}

static void
on_signed(
    void *arg, const char *key, const uint8_t sig[SIGN_SIZE], const char *why)
{
	struct signing *s = arg;
	char hex[2 * SIGN_SIZE + 1];
	json_t *row;

	if (why == NULL && strcmp(key, s->signer) != 0)
		why = "the key that it names has been replaced";
	if (why != NULL) {
		end_signing(s, why);
		return;
	}
	row = json_pack("{s:I, s:s, s:s}", "seq", (json_int_t)s->seq, "key",
	    key, "sig", hex_encode(sig, SIGN_SIZE, hex));
	store_add(s->publish->en->store, "signature", row, on_stored, s);
	json_decref(row);
}

void
publish_sign(struct publish *p, uint64_t seq, const char *sha256,
    const char *signer, publish_on_signed *on_end, void *arg)
{
	struct signing *s = xcalloc(1, sizeof(*s));
	uint8_t digest[SHA256_SIZE];

	if (strlen(signer) >= sizeof(s->signer) ||
	    hex_decode(sha256, digest, sizeof(digest)) == -1)
		fatal("manifest %" PRIu64 ": not its hash and signer", seq);
	s->publish = p;
	s->seq = seq;
	memcpy(s->signer, signer, strlen(signer) + 1);
	s->on_end = on_end;
	s->arg = arg;
	signer_sign(p->en->signer, SIGN_MANIFEST, digest, on_signed, s);
}

/* ---- the queue ---- */

static void
show(struct publish *p, uint64_t seq, uint64_t run, const char *sha256,
    const json_t *record)
{
	if (p->en->control != NULL)
		control_publish_record(
		    p->en->control, seq, run, sha256, record);
}

static void
drain(struct publish *p)
{
	struct entry *n;

	while ((n = STAILQ_FIRST(&p->entries)) != NULL && !n->waits) {
		STAILQ_REMOVE_HEAD(&p->entries, entry);
		show(p, n->seq, n->run, n->sha256, n->record);
		entry_free(n);
	}
}

static void
on_manifest_signed(void *arg)
{
	struct entry *n = arg;

	n->waits = false;
	drain(n->publish);
}

/* Whose signature this record waits for; NULL: nobody's. */
static const char *
signer_of(const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));

	if (type == NULL || strcmp(type, "manifest") != 0)
		return NULL;
	return json_string_value(json_object_get(record, "signer"));
}

void
publish_record(struct publish *p, uint64_t seq, uint64_t run,
    const char *sha256, const json_t *record)
{
	const char *signer = signer_of(record);
	struct entry *n;

	if (signer == NULL && publish_is_idle(p)) {
		show(p, seq, run, sha256, record);
		return;
	}
	n = xcalloc(1, sizeof(*n));
	n->publish = p;
	n->seq = seq;
	n->run = run;
	memcpy(n->sha256, sha256, sizeof(n->sha256));
	n->record = json_deep_copy(record);
	n->waits = signer != NULL;
	STAILQ_INSERT_TAIL(&p->entries, n, entry);
	if (signer != NULL)
		publish_sign(p, seq, sha256, signer, on_manifest_signed, n);
	drain(p);
}
