/*
 * sample_secrets: what two samples were delivered with, beside each other.
 *
 * Their profiles say in which files of the bench the default secrets are
 * (defaults).  The warden alone reads them and gives a mark for each
 * (warden_secret.h): the same where the secret is, and of no other use.  No
 * secret gets here, and so none into a record.
 */
#ifndef ASSAY_SAMPLE_SECRETS_H
#define ASSAY_SAMPLE_SECRETS_H

#include <jansson.h>

#include "base/err.h"

struct engine;

/* [{sample: its name, secret: the kind, account, mark: hexadecimal or null,
 * why: there is no mark, or null}], first those of a; caller decrefs.  error:
 * NULL, or why there is nothing (the list is NULL then). */
typedef void sample_secrets_on_marks(
    void *arg, json_t *list, const char *error);

/* Of two samples by their names, under a nonce made for this comparison alone.
 * -1 with *e: nothing was asked, and nobody is told. */
int sample_secrets_ask(struct engine *en, const char *a, const char *b,
    sample_secrets_on_marks *on_marks, void *arg, struct err *e);

#endif
