/*
 * warden_canary: what the machine sends towards a segment, and must not arrive.
 */
#ifndef ASSAY_WARDEN_CANARY_H
#define ASSAY_WARDEN_CANARY_H

#include "base/msg.h"

struct warden;

/* The engine's request: one frame by every interface of the machine that is up
 * (segments are in namespaces of their own).  0, or -1: malformed. */
int warden_canary_on_send(struct warden *w, struct msg_in *m);

#endif
