/*
 * service: what answers by UDP, and Modbus: recorded answers to our own
 * questions, the same cut at every byte, and echoes and strangers' answers,
 * which must not be believed.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/service.h"

static struct service_seen seen;
static uint8_t sent[CLEARTEXT_ASK_MAX];
static size_t nsent;

static bool
answers(enum service_kind kind, const uint8_t *heard, size_t n)
{
	const struct cleartext_talk t = { sent, nsent, heard, n };

	memset(&seen, 0, sizeof(seen));
	return service_read(kind, &t, &seen);
}

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

static void
ask(enum service_question q)
{
	const struct cleartext_asker who = { UINT64_C(0x1122334455667788),
		"10.77.0.10" };

	memset(sent, 0, sizeof(sent));
	nsent = service_ask(q, &who, sent);
	ck_assert_uint_gt(nsent, 0);
	ck_assert_uint_le(nsent, CLEARTEXT_ASK_MAX);
}

/* Nothing is read beyond an end, and of an echo nothing is believed. */
static void
cut_and_echo(enum service_question q, const uint8_t *heard, size_t n)
{
	const enum service_kind kind = service_asks(q)->kind;
	uint8_t *cut;
	size_t k;

	for (k = 1; k < n; k++) {
		cut = malloc(k);
		ck_assert_ptr_nonnull(cut);
		memcpy(cut, heard, k);
		(void)answers(kind, cut, k);
		free(cut);
	}
	ck_assert(!answers(kind, sent, nsent));
	ck_assert_uint_eq(seen.n, 0);
}

START_TEST(snmp_describes_the_system)
{
	uint8_t heard[128];
	static const char text[] = "Linux lock 5.10.0 #1 armv7l";
	const size_t n = sizeof(text) - 1;
	size_t at = 0;

	ask(SERVICE_ASK_SNMP);
	/* the request, with a value and as a response */
	memcpy(heard, sent, nsent);
	at = nsent - 2; /* NULL becomes a string */
	heard[at++] = 4;
	heard[at++] = (uint8_t)n;
	memcpy(heard + at, text, n);
	at += n;
	heard[1] = (uint8_t)(at - 2);
	heard[13] = 0xa2;
	heard[14] = (uint8_t)(at - 15);
	heard[28] = (uint8_t)(at - 29);
	heard[30] = (uint8_t)(at - 31);
	ck_assert(answers(SERVICE_KIND_SNMP, heard, at));
	ck_assert(has(SERVICE_NAME, text));
	ck_assert(has(SERVICE_VERSION, "lock 5.10.0"));
	cut_and_echo(SERVICE_ASK_SNMP, heard, at);
}
END_TEST

START_TEST(ntp_tells_whom_it_follows_and_its_variables)
{
	static const char variables[] =
	    "version=\"ntpd 4.2.8p15@1.3728\", processor=\"armv7l\",\r\n"
	    "system=\"Linux/5.10.0\", leap=0";
	static const uint8_t upstream[] = { 192, 0, 2, 7 };
	uint8_t heard[200] = { 0 };

	ask(SERVICE_ASK_NTP);
	heard[0] = 4 << 3 | 4;
	heard[1] = 2;
	memcpy(heard + 12, upstream, 4);
	memcpy(heard + 24, sent + 40, 8);
	ck_assert(answers(SERVICE_KIND_NTP, heard, 48));
	ck_assert(has(SERVICE_ADDRESS, "192.0.2.7"));
	cut_and_echo(SERVICE_ASK_NTP, heard, 48);
	heard[24] ^= 1; /* an answer to somebody else */
	ck_assert(!answers(SERVICE_KIND_NTP, heard, 48));

	ask(SERVICE_ASK_NTP_VARIABLES);
	memset(heard, 0, sizeof(heard));
	heard[0] = 2 << 3 | 6;
	heard[1] = 0x82;
	memcpy(heard + 2, sent + 2, 2);
	memcpy(heard + 12, variables, sizeof(variables) - 1);
	ck_assert(answers(SERVICE_KIND_NTP, heard, 12 + sizeof(variables) - 1));
	ck_assert(has(SERVICE_VERSION, "ntpd 4.2.8p15@1.3728"));
	ck_assert(has(SERVICE_VERSION, "Linux/5.10.0"));
	ck_assert(has(SERVICE_PRODUCT, "armv7l"));
	cut_and_echo(
	    SERVICE_ASK_NTP_VARIABLES, heard, 12 + sizeof(variables) - 1);
}
END_TEST

START_TEST(dns_tells_its_version)
{
	static const uint8_t answer[] = { 0xc0, 0x0c, 0, 16, 0, 3, 0, 0, 0, 0,
		0, 13, 12, 'd', 'n', 's', 'm', 'a', 's', 'q', '-', '2', '.',
		'9', '0' };
	uint8_t heard[128];

	ask(SERVICE_ASK_DNS);
	memcpy(heard, sent, nsent);
	heard[2] = 0x84;
	heard[7] = 1;
	memcpy(heard + nsent, answer, sizeof(answer));
	heard[nsent + 11] = 13;
	ck_assert(answers(SERVICE_KIND_DNS, heard, nsent + sizeof(answer)));
	ck_assert(has(SERVICE_VERSION, "dnsmasq-2.90"));
	cut_and_echo(SERVICE_ASK_DNS, heard, nsent + sizeof(answer));
	heard[0] ^= 1;
	ck_assert(!answers(SERVICE_KIND_DNS, heard, nsent + sizeof(answer)));
}
END_TEST

