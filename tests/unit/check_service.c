/*
 * service: what services disclose, in what they really said and in what only
 * looks like it; every cut of it, and what must not be believed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/service.h"

static struct service_seen seen;
static bool answered;

/* One exchange, read into `seen`. */
static void
hear(enum service_kind kind, const void *sent, size_t nsent, const void *heard,
    size_t nheard)
{
	const struct cleartext_talk t = { sent, nsent, heard, nheard };

	memset(&seen, 0, sizeof(seen));
	answered = service_read(kind, &t, &seen);
}
#define HEAR(kind, sent, heard) \
	hear(kind, sent, sizeof(sent) - 1, heard, sizeof(heard) - 1)

static bool
has(enum service_what what, const char *text)
{
	size_t i;

	for (i = 0; i < seen.n; i++)
		if (seen.facts[i].what == what &&
		    strcmp(seen.facts[i].text, text) == 0)
			return true;
	return false;
}

static size_t
count(enum service_what what)
{
	size_t i, n = 0;

	for (i = 0; i < seen.n; i++)
		n += seen.facts[i].what == what;
	return n;
}

#define GET "GET / HTTP/1.1\r\n\r\n"
#define PAGE(body) "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n" body

START_TEST(a_servers_header_names_it_and_its_version)
{
	HEAR(SERVICE_KIND_HTTP, GET,
	    "HTTP/1.1 200 OK\r\nServer: Apache/2.4.57 (Debian) PHP/8.2.7\r\n"
	    "X-Powered-By: Express\r\nDate: Mon, 01 Jan 2024\r\n\r\n");
	ck_assert(answered);
	ck_assert(has(SERVICE_VERSION, "Apache/2.4.57"));
	ck_assert(has(SERVICE_VERSION, "PHP/8.2.7"));
	ck_assert(has(SERVICE_PRODUCT, "Apache"));
	ck_assert(has(SERVICE_PRODUCT, "Express"));
	ck_assert_uint_eq(count(SERVICE_VERSION), 2);
	HEAR(
	    SERVICE_KIND_HTTP, GET, "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n");
	ck_assert_uint_eq(seen.n, 1);
	ck_assert(has(SERVICE_PRODUCT, "nginx"));
	HEAR(SERVICE_KIND_HTTP, GET,
	    "HTTP/1.1 200 OK\r\nServer: Linux/5.10 UPnP/1.0 "
	    "MiniUPnPd/2.3.1\r\n\r\n");
	ck_assert(has(SERVICE_VERSION, "MiniUPnPd/2.3.1"));
	ck_assert(has(SERVICE_VERSION, "Linux/5.10"));
	ck_assert_uint_eq(count(SERVICE_VERSION), 2); /* UPnP's is no version */
}
END_TEST

START_TEST(a_page_tells_its_title_its_generator_and_its_realm)
{
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("<html><head><title>Door lock v1.4.2</title>"
		 "<meta name=\"generator\" content=\"Hugo 0.111.3\"></head>"
		 "<body><td>Serial number</td><td>DL-20417</td></body>"));
	ck_assert(has(SERVICE_NAME, "Door lock v1.4.2"));
	ck_assert(has(SERVICE_VERSION, "lock v1.4.2"));
	ck_assert(has(SERVICE_VERSION, "Hugo 0.111.3"));
	ck_assert(has(SERVICE_SERIAL, "DL-20417"));
	HEAR(SERVICE_KIND_HTTP, GET,
	    "HTTP/1.1 401 Unauthorized\r\n"
	    "WWW-Authenticate: Digest realm=\"IPCam\", nonce=\"1\"\r\n\r\n"
	    "<html><title>401 Unauthorized</title>");
	ck_assert_uint_eq(seen.n, 1);
	ck_assert(has(SERVICE_NAME, "IPCam"));
}
END_TEST

