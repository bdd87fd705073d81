/*
 * check_worker_talk: the real assay-worker in an exchange, with the test as
 * the service: one that answers, greets, waits, closes, drips, floods, is not
 * there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "probes/probe.h"
#include "daemon/shared/wire.h"
#include "tests/unit/worker_rig.h"

static bool is_root;
static struct rig rig;
static pid_t server;

static void
set_up(void)
{
	is_root = rig_enter_namespace();
}

static void
tear_down(void)
{
	if (server > 0)
		kill(server, SIGKILL);
	if (is_root && rig.engine != 0)
		rig_free(&rig);
}

#define NEEDS_ROOT() \
	do { \
		if (!is_root) \
			return; \
	} while (0)

/* ---- services; each returns true when its client behaved ---- */

static size_t
hear(int fd, char *out, size_t size)
{
	ssize_t n = recv(fd, out, size - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static bool
say(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) ==
	    (ssize_t)strlen(text);
}

/* The client has ended it, with a reset. */
static bool
is_reset(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	char c;

	return poll(&pfd, 1, 8000) == 1 && recv(fd, &c, 1, 0) == -1 &&
	    errno == ECONNRESET;
}

static bool
answers(int fd)
{
	char text[64];

	return hear(fd, text, sizeof(text)) > 0 && strcmp(text, "hello") == 0 &&
	    say(fd, "hello yourself") && is_reset(fd);
}

/* It hears its own word back, and is asked on. */
static bool
converses(int fd)
{
	char text[64];

	return hear(fd, text, sizeof(text)) > 0 && strcmp(text, "hello") == 0 &&
	    say(fd, "one") && hear(fd, text, sizeof(text)) > 0 &&
	    strcmp(text, "one") == 0 && say(fd, "two") &&
	    hear(fd, text, sizeof(text)) > 0 && strcmp(text, "and?") == 0 &&
	    say(fd, "three") && is_reset(fd);
}

/* What it says last is heard, though it is gone when it is answered. */
static bool
says_last_and_goes(int fd)
{
	char text[64];

	return hear(fd, text, sizeof(text)) > 0 && say(fd, "one");
}

/* A printer's: 0 only when it heard nothing. */
static bool
prints_nothing(int fd)
{
	return is_reset(fd);
}

/* What is said before the greeting was over would show. */
static bool
greets_then_answers(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	char text[64];

	return say(fd, "220 ") && poll(&pfd, 1, 20) == 0 && say(fd, "ready ") &&
	    hear(fd, text, sizeof(text)) > 0 && strcmp(text, "hello") == 0 &&
	    say(fd, "250") && is_reset(fd);
}

static bool
says_nothing(int fd)
{
	return is_reset(fd);
}

static bool
closes(int fd)
{
	return say(fd, "bye");
}

/* A word every now and then, without the pause that would end it. */
static bool
drips(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	unsigned n;

	for (n = 0; n < 400; n++) {
		if (!say(fd, "."))
			return true;
		if (poll(&pfd, 1, 30) > 0)
			return true;
	}
	return false;
}

static bool
floods(int fd)
{
	char block[1024];

	memset(block, 'x', sizeof(block));
	while (send(fd, block, sizeof(block), MSG_NOSIGNAL) > 0)
		;
	return true;
}

static uint16_t
open_port(int type, int *fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);

	*fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(*fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(getsockname(*fd, (struct sockaddr *)&in, &size), 0);
	return ntohs(in.sin_port);
}

/* A child that serves one connection and ends with 0 when all was well. */
static uint16_t
serve(bool (*service)(int fd))
{
	int fd, one;
	uint16_t port = open_port(SOCK_STREAM, &fd);

	ck_assert_int_eq(listen(fd, 4), 0);
	server = fork();
	ck_assert_int_ne(server, -1);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		one = accept(fd, NULL, NULL);
		_exit(one != -1 && service(one) ? 0 : 1);
	}
	close(fd);
	return port;
}

/* On the first raw print port that is free here; 0: none is. */
static uint16_t
serve_printer(bool (*service)(int fd))
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	uint16_t port;
	int fd = socket(AF_INET, SOCK_STREAM, 0), one;

	ck_assert_int_ne(fd, -1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	for (port = 9100; port <= 9107; port++) {
		a.sin_port = htons(port);
		if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
			break;
	}
	if (port > 9107) {
		close(fd);
		return 0;
	}
	ck_assert_int_eq(listen(fd, 4), 0);
	server = fork();
	ck_assert_int_ne(server, -1);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		one = accept(fd, NULL, NULL);
		_exit(one != -1 && service(one) ? 0 : 1);
	}
	close(fd);
	return port;
}

