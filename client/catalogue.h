/*
 * catalogue: the catalogue that a command goes by.
 */
#ifndef ASSAY_CLIENT_CATALOGUE_H
#define ASSAY_CLIENT_CATALOGUE_H

#include "catalogue/catalogue.h"
#include "client/client.h"

/* Of --catalogue-dir, or what is beside this program, with --overlay or
 * /etc/assay/catalogue.d if that is there.  NULL after complaining. */
struct catalogue *client_catalogue(const struct client *c);
/* The same of this directory. */
struct catalogue *client_catalogue_in(const struct client *c, const char *dir);

#endif
