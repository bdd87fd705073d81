/*
 * warden_secret: is a sample's default secret the same as another's?
 *
 * The engine names a file of secret_dir and is told a mark: an HMAC-SHA256 of
 * its nonce and of what is in the file, under a key that this life of the
 * warden alone has.  Marks under one nonce are the same where the secrets are;
 * nothing else can be found out from them, by guessing neither, here or later.
 */
#ifndef ASSAY_WARDEN_SECRET_H
#define ASSAY_WARDEN_SECRET_H

#include <stdint.h>

#include "base/err.h"
#include "daemon/shared/wire.h"

struct warden;

/* ENGINE_SECRET to the engine; or -1 with *e: there is none that root alone
 * could have put there and read.  A line's end behind it does not count. */
int warden_secret_mark(struct warden *w, uint32_t request, const char *file,
    const uint8_t nonce[WIRE_NONCE_SIZE], struct err *e);

#endif
