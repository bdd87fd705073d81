/*
 * udp_device: a device with UDP ports for tests of sweeps: open, closed,
 * filtered and silent ones, a line that loses, and the limits that real ones
 * put on their ICMP errors.
 */
#ifndef ASSAY_TESTS_UDP_DEVICE_H
#define ASSAY_TESTS_UDP_DEVICE_H

#include "probes/probe.h"
#include "tests/unit/fake_job.h"

#define UDP_DEVICE_PEERS 1100

struct udp_bucket {
	double tokens;
	uint64_t last_ns;
	uint8_t addr[16];
	bool used;
};

struct udp_handshake {
	uint8_t addr[16], own[16];
	uint16_t port;
};

struct udp_device {
	struct assay_ports open, elsewhere, silent, filtered; /* else closed */
	uint64_t rtt_ns;
	unsigned lose_percent;       /* each way together */
	double peer_pps, peer_burst; /* ICMP to one address; 0: any */
	double all_pps, all_burst;   /* to all of them */
	double takes_pps;            /* drops what comes faster */
	unsigned neighbours; /* answers only so many addresses; 0: all */
	uint16_t tires;      /* this port answers so many times; 0: none */
	unsigned tires_after;
	/* This port answers only so many of our (address, port), each for
	 * ever: a handshake begun is never forgotten.  0: none. */
	uint16_t holds;
	unsigned holds_most;
	bool shuns_first; /* that port says nothing to our first address */
	bool lies;        /* quotes another port */
	bool mute_icmp;   /* says nothing of closed ports */
	uint64_t dies_ns, back_ns; /* since the clock began; 0: never */
	uint64_t awake_ns,
	    asleep_ns;      /* in turn, since the clock began; 0: up */
	bool no_echo;       /* answers no echo request */
	unsigned answers;   /* to one question; 0: one */
	size_t answer_size; /* payload; 0: 4 bytes */
	/* its state */
	struct udp_bucket peers[UDP_DEVICE_PEERS];
	struct udp_bucket all, taken;
	unsigned npeers;
	uint64_t seed, asked;
	uint16_t times[65536]; /* each port was asked */
	struct udp_handshake handshakes[UDP_DEVICE_PEERS];
	unsigned nhandshakes;
};

void udp_device_init(struct udp_device *d, uint64_t seed);
/* For fake_job_on_send(); arg is the device. */
int udp_device_on_send(void *arg, struct assay_job *job,
    const struct assay_buffer *frames, size_t n);
/* For fake_job_on_talk(): the same device by the kernel's sockets. */
void udp_device_on_talk(
    void *arg, struct assay_job *job, struct fake_job_talk *t);

#endif
