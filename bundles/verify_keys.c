/*
 * verify_keys: whose signature stands under the manifest, and who vouches for
 * the key.
 *
 * The bundle brings keys, certificates and rotations along; they are claims.
 * Only what leads back to an anchor of the verifier's own is vouched for: the
 * key itself, a certificate by a lab that is an anchor, or a row of rotations
 * that begins with such a key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "bundles/verify_parts.h"
#include "signing/rotation.h"

#define KEYS_MAX 256
#define ROTATIONS_MAX 256
#define SECOND_NS 1000000000

struct known_key {
	struct sign_key *key;
	char *certificate; /* PEM, or NULL */
	char *by;          /* who vouches for it; NULL: nobody */
	bool is_ours;      /* the signer's, or linked with it by rotations */
};

struct verify_keys {
	struct known_key keys[KEYS_MAX];
	size_t n;
};

struct verify_keys *
verify_keys_new(void)
{
	return xcalloc(1, sizeof(struct verify_keys));
}

void
verify_keys_free(struct verify_keys *k)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		sign_key_free(k->keys[i].key);
		free(k->keys[i].certificate);
		free(k->keys[i].by);
	}
	free(k);
}

static struct known_key *
find(struct verify_keys *k, const char *id)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (strcmp(sign_key_id(k->keys[i].key), id) == 0)
			return &k->keys[i];
	return NULL;
}

/* key is taken over. */
static void
add_key(struct verify_keys *k, struct sign_key *key, const char *certificate)
{
	struct known_key *old = find(k, sign_key_id(key));

	if (old == NULL && k->n < KEYS_MAX) {
		old = &k->keys[k->n++];
		old->key = key;
	} else {
		sign_key_free(key);
	}
	if (old == NULL || certificate == NULL)
		return;
	free(old->certificate); /* the newest counts */
	old->certificate = xstrdup(certificate);
}

static void
read_keys(struct verify *v)
{
	static const char name[] = "keys.jsonl";
	struct err e = { .line = 0 };
	json_t *lines = bundle_lines(v->bundle, name, &e), *o;
	const char *pem;
	struct sign_key *key;
	size_t i;

	verify_account(v, name);
	if (lines == NULL)
		verify_find_err(v, BUNDLE_BROKEN, "key", name, &e);
	json_array_foreach (lines, i, o) {
		pem = verify_text(o, "public");
		key = sign_key_from_public(pem, strlen(pem), &e);
		if (key == NULL) {
			verify_find_err(v, BUNDLE_BROKEN, "key", name, &e);
		} else if (strcmp(sign_key_id(key), verify_text(o, "key")) !=
		    0) {
			verify_find(v, BUNDLE_BROKEN, "key", name,
			    "a public key that is not the one of its id");
			sign_key_free(key);
		} else {
			add_key(v->keys, key,
			    json_string_value(
				json_object_get(o, "certificate")));
		}
	}
	json_decref(lines);
}

/* ---- who vouches ---- */

/* A lab may have certified several benches: the name has to be this one. */
static bool
names_bench(const char *pem, const char *bench)
{
	char *name = certificate_bench(pem, NULL);
	bool same = name != NULL && strcmp(name, bench) == 0;

	free(name);
	return same;
}

static void
vouch(struct verify *v, struct known_key *k, int64_t when)
{
	const struct certificate_trust *anchors = v->trust->anchors;
	struct err e = { .line = 0 };

	if (certificate_check(anchors, k->key, NULL, when, &k->by, &e) == 0)
		return;
	k->by = NULL;
	if (k->certificate == NULL)
		return;
	if (certificate_check(
		anchors, k->key, k->certificate, when, &k->by, &e) == -1) {
		k->by = NULL;
		verify_find_err(
		    v, BUNDLE_TRUSTED, "key", sign_key_id(k->key), &e);
	} else if (!names_bench(k->certificate, v->report->bench)) {
		free(k->by);
		k->by = NULL;
		verify_find(v, BUNDLE_TRUSTED, "key", sign_key_id(k->key),
		    "its certificate is for another bench than %s",
		    v->report->bench);
	}
}

