/*
 * profile: what the commands on a maker's profile share.
 */
#ifndef ASSAY_CLIENT_PROFILE_H
#define ASSAY_CLIENT_PROFILE_H

#include "client/client.h"

/* To --output, which must not be there yet, or to stdout.  Returns the exit
 * status, after complaining. */
int client_profile_put(const struct client *c, const char *yaml);

/* profile_from.c: a draft of what was seen of a device. */
int client_profile_from(struct client *c, const char *device);

#endif