START_TEST(mdns_tells_instances_and_texts)
{
	static const uint8_t heard[] = { 0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0,
		/* _hap._tcp.local PTR Lock._hap._tcp.local */
		4, '_', 'h', 'a', 'p', 4, '_', 't', 'c', 'p', 5, 'l', 'o', 'c',
		'a', 'l', 0, 0, 12, 0, 1, 0, 0, 0, 120, 0, 7, 4, 'L', 'o', 'c',
		'k', 0xc0, 12,
		/* its TXT */
		0xc0, 39, 0, 16, 0, 1, 0, 0, 0, 120, 0, 24, 8, 'm', 'd', '=',
		'T', 'P', '-', '1', '0', 14, 'i', 'd', '=', '0', '2', ':', '0',
		'0', ':', '0', '0', ':', '0', '0' };

	ask(SERVICE_ASK_MDNS);
	ck_assert(answers(SERVICE_KIND_MDNS, heard, sizeof(heard)));
	ck_assert(has(SERVICE_NAME, "Lock._hap._tcp.local"));
	ck_assert(has(SERVICE_MODEL, "TP-10"));
	cut_and_echo(SERVICE_ASK_MDNS, heard, sizeof(heard));
}
END_TEST

START_TEST(ssdp_says_where_the_description_is)
{
	static const char heard[] =
	    "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\n"
	    "LOCATION: http://10.77.0.10:5000/desc/root.xml\r\n"
	    "SERVER: Linux/3.4 UPnP/1.0 Portable SDK/1.6.19\r\n"
	    "ST: upnp:rootdevice\r\nUSN: uuid:12-34::upnp:rootdevice\r\n\r\n";
	static const char other[] =
	    "HTTP/1.1 200 OK\r\nLOCATION: http://[fe80::1]/a\r\n\r\n";

	ask(SERVICE_ASK_SSDP);
	ck_assert(answers(
	    SERVICE_KIND_SSDP, (const uint8_t *)heard, sizeof(heard) - 1));
	ck_assert_uint_eq(seen.location_port, 5000);
	ck_assert_str_eq(seen.location, "/desc/root.xml");
	ck_assert(has(SERVICE_VERSION, "Linux/3.4"));
	ck_assert(has(SERVICE_VERSION, "SDK/1.6.19"));
	ck_assert(has(SERVICE_ID, "uuid:12-34::upnp:rootdevice"));
	ck_assert(answers(
	    SERVICE_KIND_SSDP, (const uint8_t *)other, sizeof(other) - 1));
	ck_assert_uint_eq(seen.location_port, 80);
	ck_assert_str_eq(seen.location, "/a");
	cut_and_echo(
	    SERVICE_ASK_SSDP, (const uint8_t *)heard, sizeof(heard) - 1);
}
END_TEST

START_TEST(coap_lists_its_resources)
{
	static const char links[] = "</>;title=\"General\";ct=0,</fw>;ct=0";
	uint8_t heard[128];
	size_t n;

	ask(SERVICE_ASK_COAP);
	memcpy(heard, sent, 8);
	heard[0] = 0x64; /* acknowledgement, the token of 4 */
	heard[1] = 0x45;
	heard[8] = 0xc1; /* Content-Format 40 */
	heard[9] = 40;
	heard[10] = 0xff;
	memcpy(heard + 11, links, sizeof(links) - 1);
	n = 11 + sizeof(links) - 1;
	ck_assert(answers(SERVICE_KIND_COAP, heard, n));
	ck_assert(has(SERVICE_PATH, "/fw"));
	ck_assert(has(SERVICE_PATH, "/"));
	cut_and_echo(SERVICE_ASK_COAP, heard, n);
	heard[5] ^= 1; /* another's token */
	ck_assert(!answers(SERVICE_KIND_COAP, heard, n));
}
END_TEST

START_TEST(netbios_tells_names_and_the_mac)
{
	static const uint8_t name[] = { 'L', 'O', 'C', 'K', ' ', ' ', ' ', ' ',
		' ', ' ', ' ', ' ', ' ', ' ', ' ', 0, 4, 0 };
	static const uint8_t mac[] = { 2, 0, 0, 0, 0, 0x10 };
	uint8_t heard[57 + 18 + 6] = { 0 };

	ask(SERVICE_ASK_NETBIOS);
	memcpy(heard, sent, 2);
	heard[2] = 0x84;
	heard[7] = 1;
	memcpy(heard + 12, sent + 12, 34);
	put_u16(heard + 46, 0x21);
	put_u16(heard + 48, 1);
	put_u16(heard + 54, 25);
	heard[56] = 1;
	memcpy(heard + 57, name, sizeof(name));
	memcpy(heard + 75, mac, sizeof(mac));
	ck_assert(answers(SERVICE_KIND_NETBIOS, heard, sizeof(heard)));
	ck_assert(has(SERVICE_HOST, "LOCK"));
	ck_assert(has(SERVICE_MAC, "02:00:00:00:00:10"));
	cut_and_echo(SERVICE_ASK_NETBIOS, heard, sizeof(heard));
}
END_TEST

