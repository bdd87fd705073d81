/*
 * engine_rig: the real engine in a process of its own, beside a real store (or
 * a scripted one); the test plays everybody else.
 */
#include "engine_rig.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/role.h"
#include "engine_stand_in.h"
#include "signing/sign_key.h"

#define LIMIT_MS 20000 /* for anything that is waited for */

static const char profile[] =
    "version: 1\nproduct: {name: Lock}\nmac: " ERIG_MAC "\n"
    "ports: []\nactions:\n"
    "  power.cycle: {by: hook, hook: relay, limit: 1s, check: {kind: up}}\n"
    "  power.reboot: {by: hook, hook: relay, limit: 1s,"
    " check: {kind: reboot}}\n"
    "  power.tcp: {by: hook, hook: relay, limit: 1s,"
    " check: {kind: tcp, port: 80}}\n"
    "  onboard: {by: person, prompt: press it, limit: 1s,"
    " check: {kind: up}}\n";

static struct msg_out out;

/* ---- processes ---- */

_Noreturn static void
be(struct engine_rig *r, const char *name, int fd, int (*role)(void))
{
	char path[128];
	int log;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/%s.log", r->dir, name);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (log == -1 || dup2(log, STDERR_FILENO) == -1 ||
	    (fd != WIRE_FD && dup2(fd, WIRE_FD) == -1))
		_exit(126);
	closefrom(WIRE_FD + 1);
	exit(role());
}

/* Our end of the socket to it; it has been told where it lives. */
static int
spawn(struct engine_rig *r, const char *name, int (*role)(void), pid_t *pid)
{
	int fds[2];

	peer_pair(fds);
	fflush(NULL);
	*pid = fork();
	ck_assert_int_ne(*pid, -1);
	if (*pid == 0)
		be(r, name, fds[1], role);
	close(fds[1]);
	msg_start(&out, ROLE_START);
	msg_put_string(&out, name);
	msg_put_u8(&out, LOG_LEVEL_INFO);
	msg_put_string(&out, r->dir);
	msg_put_string(&out, r->dir);
	stand_in_send(fds[0], &out, -1);
	return fds[0];
}

static void
shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
say_peer(struct engine_rig *r, enum role role, int fd)
{
	msg_start(&out, ROLE_PEER);
	msg_put_u8(&out, (uint8_t)role);
	msg_put_u32(&out, role == ROLE_STORE ? WIRE_NO_SEGMENT : 0);
	stand_in_send(r->warden, &out, fd);
}

static void
give_role(struct engine_rig *r, enum role role, int *ours)
{
	int fds[2];

	peer_pair(fds);
	shut(ours);
	*ours = fds[0];
	say_peer(r, role, fds[1]);
}

static void
give_store(struct engine_rig *r)
{
	int fds[2];

	if (r->store == 0) {
		give_role(r, ROLE_STORE, &r->scripted);
		return;
	}
	peer_pair(fds);
	say_peer(r, ROLE_STORE, fds[0]);
	msg_start(&out, ROLE_PEER);
	msg_put_u8(&out, ROLE_ENGINE);
	msg_put_u32(&out, WIRE_NO_SEGMENT);
	stand_in_send(r->store_parent, &out, fds[1]);
}

static void
say_config(struct engine_rig *r)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/assayd.yaml", r->dir);
	fd = open(path, O_RDONLY);
	ck_assert_int_ne(fd, -1);
	msg_start(&out, ENGINE_CONFIG);
	msg_put_string(&out, path);
	stand_in_send(r->warden, &out, fd);
	msg_start(&out, ENGINE_CONTROL_SOCKET);
	stand_in_send(r->warden, &out, dup(r->listening));
	msg_start(&out, ENGINE_EVIDENCE_DIR);
	stand_in_send(r->warden, &out, open(r->dir, O_RDONLY | O_DIRECTORY));
}

static void
say_segment_up(struct engine_rig *r)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 },
			     addr[4] = { 10, 77, 0, 1 };

	msg_start(&out, ENGINE_SEGMENT_UP);
	msg_put_u32(&out, 0);
	msg_put_string(&out, "dut0");
	msg_put_bytes(&out, mac, 6);
	msg_put_u32(&out, 1500);
	msg_put_u32(&out, 3);
	msg_put_u16(&out, 1);
	msg_put_u8(&out, 4);
	msg_put_bytes(&out, addr, 4);
	msg_put_u8(&out, 24);
	stand_in_send(r->warden, &out, -1);
}

