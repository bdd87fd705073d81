/*
 * signer: the bench's key as the engine knows it.
 *
 * A manifest names its signer before it is signed; so the key changes only
 * while no run is there that could end.
 */
#include "daemon/engine/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/publish.h"
#include "daemon/engine/run.h"

#define LIMIT_MS 10000 /* for the warden to answer */

struct signer {
	struct engine *en;
	char key[SHA256_HEX_SIZE];
	char *public;
	bool rotating;
	signer_on_new_key *on_new_key;
	void *arg;
};

struct asking {
	signer_on_signed *on_signed;
	void *arg;
};

struct signer *
signer_new(struct engine *en)
{
	struct signer *s = xcalloc(1, sizeof(*s));

	s->en = en;
	s->public = xstrdup("");
	return s;
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	free(s->public);
	free(s);
}

int
signer_on_key(struct signer *s, struct msg_in *m)
{
	char key[SHA256_HEX_SIZE], *pem;
	json_t *row;

	msg_get_string(m, key, sizeof(key));
	pem = msg_dup_string(m);
	if (pem == NULL || msg_end(m) == -1 || s->en->journal == NULL) {
		free(pem);
		return -1;
	}
	memcpy(s->key, key, sizeof(s->key));
	free(s->public);
	s->public = pem;
	journal_set_signer(s->en->journal, s->key);
	row = json_pack("{s:s, s:s}", "key", s->key, "public", s->public);
	store_add(s->en->store, "key", row, NULL, NULL);
	json_decref(row);
	return 0;
}

const char *
signer_key(const struct signer *s)
{
	return s->key;
}

const char *
signer_public(const struct signer *s)
{
	return s->public;
}

bool
signer_is_rotating(const struct signer *s)
{
	return s->rotating;
}

/* ---- signatures ---- */

/* The policy's text of an ENGINE_REFUSED. */
static void
read_refusal(struct msg_in *m, char *why, size_t size)
{
	if (msg_get_string(m, why, size) == -1 || msg_end(m) == -1)
		fatal("warden: malformed refusal");
}

static void
on_signed(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct asking *a = arg;
	char key[SHA256_HEX_SIZE] = "", text[512];
	const uint8_t *sig = NULL;
	size_t n = 0;

	(void)fd;
	if (m == NULL) {
		snprintf(text, sizeof(text), "%s", why);
	} else if (m->type == ENGINE_SIGNED) {
		msg_get_string(m, key, sizeof(key));
		msg_get_bytes(m, &sig, &n);
		if (msg_end(m) == -1 || n != SIGN_SIZE)
			fatal("warden: malformed signature");
		text[0] = '\0';
	} else {
		read_refusal(m, text, sizeof(text));
	}
	a->on_signed(a->arg, key, sig, text[0] == '\0' ? NULL : text);
	free(a);
}

void
signer_sign(struct signer *s, enum sign_purpose purpose,
    const uint8_t digest[SHA256_SIZE], signer_on_signed *on_answer, void *arg)
{
	struct asking *a = xcalloc(1, sizeof(*a));
	struct msg_out m;

	a->on_signed = on_answer;
	a->arg = arg;
	msg_start(&m, WARDEN_SIGN);
	msg_put_u32(&m,
	    requests_add(
		s->en->requests, ASKED_WARDEN, LIMIT_MS, on_signed, a));
	msg_put_u8(&m, (uint8_t)purpose);
	msg_put_bytes(&m, digest, SHA256_SIZE);
	peer_send(s->en->warden, &m, -1);
}

/* ---- rotation ---- */

static void
end_rotation(struct signer *s, const char *why)
{
	s->rotating = false;
	s->on_new_key(s->arg, s->key, why);
}

static void
on_rotation_durable(void *arg, uint64_t seq, const char *error)
{
	(void)seq;
	end_rotation(arg, error);
}

/* The rest of an ENGINE_ROTATED, to the store.  -1: malformed. */
static int
keep_rotation(struct signer *s, struct msg_in *m, store_on_durable *on_durable)
{
	char *text = msg_dup_string(m);
	json_t *rotation = text == NULL ? NULL : json_loads(text, 0, NULL);

	free(text);
	if (rotation == NULL || msg_end(m) == -1) {
		json_decref(rotation);
		return -1;
	}
	store_add(s->en->store, "rotation", rotation, on_durable, s);
	json_decref(rotation);
	return 0;
}

int
signer_on_rotated(struct signer *s, struct msg_in *m)
{
	uint32_t request;

	msg_get_u32(m, &request);
	return keep_rotation(s, m, NULL);
}

static void
on_rotated(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct signer *s = arg;
	char text[512];

	(void)fd;
	if (m == NULL) {
		end_rotation(s, why);
	} else if (m->type != ENGINE_ROTATED) {
		read_refusal(m, text, sizeof(text));
		end_rotation(s, text);
	} else if (keep_rotation(s, m, on_rotation_durable) == -1) {
		fatal("warden: malformed rotation");
	}
}

int
signer_rotate(
    struct signer *s, signer_on_new_key *on_new_key, void *arg, struct err *e)
{
	struct msg_out m;

	if (s->rotating)
		return err_set(e, "the key is being replaced already");
	if (!TAILQ_EMPTY(&s->en->runs) || !publish_is_idle(s->en->publish))
		return err_set(e,
		    "runs are queued or under way, which end under the key "
		    "they began with: wait for them, or cancel them");
	if (store_pending(s->en->store) > 0)
		return err_set(e, "records are being stored: try again");
	s->rotating = true;
	s->on_new_key = on_new_key;
	s->arg = arg;
	msg_start(&m, WARDEN_ROTATE);
	msg_put_u32(&m,
	    requests_add(
		s->en->requests, ASKED_WARDEN, LIMIT_MS, on_rotated, s));
	msg_put_string(&m, journal_manifest(s->en->journal));
	peer_send(s->en->warden, &m, -1);
	return 0;
}
