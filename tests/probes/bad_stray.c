/*
 * bad_stray: sends to somebody else on the segment: raw frames to a MAC
 * address, and datagrams by a plain socket to an IP address.  The same to its
 * own device, so that silence elsewhere shows something.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/probes/sample.h"

#define TIMES 5

static const struct assay_param params[] = {
	{ "mac", ASSAY_PARAM_STRING, "02:00:00:00:00:20", 0, 0, NULL,
	    "Whose." },
	{ "address", ASSAY_PARAM_STRING, "10.77.0.60", 0, 0, NULL, "And." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void
send_frames(struct assay_job *job, const uint8_t *mac)
{
	const struct assay_target *t = assay_target_at(job, 0);
	uint8_t frame[60] = { 0 };
	struct assay_buffer b = { frame, sizeof(frame) };
	int i;

	memcpy(frame, mac, 6);
	memcpy(frame + 6, t->source_mac, 6);
	frame[12] = 0x88; /* local experimental, IEEE 802 */
	frame[13] = 0xb5;
	for (i = 0; i < TIMES; i++)
		(void)assay_link_send(job, &b, 1);
}

static void
send_datagrams(const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(7777) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;

	if (fd == -1 || inet_pton(AF_INET, address, &in.sin_addr) != 1)
		return;
	if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
		for (i = 0; i < TIMES; i++)
			(void)send(fd, "stray", 5, MSG_DONTWAIT);
	close(fd);
}

static bool
read_mac(const char *text, uint8_t mac[6])
{
	char *end;
	size_t i;

	for (i = 0; i < 6; i++) {
		mac[i] = (uint8_t)strtoul(text, &end, 16);
		if (end != text + 2 || *end != (i == 5 ? '\0' : ':'))
			return false;
		text = end + 1;
	}
	return true;
}

static void
run(struct assay_job *job)
{
	const struct assay_target *t = assay_target_at(job, 0);
	uint8_t mac[6];

	if (!read_mac(assay_param_string(job, "mac"), mac)) {
		assay_fail(job, "no mac");
		return;
	}
	send_frames(job, mac);
	send_frames(job, t->mac);
	send_datagrams(assay_param_string(job, "address"));
	send_datagrams("10.77.0.50");
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.stray"),
	.params = params,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_UDP,
	.run = run,
	.judge = sample_judge,
};
