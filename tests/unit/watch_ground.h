/*
 * watch_ground: a segment for tests of the watch: two namespaces of our own
 * with a veth between, the real watch in one, a real Linux stack as device in
 * the other, and the test in place of warden, capture and engine.
 */
#ifndef ASSAY_TEST_WATCH_GROUND_H
#define ASSAY_TEST_WATCH_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/msg.h"

#define GROUND_INTERFACE "seg0"

#define GROUND_KEPT_MAX 64

struct watch_ground_kept { /* a message not yet asked for */
	size_t size;
	uint8_t datagram[512];
};

struct watch_ground {
	pid_t device, watch;
	int warden, capture, engine; /* our ends */
	int tap; /* sees the segment, in place of the capture */
	unsigned ifindex;
	uint8_t mac[6], device_mac[6];
	struct msg_out out;
	uint8_t datagram[MSG_MAX];
	struct watch_ground_kept kept[GROUND_KEPT_MAX];
	size_t nkept;
};

/* Root, and the tools ip and nsenter; else says why it is skipped. */
bool watch_ground_is_possible(void);
/* Namespaces, veth (10.66.0.1 bench, .2 watch, .9 device; fd66::1, ::2, ::9).
 * The caller moves into the segment's namespace for good. */
void watch_ground_make(struct watch_ground *g);
void watch_ground_start_watch(struct watch_ground *g);
/* A new socket to an engine, as after its death. */
void watch_ground_new_engine(struct watch_ground *g);
void watch_ground_end(struct watch_ground *g);

/* A shell command here, or in the device's namespace; it must succeed. */
void watch_ground_run(const char *command);
void watch_ground_run_on_device(
    const struct watch_ground *g, const char *command);

void watch_ground_ask(struct watch_ground *g); /* g->out to the watch */
/* Hands a frame to the watch as if captured now, incoming. */
void watch_ground_inject(
    struct watch_ground *g, const uint8_t *frame, size_t size);
/* Plays capture until a message of that type is there, at most limit_ms; those
 * of other types are kept, in order, until they are waited for.  False: none
 * came. */
bool watch_ground_wait(
    struct watch_ground *g, uint16_t type, unsigned limit_ms, struct msg_in *m);

#endif
