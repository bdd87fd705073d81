/*
 * check_watch_sight: what frames tell, and what they must not.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/watch/watch_sight.h"
#include "protocols/bytes.h"
#include "protocols/packet.h"

static const uint8_t own[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 0xb };
static const uint8_t own_addr[4] = { 10, 0, 0, 2 };
static const uint8_t addr_9[4] = { 10, 0, 0, 9 };
static const uint8_t none4[4];
static const uint8_t six_9[16] = { 0xfd, [15] = 9 };
static const uint8_t six_own[16] = { 0xfd, [15] = 2 };

static struct watch_link segment;
static uint8_t frame[700];
static struct watch_sight sights[WATCH_SIGHTS_MAX];
static size_t n;

static void
set_up(void)
{
	memset(&segment, 0, sizeof(segment));
	memcpy(segment.mac, own, 6);
	segment.echo_id = 0x4242;
	memcpy(segment.nonce, "nonce123", 8);
	watch_link_add(&segment, 4, own_addr, 24, false);
	watch_link_add(&segment, 6, six_own, 64, false);
}

static void
look(size_t size, bool outgoing)
{
	n = watch_sight_read(&segment, frame, size, outgoing, sights);
}

static const struct watch_sight *
find(enum watch_sight_kind kind)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (sights[i].kind == kind)
			return &sights[i];
	return NULL;
}

START_TEST(an_arp_reply_says_who_holds_and_answers)
{
	look(packet_build_arp(frame, own, 2, mac_a, addr_9, own, own_addr),
	    false);
	ck_assert_uint_eq(n, 2);
	ck_assert_mem_eq(find(WATCH_SIGHT_HOLDS)->addr, addr_9, 4);
	ck_assert_mem_eq(find(WATCH_SIGHT_ANSWER)->mac, mac_a, 6);
	ck_assert_str_eq(find(WATCH_SIGHT_ANSWER)->how, "arp");
}
END_TEST

START_TEST(an_arp_whose_two_macs_differ_tells_nothing)
{
	size_t size =
	    packet_build_arp(frame, own, 2, mac_a, addr_9, own, own_addr);

	memcpy(frame + 6, mac_b, 6);
	look(size, false);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(an_arp_request_is_no_answer)
{
	look(packet_build_arp(frame, NULL, 1, mac_a, addr_9, NULL, own_addr),
	    false);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(sights[0].kind, WATCH_SIGHT_HOLDS);
}
END_TEST

START_TEST(an_arp_probe_claims_and_does_not_hold)
{
	look(packet_build_arp(frame, NULL, 1, mac_a, none4, NULL, addr_9),
	    false);
	ck_assert_ptr_null(find(WATCH_SIGHT_HOLDS));
	ck_assert_mem_eq(find(WATCH_SIGHT_CLAIMS)->addr, addr_9, 4);
	/* The boot sign comes before the claim makes the address known. */
	ck_assert_int_eq(sights[0].kind, WATCH_SIGHT_BOOTS);
}
END_TEST

START_TEST(a_gratuitous_arp_is_a_boot_sign_and_no_answer)
{
	look(packet_build_arp(
		 frame, NULL, (uint16_t)(_i + 1), mac_a, addr_9, NULL, addr_9),
	    false);
	ck_assert_int_eq(sights[0].kind, WATCH_SIGHT_BOOTS);
	ck_assert_ptr_nonnull(find(WATCH_SIGHT_HOLDS));
	ck_assert_ptr_null(find(WATCH_SIGHT_ANSWER));
}
END_TEST

START_TEST(a_claim_by_duplicate_detection_is_seen)
{
	static const uint8_t none6[16];

	look(
	    packet_build_solicitation(frame, mac_a, NULL, none6, six_9), false);
	ck_assert_mem_eq(find(WATCH_SIGHT_CLAIMS)->addr, six_9, 16);
	ck_assert_int_eq(sights[0].kind, WATCH_SIGHT_BOOTS);
	ck_assert_ptr_null(find(WATCH_SIGHT_HOLDS));
}
END_TEST