/* ---- rotations ---- */

/* The statement's own fields; NULL: not one of this bench. */
static json_t *
read_statement(const struct verify *v, const json_t *rotation)
{
	const char *text = verify_text(rotation, "statement");
	json_t *o = record_decode(text, strlen(text), NULL);

	if (strcmp(verify_text(o, "type"), "rotation") == 0 &&
	    strcmp(verify_text(o, "bench"), v->report->bench) == 0)
		return o;
	json_decref(o);
	return NULL;
}

/* Everything that one rotation hands on from its old key to its new one. */
static bool
hand_on(struct verify *v, const json_t *statement, int64_t manifest_time)
{
	struct known_key *from =
	    find(v->keys, verify_text(statement, "old_key"));
	struct known_key *to = find(v->keys, verify_text(statement, "new_key"));
	bool news = false;

	if (from == NULL || to == NULL)
		return false;
	if (from->is_ours != to->is_ours) {
		from->is_ours = to->is_ours = true;
		news = true;
	}
	if (from->by != NULL && to->by == NULL &&
	    json_integer_value(json_object_get(statement, "time")) <=
		manifest_time) {
		to->by = xasprintf("%s, and the key before it", from->by);
		news = true;
	}
	return news;
}

/* 0: a good rotation, whose new key is known now. */
static int
check_rotation(struct verify *v, const json_t *rotation, json_t *statement)
{
	static const char name[] = "rotations.jsonl";
	struct known_key *from =
	    find(v->keys, verify_text(statement, "old_key"));
	struct err e = { .line = 0 };
	struct sign_key *next;

	if (from == NULL) {
		verify_find(v, BUNDLE_TRUSTED, "key", name,
		    "a rotation from a key that is not in the bundle");
		return -1;
	}
	next = rotation_check(rotation, from->key, &e);
	if (next == NULL) {
		verify_find_err(v, BUNDLE_BROKEN, "key", name, &e);
		return -1;
	}
	if (strcmp(sign_key_id(next), verify_text(statement, "new_key")) != 0) {
		sign_key_free(next);
		verify_find(v, BUNDLE_BROKEN, "key", name,
		    "a rotation to a key that is not the one of its id");
		return -1;
	}
	add_key(v->keys, next, NULL);
	return 0;
}

/* In the order in which they were made: each may bring the next one's old
 * key.  Statements of the good ones; caller decrefs. */
static json_t *
read_rotations(struct verify *v)
{
	static const char name[] = "rotations.jsonl";
	struct err e = { .line = 0 };
	json_t *lines = bundle_lines(v->bundle, name, &e), *rotation;
	json_t *good = json_array(), *statement;
	size_t i;

	verify_account(v, name);
	if (lines == NULL)
		verify_find_err(v, BUNDLE_BROKEN, "key", name, &e);
	json_array_foreach (lines, i, rotation) {
		if (i == ROTATIONS_MAX)
			break;
		statement = read_statement(v, rotation);
		if (statement == NULL)
			verify_find(v, BUNDLE_BROKEN, "key", name,
			    "not a rotation of this bench's key");
		else if (check_rotation(v, rotation, statement) == 0)
			json_array_append(good, statement);
		json_decref(statement);
	}
	json_decref(lines);
	return good;
}

static void
follow_rotations(
    struct verify *v, const json_t *rotations, int64_t manifest_time)
{
	bool news = true;
	json_t *statement;
	size_t i;

	while (news) {
		news = false;
		json_array_foreach (rotations, i, statement)
			news |= hand_on(v, statement, manifest_time);
	}
}

/* ---- the signature ---- */

/* The one over this manifest by its named signer, or NULL with what that
 * means. */
