/*
 * segment_state: how an interface was before we took it, on disk.
 *
 * Written durably before the interface moves, removed when it is as it was;
 * so after an end of any kind, a file that is there says what is still owed.
 */
#ifndef ASSAY_SEGMENT_STATE_H
#define ASSAY_SEGMENT_STATE_H

#include "daemon/warden/netlink.h"
#include "daemon/warden/segment_offload.h"

#define SEGMENT_STATE_ADDRESSES_MAX 32

struct segment_state {
	struct netlink_link link;
	struct segment_offloads offloads;
	struct netlink_address addresses[SEGMENT_STATE_ADDRESSES_MAX];
	size_t naddresses;
};

/* directory: absolute; the file is named as the interface. */
int segment_state_write(
    const char *directory, const struct segment_state *s, struct err *e);
/* 1 read, 0 there is none, -1 with *e: unreadable. */
int segment_state_read(const char *directory, const char *interface,
    struct segment_state *s, struct err *e);
void segment_state_remove(const char *directory, const char *interface);

/* What a machine interface is like; fd: AF_INET socket. */
int segment_state_take(struct netlink *nl, int fd, const char *interface,
    struct segment_state *s, struct err *e);
/* Makes the interface of that index and name as it was. What fails is told in
 * *e, and the rest is done. */
int segment_state_restore(struct netlink *nl, int fd,
    const struct netlink_link *now, const struct segment_state *s,
    struct err *e);
/* What an earlier life still owes this interface: restores it and removes the
 * file.  A file about another interface of that name (its MAC differs) means
 * nothing any more; one about hardware that is not there is kept. */
void segment_state_settle(
    struct netlink *nl, int fd, const char *directory, const char *interface);

#endif