START_TEST(a_solicitation_says_who_asks)
{
	look(packet_build_solicitation(frame, mac_a, NULL, six_9, six_own),
	    false);
	ck_assert_mem_eq(find(WATCH_SIGHT_HOLDS)->addr, six_9, 16);
	ck_assert_ptr_null(find(WATCH_SIGHT_ANSWER));
}
END_TEST

START_TEST(our_own_frames_tell_nothing)
{
	look(packet_build_arp(frame, NULL, 1, own, own_addr, NULL, addr_9),
	    _i == 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

static size_t
reply(const uint8_t *payload, size_t size)
{
	struct packet_ends e = { mac_a, own, 4, addr_9, own_addr };
	size_t total = packet_build_echo(frame, &e, 0x4242, 7, payload, size);

	frame[34] = 0;
	put_u16(frame + 36, 0);
	put_u16(frame + 36,
	    packet_checksum(0, NULL, NULL, 0, frame + 34, total - 34));
	return total;
}

START_TEST(an_echo_reply_with_our_nonce_is_an_answer)
{
	uint8_t payload[WATCH_ECHO_SIZE];

	watch_link_echo_payload(&segment, payload);
	look(reply(payload, sizeof(payload)), false);
	ck_assert_ptr_nonnull(find(WATCH_SIGHT_ANSWER));
	ck_assert_str_eq(find(WATCH_SIGHT_ANSWER)->how, "echo");
	ck_assert_uint_eq(find(WATCH_SIGHT_ANSWER)->seq, 7);
}
END_TEST

START_TEST(an_echo_reply_that_is_not_to_us_is_no_answer)
{
	uint8_t payload[WATCH_ECHO_SIZE];
	size_t size;

	watch_link_echo_payload(&segment, payload);
	payload[0] ^= 1;
	look(reply(payload, sizeof(payload)), false);
	ck_assert_ptr_null(find(WATCH_SIGHT_ANSWER));
	payload[0] ^= 1;
	look(reply(payload, sizeof(payload) - 1), false);
	ck_assert_ptr_null(find(WATCH_SIGHT_ANSWER));
	size = reply(payload, sizeof(payload));
	frame[36] ^= 1; /* its checksum */
	look(size, false);
	ck_assert_ptr_null(find(WATCH_SIGHT_ANSWER));
	size = reply(payload, sizeof(payload));
	segment.echo_id++;
	look(size, false);
	ck_assert_ptr_null(find(WATCH_SIGHT_ANSWER));
}
END_TEST

START_TEST(an_address_off_this_link_is_not_its_senders)
{
	static const uint8_t far[4] = { 8, 8, 8, 8 };
	struct packet_ends e = { mac_a, own, 4, far, own_addr };

	look(packet_build_echo(frame, &e, 1, 1, NULL, 0), false);
	ck_assert_uint_eq(n, 0);
	e.src = addr_9;
	look(packet_build_echo(frame, &e, 1, 1, NULL, 0), false);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(sights[0].kind, WATCH_SIGHT_USES);
}
END_TEST

/* A DHCP message over UDP, of mac_a: type, op. Returns the frame's size. */
static size_t
build_dhcp(const uint8_t *src_mac, uint8_t op, uint8_t type)
{
	static const uint8_t tail[] = { 12, 3, 'c', 'a', 'm', 255 };
	static const uint8_t server[4] = { 10, 0, 0, 1 };
	struct packet_ends e = { src_mac, mac_a, 4, server, addr_9 };
	uint8_t body[251] = { 0 }, *udp;
	size_t size;

	size = packet_build_echo(frame, &e, 0, 0, body, sizeof(body));
	udp = frame + 34;
	frame[23] = 17;
	put_u16(frame + 24, 0);
	put_u16(frame + 24, packet_checksum(0, NULL, NULL, 0, frame + 14, 20));
	put_u16(udp, op == 1 ? 68 : 67);
	put_u16(udp + 2, op == 1 ? 67 : 68);
	put_u16(udp + 4, 8 + sizeof(body));
	put_u16(udp + 6, 0);
	udp += 8;
	udp[0] = op;
	udp[1] = 1;
	udp[2] = 6;
	memcpy(udp + 16, addr_9, 4);
	memcpy(udp + 28, mac_a, 6);
	put_u32(udp + 236, 0x63825363);
	udp[240] = 53;
	udp[241] = 1;
	udp[242] = type;
	memcpy(udp + 243, tail, sizeof(tail));
	return size;
}

START_TEST(a_lease_of_our_own_server_is_held_by_its_client)
{
	look(build_dhcp(own, 2, 5), true);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(sights[0].kind, WATCH_SIGHT_HOLDS);
	ck_assert_mem_eq(sights[0].mac, mac_a, 6);
	ck_assert_mem_eq(sights[0].addr, addr_9, 4);
}
END_TEST

START_TEST(a_lease_in_our_name_that_comes_in_tells_nothing)
{
	look(build_dhcp(own, 2, 5), false);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(an_offer_is_no_lease)
{
	look(build_dhcp(own, 2, 2), true);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_foreign_dhcp_server_is_told)
{
	look(build_dhcp(mac_b, 2, _i == 0 ? 2 : 5), false);
	ck_assert_str_eq(find(WATCH_SIGHT_FOREIGN)->why, "dhcp server");
	ck_assert_mem_eq(find(WATCH_SIGHT_FOREIGN)->mac, mac_b, 6);
}
END_TEST

START_TEST(a_discover_is_a_boot_sign_with_a_name)
{
	look(build_dhcp(mac_a, 1, 1), false);
	ck_assert_str_eq(find(WATCH_SIGHT_BOOTS)->why, "dhcp discover");
	ck_assert_uint_eq(find(WATCH_SIGHT_NAMED)->name_size, 3);
	ck_assert_ptr_null(find(WATCH_SIGHT_HOLDS));
}
END_TEST

START_TEST(a_dhcp_client_that_speaks_for_another_tells_nothing)
{
	look(build_dhcp(mac_b, 1, 1), false);
	ck_assert_ptr_null(find(WATCH_SIGHT_BOOTS));
	ck_assert_ptr_null(find(WATCH_SIGHT_NAMED));
}
END_TEST

START_TEST(every_cut_frame_is_read_within_its_bounds)
{
	uint8_t *copy;
	size_t i, size = build_dhcp(mac_a, 1, 1);

	for (i = 0; i < size; i++) {
		copy = malloc(i == 0 ? 1 : i);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, frame, i);
		(void)watch_sight_read(&segment, copy, i, false, sights);
		free(copy);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_sight");
	TCase *t = tcase_create("watch_sight");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, an_arp_reply_says_who_holds_and_answers);
	tcase_add_test(t, an_arp_whose_two_macs_differ_tells_nothing);
	tcase_add_test(t, an_arp_request_is_no_answer);
	tcase_add_test(t, an_arp_probe_claims_and_does_not_hold);
	tcase_add_loop_test(
	    t, a_gratuitous_arp_is_a_boot_sign_and_no_answer, 0, 2);
	tcase_add_test(t, a_claim_by_duplicate_detection_is_seen);
	tcase_add_test(t, a_solicitation_says_who_asks);
	tcase_add_loop_test(t, our_own_frames_tell_nothing, 0, 2);
	tcase_add_test(t, an_echo_reply_with_our_nonce_is_an_answer);
	tcase_add_test(t, an_echo_reply_that_is_not_to_us_is_no_answer);
	tcase_add_test(t, an_address_off_this_link_is_not_its_senders);
	tcase_add_test(t, a_lease_of_our_own_server_is_held_by_its_client);
	tcase_add_test(t, a_lease_in_our_name_that_comes_in_tells_nothing);
	tcase_add_test(t, an_offer_is_no_lease);
	tcase_add_loop_test(t, a_foreign_dhcp_server_is_told, 0, 2);
	tcase_add_test(t, a_discover_is_a_boot_sign_with_a_name);
	tcase_add_test(t, a_dhcp_client_that_speaks_for_another_tells_nothing);
	tcase_add_test(t, every_cut_frame_is_read_within_its_bounds);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
