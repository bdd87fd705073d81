/*
 * worker_rig: the real assay-worker with the test as its engine.
 */
#include "tests/unit/worker_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_packet.h>

#include <check.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/socket.h>

#include "base/peer.h"
#include "daemon/shared/wire.h"
#include "probes/probe.h"

#define LIMIT_MS 10000

static const uint8_t near_mac[] = { 0x02, 0, 0, 0, 0, 0x01 };
static const uint8_t far_mac[] = { 0x02, 0, 0, 0, 0, 0x10 };

static void
set_interface(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_msg(
	    ioctl(fd, request, ifr) == 0, "ioctl: %s", strerror(errno));
	close(fd);
}

static void
set_flags(const char *name, short flags)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = flags;
	set_interface(SIOCSIFFLAGS, &ifr);
}

static void
bring_up(const char *name)
{
	set_flags(name, IFF_UP);
}

void
rig_bring_down(const char *interface)
{
	set_flags(interface, 0);
}

bool
rig_enter_namespace(void)
{
	if (unshare(CLONE_NEWNET) == -1) {
		printf("skipped: needs root: %s\n", strerror(errno));
		return false;
	}
	bring_up("lo");
	return true;
}

static void
set_mac(const char *name, const uint8_t *mac)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_hwaddr.sa_family = 1; /* ARPHRD_ETHER */
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	set_interface(SIOCSIFHWADDR, &ifr);
}

static void
set_address(const char *name, const char *addr)
{
	struct ifreq ifr;
	struct sockaddr_in *in = (void *)&ifr.ifr_addr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, addr, &in->sin_addr);
	set_interface(SIOCSIFADDR, &ifr);
	inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
	set_interface(SIOCSIFNETMASK, &ifr);
}

void
rig_make_link(void)
{
	struct nl_sock *s = nl_socket_alloc();
	int r;

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(nl_connect(s, NETLINK_ROUTE), 0);
	r = rtnl_link_veth_add(s, RIG_NEAR, RIG_FAR, getpid());
	ck_assert_msg(r == 0, "veth: %s", nl_geterror(r));
	nl_socket_free(s);
	set_mac(RIG_NEAR, near_mac);
	set_mac(RIG_FAR, far_mac);
	bring_up(RIG_FAR);
	bring_up(RIG_NEAR);
	set_address(RIG_NEAR, "10.99.0.1");
}

int
rig_open_raw(const char *interface)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	addr.sll_protocol = htons(ETH_P_ALL);
	addr.sll_ifindex = (int)if_nametoindex(interface);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* Tests lie in BUILD/tests/unit. */
static void
build_path(char *out, size_t size, const char *file)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int up;

	ck_assert_int_gt(n, 0);
	exe[n] = '\0';
	for (up = 0; up < 3; up++)
		*strrchr(exe, '/') = '\0';
	ck_assert_int_lt(snprintf(out, size, "%s/%s", exe, file), (int)size);
}

/* "bad_crash_run" is the file of probe "bad.crash_run". */
static void
probe_name(char *out, size_t size, const char *file)
{
	char *p;

	snprintf(out, size, "%s", file);
	p = strchr(out, '_');
	if (p != NULL)
		*p = '.';
}

/* In the child: what is at from is to be at to. */
static void
place(int from, int to)
{
	if (from == to)
		fcntl(to, F_SETFD, 0);
	else if (dup2(from, to) == -1)
		_exit(99);
}

static _Noreturn void
exec_worker(const char *path, const char *name, const int fds[4])
{
	char *argv[] = { NULL, NULL, NULL }, *env[] = { NULL };
	int i, high[4];

	argv[0] = (char *)(uintptr_t)path;
	argv[1] = (char *)(uintptr_t)name;
	/* Out of each other's way first. */
	for (i = 0; i < 4; i++)
		high[i] = fds[i] == -1 ? -1 : fcntl(fds[i], F_DUPFD, 100);
	place(open("/dev/null", O_RDWR), 0);
	place(0, 1);
	place(high[0], 2);
	place(high[1], WIRE_FD);
	if (high[2] == -1)
		close(WIRE_WORKER_LINK_FD);
	else
		place(high[2], WIRE_WORKER_LINK_FD);
	place(high[3], WIRE_WORKER_PROBE_FD);
	for (i = 6; i < 200; i++)
		close(i);
	execve(path, argv, env);
	_exit(98);
}

