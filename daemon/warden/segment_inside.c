/*
 * segment_inside: what must be done by a process inside of the namespace.
 */
#include "daemon/warden/segment_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/warden/netlink.h"

struct sysctl {
	const char *path, *value;
	bool is_optional; /* a kernel may lack it */
};

/* "default" is what an interface gets when it comes in; "all" rules in any
 * case.  Nothing is forwarded, no router is believed, no address is made
 * from a prefix, and the bench's own addresses are there at once. */
static const struct sysctl sysctls[] = {
	{ "net/ipv4/ip_forward", "0", false },
	{ "net/ipv4/conf/all/forwarding", "0", false },
	{ "net/ipv4/conf/default/forwarding", "0", false },
	{ "net/ipv4/conf/all/accept_redirects", "0", false },
	{ "net/ipv4/conf/default/accept_redirects", "0", false },
	{ "net/ipv4/conf/all/send_redirects", "0", false },
	{ "net/ipv4/conf/default/send_redirects", "0", false },
	{ "net/ipv4/conf/all/proxy_arp", "0", false },
	{ "net/ipv4/conf/default/proxy_arp", "0", false },
	{ "net/ipv6/conf/all/forwarding", "0", false },
	{ "net/ipv6/conf/default/forwarding", "0", false },
	{ "net/ipv6/conf/all/accept_ra", "0", false },
	{ "net/ipv6/conf/default/accept_ra", "0", false },
	{ "net/ipv6/conf/all/autoconf", "0", false },
	{ "net/ipv6/conf/default/autoconf", "0", false },
	{ "net/ipv6/conf/all/accept_redirects", "0", false },
	{ "net/ipv6/conf/default/accept_redirects", "0", false },
	{ "net/ipv6/conf/all/accept_dad", "0", false },
	{ "net/ipv6/conf/default/accept_dad", "0", false },
	{ "net/ipv6/conf/all/disable_ipv6", "0", false },
	{ "net/ipv6/conf/default/disable_ipv6", "0", false },
	/* We add the link-local address ourselves: it is then known and there
	 * before a cable is plugged in. */
	{ "net/ipv6/conf/default/addr_gen_mode", "1", false },
	{ "net/ipv6/conf/default/keep_addr_on_down", "1", true },
};

static int
write_sysctl(int proc, const struct sysctl *s)
{
	size_t size = strlen(s->value);
	int fd, r;

	fd = openat(proc, s->path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	r = write(fd, s->value, size) == (ssize_t)size ? 0 : -1;
	close(fd);
	return r;
}

static int
quieten(struct err *e)
{
	size_t i;
	int proc, r = 0;

	proc = open("/proc/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc == -1)
		return err_set(e, "/proc/sys: %s", strerror(errno));
	for (i = 0; i < sizeof(sysctls) / sizeof(*sysctls) && r == 0; i++)
		if (write_sysctl(proc, &sysctls[i]) == -1 &&
		    !sysctls[i].is_optional)
			r = err_set(e, "/proc/sys/%s: %s", sysctls[i].path,
			    strerror(errno));
	close(proc);
	return r;
}

int
segment_inside_prepare(void *arg, int *fds, struct err *e)
{
	(void)arg;
	if (quieten(e) == -1)
		return -1;
	fds[SEGMENT_INSIDE_NETNS] =
	    open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	fds[SEGMENT_INSIDE_NETLINK] = netlink_open(e);
	fds[SEGMENT_INSIDE_MONITOR] = netlink_open_monitor(e);
	fds[SEGMENT_INSIDE_IOCTL] =
	    socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fds[SEGMENT_INSIDE_NETNS] == -1 ||
	    fds[SEGMENT_INSIDE_NETLINK] == -1 ||
	    fds[SEGMENT_INSIDE_MONITOR] == -1 ||
	    fds[SEGMENT_INSIDE_IOCTL] == -1)
		return err_set(e, "sockets: %s", strerror(errno));
	return 0;
}

int
segment_inside_packet(void *arg, int *fds, struct err *e)
{
	(void)arg;
	/* Protocol 0: not one frame comes in before it is bound. */
	fds[0] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fds[0] == -1)
		return err_set(e, "packet socket: %s", strerror(errno));
	return 0;
}
