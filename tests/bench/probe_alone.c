/*
 * probe_alone: one probe in the real assay-worker, without the daemon.
 *
 *   probe_alone WORKER PROBE.so NAME INTERFACE BENCH DUT MAC
 *       [tcp=PORT…] [PARAMETER=VALUE…]
 *
 * Plays the engine of daemon/shared/wire.h towards one worker: BENCH and DUT
 * are addresses on INTERFACE, MAC is the device's, tcp=… declares a port.
 * Prints what the probe observes, notes and says, then how long it took, from
 * the worker's start to its last word and from WORKER_GO to the end of its run.
 * It measures; it judges nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/wire.h"
#include "probes/probe.h"

struct alone {
	struct event_base *base;
	struct peer *worker;
	pid_t pid;
	uint64_t start_ns, go_ns, over_ns, done_ns;
	bool failed;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* ---- what the worker says ---- */

static void
skip_subject(struct msg_in *m)
{
	const uint8_t *addr;
	uint16_t port;
	uint8_t family;
	size_t n;

	msg_get_u8(m, &family);
	msg_get_bytes(m, &addr, &n);
	msg_get_u16(m, &port);
}

static void
print_value(struct msg_in *m)
{
	uint8_t type, boolean;
	uint64_t number;
	char *text;

	msg_get_u8(m, &type);
	if (type == ASSAY_TYPE_BOOL) {
		msg_get_u8(m, &boolean);
		puts(boolean != 0 ? "true" : "false");
	} else if (type == ASSAY_TYPE_STRING || type == ASSAY_TYPE_PORTS) {
		text = msg_dup_string(m);
		puts(text == NULL ? "?" : text);
		free(text);
	} else {
		msg_get_u64(m, &number);
		printf("%" PRIu64 "\n", number);
	}
}

static void
on_observation(struct msg_in *m)
{
	char field[64];
	uint32_t id;

	msg_get_u32(m, &id);
	msg_get_string(m, field, sizeof(field));
	skip_subject(m);
	printf("%s ", field);
	print_value(m);
}

static void
on_note(struct msg_in *m)
{
	char name[64];

	msg_get_string(m, name, sizeof(name));
	printf("%s ", name);
	print_value(m);
}

static void
on_verdict(struct msg_in *m)
{
	static const char *const kinds[] = { "?", "completeness", "sufficiency",
		"behaviour" };
	static const char *const values[] = { "none", "na", "info", "pass",
		"inconc", "fail", "error" };
	char check[64], reason[64];
	uint8_t kind, value;

	msg_get_string(m, check, sizeof(check));
	msg_get_u8(m, &kind);
	msg_get_u8(m, &value);
	skip_subject(m);
	msg_get_string(m, reason, sizeof(reason));
	printf("verdict %s %s %s %s\n", check,
	    kinds[kind < sizeof(kinds) / sizeof(kinds[0]) ? kind : 0],
	    values[value < sizeof(values) / sizeof(values[0]) ? value : 0],
	    reason);
}

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	struct alone *a = arg;
	char text[256];

	if (fd != -1)
		close(fd);
	if (m->type == ENGINE_OBSERVATION)
		on_observation(m);
	else if (m->type == ENGINE_NOTE)
		on_note(m);
	else if (m->type == ENGINE_VERDICT)
		on_verdict(m);
	else if (m->type == ENGINE_RUN_OVER)
		a->over_ns = now_ns();
	else if (m->type == ENGINE_DONE)
		a->done_ns = now_ns();
	else if (m->type == ENGINE_FAILED) {
		msg_get_string(m, text, sizeof(text));
		printf("failed %s\n", text);
		a->failed = true;
	}
	return 0;
}

static void
on_close(void *arg, const char *why)
{
	struct alone *a = arg;

	(void)why;
	event_base_loopbreak(a->base);
}

/* ---- what it is told ---- */

static void
get_mac(const char *interface, uint8_t *mac)
{
	struct ifreq ifr;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	if (fd == -1 || ioctl(fd, SIOCGIFHWADDR, &ifr) == -1)
		fatal("%s: %s", interface, strerror(errno));
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	close(fd);
}

static void
read_mac(const char *text, uint8_t *mac)
{
	char *end;
	int i;

	for (i = 0; i < 6; i++) {
		mac[i] = (uint8_t)strtoul(text, &end, 16);
		if (end != text + 2 || *end != (i < 5 ? ':' : '\0'))
			fatal("%s: not a MAC address", text);
		text = end + 1;
	}
}

static uint8_t
read_address(const char *text, uint8_t *addr)
{
	if (inet_pton(AF_INET, text, addr) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, addr) != 1)
		fatal("%s: not an address", text);
	return 6;
}

