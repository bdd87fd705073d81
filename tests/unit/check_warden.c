/*
 * The warden: what it starts, what it allows, and what it leaves.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "daemon/shared/wire.h"
#include "own_netns.h"
#include "probes/probe.h"
#include "warden_rig.h"
#include "warden_stand_in.h"

START_TEST(every_role_has_its_own_user_and_directories_have_owners)
{
	warden_rig_start();
	ck_assert_int_ne(warden_rig_find_role("engine"), 0);
	ck_assert_int_ne(warden_rig_find_role("store"), 0);
	ck_assert_int_ne(warden_rig_find_role("capture"), 0);
	ck_assert_int_ne(warden_rig_find_role("watch"), 0);
	ck_assert_int_ne(warden_rig_find_role("services"), 0);
	ck_assert_int_eq(warden_rig_count_processes(), 5);
	warden_rig_assert_owner("state", 0, 0, 0755);
	warden_rig_assert_owner(
	    "state/store", warden_rig_uid + 1, warden_rig_uid + 1, 0700);
	warden_rig_assert_owner("state/captures", 0, 0, 0755);
	warden_rig_assert_owner(
	    "state/captures/wired0", warden_rig_uid + 2, warden_rig_uid, 0750);
	warden_rig_assert_owner(
	    "state/evidence", warden_rig_uid + 2, warden_rig_uid, 0750);
	warden_rig_assert_owner(
	    "state/services", warden_rig_uid + 4, warden_rig_uid + 4, 0700);
	warden_rig_assert_owner("state/interfaces", 0, 0, 0700);
	warden_rig_assert_owner("state/keys", 0, 0, 0700);
	warden_rig_assert_owner("state/keys/bench.key", 0, 0, 0600);
	warden_rig_assert_owner("run", 0, 0, 0755);
	warden_rig_assert_owner("run/assayd.sock", 0, 0, 0660);
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

	warden_rig_start();
	m = warden_rig_expect(ENGINE_EVIDENCE_DIR, &fd);
	ck_assert_int_ne(fd, -1);
	close(fd);
	m = warden_rig_expect(ROLE_PEER, &fd); /* the store */
	ck_assert_int_ne(fd, -1);
	close(fd);
	m = warden_rig_expect(ENGINE_SEGMENT_UP, NULL);
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

	warden_rig_start();
	first = rig.warden;
	rig.warden = warden_rig_start_alone();
	status = warden_rig_wait_for_end();
	rig.warden = first;
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	ck_assert(warden_rig_is_in_log(
	    (void *)(uintptr_t) "another assayd runs here"));
	warden_rig_assert_owner(
	    "run/assayd.sock", 0, 0, 0660); /* the first one's */
}
END_TEST

START_TEST(an_end_leaves_nothing_and_the_interface_as_it_was)
{
	char text[512];

	ck_assert_int_eq(own_netns_run("ip link set dut0 up mtu 1450"), 0);
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.9/24 dev dut0"), 0);
	warden_rig_start();
	ck_assert_int_ne(own_netns_run("ip link show dut0"), 0);
	kill(rig.warden, SIGTERM);
	ck_assert_int_eq(warden_rig_wait_for_end(), 0);
	ck_assert_int_eq(warden_rig_count_processes(), 0);
	own_netns_output(text, sizeof(text), "ls -A %s/run", rig.dir);
	ck_assert_str_eq(text, "");
	own_netns_output(
	    text, sizeof(text), "ls -A %s/state/interfaces", rig.dir);
	ck_assert_str_eq(text, "");
	own_netns_output(text, sizeof(text), "ip addr show dut0");
	ck_assert_ptr_nonnull(strstr(text, "mtu 1450"));
	ck_assert_ptr_nonnull(strstr(text, "192.0.2.9/24"));
	ck_assert_ptr_nonnull(strstr(text, ",UP"));
}
END_TEST

/* The kernel takes a dead namespace's interfaces down in its own time. */
static bool
cable_is_gone(void *arg)
{
	(void)arg;
	return own_netns_run("ip link show far0") != 0;
}