void
rig_start(struct rig *r, const char *probe, bool with_link)
{
	char path[PATH_MAX], so[PATH_MAX], file[128], name[128];
	int pair[2], words[2], fds[4];

	memset(r, 0, sizeof(*r));
	build_path(path, sizeof(path), "assay-worker");
	snprintf(file, sizeof(file), "tests/probes/%s.so", probe);
	build_path(so, sizeof(so), file);
	probe_name(name, sizeof(name), probe);
	peer_pair(pair);
	ck_assert_int_eq(pipe2(words, O_CLOEXEC), 0);
	fds[0] = words[1];
	fds[1] = pair[1];
	fds[2] = -1;
	if (with_link) {
		fds[2] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		ck_assert_int_ne(fds[2], -1);
	}
	fds[3] = open(so, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fds[3] != -1, "%s: %s", so, strerror(errno));
	r->pid = fork();
	ck_assert_int_ne(r->pid, -1);
	if (r->pid == 0)
		exec_worker(path, name, fds);
	close(words[1]);
	close(pair[1]);
	if (fds[2] != -1)
		close(fds[2]);
	close(fds[3]);
	r->engine = pair[0];
	r->words = words[0];
}

void
rig_send(struct rig *r)
{
	uint8_t datagram[MSG_MAX];

	datagram[0] = (uint8_t)(r->out.type >> 8);
	datagram[1] = (uint8_t)r->out.type;
	datagram[2] = datagram[3] = 0;
	memcpy(datagram + MSG_HEADER, r->out.body, r->out.size);
	/* The other end may have gone already: that is what is tested. */
	if (send(r->engine, datagram, MSG_HEADER + r->out.size, MSG_NOSIGNAL) ==
	    -1)
		ck_assert_int_eq(errno, EPIPE);
}

void
rig_param(struct rig *r, const char *name, const char *value)
{
	msg_start(&r->out, WORKER_PARAM);
	msg_put_string(&r->out, name);
	msg_put_string(&r->out, value);
	rig_send(r);
}

void
rig_target(struct rig *r, bool on_link)
{
	const char *text = on_link ? "10.99.0.2" : "127.0.0.1";
	const char *source = on_link ? "10.99.0.1" : "127.0.0.1";
	uint8_t addr[4];

	msg_start(&r->out, WORKER_TARGET);
	msg_put_u8(&r->out, 4);
	msg_put_u8(&r->out, ASSAY_IPV4);
	inet_pton(AF_INET, text, addr);
	msg_put_bytes(&r->out, addr, 4);
	msg_put_bytes(&r->out, far_mac, 6);
	inet_pton(AF_INET, source, addr);
	msg_put_bytes(&r->out, addr, 4);
	msg_put_bytes(&r->out, near_mac, 6);
	msg_put_u32(&r->out, if_nametoindex(on_link ? RIG_NEAR : "lo"));
	msg_put_string(&r->out, text);
	rig_send(r);
}

void
rig_go(struct rig *r)
{
	msg_start(&r->out, WORKER_GO);
	msg_put_u64(&r->out, 42);
	msg_put_string(&r->out, "operating");
	rig_send(r);
}

void
rig_cancel(struct rig *r)
{
	msg_start(&r->out, WORKER_CANCEL);
	rig_send(r);
}

static void
read_subject(struct msg_in *m)
{
	const uint8_t *p;
	uint16_t port;
	uint8_t family;
	size_t n;

	msg_get_u8(m, &family);
	msg_get_bytes(m, &p, &n);
	msg_get_u16(m, &port);
}

static void
read_value(struct rig *r, struct msg_in *m)
{
	uint8_t type, b;
	int64_t i64;

	msg_get_u8(m, &type);
	if (type == ASSAY_TYPE_BOOL) {
		msg_get_u8(m, &b);
		r->truth = b != 0;
	} else if (type == ASSAY_TYPE_U64 || type == ASSAY_TYPE_DURATION)
		msg_get_u64(m, &r->number);
	else if (type == ASSAY_TYPE_I64)
		msg_get_i64(m, &i64);
	else
		free(msg_dup_string(m));
}

static void
read_observation(struct rig *r, struct msg_in *m)
{
	const uint8_t *p;
	char text[256];
	uint16_t port;
	uint32_t id;
	uint8_t n, b;
	size_t size;
	int i, k;

	msg_get_u32(m, &id);
	ck_assert_uint_eq(id, ++r->observations);
	msg_get_string(m, text, sizeof(text));
	read_subject(m);
	read_value(r, m);
	msg_get_u8(m, &n);
	for (i = 0; i < n; i++) {
		msg_get_u8(m, &b);
		msg_get_u8(m, &b);
		msg_get_bytes(m, &p, &size);
		for (k = 0; k < 4; k++) {
			msg_get_u16(m, &port);
			if (i == 0 && k == 0)
				r->local_port = port;
		}
		msg_get_string(m, text, sizeof(text));
	}
}

