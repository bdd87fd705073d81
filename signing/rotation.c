/*
 * rotation: a bench key hands over to the next.
 *
 * A statement with one field too many or too few is refused: what was signed
 * is what was understood.
 */
#include "signing/rotation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "records/record.h"

#define STATEMENT_MAX (2 * SIGN_PEM_MAX)
#define FIELDS 8

static int
sign_statement(const struct sign_key *k, const char *statement, size_t size,
    json_t *o, const char *field, struct err *e)
{
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];
	char hex[2 * SIGN_SIZE + 1];

	sha256(statement, size, digest);
	if (sign_digest(k, SIGN_ROTATION, digest, sig, e) == -1)
		return -1;
	json_object_set_new(
	    o, field, json_string(hex_encode(sig, sizeof(sig), hex)));
	return 0;
}

/* The canonical bytes; caller frees. */
static char *
make_statement(const struct sign_key *old_key, const struct sign_key *new_key,
    json_t *o, size_t *size, struct err *e)
{
	char *pem = sign_key_public_pem(new_key), *text = NULL;

	if (o != NULL && pem != NULL &&
	    json_object_set_new(o, "new", json_string(pem)) == 0 &&
	    json_object_set_new(
		o, "new_key", json_string(sign_key_id(new_key))) == 0 &&
	    json_object_set_new(
		o, "old_key", json_string(sign_key_id(old_key))) == 0)
		text = record_encode(o, size, e);
	else
		err_set(e, "not a rotation: a name is not UTF-8");
	free(pem);
	return text;
}

json_t *
rotation_make(const struct sign_key *old_key, const struct sign_key *new_key,
    const char *bench, const char *prev_manifest, int64_t time_ns,
    struct err *e)
{
	json_t *o = json_pack("{s:s, s:s?, s:I, s:s, s:i}", "bench", bench,
	    "prev_manifest", prev_manifest, "time", (json_int_t)time_ns, "type",
	    "rotation", "v", 1);
	json_t *rotation = NULL;
	size_t size;
	char *text = make_statement(old_key, new_key, o, &size, e);

	json_decref(o);
	if (text == NULL)
		return NULL;
	rotation = json_pack("{s:s}", "statement", text);
	if (rotation == NULL ||
	    sign_statement(old_key, text, size, rotation, "sig_old", e) == -1 ||
	    sign_statement(new_key, text, size, rotation, "sig_new", e) == -1) {
		json_decref(rotation);
		rotation = NULL;
	}
	free(text);
	return rotation;
}

static const char *
text_of(const json_t *o, const char *field)
{
	const char *s = json_string_value(json_object_get(o, field));

	return s == NULL ? "" : s;
}

static bool
is_hash(const json_t *v)
{
	uint8_t bytes[SHA256_SIZE];

	return json_is_null(v) ||
	    (json_is_string(v) &&
		hex_decode(json_string_value(v), bytes, sizeof(bytes)) == 0);
}

/* The new key, if all the fields are there and nothing else. */
static struct sign_key *
read_statement(const json_t *o, const char *old_id, struct err *e)
{
	const char *pem = text_of(o, "new");
	struct sign_key *k;

	if (json_object_size(o) != FIELDS ||
	    json_integer_value(json_object_get(o, "v")) != 1 ||
	    strcmp(text_of(o, "type"), "rotation") != 0 ||
	    !json_is_string(json_object_get(o, "bench")) ||
	    !json_is_integer(json_object_get(o, "time")) ||
	    !is_hash(json_object_get(o, "prev_manifest"))) {
		err_set(e, "not a rotation statement");
		return NULL;
	}
	if (strcmp(text_of(o, "old_key"), old_id) != 0) {
		err_set(
		    e, "the rotation is from another key than %.16s", old_id);
		return NULL;
	}
	k = sign_key_from_public(pem, strlen(pem), e);
	if (k == NULL)
		return NULL;
	if (strcmp(sign_key_id(k), text_of(o, "new_key")) == 0)
		return k;
	err_set(e, "the rotation's new key is not the one it names");
	sign_key_free(k);
	return NULL;
}

static int
check_signature(const json_t *rotation, const char *field,
    const struct sign_key *k, const char *statement, struct err *e)
{
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];

	if (hex_decode(text_of(rotation, field), sig, sizeof(sig)) == -1)
		return err_set(e, "no signature in %s", field);
	sha256(statement, strlen(statement), digest);
	if (sign_verify(k, SIGN_ROTATION, digest, sig, e) == -1)
		return err_prefix(e, "%s", field);
	return 0;
}

struct sign_key *
rotation_check(
    const json_t *rotation, const struct sign_key *old_key, struct err *e)
{
	const char *statement = text_of(rotation, "statement");
	struct sign_key *k;
	json_t *o;

	if (strlen(statement) > STATEMENT_MAX) {
		err_set(e, "not a rotation statement: too long");
		return NULL;
	}
	o = record_decode(statement, strlen(statement), e);
	if (o == NULL)
		return NULL;
	k = read_statement(o, sign_key_id(old_key), e);
	json_decref(o);
	if (k == NULL)
		return NULL;
	if (check_signature(rotation, "sig_old", old_key, statement, e) == 0 &&
	    check_signature(rotation, "sig_new", k, statement, e) == 0)
		return k;
	sign_key_free(k);
	return NULL;
}