START_TEST(a_killed_warden_leaves_no_process_and_can_start_again)
{
	struct warden_rig_worker k;

	warden_rig_start();
	warden_rig_ask_worker(1, 0, "tcp.ports", ASSAY_NEED_LINK, "10.77.0.10");
	warden_rig_expect_worker(1, &k);
	ck_assert_int_eq(warden_rig_count_processes(), 6);
	kill(rig.warden, SIGKILL);
	ck_assert_int_eq(warden_rig_wait_for_end(), SIGKILL);
	ck_assert_msg(own_netns_wait(warden_rig_are_all_gone, NULL),
	    "%d are left", warden_rig_count_processes());
	close(rig.control);
	close(k.socket);
	close(k.errors);
	/* A veth dies with the namespace that held it, its far end too: so
	 * the next life finds nothing, says so, and waits for it. */
	ck_assert_int_eq(own_netns_run("rm %s/log", rig.dir), 0);
	rig.warden = warden_rig_start_alone();
	warden_rig_wait_for_log("down: dut0: no such interface");
	ck_assert(own_netns_wait(cable_is_gone, NULL));
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	warden_rig_wait_for_log("segment wired0: up on dut0");
}
END_TEST

START_TEST(a_worker_has_a_user_of_its_own_and_is_alone)
{
	struct warden_rig_worker a, b;
	char want[128];

	warden_rig_start();
	warden_rig_ask_worker(7, 0, "tcp.ports", ASSAY_NEED_LINK, "10.77.0.10");
	warden_rig_expect_worker(7, &a);
	snprintf(want, sizeof(want), "tcp.ports uid %d pid 1 link 1 probe 1",
	    warden_rig_uid + 8);
	ck_assert_str_eq(a.words, want);
	warden_rig_ask_worker(8, WIRE_NO_SEGMENT, "tcp.ports", 0, NULL);
	warden_rig_expect_worker(8, &b);
	snprintf(want, sizeof(want), "tcp.ports uid %d pid 1 link 0 probe 1",
	    warden_rig_uid + 9);
	ck_assert_str_eq(b.words, want);
}
END_TEST

START_TEST(a_workers_end_is_told_as_it_was)
{
	struct warden_rig_worker k;
	struct msg_out m;

	warden_rig_start();
	warden_rig_ask_worker(1, 0, "quick.end", 0, "10.77.0.10");
	warden_rig_expect_worker(1, &k);
	warden_rig_expect_exit(&k, 0, 42);
	warden_rig_ask_worker(2, 0, "tcp.ports", 0, "10.77.0.10");
	warden_rig_expect_worker(2, &k);
	msg_start(&m, WARDEN_KILL);
	msg_put_u32(&m, k.id);
	warden_rig_say(&m);
	warden_rig_expect_exit(&k, 1, SIGKILL);
}
END_TEST

START_TEST(a_request_against_policy_is_refused_in_words)
{
	struct warden_rig_worker k;

	warden_rig_start();
	warden_rig_ask_worker(1, 0, "tcp.ports", 0, "10.9.9.9");
	warden_rig_assert_refused(1,
	    "10.9.9.9 is outside of segment wired0 (10.77.0.1/24, link-local)");
	warden_rig_ask_worker(2, 0, "tcp.ports", 0, "10.77.0.1");
	warden_rig_assert_refused(2, "10.77.0.1 is the bench's own");
	warden_rig_ask_worker(3, 0, "tcp.ports", 0, "10.77.0.2");
	warden_rig_assert_refused(3, "10.77.0.2 is the bench's own");
	warden_rig_ask_worker(4, 5, "tcp.ports", 0, "10.77.0.10");
	warden_rig_assert_refused(4, "no segment number 5");
	warden_rig_ask_worker(5, 0, "no.such", 0, "10.77.0.10");
	warden_rig_assert_refused(5, "no probe named no.such");
	warden_rig_ask_worker(6, 0, "../etc", 0, "10.77.0.10");
	warden_rig_assert_refused(6, "a probe's name is");
	warden_rig_ask_worker(7, 0, "linked", 0, "10.77.0.10");
	warden_rig_assert_refused(7, "no probe named linked");
	warden_rig_ask_worker(8, 0, "folder", 0, "10.77.0.10");
	warden_rig_assert_refused(8, "not a plain file");
	warden_rig_ask_worker(9, 0, "loose", 0, "10.77.0.10");
	warden_rig_assert_refused(9, "anyone may write to it");
	warden_rig_ask_worker(10, 0, "tcp.ports", 0x100, "10.77.0.10");
	warden_rig_assert_refused(10, "needs 0x100: not known here");
	warden_rig_ask_worker(
	    11, WIRE_NO_SEGMENT, "tcp.ports", 0, "10.77.0.10");
	warden_rig_assert_refused(11, "targets without a segment");
	warden_rig_ask_worker(
	    12, WIRE_NO_SEGMENT, "tcp.ports", ASSAY_NEED_LINK, NULL);
	warden_rig_assert_refused(12, "raw frames without a segment");
	/* And the engine lives, and may ask again. */
	warden_rig_ask_worker(13, 0, "quick.end", 0, "10.77.0.10");
	warden_rig_expect_worker(13, &k);
	warden_rig_expect_exit(&k, 0, 42);
}
END_TEST

