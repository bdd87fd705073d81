/*
 * prune_take: from a tombstone to a file that is gone.
 *
 * The statement is signed and durable before the capture is told to unlink
 * the file, which it does only if the file has the very SHA-256 of the
 * statement.
 */
#include "daemon/engine/prune_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/signer.h"
#include "records/record.h"
#include "signing/sign_key.h"

static void take_next(struct prune_pass *pass);

static struct prune_file *
current(struct prune_pass *pass)
{
	return &pass->files[pass->at];
}

static void
note_failure(struct prune_pass *pass, const char *what, const char *why)
{
	const struct prune_file *f = current(pass);

	log_error("prune: %s: %s: %s", f->name, what, why);
	if (pass->error[0] == '\0')
		snprintf(pass->error, sizeof(pass->error), "%s: %s: %.120s",
		    f->name, what, why);
}

/* No tombstone, no end: and what is wrong with one is so with all. */
static void
failed(struct prune_pass *pass, const char *what, const char *why)
{
	note_failure(pass, what, why);
	pass->stopped = "a file did not go";
	take_next(pass);
}

static void
on_unlinked(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct prune_pass *pass = arg;
	struct prune_file *f = current(pass);
	char error[160] = "";

	(void)fd;
	if (m != NULL) {
		msg_get_string(m, error, sizeof(error));
		if (msg_end(m) == -1)
			fatal("capture: malformed answer to an unlink");
		why = error;
	}
	if (why[0] != '\0') {
		/* Its tombstone stands, and says only what it was. */
		note_failure(pass, "cannot be removed", why);
		pass->at++;
		take_next(pass);
		return;
	}
	log_info("prune: %s is gone (%s): %llu bytes", f->name,
	    prune_why_name(f->why), (unsigned long long)f->size);
	pass->pruned++;
	pass->pruned_bytes += f->size;
	pass->at++;
	take_next(pass);
}

static void
unlink_file(struct prune_pass *pass)
{
	struct prune_file *f = current(pass);

	seg_ask_unlink(&pass->en->segments[f->segment],
	    strchr(f->name, '/') + 1, f->sha256, on_unlinked, pass);
}

static void
on_durable(void *arg, uint64_t seq, const char *error)
{
	struct prune_pass *pass = arg;

	(void)seq;
	if (error != NULL)
		failed(pass, "its tombstone cannot be stored", error);
	else if (pass->stopped != NULL)
		take_next(pass); /* it says only what the file was */
	else
		unlink_file(pass);
}

static void
on_signed(
    void *arg, const char *key, const uint8_t sig[SIGN_SIZE], const char *why)
{
	struct prune_pass *pass = arg;
	char hex[2 * SIGN_SIZE + 1];
	json_t *o;

	if (why != NULL) {
		failed(pass, "its tombstone cannot be signed", why);
		return;
	}
	if (pass->stopped != NULL) {
		take_next(pass);
		return;
	}
	o = json_pack("{s:s,s:s,s:s}", "statement", pass->statement, "key", key,
	    "sig", hex_encode(sig, SIGN_SIZE, hex));
	store_add(pass->en->store, "tombstone", o, on_durable, pass);
	json_decref(o);
}

/* What the bench says of a file that it lets go. */
static json_t *
statement_of(const struct prune_pass *pass, const struct prune_file *f)
{
	char hex[SHA256_HEX_SIZE];

	return json_pack("{s:s,s:s,s:I,s:s,s:s,s:I,s:I,s:s,s:i}", "bench",
	    journal_bench(pass->en->journal), "file", f->name, "frames",
	    (json_int_t)f->frames, "reason", prune_why_name(f->why), "sha256",
	    hex_encode(f->sha256, SHA256_SIZE, hex), "size",
	    (json_int_t)f->size, "time", (json_int_t)now_realtime_ns(), "type",
	    "tombstone", "v", RECORD_FORMAT);
}

static void
bury(struct prune_pass *pass)
{
	json_t *o = statement_of(pass, current(pass));
	uint8_t digest[SHA256_SIZE];
	struct err e;
	size_t size;

	free(pass->statement);
	pass->statement = record_encode(o, &size, &e);
	json_decref(o);
	if (pass->statement == NULL) {
		failed(pass, "its tombstone cannot be written", e.text);
		return;
	}
	sha256(pass->statement, size, digest);
	signer_sign(pass->en->signer, SIGN_TOMBSTONE, digest, on_signed, pass);
}

static void
take_next(struct prune_pass *pass)
{
	while (pass->at < pass->nfiles && !prune_goes(current(pass)))
		pass->at++;
	if (pass->stopped != NULL || pass->at == pass->nfiles)
		prune_on_taken(pass);
	else if (current(pass)->why == PRUNE_TOMBSTONE)
		unlink_file(pass);
	else
		bury(pass);
}

void
prune_take(struct prune_pass *pass)
{
	take_next(pass);
}
