/*
 * impostor_authority: the bench's own certificate authority, which a device may
 * be told to trust, and the one of a single job that it vouches for.
 *
 * Its key stays in its directory, and in a process that lives for a moment:
 * what a job gets is a key made for it alone, with a certificate of this
 * authority that is good for a day.
 *
 *   keys/authority.pem   key and certificate; a lab that has an authority which
 *                        its devices trust puts that one's here instead
 *   keys/authority.crt   the certificate alone, for a device to be given
 */
#ifndef ASSAY_IMPOSTOR_AUTHORITY_H
#define ASSAY_IMPOSTOR_AUTHORITY_H

#include "base/err.h"

/* A file in memory: key and certificate of an authority made for one job, and
 * that of the bench behind it, PEM.  Makes the bench's, when there is none yet.
 * To be called in a process that ends soon.  The descriptor, or -1 with *e. */
int impostor_authority_open(const char *directory, struct err *e);

#endif
