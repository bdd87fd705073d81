/*
 * control_keys: key.*, run.seal: whose signature this bench's runs bear.
 *
 * What is certified and what is signed is public; only a new key is root's
 * alone to ask for.
 */
#include "daemon/control/control_asked.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/signer.h"
#include "signing/certificate.h"

/* One question after the other, each adding to the answer. */
struct showing {
	struct engine *en;
	struct control_call *call;
	json_t *result, *rows;
};

static void
refuse_showing(struct showing *s, const char *error)
{
	control_refusef(s->call, CONTROL_UNAVAILABLE, "%s", error);
	json_decref(s->result);
	json_decref(s->rows);
	free(s);
}

static void
end_showing(struct showing *s)
{
	control_reply(s->call, s->result);
	json_decref(s->rows);
	free(s);
}

/* ---- key.show ---- */

static void
on_rotation(void *arg, const json_t *row, const char *error)
{
	struct showing *s = arg;

	if (row != NULL) {
		json_array_append_new(s->rows, json_deep_copy(row));
		return;
	}
	if (error != NULL) {
		refuse_showing(s, error);
		return;
	}
	json_object_set(s->result, "rotations", s->rows);
	end_showing(s);
}

static void
on_certificate(void *arg, const json_t *row, const char *error)
{
	struct showing *s = arg;
	json_t *args;

	if (row != NULL) { /* the newest comes last */
		json_object_set(s->result, "certificate",
		    json_object_get(row, "certificate"));
		return;
	}
	if (error != NULL) {
		refuse_showing(s, error);
		return;
	}
	args = json_pack("{s:s}", "kind", "rotation");
	store_query(s->en->store, "added", args, on_rotation, s);
	json_decref(args);
}

/* Refuses the call when the warden has not said it yet. */
static bool
has_key(const struct engine *en, struct control_call *c)
{
	if (!control_is_ready(en, c))
		return false;
	if (signer_key(en->signer)[0] != '\0')
		return true;
	control_refusef(c, CONTROL_UNAVAILABLE, "this bench has no key");
	return false;
}

void
control_call_key_show(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	const char *key = signer_key(en->signer);
	struct showing *s;
	json_t *args;

	(void)params;
	if (!has_key(en, c))
		return;
	s = xcalloc(1, sizeof(*s));
	s->en = en;
	s->call = c;
	s->rows = json_array();
	s->result = json_pack("{s:s, s:s, s:s, s:n}", "bench", en->conf->bench,
	    "key", key, "public", signer_public(en->signer), "certificate");
	args = json_pack("{s:s, s:s}", "kind", "certificate", "key", key);
	store_query(en->store, "added", args, on_certificate, s);
	json_decref(args);
}

/* ---- key.certify ---- */

static void
on_certified(void *arg, uint64_t seq, const char *error)
{
	struct showing *s = arg;

	(void)seq;
	if (error != NULL)
		refuse_showing(s, error);
	else
		end_showing(s);
}

/* It names this bench and this key.  Whether its lab is to be trusted is for
 * whoever verifies. */
static int
check_certificate(const struct engine *en, const char *pem, struct err *e)
{
	const char *public = signer_public(en->signer);
	struct sign_key *key = sign_key_from_public(public, strlen(public), e);
	char *bench;
	int r = -1;

	if (key == NULL)
		return -1;
	bench = certificate_bench(pem, e);
	if (bench != NULL && strcmp(bench, en->conf->bench) != 0)
		err_set(e,
		    "the certificate is for bench \"%.64s\", this one is %s",
		    bench, en->conf->bench);
	else if (bench != NULL)
		r = certificate_is_for(pem, key, e);
	free(bench);
	sign_key_free(key);
	return r;
}

