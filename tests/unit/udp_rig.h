/*
 * udp_rig: a sweep of the UDP ports of a udp_device, for the tests of sweeps.
 */
#ifndef ASSAY_TESTS_UDP_RIG_H
#define ASSAY_TESTS_UDP_RIG_H

#include "probes/probe.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/udp_device.h"

/* One at a time: made by udp_rig_setup(), changed before udp_rig_go(). */
struct udp_rig {
	struct udp_device device;
	struct assay_job *job;
	struct assay_udp_sweep *sweep;
	struct assay_udp_sweep_spec spec;
	struct assay_ports ports, first, holding; /* spec has ports only */
	struct assay_udp_swept got;
	unsigned ended;
	enum assay_sweep_end how;
	const char *text; /* the device's address */
};
extern struct udp_rig udp_rig;

void udp_rig_setup(void);
void udp_rig_teardown(void);
/* Another device, and other dice: the fake job's are as old as its events. */
void udp_rig_seed(int n);
/* Linux's defaults for IPv4. */
void udp_rig_limit4(void);
/* To the end; how long it took, in job time. */
uint64_t udp_rig_go(uint64_t limit_ns);
/* Every port is what it is. */
void udp_rig_is_right(void);
void udp_rig_same(
    const struct assay_ports *a, const struct assay_ports *b, const char *what);

#endif
