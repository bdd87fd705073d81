/*
 * netlink_socket: for netlink's own files.
 */
#ifndef ASSAY_NETLINK_SOCKET_H
#define ASSAY_NETLINK_SOCKET_H

struct netlink;
struct nl_sock;

struct nl_sock *netlink_socket(struct netlink *nl); /* borrowed */

#endif