START_TEST(modbus_identifies_the_device)
{
	uint8_t heard[] = { 0x77, 0x88, 0, 0, 0, 0x1e, 1, 0x2b, 0x0e, 1, 1, 0,
		0, 3, 0, 5, 'T', 'i', 'd', 'a', 'l', 1, 5, 'T', 'P', '-', '1',
		'0', 2, 6, 'V', '2', '.', '1', '.', '4' };
	uint8_t exception[] = { 0x77, 0x88, 0, 0, 0, 3, 1, 0xab, 1 };

	ask(SERVICE_ASK_MODBUS);
	ck_assert(answers(SERVICE_KIND_MODBUS, heard, sizeof(heard)));
	ck_assert(has(SERVICE_PRODUCT, "Tidal"));
	ck_assert(has(SERVICE_MODEL, "TP-10"));
	ck_assert(has(SERVICE_VERSION, "V2.1.4"));
	ck_assert(answers(SERVICE_KIND_MODBUS, exception, sizeof(exception)));
	ck_assert_uint_eq(seen.n, 0);
	cut_and_echo(SERVICE_ASK_MODBUS, heard, sizeof(heard));
	heard[0] ^= 1;
	ck_assert(!answers(SERVICE_KIND_MODBUS, heard, sizeof(heard)));
}
END_TEST

START_TEST(bacnet_tells_a_property)
{
	static const uint8_t heard[] = { 0x81, 0x0a, 0, 27, 1, 0, 0x30, 1, 12,
		0x0c, 2, 0, 0, 7, 0x19, 44, 0x3e, 0x75, 6, 0, '4', '.', '2',
		'.', '0', 0x3f, 0 };
	static const uint8_t i_am[] = { 0x81, 0x0b, 0, 20, 1, 0, 0x10, 0, 0xc4,
		2, 0, 0, 7, 0x22, 5, 0xc4, 0x91, 0, 0x21, 42 };
	static const uint8_t error[] = { 0x81, 0x0a, 0, 13, 1, 0, 0x50, 1, 12,
		0x91, 2, 0x91, 32 };

	ask(SERVICE_ASK_BACNET_FIRMWARE);
	ck_assert(answers(SERVICE_KIND_BACNET, heard, sizeof(heard)));
	ck_assert(has(SERVICE_VERSION, "4.2.0"));
	ck_assert(answers(SERVICE_KIND_BACNET, i_am, sizeof(i_am)));
	ck_assert(has(SERVICE_ID, "device 7, vendor 42"));
	ck_assert(answers(SERVICE_KIND_BACNET, error, sizeof(error)));
	ck_assert_uint_eq(seen.n, 0);
	cut_and_echo(SERVICE_ASK_BACNET_FIRMWARE, heard, sizeof(heard));
}
END_TEST

/* Whatever answers one question does not answer another. */
START_TEST(every_question_has_an_answer_of_its_own)
{
	static const uint8_t noise[] = { 0x20, 2, 0, 0, 'h', 'e', 'l', 'l', 'o',
		0, 0, 0, 0, 0, 0, 0 };
	const struct cleartext_asker who = { 7, "fe80::1" };
	unsigned q;

	for (q = 0; q < SERVICE_QUESTIONS; q++) {
		ask((enum service_question)q);
		if (q == SERVICE_ASK_MQTT)
			continue; /* the noise is a CONNACK */
		ck_assert(!answers(service_asks((enum service_question)q)->kind,
		    noise, sizeof(noise)));
	}
	nsent = service_ask_path(&who, "/version", sent);
	ck_assert_ptr_nonnull(strstr((char *)sent, "Host: [fe80::1]\r\n"));
	ck_assert_uint_eq(service_ask_path(&who, "version", sent), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("service datagrams");
	TCase *c = tcase_create("datagrams");
	SRunner *r;
	int failed;

	tcase_add_test(c, snmp_describes_the_system);
	tcase_add_test(c, ntp_tells_whom_it_follows_and_its_variables);
	tcase_add_test(c, dns_tells_its_version);
	tcase_add_test(c, mdns_tells_instances_and_texts);
	tcase_add_test(c, ssdp_says_where_the_description_is);
	tcase_add_test(c, coap_lists_its_resources);
	tcase_add_test(c, netbios_tells_names_and_the_mac);
	tcase_add_test(c, modbus_identifies_the_device);
	tcase_add_test(c, bacnet_tells_a_property);
	tcase_add_test(c, every_question_has_an_answer_of_its_own);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