void
control_call_key_certify(
    void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	const char *pem = control_text(params, "certificate");
	struct showing *s;
	struct err e;
	json_t *row;

	if (!has_key(en, c))
		return;
	if (check_certificate(en, pem, &e) == -1) {
		control_refuse(c, CONTROL_REFUSED, &e);
		return;
	}
	s = xcalloc(1, sizeof(*s));
	s->call = c;
	s->result = json_pack("{s:s}", "key", signer_key(en->signer));
	row = json_pack(
	    "{s:s, s:s}", "key", signer_key(en->signer), "certificate", pem);
	store_add(en->store, "certificate", row, on_certified, s);
	json_decref(row);
}

/* ---- key.rotate ---- */

static void
on_new_key(void *arg, const char *key, const char *why)
{
	struct showing *s = arg;

	if (why != NULL) {
		refuse_showing(s, why);
		return;
	}
	json_object_set_new(s->result, "key", json_string(key));
	end_showing(s);
}

void
control_call_key_rotate(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct showing *s;
	struct err e;

	(void)params;
	if (!has_key(en, c))
		return;
	if (control_call_uid(c) != 0) {
		control_refusef(c, CONTROL_NOT_ALLOWED,
		    "only root may have the bench's key replaced");
		return;
	}
	s = xcalloc(1, sizeof(*s));
	s->call = c;
	s->result = json_pack("{s:s}", "old_key", signer_key(en->signer));
	if (signer_rotate(en->signer, on_new_key, s, &e) == 0)
		return;
	control_refuse(c, CONTROL_REFUSED, &e);
	json_decref(s->result);
	free(s);
}

/* ---- run.seal ---- */

/* Who says that the signer's key is this bench's: the newest certificate. */
static void
on_signer(void *arg, const json_t *row, const char *error)
{
	const char *pem =
	    json_string_value(json_object_get(row, "certificate"));
	struct showing *s = arg;
	char *lab;

	if (row != NULL) {
		lab = pem == NULL ? NULL : certificate_lab(pem, NULL);
		if (lab != NULL)
			json_object_set_new(s->result, "lab", json_string(lab));
		free(lab);
	} else if (error != NULL) {
		refuse_showing(s, error);
	} else {
		end_showing(s);
	}
}

static void
on_signature(void *arg, const json_t *row, const char *error)
{
	struct showing *s = arg;
	json_t *args;

	if (row != NULL) {
		json_array_append_new(s->rows, json_deep_copy(row));
		return;
	}
	if (error != NULL) {
		refuse_showing(s, error);
		return;
	}
	json_object_set(s->result, "signatures", s->rows);
	if (!json_is_string(json_object_get(s->result, "signer"))) {
		end_showing(s);
		return;
	}
	args = json_pack("{s:s, s:O}", "kind", "certificate", "key",
	    json_object_get(s->result, "signer"));
	store_query(s->en->store, "added", args, on_signer, s);
	json_decref(args);
}

static void
on_manifest(void *arg, const json_t *row, const char *error)
{
	struct showing *s = arg;
	json_t *args;

	if (row != NULL) {
		json_object_set(
		    s->result, "manifest", json_object_get(row, "sha256"));
		json_object_set(s->result, "signer",
		    json_object_get(json_object_get(row, "record"), "signer"));
		return;
	}
	if (error != NULL) {
		refuse_showing(s, error);
		return;
	}
	args = json_pack("{s:s, s:O}", "kind", "signature", "run",
	    json_object_get(s->result, "run"));
	store_query(s->en->store, "added", args, on_signature, s);
	json_decref(args);
}

void
control_call_run_seal(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct showing *s;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	s = xcalloc(1, sizeof(*s));
	s->en = en;
	s->call = c;
	s->rows = json_array();
	s->result = json_pack("{s:O, s:n, s:n, s:n}", "run",
	    json_object_get(params, "run"), "manifest", "signer", "lab");
	args = json_pack("{s:O, s:s}", "run", json_object_get(params, "run"),
	    "type", "manifest");
	store_query(en->store, "records", args, on_manifest, s);
	json_decref(args);
}
