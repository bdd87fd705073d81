/*
 * worker_socket: sockets to one target, and what their errors say of it.
 *
 * An ICMP error is no answer of the port's: to the kernel a "port unreachable"
 * is a refusal too, so the error queue is asked who said it.
 */
#include "daemon/worker/worker_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h> /* needs time.h before it */

static socklen_t
make_address(struct sockaddr_storage *ss, const struct assay_target *t,
    const uint8_t *addr, uint16_t port)
{
	struct sockaddr_in *in = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (t->family == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr, 16);
	if (t->scope == ASSAY_IPV6_LINK)
		in6->sin6_scope_id = t->ifindex;
	return sizeof(*in6);
}

static uint16_t
read_local_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t size = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &size) == -1)
		return 0;
	return ntohs(ss.ss_family == AF_INET
		? ((struct sockaddr_in *)&ss)->sin_port
		: ((struct sockaddr_in6 *)&ss)->sin6_port);
}

socklen_t
worker_socket_address(
    struct sockaddr_storage *ss, const struct assay_target *t, uint16_t port)
{
	return make_address(ss, t, t->addr, port);
}

/* Not IP_BIND_ADDRESS_NO_PORT (ip(7)): with it a refused socket has lost its
 * port before it can be asked for it.  Each source has all its ports anyway. */
int
worker_socket_open(const struct assay_target *t, const uint8_t *source,
    int type, int *fd, uint16_t *local_port)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	const bool is_v4 = t->family == 4;
	struct sockaddr_storage ss;
	const int on = 1;
	socklen_t size;

	*fd = socket(
	    is_v4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		return -1;
	if (type == SOCK_STREAM)
		(void)setsockopt(
		    *fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	(void)setsockopt(*fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
	    is_v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof(on));
	size = make_address(&ss, t, source, 0);
	if (bind(*fd, (struct sockaddr *)&ss, size) == -1)
		return -1;
	*local_port = read_local_port(*fd);
	if (*local_port != 0)
		return 0;
	errno = EADDRNOTAVAIL;
	return -1;
}

int
worker_socket_connect(int fd, const struct assay_target *t, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t size = make_address(&ss, t, t->addr, port);

	if (connect(fd, (struct sockaddr *)&ss, size) == 0)
		return 0;
	return errno == EINPROGRESS || errno == EINTR ? 0 : errno;
}

bool
worker_socket_icmp_error(int fd, int *error)
{
	char control[512], data[256];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr h = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct sock_extended_err *e;
	struct cmsghdr *c;

	if (recvmsg(fd, &h, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
		return false;
	for (c = CMSG_FIRSTHDR(&h); c != NULL; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_level != IPPROTO_IP &&
		    c->cmsg_level != IPPROTO_IPV6)
			continue;
		e = (void *)CMSG_DATA(c);
		*error = (int)e->ee_errno;
		if (e->ee_origin == SO_EE_ORIGIN_ICMP ||
		    e->ee_origin == SO_EE_ORIGIN_ICMP6)
			return true;
	}
	return false;
}

static bool
has_icmp_error(int fd)
{
	int error;

	return worker_socket_icmp_error(fd, &error);
}

/* What an error of a connect that was under way says of the device. */
static enum assay_tcp_result
result_of(int error, int fd)
{
	switch (error) {
	case 0:
	case ECONNRESET: /* after the handshake: tcp_reset() says */
	case EPIPE:      /* ECONNREFUSED before it, and only then */
		return ASSAY_TCP_CONNECTED;
	case ECONNREFUSED:
		return has_icmp_error(fd) ? ASSAY_TCP_UNREACHABLE
					  : ASSAY_TCP_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENOPROTOOPT:
	case EPROTO:
	case EACCES:
	case EOPNOTSUPP:
	case ENONET:
		return ASSAY_TCP_UNREACHABLE;
	case ETIMEDOUT:
		return ASSAY_TCP_TIMEOUT;
	default:
		return ASSAY_TCP_LOCAL;
	}
}

/* An ICMP error wakes us when it is in the error queue, which is before the
 * socket's own error is set: then SO_ERROR is still 0, and nothing is connected
 * for all that. */
static bool
is_connected(int fd)
{
	struct sockaddr_storage ss;
	socklen_t size = sizeof(ss);

	return getpeername(fd, (struct sockaddr *)&ss, &size) == 0;
}

bool
worker_socket_result(int fd, enum assay_tcp_result *result)
{
	socklen_t size = sizeof(int);
	int error;

	*result = ASSAY_TCP_LOCAL;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		return true;
	if (error != 0 || is_connected(fd)) {
		*result = result_of(error, fd);
		return true;
	}
	*result = ASSAY_TCP_UNREACHABLE;
	return has_icmp_error(fd);
}
