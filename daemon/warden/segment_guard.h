/*
 * segment_guard: whom a worker's frames may go to.
 *
 * On a segment live others than the device under test: phones, hubs, sensors.
 * A packet filter on the interface lets a worker's frames out to the device's
 * MAC address, and to groups, and drops every other: those of its sockets,
 * told by the worker's user, and raw ones, told by a mark that the warden put
 * on the socket and that a worker has not the right to change.
 *
 * And what would be printed (bytes of TCP to ports 9100 to 9107) gets out to a
 * device alone whose profile consents to it, whoever sends it: what a worker
 * has written its kernel sends again and again, also when the worker is gone
 * and nobody's.
 *
 * And a RST to one of a sweep's own ports goes no further than to the sockets
 * that see whole frames, the worker's and the capture's: the kernel has no use
 * for it, and takes as long to find that out as to bring it here.
 */
#ifndef ASSAY_SEGMENT_GUARD_H
#define ASSAY_SEGMENT_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define SEGMENT_GUARD_MARK 0x61737361u /* of a worker's raw socket */

/* The rules, with no device yet. Pure; caller frees. */
char *segment_guard_format(
    const char *interface, uid_t first_worker, unsigned workers);
/* The rules that make mac the device (NULL: there is none).  prints: there is a
 * consent to it.  Pure; caller frees. */
char *segment_guard_format_dut(const uint8_t *mac, bool prints);

/* Sets them in a segment's namespace. 0, or -1 with *e. */
int segment_guard_set(int netns, const char *interface, uid_t first_worker,
    unsigned workers, struct err *e);
int segment_guard_set_dut(
    int netns, const uint8_t *mac, bool prints, struct err *e);

#endif