START_TEST(there_is_an_end_to_workers)
{
	struct warden_rig_worker k;
	uint32_t i;

	warden_rig_start();
	for (i = 0; i < 24; i++) {
		warden_rig_ask_worker(i, 0, "tcp.ports", 0, "10.77.0.10");
		warden_rig_expect_worker(i, &k);
		close(k.socket);
		close(k.errors);
	}
	warden_rig_ask_worker(24, 0, "tcp.ports", 0, "10.77.0.10");
	warden_rig_assert_refused(24, "24 workers are at work already");
}
END_TEST

START_TEST(a_hook_is_run_by_its_name_alone)
{
	struct msg_out out;
	struct msg_in m;
	char tail[4200];
	uint32_t request, status;
	uint8_t how;

	warden_rig_start();
	msg_start(&out, WARDEN_HOOK);
	msg_put_u32(&out, 3);
	msg_put_string(&out, "relay");
	warden_rig_say(&out);
	m = warden_rig_expect(ENGINE_HOOK_DONE, NULL);
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
	warden_rig_say(&out);
	warden_rig_assert_refused(4, "no such hook in assayd.yaml");
}
END_TEST

/* Dead, though its new parent may not have reaped it. */
static bool
is_no_more(void *pid)
{
	char path[64], line[256];
	bool gone = true;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(pid_t *)pid);
	f = fopen(path, "r");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		gone = strstr(line, ") Z") != NULL;
	if (f != NULL)
		fclose(f);
	return gone;
}

START_TEST(a_hook_that_takes_too_long_is_killed_with_its_children)
{
	struct msg_out out;
	struct msg_in m;
	uint32_t request, status;
	char tail[4200];
	uint8_t how;
	pid_t child;

	warden_rig_start();
	msg_start(&out, WARDEN_HOOK);
	msg_put_u32(&out, 9);
	msg_put_string(&out, "slow");
	warden_rig_say(&out);
	m = warden_rig_expect(ENGINE_HOOK_DONE, NULL);
	msg_get_u32(&m, &request);
	msg_get_u8(&m, &how);
	msg_get_u32(&m, &status);
	msg_get_string(&m, tail, sizeof(tail));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(request, 9);
	ck_assert_uint_eq(how, 2);
	child = (pid_t)strtol(tail, NULL, 10);
	ck_assert_int_gt(child, 0);
	ck_assert(own_netns_wait(is_no_more, &child));
}
END_TEST

static pid_t old_pid;

static bool
is_replaced(void *role)
{
	pid_t now = warden_rig_find_role(role);

	return now != 0 && now != old_pid;
}

