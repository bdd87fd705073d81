/*
 * watch_netlink: what the kernel says of the segment's namespace: links,
 * addresses, routes, forwarding (rtnetlink(7)).
 *
 * Plain rtnetlink, one socket for events and one for questions, both opened
 * before the process gives up its rights; a question is answered within a
 * second or not at all.
 */
#ifndef ASSAY_WATCH_NETLINK_H
#define ASSAY_WATCH_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;
struct rtattr;

struct watch_netlink {
	int fd;       /* questions; -1: not open */
	int event_fd; /* link events, non-blocking */
	uint32_t seq;
};

/* 0, or -1 with errno. */
int watch_netlink_open(struct watch_netlink *nl);
void watch_netlink_close(struct watch_netlink *nl);

/* Asks (a request that the caller has filled from its header on) and calls
 * on_message for each message of the answer.  0, or the kernel's negative
 * errno; -EIO when the answer makes no sense or does not come. */
int watch_netlink_ask(struct watch_netlink *nl, struct nlmsghdr *request,
    void (*on_message)(void *arg, struct nlmsghdr *m), void *arg);
/* Asks for all of one kind: RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE,
 * RTM_GETNETCONF; family AF_… */
int watch_netlink_dump(struct watch_netlink *nl, uint16_t type, uint8_t family,
    void (*on_message)(void *arg, struct nlmsghdr *m), void *arg);

/* The attribute of that type behind a message's fixed part of `fixed` bytes,
 * at least `size` bytes long; NULL: none. */
const void *watch_netlink_attribute(
    struct nlmsghdr *m, size_t fixed, uint16_t type, size_t size);

/* One link's state, as its messages say. */
struct watch_netlink_link {
	bool up;          /* administratively up, running, with a carrier */
	uint32_t changes; /* of the carrier so far */
};

/* 0, or -1: no such interface, or no answer. */
int watch_netlink_get_link(struct watch_netlink *nl, unsigned ifindex,
    struct watch_netlink_link *link);
/* Reads one event (the kernel sends one message per datagram).  1: it was of
 * ifindex and *link is its state; 2: it was of another; 0: there is none; -1:
 * events were lost, ask. */
int watch_netlink_next_event(struct watch_netlink *nl, unsigned ifindex,
    struct watch_netlink_link *link);

#endif
