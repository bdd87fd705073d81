/*
 * bad_print: writes to a TCP port of the device by plain system calls, past all
 * that the host would have kept it from.  It passes if it was let connect.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/probes/sample.h"

#define LIMIT_MS 2000

static const struct assay_param params[] = {
	{ "port", ASSAY_PARAM_U64, "9100", 1, 65535, NULL, "Where it writes." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static bool
write_to(const struct assay_target *t, uint16_t port)
{
	static const char text[] = "this is printed\n";
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const bool is_six = t->family == 6;
	struct pollfd p = { .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	in.sin_port = in6.sin6_port = htons(port);
	memcpy(&in.sin_addr, t->addr, 4);
	memcpy(&in6.sin6_addr, t->addr, 16);
	in6.sin6_scope_id = t->ifindex;
	p.fd =
	    socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (p.fd == -1 ||
	    (connect(p.fd, is_six ? (void *)&in6 : (void *)&in,
		 is_six ? sizeof(in6) : sizeof(in)) == -1 &&
		errno != EINPROGRESS))
		return false;
	if (poll(&p, 1, LIMIT_MS) != 1 ||
	    getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 ||
	    error != 0)
		return false;
	/* Closed at once: the kernel goes on sending when we are gone. */
	if (send(p.fd, text, sizeof(text) - 1, MSG_NOSIGNAL) == -1)
		return false;
	close(p.fd);
	return true;
}

static void
run(struct assay_job *job)
{
	const uint16_t port = (uint16_t)assay_param_u64(job, "port");
	bool all = true;
	size_t i;
	uint32_t id;

	for (i = 0; i < assay_target_count(job); i++)
		all = write_to(assay_target_at(job, i), port) && all;
	id = sample_observe(job, all);
	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_finish(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.print"),
	.params = params,
	.needs = ASSAY_NEED_TCP,
	.run = run,
	.judge = sample_judge,
};