static void
say_key(struct engine_rig *r)
{
	char *pem;

	if (r->key == NULL)
		return;
	pem = sign_key_public_pem(r->key);
	msg_start(&out, ENGINE_KEY);
	msg_put_string(&out, sign_key_id(r->key));
	msg_put_string(&out, pem);
	stand_in_send(r->warden, &out, -1);
	free(pem);
}

void
erig_use_key(struct engine_rig *r, struct sign_key *key)
{
	sign_key_free(r->key);
	r->key = key;
	say_key(r);
}

void
erig_start_engine(struct engine_rig *r)
{
	r->warden = spawn(r, "engine", engine_main, &r->engine);
	say_config(r);
	say_key(r);
	give_store(r);
	say_segment_up(r);
	give_role(r, ROLE_CAPTURE, &r->capture);
	give_role(r, ROLE_WATCH, &r->watch);
}

static void
forget_engine(struct engine_rig *r)
{
	int *const ours[] = { &r->warden, &r->capture, &r->watch, &r->worker,
		&r->describer, &r->client, &r->scripted };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		shut(ours[i]);
	r->engine = 0;
	r->went = false;
}

void
erig_kill_engine(struct engine_rig *r)
{
	ck_assert_int_eq(kill(r->engine, SIGKILL), 0);
	ck_assert_int_eq(waitpid(r->engine, NULL, 0), r->engine);
	forget_engine(r);
}

/* ---- the loop ---- */

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *
log_of(const struct engine_rig *r)
{
	static char text[3001]; /* Check takes 4 KiB */
	char path[128];
	FILE *f;
	long size;

	snprintf(path, sizeof(path), "%s/engine.log", r->dir);
	f = fopen(path, "r");
	text[0] = '\0';
	if (f == NULL)
		return text;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	fseek(f, size > 3000 ? size - 3000 : 0, SEEK_SET);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void
on_line(struct engine_rig *r, const char *line)
{
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *method;

	ck_assert_msg(o != NULL, "not JSON: %s", line);
	method = json_string_value(json_object_get(o, "method"));
	if (method == NULL) {
		if (json_integer_value(json_object_get(o, "id")) ==
		    r->last_id) {
			json_decref(r->answer);
			r->answer = json_incref(o);
		}
	} else if (strcmp(method, "record") == 0) {
		json_array_append(r->records, json_object_get(o, "params"));
	} else {
		json_array_append(r->words, o);
	}
	json_decref(o);
}

static void
read_client(struct engine_rig *r)
{
	char buf[65536], *end;
	ssize_t n = recv(r->client, buf, sizeof(buf), 0);

	if (n <= 0) {
		shut(&r->client);
		return;
	}
	r->line = realloc(r->line, r->size + (size_t)n + 1);
	memcpy(r->line + r->size, buf, (size_t)n);
	r->size += (size_t)n;
	r->line[r->size] = '\0';
	for (;;) {
		end = memchr(r->line, '\n', r->size);
		if (end == NULL)
			break;
		*end = '\0';
		on_line(r, r->line);
		r->size -= (size_t)(end + 1 - r->line);
		memmove(r->line, end + 1, r->size + 1);
	}
}

static void
read_peer(struct engine_rig *r, int *fd,
    void (*handle)(struct engine_rig *, struct msg_in *))
{
	static uint8_t datagram[MSG_MAX];
	struct msg_in m;
	ssize_t n = recv(*fd, datagram, sizeof(datagram), 0);

	if (n <= 0) {
		ck_assert_msg(
		    fd != &r->warden, "the engine ended:\n%s", log_of(r));
		shut(fd);
		return;
	}
	ck_assert_int_eq(msg_read(&m, datagram, (size_t)n), 0);
	handle(r, &m);
}

/* One turn: whatever has come. */
static void
turn(struct engine_rig *r, int ms)
{
	struct {
		int *fd;
		void (*handle)(struct engine_rig *, struct msg_in *);
	} peers[] = { { &r->warden, stand_in_warden },
		{ &r->capture, stand_in_capture },
		{ &r->watch, stand_in_watch }, { &r->worker, stand_in_worker },
		{ &r->describer, stand_in_describer },
		{ &r->scripted, stand_in_store }, { &r->client, NULL } };
	enum {
		N = sizeof(peers) / sizeof(peers[0])
	};
	struct pollfd fds[N];
	size_t i;

	for (i = 0; i < N; i++) {
		fds[i].fd = *peers[i].fd;
		fds[i].events = POLLIN;
	}
	if (poll(fds, N, ms) <= 0)
		return;
	for (i = 0; i < N; i++) {
		if (fds[i].revents == 0 || *peers[i].fd != fds[i].fd)
			continue;
		if (peers[i].handle == NULL)
			read_client(r);
		else
			read_peer(r, peers[i].fd, peers[i].handle);
	}
}

void
erig_until(struct engine_rig *r, erig_is *is, const void *arg)
{
	int64_t limit = now_ms() + LIMIT_MS;

	while (!is(r, arg)) {
		ck_assert_msg(
		    now_ms() < limit, "nothing came of it:\n%s", log_of(r));
		turn(r, 100);
	}
}

struct reaching {
	enum moment moment;
	unsigned times;
};

static bool
has_reached(const struct engine_rig *r, const void *arg)
{
	const struct reaching *a = arg;

	return r->reached[a->moment] >= a->times;
}

void
erig_until_at(struct engine_rig *r, enum moment m, unsigned times)
{
	struct reaching a = { m, times };

	erig_until(r, has_reached, &a);
}

void
erig_release(struct engine_rig *r, enum moment m)
{
	r->hold[m] = false;
	stand_in_answer(r, m);
}

/* ---- the client ---- */

static bool
is_answered(const struct engine_rig *r, const void *arg)
{
	(void)arg;
	return r->answer != NULL || r->client == -1;
}

void
erig_ask(struct engine_rig *r, const char *method, json_t *params)
{
	json_t *o = json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id",
	    (json_int_t)++r->last_id, "method", method, "params",
	    params == NULL ? json_object() : params);
	char *text = json_dumps(o, JSON_COMPACT);
	size_t n = strlen(text);

	json_decref(o);
	text[n] = '\n';
	ck_assert_int_eq(
	    send(r->client, text, n + 1, MSG_NOSIGNAL), (ssize_t)n + 1);
	free(text);
	json_decref(r->answer);
	r->answer = NULL;
}

