/*
 * fake_device: what the simulated devices of the probes' tests do alike.
 */
#include "tests/unit/fake_device.h"

#include "tests/unit/fake_job.h"

#define ECHO_HEADER 8

struct packet_ends
fake_device_back(const struct packet *p)
{
	const struct packet_ends e = { p->mac_dst, p->mac_src, p->family,
		p->dst, p->src };

	return e;
}

void
fake_device_answer_syn(
    struct assay_job *job, const struct packet *p, bool open, uint64_t delay_ns)
{
	const struct packet_ends e = fake_device_back(p);
	uint8_t out[PACKET_BUILD_MAX];

	fake_job_feed(job, out,
	    packet_build_tcp(out, &e, p->port_dst, p->port_src, 77, p->seq + 1,
		open ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK, open ? 1000 : 0,
		NULL, 0),
	    delay_ns);
}

void
fake_device_answer_echo(
    struct assay_job *job, const struct packet *p, uint64_t delay_ns)
{
	const struct packet_ends e = fake_device_back(p);
	const uint8_t *t = p->transport;
	uint8_t out[512];
	size_t n;

	n = packet_build_echo(out, &e, (uint16_t)(t[4] << 8 | t[5]),
	    (uint16_t)(t[6] << 8 | t[7]), p->payload, p->payload_size);
	out[n - p->payload_size - ECHO_HEADER] = p->family == 4 ? 0 : 129;
	fake_job_feed(job, out, n, delay_ns);
}

unsigned
fake_device_percent(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % 100;
}

/* splitmix64. */
uint32_t
fake_device_number(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(z >> 32);
}
