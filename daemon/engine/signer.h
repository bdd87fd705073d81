/*
 * signer: the bench's key as the engine knows it: its public half, and a
 * warden that signs.
 */
#ifndef ASSAY_SIGNER_H
#define ASSAY_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/msg.h"
#include "daemon/engine/engine.h"
#include "signing/sign_key.h"

struct signer;

struct signer *signer_new(struct engine *en);
void signer_free(struct signer *s); /* NULL is fine */

/* From the warden: ENGINE_KEY, and ENGINE_ROTATED that nobody waits for.  -1:
 * malformed. */
int signer_on_key(struct signer *s, struct msg_in *m);
int signer_on_rotated(struct signer *s, struct msg_in *m);

const char *signer_key(const struct signer *s);    /* id; "": not known yet */
const char *signer_public(const struct signer *s); /* PEM; "" */

/* why NULL: signed, by key.  Else there is no signature. */
typedef void signer_on_signed(
    void *arg, const char *key, const uint8_t sig[SIGN_SIZE], const char *why);
/* Answered once, later: by the warden, or when it does not answer.  purpose:
 * SIGN_MANIFEST or SIGN_TOMBSTONE. */
void signer_sign(struct signer *s, enum sign_purpose purpose,
    const uint8_t digest[SHA256_SIZE], signer_on_signed *on_answer, void *arg);

/* A new key.  why NULL: it is in use, and its rotation is durable. */
typedef void signer_on_new_key(void *arg, const char *key, const char *why);
/* -1 with *e: not now. */
int signer_rotate(
    struct signer *s, signer_on_new_key *on_new_key, void *arg, struct err *e);
/* A new key is on its way: no run may begin. */
bool signer_is_rotating(const struct signer *s);

#endif
