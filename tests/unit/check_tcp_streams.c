/*
 * Beginnings of conversations: whatever the order of the segments, the bytes
 * before the first gap are those that were sent, and no others.
 */
#include "protocols/tcp_streams.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/bytes.h"
#include "tests/unit/fake_device.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t server[4] = { 192, 0, 2, 1 },
		     client[4] = { 10, 77, 0, 10 };

static struct tcp_streams *streams;
static uint8_t data[20000];
static unsigned done;
static struct tcp_stream last;
static uint64_t rolls;

static void
on_done(void *arg, const struct tcp_stream *stream)
{
	ck_assert_ptr_eq(arg, &done);
	done++;
	last = *stream;
}

static void
begin(void)
{
	size_t i;

	rolls = 7;
	done = 0;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	streams = calloc(1, sizeof(*streams));
	ck_assert_ptr_nonnull(streams);
	streams->on_done = on_done;
	streams->arg = &done;
}

static enum tcp_streams_taken
segment(bool from_server, uint16_t port, uint32_t seq, uint8_t flags,
    const uint8_t *bytes, size_t n)
{
	const struct packet_ends e = { mac, mac, 4,
		from_server ? server : client, from_server ? client : server };
	uint8_t tcp[20 + 1500] = { 0 }, frame[PACKET_BUILD_MAX + 1500];
	struct packet p;
	size_t size;

	put_u16(tcp, from_server ? 443 : port);
	put_u16(tcp + 2, from_server ? port : 443);
	put_u32(tcp + 4, seq);
	put_u32(tcp + 8, 1000); /* acknowledges the client's first */
	tcp[12] = 5 << 4;
	tcp[13] = flags;
	memcpy(tcp + 20, bytes, n);
	size = packet_build_ip(frame, &e, 6, 64, tcp, 20 + n);
	ck_assert_int_eq(packet_dissect(&p, frame, size), 0);
	return tcp_streams_take(streams, &p, 5);
}

static void
open_one(uint16_t port)
{
	segment(false, port, 999, TCP_SYN, data, 0);
	segment(true, port, 4999, TCP_SYN | TCP_ACK, data, 0);
}

/* Bytes from..to of data, sent by the client. */
static enum tcp_streams_taken
say(uint16_t port, size_t from, size_t to)
{
	return segment(false, port, (uint32_t)(1000 + from), TCP_ACK,
	    data + from, to - from);
}

static void
end(void)
{
	tcp_streams_end(streams);
	free(streams);
}

START_TEST(any_order_gives_the_same_bytes)
{
	size_t order[40], i, k, n = 40;
	unsigned round;

	for (round = 0; round < 200; round++) {
		begin();
		rolls = round + 1;
		open_one(4000);
		for (i = 0; i < n; i++)
			order[i] = i;
		for (i = 0; i < n; i++) { /* near its place, some twice */
			k = i + fake_device_number(&rolls) % 8;
			if (k < n) {
				size_t was = order[i];

				order[i] = order[k];
				order[k] = was;
			}
		}
		for (i = 0; i < n; i++) {
			say(4000, order[i] * 100, order[i] * 100 + 100);
			if (fake_device_number(&rolls) % 4 == 0)
				say(4000, order[i] * 100 + 20,
				    order[i] * 100 + 90);
		}
		end();
		ck_assert_uint_eq(done, 1);
		ck_assert_uint_eq(tcp_stream_size(&last.sent), 4000);
		ck_assert_mem_eq(last.sent.bytes, data, 4000);
		ck_assert(!tcp_stream_has_gap(&last.sent));
		ck_assert_int_eq(last.tag, 5);
	}
}
END_TEST

START_TEST(nothing_is_joined_over_a_gap)
{
	begin();
	open_one(4000);
	say(4000, 0, 100);
	say(4000, 101, 300);
	end();
	ck_assert_uint_eq(tcp_stream_size(&last.sent), 100);
	ck_assert(tcp_stream_has_gap(&last.sent));

	begin();
	open_one(4000);
	say(4000, 1, 300);
	end();
	ck_assert_uint_eq(tcp_stream_size(&last.sent), 0);
	ck_assert(tcp_stream_has_gap(&last.sent));
}
END_TEST