static void
server_was_content(void)
{
	int status;

	ck_assert_int_eq(waitpid(server, &status, 0), server);
	server = 0;
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static bool consents_to_prints;

static void
declare_consent(void)
{
	msg_start(&rig.out, WORKER_DECLARED_ROW);
	msg_put_string(&rig.out, "consents");
	msg_put_u8(&rig.out, 2);
	msg_put_string(&rig.out, "hazard");
	msg_put_string(&rig.out, "prints");
	msg_put_string(&rig.out, "until");
	msg_put_string(&rig.out, "");
	rig_send(&rig);
}

static void
talk_to(uint16_t port, const char *text, const char *param, const char *value)
{
	char number[16];

	rig_start(&rig, "sample_talk", false);
	snprintf(number, sizeof(number), "%u", port);
	rig_param(&rig, "port", number);
	rig_param(&rig, "say", text);
	if (param != NULL)
		rig_param(&rig, param, value);
	rig_target(&rig, false);
	if (consents_to_prints)
		declare_consent();
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_msg(rig.done, "%s %s", rig.failed, rig.last_words);
	ck_assert_str_eq(rig.failed, "");
}

static void
expect(const char *line)
{
	ck_assert_str_eq(rig.last_line, line);
}

START_TEST(an_answer_is_heard_and_the_end_is_a_reset)
{
	NEEDS_ROOT();
	talk_to(serve(answers), "hello", NULL, NULL);
	expect("answered \"hello yourself\", said");
	server_was_content();
}
END_TEST

START_TEST(nothing_is_written_to_a_raw_print_port)
{
	uint16_t port;

	NEEDS_ROOT();
	port = serve_printer(prints_nothing);
	ck_assert_uint_ne(port, 0);
	talk_to(port, "hello", NULL, NULL);
	expect("quiet \"\", withheld");
	server_was_content();
}
END_TEST

START_TEST(a_consent_to_prints_lets_a_raw_print_port_be_written_to)
{
	uint16_t port;

	NEEDS_ROOT();
	consents_to_prints = true;
	port = serve_printer(answers);
	ck_assert_uint_ne(port, 0);
	talk_to(port, "hello", NULL, NULL);
	expect("answered \"hello yourself\", said");
	server_was_content();
}
END_TEST

START_TEST(a_greeting_is_heard_to_its_end_before_anything_is_said)
{
	NEEDS_ROOT();
	talk_to(serve(greets_then_answers), "hello", "hear_first", "true");
	expect("answered \"220 ready 250\", said");
	server_was_content();
}
END_TEST

START_TEST(nothing_is_said_to_who_does_not_greet)
{
	NEEDS_ROOT();
	talk_to(serve(says_nothing), "hello", "hear_first", "true");
	expect("quiet \"\"");
	server_was_content();
}
END_TEST

START_TEST(who_only_listens_says_nothing_and_leaves_with_a_reset)
{
	NEEDS_ROOT();
	talk_to(serve(says_nothing), "", NULL, NULL);
	expect("quiet \"\"");
	server_was_content();
}
END_TEST

START_TEST(what_was_heard_is_answered)
{
	NEEDS_ROOT();
	talk_to(serve(converses), "hello", "answers", "true");
	expect("answered \"onetwothree\", said");
	server_was_content();
}
END_TEST

START_TEST(a_last_word_is_heard_although_it_is_answered)
{
	NEEDS_ROOT();
	talk_to(serve(says_last_and_goes), "hello", "answers", "true");
	expect("closed \"one\", said");
	server_was_content();
}
END_TEST

START_TEST(the_device_may_end_it)
{
	NEEDS_ROOT();
	talk_to(serve(closes), "", NULL, NULL);
	expect("closed \"bye\"");
	server_was_content();
}
END_TEST

/* Twice the time it listens, although there never is a pause. */
START_TEST(who_never_pauses_is_not_heard_for_ever)
{
	NEEDS_ROOT();
	talk_to(serve(drips), "", "listen", "300ms");
	ck_assert_ptr_eq(
	    strstr(rig.last_line, "answered \"..."), rig.last_line);
	ck_assert_uint_lt(strlen(rig.last_line), 60);
	server_was_content();
}
END_TEST

/* Sixty words would fit into the time that it may listen. */
START_TEST(what_is_enough_ends_it_without_a_pause)
{
	NEEDS_ROOT();
	talk_to(serve(drips), "", "enough", "1");
	ck_assert_ptr_eq(strstr(rig.last_line, "answered \"."), rig.last_line);
	ck_assert_uint_lt(strlen(rig.last_line), 40);
	server_was_content();
}
END_TEST

START_TEST(a_flood_is_cut_at_what_was_wanted)
{
	NEEDS_ROOT();
	talk_to(serve(floods), "", "max", "10");
	expect("answered \"xxxxxxxxxx\"");
	server_was_content();
}
END_TEST

START_TEST(a_closed_port_is_refused)
{
	uint16_t port;
	int fd;

	NEEDS_ROOT();
	port = open_port(SOCK_STREAM, &fd);
	close(fd);
	talk_to(port, "hello", NULL, NULL);
	expect("refused \"\"");
}
END_TEST

/* ---- datagrams ---- */

START_TEST(a_closed_udp_port_is_refused_by_icmp)
{
	uint16_t port;
	int fd;

	NEEDS_ROOT();
	port = open_port(SOCK_DGRAM, &fd);
	close(fd);
	talk_to(port, "hello", "udp", "true");
	expect("refused \"\", said");
}
END_TEST

START_TEST(a_silent_udp_port_is_quiet)
{
	int fd;
	uint16_t port;

	NEEDS_ROOT();
	port = open_port(SOCK_DGRAM, &fd);
	talk_to(port, "hello", "udp", "true");
	expect("quiet \"\", said");
	close(fd);
}
END_TEST

/* As TFTP does; and a stranger's datagram, from another address, is not it. */
static void
answer_from_elsewhere(int fd)
{
	struct sockaddr_in from = { 0 }, other = { .sin_family = AF_INET };
	socklen_t size = sizeof(from);
	char text[64];
	int second = socket(AF_INET, SOCK_DGRAM, 0);
	int stranger = socket(AF_INET, SOCK_DGRAM, 0);

	other.sin_addr.s_addr = htonl(0x7f000002);
	if (bind(stranger, (struct sockaddr *)&other, sizeof(other)) == -1 ||
	    recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from,
		&size) == -1)
		_exit(1);
	(void)sendto(
	    stranger, "stranger", 8, 0, (struct sockaddr *)&from, size);
	other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(second, (struct sockaddr *)&other, sizeof(other)) == -1 ||
	    sendto(second, "from elsewhere", 14, 0, (struct sockaddr *)&from,
		size) == -1)
		_exit(1);
	_exit(0);
}