static json_t *
call(struct engine_rig *r, const char *method, json_t *params)
{
	erig_ask(r, method, params);
	erig_until(r, is_answered, NULL);
	ck_assert_ptr_nonnull(r->answer);
	return r->answer;
}

json_t *
erig_call(struct engine_rig *r, const char *method, json_t *params)
{
	json_t *o = call(r, method, params), *error;

	error = json_object_get(o, "error");
	ck_assert_msg(error == NULL, "%s: %s", method,
	    json_string_value(json_object_get(error, "message")));
	return json_object_get(o, "result");
}

const char *
erig_refused(struct engine_rig *r, const char *method, json_t *params)
{
	json_t *error = json_object_get(call(r, method, params), "error");

	ck_assert_msg(error != NULL, "%s was not refused", method);
	return json_string_value(json_object_get(error, "message"));
}

static void
dial(struct engine_rig *r)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	shut(&r->client);
	r->size = 0;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/sock", r->dir);
	r->client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    connect(r->client, (struct sockaddr *)&sa, sizeof(sa)), 0);
}

void
erig_subscribe_to(struct engine_rig *r, uint64_t from, uint64_t run)
{
	int64_t limit = now_ms() + LIMIT_MS;

	dial(r);
	while (!json_is_true(
	    json_object_get(erig_call(r, "status", NULL), "ready")))
		ck_assert_msg(now_ms() < limit, "never ready:\n%s", log_of(r));
	erig_call(r, "subscribe",
	    json_pack(
		"{s:I,s:I}", "from", (json_int_t)from, "run", (json_int_t)run));
}

void
erig_subscribe(struct engine_rig *r, uint64_t from)
{
	erig_subscribe_to(r, from, 0);
}