static void
tell_target(struct alone *a, char **argv)
{
	static struct msg_out m;
	uint8_t bench[16], dut[16], mac[6], source_mac[6], family, scope;
	size_t size;

	family = read_address(argv[1], bench);
	if (read_address(argv[2], dut) != family)
		fatal("%s and %s: of two families", argv[1], argv[2]);
	read_mac(argv[3], mac);
	get_mac(argv[0], source_mac);
	size = family == 4 ? 4 : 16;
	scope = family == 4                             ? ASSAY_IPV4
	    : dut[0] == 0xfe && (dut[1] & 0xc0) == 0x80 ? ASSAY_IPV6_LINK
							: ASSAY_IPV6_GLOBAL;
	msg_start(&m, WORKER_TARGET);
	msg_put_u8(&m, family);
	msg_put_u8(&m, scope);
	msg_put_bytes(&m, dut, size);
	msg_put_bytes(&m, mac, sizeof(mac));
	msg_put_bytes(&m, bench, size);
	msg_put_bytes(&m, source_mac, sizeof(source_mac));
	msg_put_u32(&m, if_nametoindex(argv[0]));
	msg_put_string(&m, argv[2]);
	peer_send(a->worker, &m, -1);
}

static void
tell_declared(struct alone *a, const char *text)
{
	static struct msg_out m;
	unsigned long port = strtoul(text, NULL, 10);

	if (port == 0 || port > UINT16_MAX)
		fatal("%s: not a port", text);
	msg_start(&m, WORKER_DECLARED);
	msg_put_u8(&m, ASSAY_TCP);
	msg_put_u16(&m, (uint16_t)port);
	msg_put_u16(&m, (uint16_t)port);
	msg_put_u8(&m, 0);
	msg_put_string(&m, "");
	msg_put_u8(&m, 0);
	peer_send(a->worker, &m, -1);
}

static void
tell_word(struct alone *a, const char *word)
{
	static struct msg_out m;
	const char *equals = strchr(word, '=');
	char *name;

	if (equals == NULL)
		fatal("%s: NAME=VALUE is missing its =", word);
	if (strncmp(word, "tcp=", 4) == 0) {
		tell_declared(a, equals + 1);
		return;
	}
	name = xstrdup(word);
	name[equals - word] = '\0';
	msg_start(&m, WORKER_PARAM);
	msg_put_string(&m, name);
	msg_put_string(&m, equals + 1);
	peer_send(a->worker, &m, -1);
	free(name);
}

static void
tell_all(struct alone *a, int argc, char **argv)
{
	static struct msg_out m;
	int i;

	msg_start(&m, WORKER_DECLARES);
	msg_put_u8(&m, ASSAY_TCP);
	peer_send(a->worker, &m, -1);
	tell_target(a, argv);
	for (i = 4; i < argc; i++)
		tell_word(a, argv[i]);
	msg_start(&m, WORKER_GO);
	msg_put_u64(&m, 1);
	msg_put_string(&m, "operating");
	a->go_ns = now_ns();
	peer_send(a->worker, &m, -1);
}

/* ---- the worker ---- */

/* Out of the way of the numbers that a worker knows its descriptors by. */
static int
above(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 16);

	if (high == -1)
		fatal("descriptor: %s", strerror(errno));
	close(fd);
	return high;
}

static void
start_worker(struct alone *a, char **argv)
{
	char *args[] = { argv[0], argv[2], NULL };
	char *environment[] = { NULL };
	int pair[2], link, probe;

	peer_pair(pair);
	link = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	probe = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (link == -1 || probe == -1)
		fatal("%s: %s", link == -1 ? "AF_PACKET" : argv[1],
		    strerror(errno));
	a->start_ns = now_ns();
	a->pid = fork();
	if (a->pid == -1)
		fatal("fork: %s", strerror(errno));
	if (a->pid == 0) {
		pair[1] = above(pair[1]);
		link = above(link);
		probe = above(probe);
		if (dup2(pair[1], WIRE_FD) == -1 ||
		    dup2(link, WIRE_WORKER_LINK_FD) == -1 ||
		    dup2(probe, WIRE_WORKER_PROBE_FD) == -1)
			_exit(127);
		execve(argv[0], args, environment);
		_exit(127);
	}
	close(pair[1]);
	close(link);
	close(probe);
	a->base = event_base_new();
	if (a->base == NULL)
		fatal("no event base");
	a->worker = peer_new(a->base, pair[0],
	    &(const struct peer_hooks){ on_message, on_close }, a);
}

int
main(int argc, char **argv)
{
	struct alone a;
	int status = 0;

	log_init("probe_alone", LOG_LEVEL_INFO);
	if (argc < 8) {
		fputs("usage: probe_alone WORKER PROBE.so NAME INTERFACE BENCH "
		      "DUT MAC [tcp=PORT...] [PARAMETER=VALUE...]\n",
		    stderr);
		return 64;
	}
	memset(&a, 0, sizeof(a));
	start_worker(&a, argv + 1);
	tell_all(&a, argc - 4, argv + 4);
	event_base_dispatch(a.base);
	peer_free(a.worker);
	event_base_free(a.base);
	if (waitpid(a.pid, &status, 0) == -1 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0 || a.failed || a.done_ns == 0) {
		printf("worker status %d\n", status);
		return 3;
	}
	printf("seconds %.3f\nrun_seconds %.3f\n",
	    (double)(a.done_ns - a.start_ns) / 1e9,
	    (double)(a.over_ns - a.go_ns) / 1e9);
	return 0;
}
