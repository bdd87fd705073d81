/*
 * warden_fence: the way out of a segment, while a scenario of mode cloud runs.
 *
 * Opened for one device and the hosts that its profile names and root allows;
 * shut at the scenario's end, when the engine or the uplink's process ends,
 * and, with the namespaces, when the warden does.
 */
#ifndef ASSAY_WARDEN_FENCE_H
#define ASSAY_WARDEN_FENCE_H

#include "daemon/warden/warden_parts.h"

struct warden_fence;

/* The engine's requests; 0, or -1: malformed. */
int warden_fence_on_open(struct warden *w, struct msg_in *m);
int warden_fence_on_close(struct warden *w, struct msg_in *m);
/* What the uplink says. */
int warden_fence_on_uplink(struct warden_segment *s, struct msg_in *m);
/* Its process has ended, or is to be told what it is there for. */
void warden_fence_on_gone(struct warden_segment *s, const char *why);
void warden_fence_greet(struct warden_segment *s);
/* A new watch or services: what is open now. */
void warden_fence_greet_watch(struct warden_segment *s);
void warden_fence_greet_services(struct warden_segment *s);
/* Shuts it, whatever state it is in; no word to the engine. */
void warden_fence_shut(struct warden_segment *s);

#endif