uint64_t
erig_run(struct engine_rig *r, const char *steps)
{
	char text[2048];
	const json_t *o;

	snprintf(text, sizeof(text), "version: 1\nname: t\nsteps:\n%s", steps);
	o = erig_call(r, "run.start",
	    json_pack("{s:s,s:s}", "device", "lock", "scenario", text));
	return (uint64_t)json_integer_value(json_object_get(o, "run"));
}

/* ---- the beginning and the end ---- */

static void
write_config(struct engine_rig *r)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/assayd.yaml", r->dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
	    "version: 1\nbench: b1\nstate_dir: %s\nrun_dir: %s\n"
	    "worker: /bin/true\nprobe_dir: %s/probes\nscenario_dir: %s\n"
	    "message_dir: %s\ncatalogue_dir: %s\nrun_group: \"%u\"\n"
	    "segments:\n  - {name: wired0, kind: wired, interface: dut0,"
	    " addresses: [10.77.0.1/24]}\n",
	    r->dir, r->dir, r->dir, r->dir, r->dir, r->dir, (unsigned)getgid());
	if (r->files.prune != NULL)
		fprintf(f, "prune: %s\n", r->files.prune);
	ck_assert_int_eq(fclose(f), 0);
}

static void
make_places(struct engine_rig *r)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char path[128];
	int fd;

	snprintf(r->dir, sizeof(r->dir), "/tmp/assay-engine.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	snprintf(path, sizeof(path), "%s/store", r->dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/probes", r->dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/probes/tcp_ports.so", r->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ne(fd, -1);
	close(fd);
	write_config(r);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/sock", r->dir);
	r->listening =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(
	    bind(r->listening, (struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(listen(r->listening, 8), 0);
}

void
erig_add_device(struct engine_rig *r)
{
	erig_call(r, "device.add",
	    json_pack("{s:s,s:s}", "name", "lock", "profile", profile));
}

static void
start(struct engine_rig *r, bool scripted)
{
	r->warden = r->capture = r->watch = r->worker = r->describer =
	    r->client = r->store_parent = r->scripted = -1;
	make_places(r);
	r->controls[0] = r->controls[1] = r->canary = r->connects = true;
	r->frames = 2;
	r->rested_ns = 3600 * 1000000000ull; /* known for long */
	r->says = ASSAY_PASS;
	r->after_control = true;
	r->records = json_array();
	r->words = json_array();
	if (!scripted)
		r->store_parent = spawn(r, "store", store_main, &r->store);
	erig_start_engine(r);
	erig_subscribe(r, 1);
	erig_add_device(r);
}

void
erig_start(struct engine_rig *r)
{
	memset(r, 0, sizeof(*r));
	start(r, false);
}

void
erig_start_pruning(
    struct engine_rig *r, const char *prune, const char *descriptor)
{
	struct err e;

	memset(r, 0, sizeof(*r));
	r->files.prune = prune;
	r->descriptor = descriptor;
	r->key = sign_key_new(&e); /* said before anything else */
	start(r, false);
}

void
erig_start_scripted_store(struct engine_rig *r)
{
	memset(r, 0, sizeof(*r));
	start(r, true);
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static void
end_process(struct engine_rig *r, pid_t pid, int fd)
{
	int status;

	msg_start(&out, ROLE_STOP);
	stand_in_send(fd, &out, -1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x at the end:\n%s", (unsigned)status, log_of(r));
}

void
erig_free(struct engine_rig *r)
{
	if (r->engine != 0)
		end_process(r, r->engine, r->warden);
	if (r->store != 0)
		end_process(r, r->store, r->store_parent);
	forget_engine(r);
	shut(&r->store_parent);
	shut(&r->listening);
	json_decref(r->records);
	json_decref(r->words);
	json_decref(r->answer);
	free(r->line);
	sign_key_free(r->key);
	ck_assert_int_eq(
	    nftw(r->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void
erig_lose(struct engine_rig *r, enum role role)
{
	shut(role == ROLE_CAPTURE ? &r->capture : &r->watch);
}

void
erig_replace(struct engine_rig *r, enum role role)
{
	give_role(r, role, role == ROLE_CAPTURE ? &r->capture : &r->watch);
}