START_TEST(a_secret_is_told_by_name_and_size_never_by_value)
{
	size_t i;

	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("{\"wifi\": {\"ssid\": \"home\", \"psk\": \"hunter-22\"}, "
		 "\"api_key\":\"abc\", \"user\": \"alice\"}"));
	ck_assert(has(SERVICE_SECRET, "psk (9 characters)"));
	ck_assert(has(SERVICE_SECRET, "apikey (3 characters)"));
	ck_assert(has(SERVICE_USER, "alice"));
	for (i = 0; i < seen.n; i++)
		ck_assert_ptr_null(strstr(seen.facts[i].text, "hunter"));
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("stream: rtsp://admin:1234@10.0.0.5/live"));
	ck_assert_uint_eq(count(SERVICE_SECRET), 1);
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("-----BEGIN RSA PRIVATE KEY-----\nMII"));
	ck_assert(has(SERVICE_SECRET, "a private key"));
}
END_TEST

START_TEST(what_only_looks_like_a_secret_is_none)
{
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("<html><form><label>Password:</label>"
		 "<input type=\"password\" name=\"password\" value=\"\">"
		 "<input type=hidden name=csrf_token value=\"a8f7\">"
		 "<script>var t = {password: \"Enter your password\", "
		 "token: getToken(1), csrfToken: \"a8f7b2\", pwd: null};"
		 "if (password == x1) go();</script>"));
	ck_assert_uint_eq(count(SERVICE_SECRET), 0);
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("{\"password\": \"****\", \"psk\": null, \"token\": \"\"}"));
	ck_assert_uint_eq(count(SERVICE_SECRET), 0);
	/* a word for people, perhaps: somebody has to look */
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("<html><script>x = {\"password\": \"Kennwort\"}</script>"));
	ck_assert_uint_eq(count(SERVICE_SECRET), 0);
	ck_assert_uint_eq(count(SERVICE_TEXT), 1);
}
END_TEST

START_TEST(a_version_of_a_notation_or_a_protocol_is_none)
{
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("<?xml version=\"1.0\"?><root><specVersion>1.1</specVersion>"
		 "<svg version=\"1.1\"></svg></root>"));
	ck_assert_uint_eq(count(SERVICE_VERSION), 0);
	HEAR(SERVICE_KIND_HTTP, GET,
	    "HTTP/1.1 200 OK\r\nServer: 10.0.0.1 HTTP/1.1 UPnP/1.0\r\n\r\n");
	ck_assert_uint_eq(count(SERVICE_VERSION), 0);
}
END_TEST

START_TEST(a_upnp_description_is_read)
{
	HEAR(SERVICE_KIND_HTTP, GET,
	    PAGE("<?xml version=\"1.0\"?><root><device>"
		 "<friendlyName>Kitchen</friendlyName>"
		 "<manufacturer>Tidal</manufacturer>"
		 "<modelName>TP-10</modelName><modelNumber>3</modelNumber>"
		 "<serialNumber>00A1</serialNumber>"
		 "<UDN>uuid:1234</UDN></device></root>"));
	ck_assert(has(SERVICE_NAME, "Kitchen"));
	ck_assert(has(SERVICE_PRODUCT, "Tidal"));
	ck_assert(has(SERVICE_MODEL, "TP-10"));
	ck_assert(has(SERVICE_SERIAL, "00A1"));
	ck_assert(has(SERVICE_ID, "uuid:1234"));
	ck_assert_uint_eq(count(SERVICE_VERSION), 0);
}
END_TEST

START_TEST(an_answer_is_whole_as_its_headers_say)
{
	static const struct {
		const char *heard;
		bool ended, whole;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false,
		    true },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true,
		    false },
		{ "HTTP/1.1 200 OK\r\n\r\nabc", true, true },
		{ "HTTP/1.1 200 OK\r\n\r\nabc", false, false },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "3\r\nabc\r\n0\r\n\r\n",
		    false, true },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "3\r\nabc\r\n",
		    true, false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cleartext_talk t = { NULL, 0,
			(const uint8_t *)cases[i].heard,
			strlen(cases[i].heard) };

		ck_assert_int_eq(
		    service_is_whole(&t, cases[i].ended), cases[i].whole);
	}
}
END_TEST