static void
read_verdict(struct rig *r, struct msg_in *m)
{
	struct rig_verdict *v = &r->verdicts[r->nverdicts++];
	char name[64];
	uint32_t id;
	uint16_t n;
	uint8_t nvalues;

	ck_assert_uint_le(r->nverdicts, 8);
	msg_get_string(m, v->check, sizeof(v->check));
	msg_get_u8(m, &v->kind);
	msg_get_u8(m, &v->value);
	read_subject(m);
	msg_get_string(m, v->reason, sizeof(v->reason));
	msg_get_u8(m, &nvalues);
	while (nvalues-- > 0) {
		msg_get_string(m, name, sizeof(name));
		read_value(r, m);
	}
	msg_get_u16(m, &n);
	v->nobservations = n;
	while (n-- > 0)
		msg_get_u32(m, &id);
}

static void
read_control(struct rig *r, struct msg_in *m)
{
	uint8_t phase, good;
	uint32_t id;

	msg_get_u8(m, &phase);
	msg_get_u8(m, &good);
	msg_get_u32(m, &id);
	r->controls++;
	r->good_controls += good;
}

static void
read_progress(struct rig *r, struct msg_in *m)
{
	uint64_t v;
	char what[64];

	msg_get_u64(m, &v);
	msg_get_u64(m, &v);
	msg_get_string(m, what, sizeof(what));
	r->progress++;
}

static void
read_note(struct rig *r, struct msg_in *m)
{
	struct rig scratch;

	r->notes++;
	msg_get_string(m, r->note, sizeof(r->note));
	read_value(&scratch, m);
}

static void
read_message(struct rig *r, struct msg_in *m)
{
	ck_assert_msg(!r->done, "message %u behind the last word", m->type);
	switch (m->type) {
	case ENGINE_DESCRIPTION:
		r->description = msg_dup_string(m);
		break;
	case ENGINE_SANDBOX:
		msg_get_string(m, r->sandbox, sizeof(r->sandbox));
		break;
	case ENGINE_OBSERVATION:
		ck_assert(!r->run_over);
		read_observation(r, m);
		break;
	case ENGINE_CONTROL:
		read_control(r, m);
		break;
	case ENGINE_NOTE:
		read_note(r, m);
		break;
	case ENGINE_PROGRESS:
		read_progress(r, m);
		break;
	case ENGINE_LOG:
		r->lines++;
		msg_get_string(m, r->last_line, sizeof(r->last_line));
		break;
	case ENGINE_RUN_OVER:
		r->run_over = true;
		break;
	case ENGINE_VERDICT:
		ck_assert(r->run_over || r->observations == 0);
		read_verdict(r, m);
		break;
	case ENGINE_FAILED:
		ck_assert_str_eq(r->failed, "");
		msg_get_string(m, r->failed, sizeof(r->failed));
		break;
	case ENGINE_DONE:
		r->done = true;
		break;
	default:
		ck_abort_msg("message %u", m->type);
	}
	ck_assert_msg(msg_end(m) == 0, "message %u is malformed", m->type);
}

static void
wait_readable(int fd, const char *what)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	ck_assert_msg(
	    poll(&pfd, 1, LIMIT_MS) == 1, "nothing comes from %s", what);
}

bool
rig_read(struct rig *r)
{
	static uint8_t datagram[MSG_MAX];
	struct msg_in m;
	ssize_t n;

	wait_readable(r->engine, "the worker");
	n = recv(r->engine, datagram, sizeof(datagram), 0);
	if (n == -1 && errno == ECONNRESET) { /* said once, before the rest */
		r->was_reset = true;
		n = recv(r->engine, datagram, sizeof(datagram), 0);
	}
	if (n <= 0)
		return false;
	ck_assert_int_eq(msg_read(&m, datagram, (size_t)n), 0);
	read_message(r, &m);
	return true;
}

void
rig_end(struct rig *r)
{
	size_t have = 0;
	ssize_t n;

	while (rig_read(r))
		;
	for (;;) {
		wait_readable(r->words, "stderr");
		n = read(r->words, r->last_words + have,
		    sizeof(r->last_words) - 1 - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	ck_assert_int_eq(waitpid(r->pid, &r->status, 0), r->pid);
	r->pid = 0;
}

void
rig_free(struct rig *r)
{
	if (r->pid != 0) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	close(r->engine);
	close(r->words);
	free(r->description);
}