START_TEST(what_came_first_counts)
{
	uint8_t other[100];

	begin();
	memset(other, 0xee, sizeof(other));
	open_one(4000);
	say(4000, 50, 100);
	segment(false, 4000, 1000, TCP_ACK, other, 100);
	end();
	ck_assert_uint_eq(tcp_stream_size(&last.sent), 100);
	ck_assert_mem_eq(last.sent.bytes, other, 50);
	ck_assert_mem_eq(last.sent.bytes + 50, data + 50, 50);
}
END_TEST

START_TEST(a_byte_before_the_first_is_none)
{
	begin();
	open_one(4000);
	ck_assert_int_eq(
	    segment(false, 4000, 999, TCP_ACK, data, 1), TCP_STREAMS_NOTHING);
	ck_assert_int_eq(
	    segment(false, 4000, 999, TCP_ACK, data, 11), TCP_STREAMS_KEPT);
	end();
	ck_assert_uint_eq(tcp_stream_size(&last.sent), 10);
	ck_assert_mem_eq(last.sent.bytes, data + 1, 10);
}
END_TEST

START_TEST(no_more_is_kept_than_fits)
{
	size_t at;

	begin();
	open_one(4000);
	for (at = 0; at + 1000 <= sizeof(data); at += 1000)
		say(4000, at, at + 1000);
	end();
	ck_assert_uint_eq(tcp_stream_size(&last.sent), TCP_STREAM_BYTES);
	ck_assert_mem_eq(last.sent.bytes, data, TCP_STREAM_BYTES);
	ck_assert(last.sent.is_longer);

	begin();
	open_one(4000);
	for (at = 0; at < 2 * TCP_STREAM_RANGES; at++)
		say(4000, 10 * at, 10 * at + 1);
	end();
	ck_assert_uint_eq(last.sent.nranges, TCP_STREAM_RANGES);
	ck_assert(last.sent.is_cut);
}
END_TEST

START_TEST(both_sides_are_apart)
{
	begin();
	open_one(4000);
	say(4000, 0, 10);
	segment(true, 4000, 5000, TCP_ACK, data + 500, 20);
	end();
	ck_assert_uint_eq(tcp_stream_size(&last.sent), 10);
	ck_assert_uint_eq(tcp_stream_size(&last.heard), 20);
	ck_assert_mem_eq(last.heard.bytes, data + 500, 20);
	ck_assert_uint_eq(last.server_port, 443);
	ck_assert_uint_eq(last.client_port, 4000);
}
END_TEST

START_TEST(the_one_silent_for_longest_gives_way)
{
	uint16_t i;

	begin();
	for (i = 0; i < TCP_STREAMS_MAX; i++)
		open_one((uint16_t)(4000 + i));
	say(4000, 0, 10);
	ck_assert_uint_eq(done, 0);
	open_one(5000);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(last.client_port, 4001);
	ck_assert_int_eq(say(4001, 0, 10), TCP_STREAMS_MIDWAY);
	end();
	ck_assert_uint_eq(done, TCP_STREAMS_MAX + 1);
}
END_TEST

START_TEST(ports_used_again_are_another_conversation)
{
	begin();
	open_one(4000);
	say(4000, 0, 10);
	open_one(4000); /* the SYN-ACK sent again */
	say(4000, 10, 20);
	ck_assert_uint_eq(done, 0);
	segment(true, 4000, 77, TCP_SYN | TCP_ACK, data, 0);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(tcp_stream_size(&last.sent), 20);
	say(4000, 0, 5);
	end();
	ck_assert_uint_eq(tcp_stream_size(&last.sent), 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tcp_streams");
	TCase *c = tcase_create("tcp_streams");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, any_order_gives_the_same_bytes);
	tcase_add_test(c, nothing_is_joined_over_a_gap);
	tcase_add_test(c, what_came_first_counts);
	tcase_add_test(c, a_byte_before_the_first_is_none);
	tcase_add_test(c, no_more_is_kept_than_fits);
	tcase_add_test(c, both_sides_are_apart);
	tcase_add_test(c, the_one_silent_for_longest_gives_way);
	tcase_add_test(c, ports_used_again_are_another_conversation);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
