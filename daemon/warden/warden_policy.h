/*
 * warden_policy: what the engine may ask for.  Pure.
 *
 * The policy is interfaces, subnets and who else is there, from the warden's
 * own configuration; of the devices under test it knows nothing.
 */
#ifndef ASSAY_WARDEN_POLICY_H
#define ASSAY_WARDEN_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "scenarios/conf.h"
#include "daemon/warden/netlink.h"

#define WARDEN_PROBE_NAME_MAX 64

/* A segment as the policy sees it. */
struct warden_policy {
	const char *segment;
	const struct netlink_address *own; /* bench: subnets and addresses */
	size_t nown;
	const struct netlink_address *watch; /* the bench's too */
	size_t nwatch;
};

/* [a-z0-9._]{1,64}; 0 or -1 with *e. */
int warden_policy_check_probe(const char *name, struct err *e);
int warden_policy_check_needs(uint32_t needs, struct err *e);
/* The target lies in a subnet of the segment and is one device's address:
 * not the bench's, a broadcast, a multicast, the unspecified one.  addr: 4 or
 * 16 bytes. */
int warden_policy_check_target(const struct warden_policy *p, uint8_t family,
    const uint8_t *addr, struct err *e);
/* Root did not say that this one is there for something else. */
int warden_policy_check_dut(
    const struct conf_segment *conf, const uint8_t mac[6], struct err *e);
/* Root allows a device of this segment to be let to that host. */
int warden_policy_check_cloud(
    const struct conf_segment *conf, const char *host, struct err *e);
/* "tcp.ports" as "tcp_ports.so". Caller frees. */
char *warden_policy_probe_file(const char *name);

#endif