static const json_t *
find_signature(struct verify *v, const json_t *lines, const char *signer)
{
	json_int_t seq =
	    json_integer_value(json_object_get(v->manifest, "seq"));
	const json_t *o;
	bool others = false;
	size_t i;

	json_array_foreach (lines, i, o) {
		if (strcmp(verify_text(o, "purpose"), "manifest") != 0 ||
		    json_integer_value(json_object_get(o, "seq")) != seq)
			continue;
		if (strcmp(verify_text(o, "key"), signer) == 0)
			return o;
		others = true;
	}
	if (others)
		verify_find(v, BUNDLE_BROKEN, "signature", "signatures.jsonl",
		    "the manifest is signed by another key than the one it "
		    "names");
	else
		verify_find(v, BUNDLE_UNSEALED, "signature", "signatures.jsonl",
		    "the manifest is not signed");
	return NULL;
}

static void
check_signature(struct verify *v, const json_t *signature, const char *signer)
{
	const struct known_key *k = find(v->keys, signer);
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];
	struct err e = { .line = 0 };

	if (k == NULL)
		verify_find(v, BUNDLE_BROKEN, "signature", "keys.jsonl",
		    "the signer's key %s is not in the bundle", signer);
	else if (hex_decode(v->report->manifest, digest, sizeof(digest)) ==
		-1 ||
	    hex_decode(verify_text(signature, "sig"), sig, sizeof(sig)) == -1)
		verify_find(v, BUNDLE_BROKEN, "signature", "signatures.jsonl",
		    "not a signature in hexadecimal");
	else if (sign_verify(k->key, SIGN_MANIFEST, digest, sig, &e) == -1)
		verify_find_err(
		    v, BUNDLE_BROKEN, "signature", "signatures.jsonl", &e);
}

static void
judge_signer(struct verify *v, const char *signer)
{
	const json_t *time = json_object_get(v->manifest, "time");
	int64_t when = json_integer_value(time);
	struct known_key *own = find(v->keys, signer);
	json_t *rotations;
	size_t i;

	for (i = 0; v->trust->anchors != NULL && i < v->keys->n; i++)
		vouch(v, &v->keys->keys[i], when / SECOND_NS);
	if (own != NULL)
		own->is_ours = true;
	rotations = read_rotations(v);
	follow_rotations(v, rotations, when);
	json_decref(rotations);
	own = find(v->keys, signer);
	if (own != NULL && own->by != NULL) {
		v->is_vouched = true;
		v->report->by = xstrdup(own->by);
	} else if (own != NULL) {
		verify_find(v, BUNDLE_UNKNOWN, "signer", signer,
		    v->trust->anchors == NULL
			? "nobody vouches for this key: --trust FILE says whom "
			  "you trust"
			: "nobody whom you trust vouches for this key at the "
			  "time of the manifest");
	}
}

void
verify_signature(struct verify *v)
{
	static const char name[] = "signatures.jsonl";
	const char *signer = verify_text(v->manifest, "signer");
	struct err e = { .line = 0 };
	json_t *lines = bundle_lines(v->bundle, name, &e);
	const json_t *signature;

	verify_account(v, name);
	read_keys(v);
	if (lines == NULL)
		verify_find_err(v, BUNDLE_BROKEN, "signature", name, &e);
	if (v->manifest == NULL) {
		json_decref(lines);
		return;
	}
	snprintf(v->report->signer, sizeof(v->report->signer), "%s", signer);
	if (*signer == '\0') {
		verify_find(v, BUNDLE_UNSEALED, "signature", "records.jsonl",
		    "the manifest names no signer");
	} else {
		signature = find_signature(v, lines, signer);
		judge_signer(v, signer);
		if (signature != NULL)
			check_signature(v, signature, signer);
	}
	json_decref(lines);
}

const struct sign_key *
verify_key_of_bench(const struct verify *v, const char *id)
{
	const struct known_key *k = find(v->keys, id);

	return k != NULL && (k->is_ours || k->by != NULL) ? k->key : NULL;
}
