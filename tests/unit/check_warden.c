/*
 * The warden, with stand-ins for its roles: this very program, started with
 * -x.  The stand-in of the engine hands everything that the warden says to
 * whoever connects to the control socket, and says to the warden what it is
 * told there; so a test speaks the wire as the engine does.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "base/msg.h"
#include "daemon/warden.h"
#include "daemon/wire.h"
#include "own_netns.h"
#include "probes/probe.h"

#define UID 61800
#define LIMIT_MS 10000

struct head { /* of a message on the control socket */
	uint32_t size;
	uint32_t has_fd;
};

/* ---- both sides of the relay ---- */

static int
send_with_fd(int to, const void *p, size_t n, int fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr h;
	struct cmsghdr *c;

	memset(&h, 0, sizeof(h));
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	if (fd != -1) {
		memset(control, 0, sizeof(control));
		h.msg_control = control;
		h.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(to, &h, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static ssize_t
receive_with_fd(int from, void *p, size_t n, int flags, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { p, n };
	struct msghdr h;
	struct cmsghdr *c;
	ssize_t r;

	memset(&h, 0, sizeof(h));
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	h.msg_control = control;
	h.msg_controllen = sizeof(control);
	*fd = -1;
	r = recvmsg(from, &h, flags | MSG_CMSG_CLOEXEC);
	c = r > 0 ? CMSG_FIRSTHDR(&h) : NULL;
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return r;
}

/* ---- stand-ins ---- */

static uint16_t
type_of(const uint8_t *datagram)
{
	return (uint16_t)(datagram[0] << 8 | datagram[1]);
}

/* Everything that is not the engine: waits for its end. */
static int
idle_main(void)
{
	static uint8_t datagram[MSG_MAX];
	ssize_t n;

	for (;;) {
		n = recv(WIRE_FD, datagram, sizeof(datagram), 0);
		if (n <= 0)
			return 5;
		if (type_of(datagram) == ROLE_STOP)
			return 0;
	}
}

static int
relay_up(int to)
{
	static uint8_t datagram[MSG_MAX];
	struct head head;
	ssize_t n;
	int fd;

	n = receive_with_fd(WIRE_FD, datagram, sizeof(datagram), 0, &fd);
	if (n <= 0 || type_of(datagram) == ROLE_STOP)
		return n <= 0 ? 5 : 0;
	head.size = (uint32_t)n;
	head.has_fd = fd != -1;
	if (send_with_fd(to, &head, sizeof(head), fd) == -1 ||
	    send_with_fd(to, datagram, (size_t)n, -1) == -1)
		return 6;
	if (fd != -1)
		close(fd);
	return -1;
}

static int
relay_down(int from)
{
	static uint8_t datagram[MSG_MAX];
	struct head head;
	int fd;

	if (receive_with_fd(from, &head, sizeof(head), MSG_WAITALL, &fd) !=
		(ssize_t)sizeof(head) ||
	    recv(from, datagram, head.size, MSG_WAITALL) !=
		(ssize_t)head.size ||
	    send(WIRE_FD, datagram, head.size, 0) != (ssize_t)head.size)
		return 7;
	return -1;
}

static int
engine_stand_in(void)
{
	static uint8_t datagram[MSG_MAX];
	struct pollfd p[2];
	int fd, listener = -1, r;
	ssize_t n;

	while (listener == -1) {
		n = receive_with_fd(
		    WIRE_FD, datagram, sizeof(datagram), 0, &fd);
		if (n <= 0)
			return 5;
		if (type_of(datagram) == ENGINE_CONTROL_SOCKET)
			listener = fd;
	}
	p[0].fd = listener;
	p[0].events = POLLIN;
	p[1].fd = WIRE_FD;
	p[1].events = 0; /* the test hears all that comes after it connects */
	poll(p, 2, -1);
	if ((p[0].revents & POLLIN) == 0)
		return 5;
	p[0].fd = accept(listener, NULL, NULL);
	p[1].events = POLLIN;
	for (;;) {
		poll(p, 2, -1);
		r = p[1].revents != 0 ? relay_up(p[0].fd) : relay_down(p[0].fd);
		if (r != -1)
			return r;
	}
}

/* A worker that says what it has, and does as it is told. */
static int
worker_stand_in(const char *probe)
{
	char line[128];
	int n;

	n = snprintf(line, sizeof(line), "%s uid %d pid %d link %d probe %d",
	    probe, (int)getuid(), (int)getpid(),
	    fcntl(WIRE_WORKER_LINK_FD, F_GETFD) != -1,
	    fcntl(WIRE_WORKER_PROBE_FD, F_GETFD) != -1);
	if (write(2, line, (size_t)n) != n)
		return 9;
	if (strcmp(probe, "quick.end") == 0)
		return 42;
	for (;;)
		pause();
}

static int
run_role(const char *name)
{
	if (strcmp(name, "engine") == 0)
		return engine_stand_in();
	return idle_main();
}

/* ---- the bench of a test ---- */

static char dir[64], self[256], bench[] = "bench", seg_name[] = "wired0",
				seg_interface[] = "dut0", empty[] = "";
static char hook_name[] = "relay", hook_slow[] = "slow", sh[] = "/bin/sh",
	    dash_c[] = "-c", hook_script[] = "echo on; echo $PATH; exit 3",
	    slow_script[] = "sleep 1000";
static char *hook_command[] = { sh, dash_c, hook_script, NULL };
static char *slow_command[] = { sh, dash_c, slow_script, NULL };
static struct conf_segment segment_conf;
static struct conf_hook hooks[2];
static struct conf conf;
static pid_t warden; /* its process; 0: none */
static int control = -1;

static void
make_conf(void)
{
	char *made = own_netns_directory();
	ssize_t n;

	snprintf(dir, sizeof(dir), "%s", made);
	free(made);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	ck_assert_int_gt(n, 0);
	memset(&conf, 0, sizeof(conf));
	conf.bench = bench;
	conf.state_dir = malloc(128);
	conf.run_dir = malloc(128);
	conf.probe_dir = malloc(128);
	snprintf(conf.state_dir, 128, "%s/state", dir);
	snprintf(conf.run_dir, 128, "%s/run", dir);
	snprintf(conf.probe_dir, 128, "%s/probes", dir);
	conf.worker = self;
	conf.uid_first = UID;
	conf.run_group = empty;
	conf.view_group = empty;
	conf.segments = &segment_conf;
	conf.nsegments = 1;
	memset(&segment_conf, 0, sizeof(segment_conf));
	segment_conf.name = seg_name;
	segment_conf.interface = seg_interface;
	segment_conf.dhcp_from = empty;
	segment_conf.dhcp_to = empty;
	segment_conf.naddresses = 1;
	segment_conf.addresses[0].family = 4;
	segment_conf.addresses[0].prefix = 24;
	inet_pton(AF_INET, "10.77.0.1", segment_conf.addresses[0].addr);
	hooks[0].name = hook_name;
	hooks[0].command = hook_command;
	hooks[0].limit_ms = 5000;
	hooks[1].name = hook_slow;
	hooks[1].command = slow_command;
	hooks[1].limit_ms = 200;
	conf.hooks = hooks;
	conf.nhooks = 2;
}

static void
setup(void)
{
	own_netns_enter();
	make_conf();
	ck_assert_int_eq(own_netns_run("mkdir %s/probes", dir), 0);
	ck_assert_int_eq(
	    own_netns_run("touch %s/probes/tcp_ports.so "
			  "%s/probes/quick_end.so %s/probes/loose.so "
			  "%s/conf",
		dir, dir, dir, dir),
	    0);
	ck_assert_int_eq(own_netns_run("chmod 666 %s/probes/loose.so", dir), 0);
	ck_assert_int_eq(
	    own_netns_run("ln -s tcp_ports.so %s/probes/linked.so", dir), 0);
	ck_assert_int_eq(own_netns_run("mkdir %s/probes/folder.so", dir), 0);
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	ck_assert_int_eq(own_netns_run("ip link set far0 up"), 0);
}

/* In a process of its own, as assayd does. */
static pid_t
start_warden(void)
{
	static char path[128];
	struct warden_options options = { path, LOG_LEVEL_INFO };
	struct err e;
	pid_t pid;
	int log;

	snprintf(path, sizeof(path), "%s/conf", dir);
	fflush(stdout);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/log", dir);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, 2);
	snprintf(path, sizeof(path), "%s/conf", dir);
	log_init("warden", LOG_LEVEL_INFO);
	memset(&e, 0, sizeof(e));
	if (warden_run(&conf, &options, &e) == -1) {
		fprintf(stderr, "refused: %s\n", e.text);
		_exit(1);
	}
	_exit(0);
}

static const char *
read_log(void)
{
	static char text[65536];
	char path[128];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/log", dir);
	fd = open(path, O_RDONLY);
	if (fd != -1)
		n = read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	if (fd != -1)
		close(fd);
	return text;
}

static bool
is_in_log(void *what)
{
	return strstr(read_log(), what) != NULL;
}

static void
wait_for_log(const char *what)
{
	ck_assert_msg(own_netns_wait(is_in_log, (void *)(uintptr_t)what),
	    "no '%s' in the log:\n%s", what, read_log());
}

static bool
can_connect(void *arg)
{
	struct sockaddr_un sa;

	(void)arg;
	memset(&sa, 0, sizeof(sa));
	sa.sun_family = AF_UNIX;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/run/assayd.sock", dir);
	control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(control, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return true;
	close(control);
	control = -1;
	return false;
}

static void
start(void)
{
	warden = start_warden();
	wait_for_log("services wired0: started");
	ck_assert(own_netns_wait(can_connect, NULL));
}

static int
wait_for_end(void)
{
	int status, i;

	for (i = 0; i < LIMIT_MS / 10; i++) {
		if (waitpid(warden, &status, WNOHANG) == warden) {
			warden = 0;
			return status;
		}
		poll(NULL, 0, 10);
	}
	ck_abort_msg("the warden does not end:\n%s", read_log());
	return -1;
}

static void
teardown(void)
{
	if (warden > 0) {
		kill(warden, SIGTERM);
		ck_assert_msg(wait_for_end() == 0, "%s", read_log());
	}
	own_netns_remove(dir);
}

/* ---- the engine's words ---- */

static void
say(const struct msg_out *m)
{
	static uint8_t datagram[MSG_MAX];
	struct head head = { (uint32_t)(MSG_HEADER + m->size), 0 };

	memset(datagram, 0, MSG_HEADER);
	datagram[0] = (uint8_t)(m->type >> 8);
	datagram[1] = (uint8_t)m->type;
	memcpy(datagram + MSG_HEADER, m->body, m->size);
	ck_assert_int_eq(send_with_fd(control, &head, sizeof(head), -1), 0);
	ck_assert_int_eq(
	    send_with_fd(control, datagram, MSG_HEADER + m->size, -1), 0);
}

/* The next message of this type; others are passed over. fd may be NULL. */
static struct msg_in
expect(uint16_t type, int *fd)
{
	static uint8_t datagram[MSG_MAX];
	struct timeval limit = { LIMIT_MS / 1000, 0 };
	struct msg_in m;
	struct head head;
	int with;

	setsockopt(control, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	for (;;) {
		if (receive_with_fd(control, &head, sizeof(head), MSG_WAITALL,
			&with) != (ssize_t)sizeof(head))
			ck_abort_msg("no message %#x:\n%s", type, read_log());
		ck_assert_int_eq(
		    recv(control, datagram, head.size, MSG_WAITALL), head.size);
		ck_assert_int_eq(msg_read(&m, datagram, head.size), 0);
		if (m.type == type)
			break;
		if (with != -1)
			close(with);
	}
	if (fd != NULL)
		*fd = with;
	else if (with != -1)
		close(with);
	return m;
}

static void
ask_worker(uint32_t request, uint32_t segment, const char *probe,
    uint32_t needs, const char *target)
{
	uint8_t addr[16];
	struct msg_out m;

	msg_start(&m, WARDEN_WORKER);
	msg_put_u32(&m, request);
	msg_put_u32(&m, segment);
	msg_put_string(&m, probe);
	msg_put_u32(&m, needs);
	msg_put_u16(&m, target == NULL ? 0 : 1);
	if (target != NULL) {
		ck_assert_int_eq(inet_pton(AF_INET, target, addr), 1);
		msg_put_u8(&m, 4);
		msg_put_bytes(&m, addr, 4);
	}
	say(&m);
}

static void
assert_refused(uint32_t request, const char *why)
{
	struct msg_in m = expect(ENGINE_REFUSED, NULL);
	char text[512];
	uint32_t r;

	msg_get_u32(&m, &r);
	msg_get_string(&m, text, sizeof(text));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(r, request);
	ck_assert_msg(strstr(text, why) != NULL, "%s", text);
}

struct worker {
	uint32_t id, pid;
	int socket, errors;
	char words[256];
};

static void
expect_worker(uint32_t request, struct worker *k)
{
	struct msg_in m = expect(ENGINE_WORKER, &k->socket);
	uint32_t r, id;
	ssize_t n;

	msg_get_u32(&m, &r);
	msg_get_u32(&m, &k->id);
	msg_get_u32(&m, &k->pid);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(r, request);
	ck_assert_int_ne(k->socket, -1);
	m = expect(ENGINE_WORKER_STDERR, &k->errors);
	msg_get_u32(&m, &id);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(id, k->id);
	n = read(k->errors, k->words, sizeof(k->words) - 1);
	ck_assert_int_gt(n, 0);
	k->words[n] = '\0';
}

static void
expect_exit(const struct worker *k, uint8_t how, uint32_t status)
{
	struct msg_in m = expect(ENGINE_WORKER_EXITED, NULL);
	uint32_t id, s;
	uint8_t h;

	msg_get_u32(&m, &id);
	msg_get_u8(&m, &h);
	msg_get_u32(&m, &s);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(id, k->id);
	ck_assert_uint_eq(h, how);
	ck_assert_uint_eq(s, status);
}

/* ---- looking from outside ---- */

/* The process with this argument after -x among the warden's children; 0. */
static pid_t
find_role(const char *role)
{
	char path[64], line[256];
	struct dirent *d;
	pid_t found = 0;
	ssize_t n;
	DIR *proc = opendir("/proc");
	int fd, parent;
	FILE *f;

	while (found == 0 && (d = readdir(proc)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%.16s/cmdline", d->d_name);
		fd = open(path, O_RDONLY);
		n = fd == -1 ? 0 : read(fd, line, sizeof(line) - 1);
		if (fd != -1)
			close(fd);
		if (n < 11 || strcmp(line, "assayd") != 0)
			continue;
		line[n] = '\0';
		if (strcmp(line + 10, role) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/stat", d->d_name);
		f = fopen(path, "r");
		if (f != NULL &&
		    fscanf(f, "%*d (%*[^)]) %*c %d", &parent) == 1 &&
		    parent == warden)
			found = (pid_t)strtol(d->d_name, NULL, 10);
		if (f != NULL)
			fclose(f);
	}
	closedir(proc);
	return found;
}

/* How many processes have one of our uids. */
static int
count_our_processes(void)
{
	char path[64];
	struct dirent *d;
	struct stat st;
	DIR *proc = opendir("/proc");
	int n = 0;

	while ((d = readdir(proc)) != NULL) {
		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		/* /proc/PID/task is the process's own even when it may not
		 * dump. */
		char line[128];
		FILE *f;
		unsigned uid = 0;

		snprintf(path, sizeof(path), "/proc/%.16s/status", d->d_name);
		f = fopen(path, "r");
		while (f != NULL && fgets(line, sizeof(line), f) != NULL)
			if (sscanf(line, "Uid: %u", &uid) == 1)
				break;
		if (f != NULL)
			fclose(f);
		if (uid >= UID && uid < UID + 32)
			n++;
	}
	(void)st;
	closedir(proc);
	return n;
}

static bool
are_all_gone(void *arg)
{
	(void)arg;
	return count_our_processes() == 0;
}

static void
assert_owner(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	char full[256];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	ck_assert_msg(stat(full, &st) == 0, "%s", full);
	ck_assert_msg(st.st_uid == uid && st.st_gid == gid &&
		(st.st_mode & 07777) == mode,
	    "%s: %u %u %o", path, st.st_uid, st.st_gid, st.st_mode & 07777);
}

/* ---- the tests ---- */

START_TEST(every_role_has_its_own_user_and_directories_have_owners)
{
	start();
	ck_assert_int_ne(find_role("engine"), 0);
	ck_assert_int_ne(find_role("store"), 0);
	ck_assert_int_ne(find_role("capture"), 0);
	ck_assert_int_ne(find_role("watch"), 0);
	ck_assert_int_ne(find_role("services"), 0);
	ck_assert_int_eq(count_our_processes(), 5);
	assert_owner("state", 0, 0, 0755);
	assert_owner("state/store", UID + 1, UID + 1, 0700);
	assert_owner("state/captures", 0, 0, 0755);
	assert_owner("state/captures/wired0", UID + 2, UID, 0750);
	assert_owner("state/evidence", UID + 2, UID, 0750);
	assert_owner("state/services", UID + 4, UID + 4, 0700);
	assert_owner("state/interfaces", 0, 0, 0700);
	assert_owner("run", 0, 0, 0755);
	assert_owner("run/assayd.sock", 0, 0, 0660);
}
END_TEST

START_TEST(the_engine_hears_of_its_peers_and_the_segment)
{
	char text[64];
	const uint8_t *mac;
	struct msg_in m;
	uint32_t index, mtu, ifindex;
	uint16_t n;
	size_t size;
	int fd;

	start();
	m = expect(ENGINE_EVIDENCE_DIR, &fd);
	ck_assert_int_ne(fd, -1);
	close(fd);
	m = expect(ROLE_PEER, &fd); /* the store */
	ck_assert_int_ne(fd, -1);
	close(fd);
	m = expect(ENGINE_SEGMENT_UP, NULL);
	msg_get_u32(&m, &index);
	msg_get_string(&m, text, sizeof(text));
	msg_get_bytes(&m, &mac, &size);
	msg_get_u32(&m, &mtu);
	msg_get_u32(&m, &ifindex);
	ck_assert_int_eq(msg_get_u16(&m, &n), 0);
	ck_assert_uint_eq(index, 0);
	ck_assert_str_eq(text, "dut0");
	ck_assert_uint_eq(size, 6);
	ck_assert_uint_eq(mtu, 1500);
	ck_assert_uint_eq(n, 2); /* and the link-local one */
}
END_TEST

START_TEST(a_second_daemon_on_the_same_directory_is_refused)
{
	pid_t first;
	int status;

	start();
	first = warden;
	warden = start_warden();
	status = wait_for_end();
	warden = first;
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	ck_assert(is_in_log((void *)(uintptr_t) "another assayd runs here"));
	assert_owner("run/assayd.sock", 0, 0, 0660); /* the first one's */
}
END_TEST

START_TEST(an_end_leaves_nothing_and_the_interface_as_it_was)
{
	char text[512];

	ck_assert_int_eq(own_netns_run("ip link set dut0 up mtu 1450"), 0);
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.9/24 dev dut0"), 0);
	start();
	ck_assert_int_ne(own_netns_run("ip link show dut0"), 0);
	kill(warden, SIGTERM);
	ck_assert_int_eq(wait_for_end(), 0);
	ck_assert_int_eq(count_our_processes(), 0);
	own_netns_output(text, sizeof(text), "ls -A %s/run", dir);
	ck_assert_str_eq(text, "");
	own_netns_output(text, sizeof(text), "ls -A %s/state/interfaces", dir);
	ck_assert_str_eq(text, "");
	own_netns_output(text, sizeof(text), "ip addr show dut0");
	ck_assert_ptr_nonnull(strstr(text, "mtu 1450"));
	ck_assert_ptr_nonnull(strstr(text, "192.0.2.9/24"));
	ck_assert_ptr_nonnull(strstr(text, ",UP"));
}
END_TEST

START_TEST(a_killed_warden_leaves_no_process_and_can_start_again)
{
	struct worker k;

	start();
	ask_worker(1, 0, "tcp.ports", ASSAY_NEED_LINK, "10.77.0.10");
	expect_worker(1, &k);
	ck_assert_int_eq(count_our_processes(), 6);
	kill(warden, SIGKILL);
	ck_assert_int_eq(wait_for_end(), SIGKILL);
	ck_assert_msg(own_netns_wait(are_all_gone, NULL), "%d are left",
	    count_our_processes());
	close(control);
	close(k.socket);
	close(k.errors);
	/* A veth dies with the namespace that held it, its far end too: so
	 * the next life finds nothing, says so, and waits for it. */
	ck_assert_int_eq(own_netns_run("rm %s/log", dir), 0);
	warden = start_warden();
	wait_for_log("down: dut0: no such interface");
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	wait_for_log("segment wired0: up on dut0");
}
END_TEST

START_TEST(a_worker_has_a_user_of_its_own_and_is_alone)
{
	struct worker a, b;
	char want[128];

	start();
	ask_worker(7, 0, "tcp.ports", ASSAY_NEED_LINK, "10.77.0.10");
	expect_worker(7, &a);
	snprintf(want, sizeof(want), "tcp.ports uid %d pid 1 link 1 probe 1",
	    UID + 8);
	ck_assert_str_eq(a.words, want);
	ask_worker(8, WIRE_NO_SEGMENT, "tcp.ports", 0, NULL);
	expect_worker(8, &b);
	snprintf(want, sizeof(want), "tcp.ports uid %d pid 1 link 0 probe 1",
	    UID + 9);
	ck_assert_str_eq(b.words, want);
}
END_TEST

START_TEST(a_workers_end_is_told_as_it_was)
{
	struct worker k;
	struct msg_out m;

	start();
	ask_worker(1, 0, "quick.end", 0, "10.77.0.10");
	expect_worker(1, &k);
	expect_exit(&k, 0, 42);
	ask_worker(2, 0, "tcp.ports", 0, "10.77.0.10");
	expect_worker(2, &k);
	msg_start(&m, WARDEN_KILL);
	msg_put_u32(&m, k.id);
	say(&m);
	expect_exit(&k, 1, SIGKILL);
}
END_TEST

START_TEST(a_request_against_policy_is_refused_in_words)
{
	struct worker k;

	start();
	ask_worker(1, 0, "tcp.ports", 0, "10.9.9.9");
	assert_refused(1,
	    "10.9.9.9 is outside of segment wired0 (10.77.0.1/24, link-local)");
	ask_worker(2, 0, "tcp.ports", 0, "10.77.0.1");
	assert_refused(2, "10.77.0.1 is the bench's own");
	ask_worker(3, 0, "tcp.ports", 0, "10.77.0.2");
	assert_refused(3, "10.77.0.2 is the bench's own");
	ask_worker(4, 5, "tcp.ports", 0, "10.77.0.10");
	assert_refused(4, "no segment number 5");
	ask_worker(5, 0, "no.such", 0, "10.77.0.10");
	assert_refused(5, "no probe named no.such");
	ask_worker(6, 0, "../etc", 0, "10.77.0.10");
	assert_refused(6, "a probe's name is");
	ask_worker(7, 0, "linked", 0, "10.77.0.10");
	assert_refused(7, "no probe named linked");
	ask_worker(8, 0, "folder", 0, "10.77.0.10");
	assert_refused(8, "not a plain file");
	ask_worker(9, 0, "loose", 0, "10.77.0.10");
	assert_refused(9, "anyone may write to it");
	ask_worker(10, 0, "tcp.ports", 0x100, "10.77.0.10");
	assert_refused(10, "needs 0x100: not known here");
	ask_worker(11, WIRE_NO_SEGMENT, "tcp.ports", 0, "10.77.0.10");
	assert_refused(11, "targets without a segment");
	ask_worker(12, WIRE_NO_SEGMENT, "tcp.ports", ASSAY_NEED_LINK, NULL);
	assert_refused(12, "raw frames without a segment");
	/* And the engine lives, and may ask again. */
	ask_worker(13, 0, "quick.end", 0, "10.77.0.10");
	expect_worker(13, &k);
	expect_exit(&k, 0, 42);
}
END_TEST

START_TEST(there_is_an_end_to_workers)
{
	struct worker k;
	uint32_t i;

	start();
	for (i = 0; i < 24; i++) {
		ask_worker(i, 0, "tcp.ports", 0, "10.77.0.10");
		expect_worker(i, &k);
		close(k.socket);
		close(k.errors);
	}
	ask_worker(24, 0, "tcp.ports", 0, "10.77.0.10");
	assert_refused(24, "24 workers are at work already");
}
END_TEST

START_TEST(a_hook_is_run_by_its_name_alone)
{
	struct msg_out out;
	struct msg_in m;
	char tail[4200];
	uint32_t request, status;
	uint8_t how;

	start();
	msg_start(&out, WARDEN_HOOK);
	msg_put_u32(&out, 3);
	msg_put_string(&out, "relay");
	say(&out);
	m = expect(ENGINE_HOOK_DONE, NULL);
	msg_get_u32(&m, &request);
	msg_get_u8(&m, &how);
	msg_get_u32(&m, &status);
	msg_get_string(&m, tail, sizeof(tail));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(request, 3);
	ck_assert_uint_eq(how, 0);
	ck_assert_uint_eq(status, 3);
	ck_assert_int_eq(strncmp(tail, "on\n", 3), 0);
	msg_start(&out, WARDEN_HOOK);
	msg_put_u32(&out, 4);
	msg_put_string(&out, "/bin/sh");
	say(&out);
	assert_refused(4, "no such hook in assayd.yaml");
}
END_TEST

START_TEST(a_hook_that_takes_too_long_is_killed_with_its_children)
{
	struct msg_out out;
	struct msg_in m;
	uint32_t request;
	uint8_t how;

	start();
	msg_start(&out, WARDEN_HOOK);
	msg_put_u32(&out, 9);
	msg_put_string(&out, "slow");
	say(&out);
	m = expect(ENGINE_HOOK_DONE, NULL);
	msg_get_u32(&m, &request);
	msg_get_u8(&m, &how);
	ck_assert_uint_eq(request, 9);
	ck_assert_uint_eq(how, 2);
}
END_TEST

static pid_t old_pid;

static bool
is_replaced(void *role)
{
	pid_t now = find_role(role);

	return now != 0 && now != old_pid;
}

START_TEST(a_malformed_message_ends_the_engine_and_its_workers)
{
	static char engine[] = "engine";
	struct msg_out m;
	struct worker k;

	start();
	ask_worker(1, 0, "tcp.ports", 0, "10.77.0.10");
	expect_worker(1, &k);
	old_pid = find_role("engine");
	msg_start(&m, WARDEN_KILL); /* without its field */
	say(&m);
	wait_for_log("engine: malformed message 770");
	ck_assert(own_netns_wait(is_replaced, engine));
	/* The worker is gone, its socket at an end. */
	ck_assert_int_eq(recv(k.socket, &m, sizeof(m), 0), 0);
	close(control);
	ck_assert(own_netns_wait(can_connect, NULL));
	expect(ENGINE_SEGMENT_UP, NULL);
	/* The captures went on. */
	ck_assert_ptr_null(strstr(read_log(), "capture wired0: died"));
}
END_TEST

START_TEST(an_operation_that_is_not_in_the_table_ends_the_engine)
{
	struct msg_out m;

	start();
	msg_start(&m, ENGINE_DONE);
	say(&m);
	wait_for_log("engine: malformed message");
	wait_for_log("engine: died: killed by signal 9 (Killed)");
}
END_TEST

static const struct {
	const char *role;
	uint16_t lost;
	const char *died;
} losses[] = {
	{ "store", ENGINE_STORE_LOST, "store: died" },
	{ "capture", ENGINE_CAPTURE_LOST, "capture wired0: died" },
	{ "watch", ENGINE_WATCH_LOST, "watch wired0: died" },
	{ "services", ENGINE_SERVICES_LOST, "services wired0: died" },
};

START_TEST(a_role_that_dies_is_told_of_and_comes_back_paired)
{
	struct msg_in m;
	uint32_t index;
	char text[128];
	uint8_t role;
	int fd;

	start();
	expect(ENGINE_SEGMENT_UP, NULL);
	old_pid = find_role(losses[_i].role);
	kill(old_pid, SIGKILL);
	m = expect(losses[_i].lost, NULL);
	if (losses[_i].lost != ENGINE_STORE_LOST)
		msg_get_u32(&m, &index);
	msg_get_string(&m, text, sizeof(text));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_str_eq(text, "killed by signal 9 (Killed)");
	m = expect(ROLE_PEER, &fd);
	ck_assert_int_ne(fd, -1);
	close(fd);
	msg_get_u8(&m, &role);
	msg_get_u32(&m, &index);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(role,
	    (unsigned)(_i == 0 ? ROLE_STORE
		    : _i == 1  ? ROLE_CAPTURE
		    : _i == 2  ? ROLE_WATCH
			       : ROLE_SERVICES));
	ck_assert(
	    own_netns_wait(is_replaced, (void *)(uintptr_t)losses[_i].role));
}
END_TEST

START_TEST(an_unplugged_interface_takes_its_segment_down_and_back_up)
{
	struct msg_in m;
	uint32_t index;
	char why[128];

	start();
	expect(ENGINE_SEGMENT_UP, NULL);
	ck_assert_int_eq(own_netns_run("ip link del far0"), 0);
	m = expect(ENGINE_SEGMENT_DOWN, NULL);
	msg_get_u32(&m, &index);
	msg_get_string(&m, why, sizeof(why));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_str_eq(why, "the interface is gone");
	ask_worker(1, 0, "tcp.ports", 0, "10.77.0.10");
	assert_refused(1, "segment wired0 is down: the interface is gone");
	wait_for_log("capture wired0: stopped: exit status 0");
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	expect(ENGINE_SEGMENT_UP, NULL);
}
END_TEST

START_TEST(an_interface_with_the_default_route_is_left_where_it_is)
{
	ck_assert_int_eq(own_netns_run("ip link set dut0 up"), 0);
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.9/24 dev dut0"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip route add default via 192.0.2.1"), 0);
	warden = start_warden();
	wait_for_log("down: dut0: it carries this machine's default route");
	ck_assert_int_eq(own_netns_run("ip link show dut0"), 0);
}
END_TEST

START_TEST(a_uid_that_somebody_has_is_refused)
{
	conf.uid_first = 65530; /* nobody is 65534 */
	warden = start_warden();
	ck_assert_int_eq(WEXITSTATUS(wait_for_end()), 1);
	ck_assert(is_in_log((void *)(uintptr_t) "is nobody's"));
}
END_TEST

START_TEST(a_state_directory_that_nobody_can_reach_is_refused)
{
	ck_assert_int_eq(own_netns_run("mkdir -m 700 %s/closed", dir), 0);
	snprintf(conf.state_dir, 128, "%s/closed/state", dir);
	warden = start_warden();
	ck_assert_int_eq(WEXITSTATUS(wait_for_end()), 1);
	ck_assert(is_in_log(
	    (void *)(uintptr_t) "is closed to the daemon's own users"));
	ck_assert_int_ne(own_netns_run("ls %s/run/assayd.lock", dir), 0);
}
END_TEST

static TCase *
make_case(void)
{
	TCase *c = tcase_create("warden");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(
	    c, every_role_has_its_own_user_and_directories_have_owners);
	tcase_add_test(c, the_engine_hears_of_its_peers_and_the_segment);
	tcase_add_test(c, a_second_daemon_on_the_same_directory_is_refused);
	tcase_add_test(c, an_end_leaves_nothing_and_the_interface_as_it_was);
	tcase_add_test(
	    c, a_killed_warden_leaves_no_process_and_can_start_again);
	tcase_add_test(c, a_worker_has_a_user_of_its_own_and_is_alone);
	tcase_add_test(c, a_workers_end_is_told_as_it_was);
	tcase_add_test(c, a_request_against_policy_is_refused_in_words);
	tcase_add_test(c, there_is_an_end_to_workers);
	tcase_add_test(c, a_hook_is_run_by_its_name_alone);
	tcase_add_test(
	    c, a_hook_that_takes_too_long_is_killed_with_its_children);
	tcase_add_test(c, a_malformed_message_ends_the_engine_and_its_workers);
	tcase_add_test(
	    c, an_operation_that_is_not_in_the_table_ends_the_engine);
	tcase_add_loop_test(
	    c, a_role_that_dies_is_told_of_and_comes_back_paired, 0, 4);
	tcase_add_test(
	    c, an_unplugged_interface_takes_its_segment_down_and_back_up);
	tcase_add_test(
	    c, an_interface_with_the_default_route_is_left_where_it_is);
	tcase_add_test(c, a_uid_that_somebody_has_is_refused);
	tcase_add_test(c, a_state_directory_that_nobody_can_reach_is_refused);
	return c;
}

int
main(int argc, char **argv)
{
	Suite *suite;
	SRunner *runner;
	int failed;

	if (argc == 3 && strcmp(argv[1], "-x") == 0)
		return run_role(argv[2]);
	if (argc == 2 && strcmp(argv[0], "assay-worker") == 0)
		return worker_stand_in(argv[1]);
	if (!own_netns_can())
		return EXIT_SUCCESS;
	suite = suite_create("warden");
	suite_add_tcase(suite, make_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