START_TEST(greetings_name_what_greets)
{
	HEAR(SERVICE_KIND_SSH, "", "SSH-2.0-dropbear_2022.83\r\n");
	ck_assert(has(SERVICE_VERSION, "dropbear_2022.83"));
	HEAR(
	    SERVICE_KIND_SSH, "", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n");
	ck_assert(has(SERVICE_VERSION, "OpenSSH_9.2p1"));
	HEAR(SERVICE_KIND_SSH, "", "SSH-2.0-none\r\n");
	ck_assert_uint_eq(seen.n, 1);
	ck_assert(has(SERVICE_PRODUCT, "none"));
	HEAR(SERVICE_KIND_GREETS, "", "220 (vsFTPd 3.0.3)\r\n");
	ck_assert(has(SERVICE_VERSION, "vsFTPd 3.0.3"));
	HEAR(SERVICE_KIND_GREETS, "",
	    "220 Door lock, serial number DL-20417\r\n");
	ck_assert(has(SERVICE_SERIAL, "DL-20417"));
	ck_assert_uint_eq(seen.n, 1);
	HEAR(SERVICE_KIND_GREETS, "", "+OK POP3 server ready\r\n");
	ck_assert(answered);
	ck_assert_uint_eq(seen.n, 0);
	HEAR(SERVICE_KIND_GREETS, "", "RFB 003.008\n");
	ck_assert(answered);
	ck_assert_uint_eq(seen.n, 0);
	HEAR(SERVICE_KIND_GREETS, "", "hello\r\n");
	ck_assert(!answered);
}
END_TEST

START_TEST(telnet_tells_its_host_behind_its_negotiation)
{
	HEAR(SERVICE_KIND_TELNET, "",
	    "\xff\xfd\x01\xff\xfd\x1f\xff\xfa\x18\x01\xff\xf0\xff\xfb\x03"
	    "\r\nBusyBox v1.30.1 (2024)\r\nlock-20417 login: ");
	ck_assert(has(SERVICE_VERSION, "BusyBox v1.30.1"));
	ck_assert(has(SERVICE_HOST, "lock-20417"));
	/* a command cut short */
	HEAR(SERVICE_KIND_TELNET, "", "\xff");
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

START_TEST(mqtt_tells_what_is_retained)
{
	HEAR(SERVICE_KIND_MQTT, "",
	    "\x20\x02\0\0\x90\x04\0\1\0\0"
	    "\x31\x2d\0\x13$SYS/broker/versionmosquitto version 2.0.11"
	    "\x31\x16\0\x0d"
	    "home/wifi/psk"
	    "hunter2");
	ck_assert(answered);
	ck_assert(has(SERVICE_VERSION, "mosquitto version 2.0.11"));
	ck_assert(has(SERVICE_PATH, "home/wifi/psk"));
	ck_assert(has(SERVICE_SECRET, "psk (7 characters)"));
	HEAR(SERVICE_KIND_MQTT, "", "\x30\x02\0\0");
	ck_assert(!answered);
}
END_TEST

START_TEST(a_text_is_escaped_and_cut_and_told_once)
{
	char body[4000] = "HTTP/1.1 200 OK\r\n\r\n<html><title>a\033[2Jb";
	size_t i;

	hear(SERVICE_KIND_HTTP, GET, sizeof(GET) - 1, body, strlen(body));
	ck_assert_uint_eq(count(SERVICE_NAME), 0); /* it does not end */
	snprintf(body + strlen(body), 20, "</title>");
	hear(SERVICE_KIND_HTTP, GET, sizeof(GET) - 1, body, strlen(body));
	ck_assert(has(SERVICE_NAME, "a\\x1b[2Jb"));
	snprintf(body, sizeof(body), "HTTP/1.1 200 OK\r\n\r\n");
	for (i = 0; i < 60; i++) {
		const size_t at = strlen(body);

		snprintf(body + at, sizeof(body) - at,
		    "version: 1.%zu\nversion: 1.%zu\n", i, i);
	}
	hear(SERVICE_KIND_HTTP, GET, sizeof(GET) - 1, body, strlen(body));
	ck_assert_uint_eq(seen.n, SERVICE_FACTS_MAX);
	ck_assert(seen.more);
}
END_TEST

START_TEST(names_go_there_and_back)
{
	int i;

	for (i = 0; i < SERVICE_WHATS; i++)
		ck_assert_int_eq(
		    service_what_named(service_what_name((enum service_what)i)),
		    i);
	ck_assert_int_eq(service_what_named("colour"), -1);
}
END_TEST

/* openssl req -x509 -subj /O=Tidal/CN=lock-20417/serialNumber=DL-20417 -addext
 * subjectAltName=DNS:lock.local,URI:urn:dev:1,IP:10.0.0.1 */
static const uint8_t certificate[] = { 0x30, 0x82, 0x01, 0xed, 0x30, 0x82, 0x01,
	0x93, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x14, 0x1a, 0x86, 0x6e, 0x52,
	0x21, 0x4a, 0x7a, 0x8c, 0x1c, 0x7e, 0x4e, 0xc0, 0xff, 0x0d, 0x47, 0x38,
	0x6a, 0xcb, 0x64, 0xd9, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x04, 0x03, 0x02, 0x30, 0x38, 0x31, 0x0e, 0x30, 0x0c, 0x06, 0x03,
	0x55, 0x04, 0x0a, 0x0c, 0x05, 0x54, 0x69, 0x64, 0x61, 0x6c, 0x31, 0x13,
	0x30, 0x11, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x0a, 0x6c, 0x6f, 0x63,
	0x6b, 0x2d, 0x32, 0x30, 0x34, 0x31, 0x37, 0x31, 0x11, 0x30, 0x0f, 0x06,
	0x03, 0x55, 0x04, 0x05, 0x13, 0x08, 0x44, 0x4c, 0x2d, 0x32, 0x30, 0x34,
	0x31, 0x37, 0x30, 0x1e, 0x17, 0x0d, 0x32, 0x36, 0x31, 0x31, 0x32, 0x33,
	0x31, 0x31, 0x30, 0x31, 0x31, 0x34, 0x5a, 0x17, 0x0d, 0x33, 0x36, 0x31,
	0x31, 0x32, 0x30, 0x31, 0x31, 0x30, 0x31, 0x31, 0x34, 0x5a, 0x30, 0x38,
	0x31, 0x0e, 0x30, 0x0c, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x05, 0x54,
	0x69, 0x64, 0x61, 0x6c, 0x31, 0x13, 0x30, 0x11, 0x06, 0x03, 0x55, 0x04,
	0x03, 0x0c, 0x0a, 0x6c, 0x6f, 0x63, 0x6b, 0x2d, 0x32, 0x30, 0x34, 0x31,
	0x37, 0x31, 0x11, 0x30, 0x0f, 0x06, 0x03, 0x55, 0x04, 0x05, 0x13, 0x08,
	0x44, 0x4c, 0x2d, 0x32, 0x30, 0x34, 0x31, 0x37, 0x30, 0x59, 0x30, 0x13,
	0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0xd0,
	0x03, 0xbc, 0x6b, 0xcf, 0x39, 0xbd, 0x71, 0x74, 0xce, 0x38, 0xb5, 0x0c,
	0x46, 0x8b, 0x1b, 0x2f, 0x7a, 0x17, 0x46, 0x5d, 0x50, 0x0c, 0xca, 0xd0,
	0xd9, 0xff, 0xeb, 0x69, 0xa2, 0x99, 0xe6, 0x5c, 0xa0, 0x58, 0x01, 0x83,
	0x94, 0xb9, 0xfe, 0xfc, 0xce, 0x86, 0x6a, 0xb0, 0x64, 0x0d, 0xbf, 0x04,
	0x71, 0x2c, 0x98, 0x7f, 0xe9, 0x1b, 0xb3, 0xfc, 0xb9, 0x3c, 0x73, 0xda,
	0xe1, 0x12, 0xf4, 0xa3, 0x7b, 0x30, 0x79, 0x30, 0x1d, 0x06, 0x03, 0x55,
	0x1d, 0x0e, 0x04, 0x16, 0x04, 0x14, 0x63, 0xc8, 0xfc, 0xb9, 0x72, 0x26,
	0xf5, 0x49, 0xf9, 0xb3, 0x96, 0xcb, 0x25, 0xbe, 0x38, 0xa0, 0xe6, 0xdf,
	0x9e, 0x24, 0x30, 0x1f, 0x06, 0x03, 0x55, 0x1d, 0x23, 0x04, 0x18, 0x30,
	0x16, 0x80, 0x14, 0x63, 0xc8, 0xfc, 0xb9, 0x72, 0x26, 0xf5, 0x49, 0xf9,
	0xb3, 0x96, 0xcb, 0x25, 0xbe, 0x38, 0xa0, 0xe6, 0xdf, 0x9e, 0x24, 0x30,
	0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff, 0x04, 0x05, 0x30,
	0x03, 0x01, 0x01, 0xff, 0x30, 0x26, 0x06, 0x03, 0x55, 0x1d, 0x11, 0x04,
	0x1f, 0x30, 0x1d, 0x82, 0x0a, 0x6c, 0x6f, 0x63, 0x6b, 0x2e, 0x6c, 0x6f,
	0x63, 0x61, 0x6c, 0x86, 0x09, 0x75, 0x72, 0x6e, 0x3a, 0x64, 0x65, 0x76,
	0x3a, 0x31, 0x87, 0x04, 0x0a, 0x00, 0x00, 0x01, 0x30, 0x0a, 0x06, 0x08,
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x48, 0x00, 0x30,
	0x45, 0x02, 0x20, 0x04, 0x61, 0x3b, 0x56, 0x7f, 0xa5, 0x34, 0xc4, 0x3f,
	0x6b, 0x61, 0xc2, 0x14, 0xff, 0x2a, 0xc8, 0x92, 0x7e, 0x12, 0x4c, 0x52,
	0x25, 0xf0, 0x03, 0x31, 0xba, 0x5d, 0xe5, 0xf0, 0x6e, 0x86, 0xae, 0x02,
	0x21, 0x00, 0xd8, 0xda, 0xab, 0x90, 0xd1, 0x73, 0xe2, 0xe4, 0x59, 0x50,
	0xe1, 0x6f, 0x67, 0xf1, 0x07, 0x98, 0xff, 0xf8, 0xec, 0x01, 0x80, 0x86,
	0x90, 0x32, 0x08, 0xfc, 0xc6, 0x1d, 0x72, 0xce, 0xfd, 0xa5 };

START_TEST(a_certificate_names_whom_it_is_for)
{
	size_t n;

	memset(&seen, 0, sizeof(seen));
	ck_assert(
	    service_read_certificate(certificate, sizeof(certificate), &seen));
	ck_assert(has(SERVICE_PRODUCT, "Tidal"));
	ck_assert(has(SERVICE_NAME, "lock-20417"));
	ck_assert(has(SERVICE_SERIAL, "DL-20417"));
	ck_assert(has(SERVICE_HOST, "lock.local"));
	ck_assert(has(SERVICE_NAME, "urn:dev:1"));
	for (n = 0; n < sizeof(certificate); n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, certificate, n);
		memset(&seen, 0, sizeof(seen));
		ck_assert(!service_read_certificate(cut, n, &seen));
		free(cut);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("service");
	TCase *c = tcase_create("service");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_servers_header_names_it_and_its_version);
	tcase_add_test(c, a_page_tells_its_title_its_generator_and_its_realm);
	tcase_add_test(c, a_secret_is_told_by_name_and_size_never_by_value);
	tcase_add_test(c, what_only_looks_like_a_secret_is_none);
	tcase_add_test(c, a_version_of_a_notation_or_a_protocol_is_none);
	tcase_add_test(c, a_upnp_description_is_read);
	tcase_add_test(c, an_answer_is_whole_as_its_headers_say);
	tcase_add_test(c, greetings_name_what_greets);
	tcase_add_test(c, telnet_tells_its_host_behind_its_negotiation);
	tcase_add_test(c, mqtt_tells_what_is_retained);
	tcase_add_test(c, a_text_is_escaped_and_cut_and_told_once);
	tcase_add_test(c, names_go_there_and_back);
	tcase_add_test(c, a_certificate_names_whom_it_is_for);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
