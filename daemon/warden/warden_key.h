/*
 * warden_key: the bench's signing key, and what it signs.
 */
#ifndef ASSAY_WARDEN_KEY_H
#define ASSAY_WARDEN_KEY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct warden;

int warden_key_open(struct warden *w, struct err *e); /* makes the first one */
void warden_key_close(struct warden *w);
/* Something will be signed soon. */
void warden_key_prepare(struct warden *w);
bool warden_key_reap(struct warden *w, pid_t pid);
/* To the engine: the public key, and the rotation that led to it. */
void warden_key_tell(struct warden *w);
int warden_key_sign(struct warden *w, uint32_t request, uint8_t purpose,
    const uint8_t digest[32], struct err *e);
int warden_key_rotate(struct warden *w, uint32_t request,
    const char *prev_manifest, struct err *e);

#endif
