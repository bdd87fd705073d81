/*
 * segment: one interface in a network namespace of its own.
 *
 * The namespace has no name and is held by descriptors alone, so the kernel
 * gives a real interface back when the last of our processes is gone, however
 * it ended; the state file says what to restore then.  Inside: no default
 * route, no forwarding, no router advertisement believed, offloads off.
 */
#ifndef ASSAY_SEGMENT_H
#define ASSAY_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "scenarios/conf.h"
#include "daemon/warden/netlink.h"

#define SEGMENT_ADDRESSES_MAX (2 * CONF_ADDRESSES_MAX + 1)

struct segment;

/* state_dir: where interfaces' state files are; both outlive the segment.
 * NULL with *e: nothing was changed, or it was put back. */
struct segment *segment_open(
    const struct conf_segment *conf, const char *state_dir, struct err *e);
/* Gives the interface back, as it was; NULL is fine. */
void segment_close(struct segment *s);

int segment_netns(const struct segment *s); /* borrowed */
/* Readable when links changed in there: then ask segment_is_alive(). */
int segment_monitor(const struct segment *s); /* borrowed */
bool segment_is_alive(struct segment *s);     /* the interface is still there */
const struct netlink_link *segment_link(const struct segment *s);
/* The bench's own addresses, the link-local one last. */
const struct netlink_address *segment_addresses(
    const struct segment *s, size_t *n);
/* The watch's own: one above each of the bench's from assayd.yaml. */
const struct netlink_address *segment_watch_addresses(
    const struct segment *s, size_t *n);
/* To set addresses in there; borrowed. */
struct netlink *segment_netlink(const struct segment *s);
/* A raw AF_PACKET socket made in there, bound to nothing. -1 with *e. */
int segment_open_packet_socket(const struct segment *s, struct err *e);

/* Restores interfaces from files that an earlier life left behind. Those that
 * are not there (yet) keep theirs. */
void segment_sweep(const char *state_dir);

#endif
