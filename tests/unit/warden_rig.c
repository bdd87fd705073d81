/*
 * warden_rig: a warden in a process of its own, with stand-ins for its roles.
 */
#include "warden_rig.h"

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

#include "base/log.h"
#include "daemon/warden/warden.h"
#include "daemon/shared/wire.h"
#include "own_netns.h"
#include "warden_stand_in.h"

#define LIMIT_MS 10000

/* ---- the bench of a test ---- */

static char self[256], bench[] = "bench", seg_name[] = "wired0",
		       seg_interface[] = "dut0", empty[] = "";
static char hook_name[] = "relay", hook_slow[] = "slow", sh[] = "/bin/sh",
	    dash_c[] = "-c", hook_script[] = "echo on; echo $PATH; exit 3",
	    slow_script[] = "sleep 4761 & echo $!; wait";
static char *hook_command[] = { sh, dash_c, hook_script, NULL };
static char *slow_command[] = { sh, dash_c, slow_script, NULL };
static struct conf_segment segment_conf;
static struct conf_hook hooks[2];
struct warden_rig rig = { .control = -1 };
unsigned warden_rig_uid;

static void
make_conf(void)
{
	char *made = own_netns_directory();
	ssize_t n;

	snprintf(rig.dir, sizeof(rig.dir), "%s", made);
	free(made);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	ck_assert_int_gt(n, 0);
	memset(&rig.conf, 0, sizeof(rig.conf));
	rig.conf.bench = bench;
	rig.conf.state_dir = malloc(128);
	rig.conf.run_dir = malloc(128);
	rig.conf.probe_dir = malloc(128);
	snprintf(rig.conf.state_dir, 128, "%s/state", rig.dir);
	snprintf(rig.conf.run_dir, 128, "%s/run", rig.dir);
	snprintf(rig.conf.probe_dir, 128, "%s/probes", rig.dir);
	rig.conf.worker = self;
	warden_rig_uid = 20000 + 32 * ((unsigned)getpid() % 1000);
	rig.conf.uid_first = warden_rig_uid;
	rig.conf.run_group = empty;
	rig.conf.view_group = empty;
	rig.conf.timestamp_url = empty;
	rig.conf.segments = &segment_conf;
	rig.conf.nsegments = 1;
	memset(&segment_conf, 0, sizeof(segment_conf));
	segment_conf.name = seg_name;
	segment_conf.interface = seg_interface;
	segment_conf.dhcp_from = empty;
	segment_conf.dhcp_to = empty;
	segment_conf.dhcpv6_from = empty;
	segment_conf.dhcpv6_to = empty;
	segment_conf.pool_ipv4 = 4; /* 10.77.0.254 down to .251 */
	segment_conf.pool_ipv6 = 2; /* fe80::1:0:a55a and fe80::2:0:a55a */
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
	rig.conf.hooks = hooks;
	rig.conf.nhooks = 2;
}

void
warden_rig_setup(void)
{
	own_netns_enter();
	make_conf();
	ck_assert_int_eq(own_netns_run("mkdir %s/probes", rig.dir), 0);
	ck_assert_int_eq(
	    own_netns_run("touch %s/probes/tcp_ports.so "
			  "%s/probes/quick_end.so %s/probes/loose.so "
			  "%s/conf",
		rig.dir, rig.dir, rig.dir, rig.dir),
	    0);
	ck_assert_int_eq(
	    own_netns_run("chmod 666 %s/probes/loose.so", rig.dir), 0);
	ck_assert_int_eq(
	    own_netns_run("ln -s tcp_ports.so %s/probes/linked.so", rig.dir),
	    0);
	ck_assert_int_eq(
	    own_netns_run("mkdir %s/probes/folder.so", rig.dir), 0);
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	ck_assert_int_eq(own_netns_run("ip link set far0 up"), 0);
}

/* In a process of its own, as assayd does. */
pid_t
warden_rig_start_alone(void)
{
	static char path[128];
	struct warden_options options = { path, LOG_LEVEL_INFO };
	struct err e;
	pid_t pid;
	int log;

	snprintf(path, sizeof(path), "%s/conf", rig.dir);
	fflush(stdout);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/log", rig.dir);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, 2);
	snprintf(path, sizeof(path), "%s/conf", rig.dir);
	log_init("warden", LOG_LEVEL_INFO);
	memset(&e, 0, sizeof(e));
	if (warden_run(&rig.conf, &options, &e) == -1) {
		fprintf(stderr, "refused: %s\n", e.text);
		_exit(1);
	}
	_exit(0);
}

