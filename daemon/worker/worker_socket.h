/*
 * worker_socket: sockets to one target, and what their errors say of it.
 */
#ifndef ASSAY_WORKER_SOCKET_H
#define ASSAY_WORKER_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "probes/probe.h"

/* The address to send to. Returns its size. */
socklen_t worker_socket_address(
    struct sockaddr_storage *ss, const struct assay_target *t, uint16_t port);
/* type: SOCK_STREAM or SOCK_DGRAM.  Bound to source, an address of the bench,
 * because its port must be known before the first frame; TCP closes with RST.
 * The descriptor is in *fd also when it fails (or -1): -1 with errno. */
int worker_socket_open(const struct assay_target *t, const uint8_t *source,
    int type, int *fd, uint16_t *local_port);
/* 0: under way, or there.  Else the error, never 0. */
int worker_socket_connect(int fd, const struct assay_target *t, uint16_t port);
/* How the connect ended.  False: it has not, wait on. */
bool worker_socket_result(int fd, enum assay_tcp_result *result);
/* An ICMP error is in the socket's queue; *error is what errno says of it. */
bool worker_socket_icmp_error(int fd, int *error);

#endif