START_TEST(an_answer_from_another_port_is_heard_from_another_address_not)
{
	uint16_t port;
	int fd;

	NEEDS_ROOT();
	port = open_port(SOCK_DGRAM, &fd);
	server = fork();
	ck_assert_int_ne(server, -1);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		answer_from_elsewhere(fd);
	}
	close(fd);
	talk_to(port, "hello", "udp", "true");
	expect("answered \"from elsewhere\", said");
	server_was_content();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker talk");
	TCase *c = tcase_create("exchanges");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 30);
	tcase_add_test(c, an_answer_is_heard_and_the_end_is_a_reset);
	tcase_add_test(c, nothing_is_written_to_a_raw_print_port);
	tcase_add_test(
	    c, a_consent_to_prints_lets_a_raw_print_port_be_written_to);
	tcase_add_test(
	    c, a_greeting_is_heard_to_its_end_before_anything_is_said);
	tcase_add_test(c, nothing_is_said_to_who_does_not_greet);
	tcase_add_test(
	    c, who_only_listens_says_nothing_and_leaves_with_a_reset);
	tcase_add_test(c, what_was_heard_is_answered);
	tcase_add_test(c, a_last_word_is_heard_although_it_is_answered);
	tcase_add_test(c, the_device_may_end_it);
	tcase_add_test(c, who_never_pauses_is_not_heard_for_ever);
	tcase_add_test(c, what_is_enough_ends_it_without_a_pause);
	tcase_add_test(c, a_flood_is_cut_at_what_was_wanted);
	tcase_add_test(c, a_closed_port_is_refused);
	tcase_add_test(c, a_closed_udp_port_is_refused_by_icmp);
	tcase_add_test(c, a_silent_udp_port_is_quiet);
	tcase_add_test(
	    c, an_answer_from_another_port_is_heard_from_another_address_not);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