START_TEST(a_malformed_message_ends_the_engine_and_its_workers)
{
	static char engine[] = "engine";
	struct msg_out m;
	struct warden_rig_worker k;

	warden_rig_start();
	warden_rig_ask_worker(1, 0, "tcp.ports", 0, "10.77.0.10");
	warden_rig_expect_worker(1, &k);
	old_pid = warden_rig_find_role("engine");
	msg_start(&m, WARDEN_KILL); /* without its field */
	warden_rig_say(&m);
	warden_rig_wait_for_log("engine: malformed message 770");
	ck_assert(own_netns_wait(is_replaced, engine));
	/* The worker is gone, its socket at an end. */
	ck_assert_int_eq(recv(k.socket, &m, sizeof(m), 0), 0);
	close(rig.control);
	ck_assert(own_netns_wait(warden_rig_can_connect, NULL));
	warden_rig_expect(ENGINE_SEGMENT_UP, NULL);
	/* The captures went on. */
	ck_assert_ptr_null(strstr(warden_rig_log(), "capture wired0: died"));
}
END_TEST

START_TEST(an_operation_that_is_not_in_the_table_ends_the_engine)
{
	struct msg_out m;

	warden_rig_start();
	msg_start(&m, ENGINE_DONE);
	warden_rig_say(&m);
	warden_rig_wait_for_log("engine: malformed message");
	warden_rig_wait_for_log("engine: died: killed by signal 9 (Killed)");
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

	warden_rig_start();
	warden_rig_expect(ENGINE_SEGMENT_UP, NULL);
	old_pid = warden_rig_find_role(losses[_i].role);
	kill(old_pid, SIGKILL);
	m = warden_rig_expect(losses[_i].lost, NULL);
	if (losses[_i].lost != ENGINE_STORE_LOST)
		msg_get_u32(&m, &index);
	msg_get_string(&m, text, sizeof(text));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_str_eq(text, "killed by signal 9 (Killed)");
	m = warden_rig_expect(ROLE_PEER, &fd);
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

	warden_rig_start();
	warden_rig_expect(ENGINE_SEGMENT_UP, NULL);
	ck_assert_int_eq(own_netns_run("ip link del far0"), 0);
	m = warden_rig_expect(ENGINE_SEGMENT_DOWN, NULL);
	msg_get_u32(&m, &index);
	msg_get_string(&m, why, sizeof(why));
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_str_eq(why, "the interface is gone");
	warden_rig_ask_worker(1, 0, "tcp.ports", 0, "10.77.0.10");
	warden_rig_assert_refused(
	    1, "segment wired0 is down: the interface is gone");
	warden_rig_wait_for_log("capture wired0: stopped: exit status 0");
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	warden_rig_expect(ENGINE_SEGMENT_UP, NULL);
}
END_TEST

START_TEST(an_interface_with_the_default_route_is_left_where_it_is)
{
	ck_assert_int_eq(own_netns_run("ip link set dut0 up"), 0);
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.9/24 dev dut0"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip route add default via 192.0.2.1"), 0);
	rig.warden = warden_rig_start_alone();
	warden_rig_wait_for_log(
	    "down: dut0: it carries this machine's default route");
	ck_assert_int_eq(own_netns_run("ip link show dut0"), 0);
}
END_TEST

START_TEST(a_uid_that_somebody_has_is_refused)
{
	rig.conf.uid_first = 65530; /* nobody is 65534 */
	rig.warden = warden_rig_start_alone();
	ck_assert_int_eq(WEXITSTATUS(warden_rig_wait_for_end()), 1);
	ck_assert(warden_rig_is_in_log((void *)(uintptr_t) "is nobody's"));
}
END_TEST

START_TEST(a_state_directory_that_nobody_can_reach_is_refused)
{
	ck_assert_int_eq(own_netns_run("mkdir -m 700 %s/closed", rig.dir), 0);
	snprintf(rig.conf.state_dir, 128, "%s/closed/state", rig.dir);
	rig.warden = warden_rig_start_alone();
	ck_assert_int_eq(WEXITSTATUS(warden_rig_wait_for_end()), 1);
	ck_assert(warden_rig_is_in_log(
	    (void *)(uintptr_t) "is closed to the daemon's own users"));
	ck_assert_int_ne(own_netns_run("ls %s/run/assayd.lock", rig.dir), 0);
}
END_TEST

static TCase *
make_case(void)
{
	TCase *c = tcase_create("warden");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, warden_rig_setup, warden_rig_teardown);
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
		return warden_stand_in_role(argv[2]);
	if (argc == 2 && strcmp(argv[0], "assay-worker") == 0)
		return warden_stand_in_worker(argv[1]);
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
