/*
 * bad_connect_outside: connects, by plain system calls, to where its segment
 * does not lead.  It passes if it gets through anywhere, and says what the
 * kernel answered.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/probes/sample.h"

#define LIMIT_MS 700

static const struct assay_param params[] = {
	{ "address", ASSAY_PARAM_STRING, "127.0.0.1", 0, 0, NULL,
	    "Where it goes." },
	{ "port", ASSAY_PARAM_U64, "80", 1, 65535, NULL, "And to which port." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static int
connect_to(const char *address, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const bool is_six = strchr(address, ':') != NULL;
	struct pollfd p = { .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	in.sin_port = htons(port);
	in6.sin6_port = htons(port);
	if (inet_pton(is_six ? AF_INET6 : AF_INET, address,
		is_six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1)
		return EINVAL;
	p.fd =
	    socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (connect(p.fd, is_six ? (void *)&in6 : (void *)&in,
		is_six ? sizeof(in6) : sizeof(in)) == -1)
		error = errno;
	if (error == EINPROGRESS && poll(&p, 1, LIMIT_MS) == 0)
		error = ETIMEDOUT;
	else if (error == EINPROGRESS &&
	    getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		error = errno;
	close(p.fd);
	return error;
}

static void
run(struct assay_job *job)
{
	const char *address = assay_param_string(job, "address");
	const uint16_t port = (uint16_t)assay_param_u64(job, "port");
	const int error = connect_to(address, port);
	char text[128];
	const struct assay_observation o = {
		.field = "text",
		.value = ASSAY_STRING(text),
	};
	uint32_t id;

	snprintf(text, sizeof(text), "%s", strerror(error));
	id = sample_observe(job, error == 0);
	(void)assay_observe(job, &o);
	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_finish(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.connect_outside"),
	.params = params,
	.needs = ASSAY_NEED_TCP,
	.run = run,
	.judge = sample_judge,
};