const char *
warden_rig_log(void)
{
	static char text[65536];
	char path[128];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/log", rig.dir);
	fd = open(path, O_RDONLY);
	if (fd != -1)
		n = read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	if (fd != -1)
		close(fd);
	return text;
}

bool
warden_rig_is_in_log(void *what)
{
	return strstr(warden_rig_log(), what) != NULL;
}

void
warden_rig_wait_for_log(const char *what)
{
	ck_assert_msg(
	    own_netns_wait(warden_rig_is_in_log, (void *)(uintptr_t)what),
	    "no '%s' in the log:\n%s", what, warden_rig_log());
}

bool
warden_rig_can_connect(void *arg)
{
	struct sockaddr_un sa;

	(void)arg;
	memset(&sa, 0, sizeof(sa));
	sa.sun_family = AF_UNIX;
	snprintf(
	    sa.sun_path, sizeof(sa.sun_path), "%s/run/assayd.sock", rig.dir);
	rig.control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(rig.control, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return true;
	close(rig.control);
	rig.control = -1;
	return false;
}

void
warden_rig_start(void)
{
	rig.warden = warden_rig_start_alone();
	warden_rig_wait_for_log("services wired0: started");
	ck_assert(own_netns_wait(warden_rig_can_connect, NULL));
}

int
warden_rig_wait_for_end(void)
{
	int status, i;

	for (i = 0; i < LIMIT_MS / 10; i++) {
		if (waitpid(rig.warden, &status, WNOHANG) == rig.warden) {
			rig.warden = 0;
			return status;
		}
		poll(NULL, 0, 10);
	}
	ck_abort_msg("the warden does not end:\n%s", warden_rig_log());
	return -1;
}

void
warden_rig_teardown(void)
{
	if (rig.warden > 0) {
		kill(rig.warden, SIGTERM);
		ck_assert_msg(
		    warden_rig_wait_for_end() == 0, "%s", warden_rig_log());
	}
	own_netns_remove(rig.dir);
}

/* ---- the engine's words ---- */

void
warden_rig_say(const struct msg_out *m)
{
	static uint8_t datagram[MSG_MAX];
	struct warden_stand_in_head head = { (uint32_t)(MSG_HEADER + m->size),
		0 };

	memset(datagram, 0, MSG_HEADER);
	datagram[0] = (uint8_t)(m->type >> 8);
	datagram[1] = (uint8_t)m->type;
	memcpy(datagram + MSG_HEADER, m->body, m->size);
	ck_assert_int_eq(
	    warden_stand_in_send(rig.control, &head, sizeof(head), -1), 0);
	ck_assert_int_eq(warden_stand_in_send(
			     rig.control, datagram, MSG_HEADER + m->size, -1),
	    0);
}

/* The next message of this type; others are passed over. fd may be NULL. */
struct msg_in
warden_rig_expect(uint16_t type, int *fd)
{
	static uint8_t datagram[MSG_MAX];
	struct timeval limit = { LIMIT_MS / 1000, 0 };
	struct msg_in m;
	struct warden_stand_in_head head;
	int with;

	setsockopt(rig.control, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	for (;;) {
		if (warden_stand_in_receive(rig.control, &head, sizeof(head),
			MSG_WAITALL, &with) != (ssize_t)sizeof(head))
			ck_abort_msg(
			    "no message %#x:\n%s", type, warden_rig_log());
		ck_assert_int_eq(
		    recv(rig.control, datagram, head.size, MSG_WAITALL),
		    head.size);
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

void
warden_rig_ask_lent(uint32_t request, uint32_t segment, uint32_t needs,
    const char *probe, const char *target, const char *const *sources)
{
	size_t nsources = 0;

	uint8_t addr[16];
	struct msg_out m;

	while (sources != NULL && sources[nsources] != NULL)
		nsources++;
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
	msg_put_u16(&m, (uint16_t)nsources);
	for (; nsources > 0; nsources--, sources++) {
		bool is_v4 = strchr(*sources, '.') != NULL;

		ck_assert_int_eq(
		    inet_pton(is_v4 ? AF_INET : AF_INET6, *sources, addr), 1);
		msg_put_u8(&m, is_v4 ? 4 : 6);
		msg_put_bytes(&m, addr, is_v4 ? 4 : 16);
	}
	warden_rig_say(&m);
}

void
warden_rig_ask_worker(uint32_t request, uint32_t segment, const char *probe,
    uint32_t needs, const char *target)
{
	warden_rig_ask_lent(request, segment, needs, probe, target, NULL);
}

void
warden_rig_assert_refused(uint32_t request, const char *why)
{
	struct msg_in m = warden_rig_expect(ENGINE_REFUSED, NULL);
	char text[512];
	uint32_t r;

	msg_get_u32(&m, &r);
	msg_get_string(&m, text, sizeof(text));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(r, request);
	ck_assert_msg(strstr(text, why) != NULL, "%s", text);
}

void
warden_rig_expect_worker(uint32_t request, struct warden_rig_worker *k)
{
	struct msg_in m = warden_rig_expect(ENGINE_WORKER, &k->socket);
	uint32_t r, id;
	ssize_t n;

	msg_get_u32(&m, &r);
	msg_get_u32(&m, &k->id);
	msg_get_u32(&m, &k->pid);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(r, request);
	ck_assert_int_ne(k->socket, -1);
	m = warden_rig_expect(ENGINE_WORKER_STDERR, &k->errors);
	msg_get_u32(&m, &id);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(id, k->id);
	n = read(k->errors, k->words, sizeof(k->words) - 1);
	ck_assert_int_gt(n, 0);
	k->words[n] = '\0';
}

void
warden_rig_expect_exit(
    const struct warden_rig_worker *k, uint8_t how, uint32_t status)
{
	struct msg_in m = warden_rig_expect(ENGINE_WORKER_EXITED, NULL);
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

/* proc(5), /proc/pid/stat: "pid (name) state ppid …". */
static pid_t
parent_in_stat(const char *line)
{
	const char *p = strrchr(line, ')');

	return p == NULL || strlen(p) < 5 ? 0 : (pid_t)strtol(p + 4, NULL, 10);
}

/* The process with this argument after -x among the warden's children; 0. */
pid_t
warden_rig_find_role(const char *role)
{
	char path[64], line[256];
	struct dirent *d;
	pid_t found = 0;
	ssize_t n;
	DIR *proc = opendir("/proc");
	FILE *f;
	int fd;

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
		if (f != NULL && fgets(line, sizeof(line), f) != NULL &&
		    parent_in_stat(line) == rig.warden)
			found = (pid_t)strtol(d->d_name, NULL, 10);
		if (f != NULL)
			fclose(f);
	}
	closedir(proc);
	return found;
}

static unsigned
real_uid(const char *pid)
{
	char path[64], line[128];
	unsigned uid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/status", pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "Uid:", 4) == 0) {
			uid = (unsigned)strtoul(line + 4, NULL, 10);
			break;
		}
	if (f != NULL)
		fclose(f);
	return uid;
}

/* How many processes have one of our uids. */
int
warden_rig_count_processes(void)
{
	struct dirent *d;
	DIR *proc = opendir("/proc");
	unsigned uid;
	int n = 0;

	while ((d = readdir(proc)) != NULL) {
		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		uid = real_uid(d->d_name);
		if (uid >= warden_rig_uid && uid < warden_rig_uid + 32)
			n++;
	}
	closedir(proc);
	return n;
}

bool
warden_rig_are_all_gone(void *arg)
{
	(void)arg;
	return warden_rig_count_processes() == 0;
}

void
warden_rig_assert_owner(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	char full[256];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", rig.dir, path);
	ck_assert_msg(stat(full, &st) == 0, "%s", full);
	ck_assert_msg(st.st_uid == uid && st.st_gid == gid &&
		(st.st_mode & 07777) == mode,
	    "%s: %u %u %o", path, st.st_uid, st.st_gid, st.st_mode & 07777);
}
