/*
 * firmware.identity against simulated devices: what is said is observed port by
 * port with its frames, what changes by itself is not, and nothing passes.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"

#include "probes/firmware_identity.c"

#define SECOND 1000000000ull

struct service {
	uint16_t port;
	const char *name, *says; /* NULL: nothing */
	bool udp;
};

static const struct service *services;
static size_t nservices;
static unsigned asked_of_mqtt;
static struct assay_job *job;

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	size_t i;

	(void)arg;
	(void)j;
	t->end = t->spec->transport == ASSAY_UDP ? ASSAY_TALK_QUIET
						 : ASSAY_TALK_REFUSED;
	asked_of_mqtt += t->spec->port == 1883;
	for (i = 0; i < nservices; i++) {
		if (services[i].port != t->spec->port)
			continue;
		ck_assert_int_eq(
		    services[i].udp, t->spec->transport == ASSAY_UDP);
		t->end = ASSAY_TALK_QUIET;
		t->said = t->spec->nsay > 0;
		if (services[i].says == NULL)
			continue;
		t->nheard = strlen(services[i].says);
		memcpy(t->heard, services[i].says, t->nheard);
		t->end = ASSAY_TALK_ANSWERED;
	}
}

static void
ask(const struct service *list, size_t n)
{
	size_t i;

	services = list;
	nservices = n;
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_declares(job, ASSAY_TCP);
	for (i = 0; i < n; i++)
		if (!list[i].udp)
			fake_job_declare(job,
			    &(struct assay_declared_port){
				.transport = ASSAY_TCP,
				.first = list[i].port,
				.last = list[i].port,
				.service = list[i].name });
	fake_job_on_talk(job, on_talk, NULL);
	ck_assert(fake_job_all(job, 60 * SECOND));
}

static void
stop(void)
{
	fake_job_free(job);
}

static const char *
says(uint16_t port)
{
	const struct assay_observation *o;
	size_t i;

	for (i = 0; (o = fake_job_observation(job, i)) != NULL; i++)
		if (strncmp(o->field, "firmware.says", 13) == 0 &&
		    o->port == port) {
			ck_assert_uint_eq(o->nframes, 1);
			return o->value.string;
		}
	return "";
}

static void
is_verdict(enum assay_verdict_value value, const char *reason, size_t cites)
{
	const struct assay_verdict *v = fake_job_verdict(job, 0);

	ck_assert_uint_eq(fake_job_verdict_count(job), 1);
	ck_assert_int_eq(v->value, value);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_uint_eq(v->nobservations, cites);
}

#define HTTP(server, more) \
	"HTTP/1.1 200 OK\r\nServer: " server "\r\n" more \
	"Content-Length: 0\r\nConnection: close\r\n\r\n"

START_TEST(what_services_say_is_observed_port_by_port)
{
	static const struct service good[] = {
		{ 22, "ssh", "SSH-2.0-dropbear_2022.83\r\n", false },
		{ 80, "http", HTTP("Tidal/1.4", ""), false },
		{ 8000, "", "220 (vsFTPd 3.0.3)\r\n", false },
		{ 1883, "mqtt", "x", false },
		{ 1900, NULL,
		    "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n"
		    "USN: uuid:1::upnp:rootdevice\r\n"
		    "SERVER: Linux/5.10 UPnP/1.0 Lamp/2.7\r\n\r\n",
		    true },
	};

	ask(good, 5);
	ck_assert_ptr_nonnull(strstr(says(22), "dropbear_2022.83"));
	ck_assert_ptr_nonnull(strstr(says(80), "Tidal/1.4"));
	ck_assert_ptr_nonnull(strstr(says(8000), "3.0.3"));
	ck_assert_ptr_nonnull(strstr(says(1900), "Lamp/2.7"));
	ck_assert_uint_eq(asked_of_mqtt, 0);
	is_verdict(ASSAY_INFO, "firmware.said", 4);
}
END_TEST

/* A clock, a cookie, a length: as different as the moments are. */
START_TEST(what_changes_by_itself_is_no_firmware)
{
	static const struct service now = { 80, "http",
		HTTP("Tidal/1.4",
		    "Date: Mon, 23 Nov 2026 01:00:00 GMT\r\n"
		    "Set-Cookie: s=4711\r\n"),
		false };
	static const struct service later = { 80, "http",
		HTTP("Tidal/1.4",
		    "Date: Mon, 23 Nov 2026 02:07:11 GMT\r\n"
		    "Set-Cookie: s=815\r\n"),
		false };
	static const struct service other = { 80, "http",
		HTTP("Tidal/1.5", "Date: Mon, 23 Nov 2026 01:00:00 GMT\r\n"),
		false };
	char first[WORDS_MAX];

	ask(&now, 1);
	snprintf(first, sizeof(first), "%s", says(80));
	ck_assert_str_ne(first, "");
	fake_job_free(job);
	ask(&later, 1);
	ck_assert_str_eq(says(80), first);
	fake_job_free(job);
	ask(&other, 1);
	ck_assert_str_ne(says(80), first);
}
END_TEST

START_TEST(silence_shows_nothing)
{
	static const struct service mute[] = { { 80, "http", NULL, false },
		{ 22, "ssh", "what is this\r\n", false } };

	ask(mute, 2);
	ck_assert_str_eq(says(80), "");
	is_verdict(ASSAY_INCONC, "firmware.not_said", 0);
	fake_job_free(job);
	/* A closed port is no service. */
	ask(NULL, 0);
	is_verdict(ASSAY_INCONC, "firmware.not_said", 0);
}
END_TEST

START_TEST(a_device_without_an_address_was_not_asked)
{
	job = fake_job_new(&assay_probe);
	ck_assert(fake_job_all(job, 60 * SECOND));
	is_verdict(ASSAY_INCONC, "firmware.not_asked", 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware_identity");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, NULL, stop);
	tcase_add_test(tc, what_services_say_is_observed_port_by_port);
	tcase_add_test(tc, what_changes_by_itself_is_no_firmware);
	tcase_add_test(tc, silence_shows_nothing);
	tcase_add_test(tc, a_device_without_an_address_was_not_asked);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
