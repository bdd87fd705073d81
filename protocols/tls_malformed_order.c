/*
 * tls_malformed_order: messages that are out of their turn.
 *
 * Each kind of handshake message where there should be a hello, and behind a
 * good one; what of a client may come later, too early; all of it in clear.
 * What a server says behind its ServerHello may be sealed, so that of these
 * cases nothing is wanted but that it lives.
 */
#include <stdio.h>

#include "protocols/tls_malformed_parts.h"
#include "protocols/tls_record.h"

#define BYTES(text) \
	{ \
		"" text, sizeof(text) - 1 \
	}
#define LONG_BODY 36
#define ORDER "RFC 8446 section 4"

static const struct {
	uint8_t type;
	const char *name;
} types[] = {
	{ 0, "hello_request" },
	{ 2, "server_hello" },
	{ 3, "hello_verify_request" },
	{ 4, "new_session_ticket" },
	{ 5, "end_of_early_data" },
	{ 8, "encrypted_extensions" },
	{ 11, "certificate" },
	{ 12, "server_key_exchange" },
	{ 13, "certificate_request" },
	{ 14, "server_hello_done" },
	{ 15, "certificate_verify" },
	{ 16, "client_key_exchange" },
	{ 20, "finished" },
	{ 21, "certificate_url" },
	{ 22, "certificate_status" },
	{ 24, "key_update" },
	{ 67, "next_protocol" },
	{ 254, "message_hash" },
	{ 255, "255" },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

enum place {
	FIRST_EMPTY,
	FIRST_LONG,
	BEHIND_EMPTY,
	BEHIND_LONG,
	SAME_RECORD,
	PLACES
};

/* What comes behind a good hello, as it is on the wire. */
static const struct {
	const char *name;
	struct malformed_bytes bytes;
	uint16_t times; /* 0: once */
	uint16_t fill;
} rows[] = {
	{ "behind.change", BYTES("\x14\3\3\0\1\1"), 0, 0 },
	{ "behind.change_twice", BYTES("\x14\3\3\0\1\1"), 2, 0 },
	{ "behind.changes_300", BYTES("\x14\3\3\0\1\1"), 300, 0 },
	{ "behind.change_of_nothing", BYTES("\x14\3\3\0\0"), 0, 0 },
	{ "behind.change_of_other_value", BYTES("\x14\3\3\0\1\2"), 0, 0 },
	{ "behind.change_of_two", BYTES("\x14\3\3\0\2\1\1"), 0, 0 },
	{ "behind.change_and_finished",
	    BYTES("\x14\3\3\0\1\1\x16\3\3\0\x10\x14\0\0\x0c"
		  "finished now"),
	    0, 0 },
	{ "behind.change_and_sealed", BYTES("\x14\3\3\0\1\1\x16\3\3\0\x28"), 0,
	    40 },
	{ "behind.sealed_data", BYTES("\x17\3\3\0\x28"), 0, 40 },
	{ "behind.data_of_one", BYTES("\x17\3\3\0\1\0"), 0, 0 },
	{ "behind.data_of_nothing", BYTES("\x17\3\3\0\0"), 0, 0 },
	{ "behind.data_of_nothing_300", BYTES("\x17\3\3\0\0"), 300, 0 },
	{ "behind.data_in_clear", BYTES("\x17\3\3\0\x12GET / HTTP/1.1\r\n\r\n"),
	    0, 0 },
	{ "behind.handshake_of_nothing", BYTES("\x16\3\3\0\0"), 0, 0 },
	{ "behind.handshake_of_nothing_300", BYTES("\x16\3\3\0\0"), 300, 0 },
	{ "behind.fatal", BYTES("\x15\3\3\0\2\2\x28"), 0, 0 },
	{ "behind.close_notify", BYTES("\x15\3\3\0\2\1\0"), 0, 0 },
	{ "behind.warnings_300", BYTES("\x15\3\3\0\2\1\x5a"), 300, 0 },
	{ "behind.alert_of_nothing", BYTES("\x15\3\3\0\0"), 0, 0 },
	{ "behind.alert_of_one", BYTES("\x15\3\3\0\1\2"), 0, 0 },
	{ "behind.alert_in_two", BYTES("\x15\3\3\0\1\1\x15\3\3\0\1\x5a"), 0,
	    0 },
	{ "behind.heartbeat", BYTES("\x18\3\3\0\3\1\xff\xff"), 0, 0 },
	{ "behind.type_99", BYTES("\x63\3\3\0\1\0"), 0, 0 },
	{ "behind.record_of_18433", BYTES("\x17\3\3\x48\1"), 0, 18433 },
	{ "behind.record_of_16640", BYTES("\x17\3\3\x41\0"), 0, 16640 },
	{ "behind.claims_65535", BYTES("\x16\3\3\xff\xff"), 0, 30 },
	{ "behind.message_claims_16777215",
	    BYTES("\x16\3\3\1\0\x0b\xff\xff\xff"), 0, 252 },
	{ "behind.key_exchange_of_one", BYTES("\x16\3\3\0\5\x10\0\0\1\0"), 0,
	    0 },
	{ "behind.key_exchange_claims_255",
	    BYTES("\x16\3\3\0\x09\x10\0\0\5\xff\4\1\2\3"), 0, 0 },
	{ "behind.key_exchange_claims_65535",
	    BYTES("\x16\3\3\0\x09\x10\0\0\5\xff\xff\1\2\3"), 0, 0 },
	{ "behind.key_exchange_of_zeros", BYTES("\x16\3\3\0\x46\x10\0\0\x42"),
	    0, 66 },
	{ "behind.key_exchange_of_point_zero",
	    BYTES("\x16\3\3\0\x46\x10\0\0\x42\x41\4"), 0, 64 },
	{ "behind.key_exchange_of_5000",
	    BYTES("\x16\3\3\x13\x8c\x10\0\x13\x88"), 0, 5000 },
	{ "behind.certificates_of_nothing",
	    BYTES("\x16\3\3\0\7\x0b\0\0\3\0\0\0"), 0, 0 },
	{ "behind.certificates_claim_16777215",
	    BYTES("\x16\3\3\0\7\x0b\0\0\3\xff\xff\xff"), 0, 0 },
	{ "behind.certificate_claims_more",
	    BYTES("\x16\3\3\0\x0a\x0b\0\0\6\0\0\3\0\0\xff"), 0, 0 },
	{ "behind.certificate_of_zeros",
	    BYTES("\x16\3\3\0\x6e\x0b\0\0\x6a\0\0\x67\0\0\x64"), 0, 100 },
	{ "behind.verify_claims_65535",
	    BYTES("\x16\3\3\0\x0a\x0f\0\0\6\4\3\xff\xff\1\2"), 0, 0 },
	{ "behind.part_of_a_message", BYTES("\x16\3\3\0\2\x10\0"), 0, 0 },
	{ "behind.text", BYTES("GET / HTTP/1.1\r\n\r\n"), 0, 0 },
	{ "behind.zeros", BYTES(""), 0, 600 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define ROWS_FIRST 110   /* of this index on */
#define HELLOS_FIRST 180 /* and of this: more than one hello */

static void
put_message(struct malformed_flight *f, uint8_t type, size_t n)
{
	malformed_put_number(f, type, 1);
	malformed_put_number(f, (uint32_t)n, 3);
	malformed_fill(f, 0, n);
}

static void
put_own_record(struct malformed_flight *f, uint8_t type, size_t n)
{
	malformed_put_number(f, TLS_HANDSHAKE, 1);
	malformed_put_number(f, TLS_12, 2);
	malformed_put_number(f, (uint32_t)n + TLS_HANDSHAKE_HEADER, 2);
	put_message(f, type, n);
}

/* The record of the hello is that much longer. */
static void
lengthen(struct malformed_flight *f, size_t from)
{
	if (!f->is_full)
		malformed_set_number(f->p + from + 3, 2,
		    (uint32_t)(f->n - from - TLS_RECORD_HEADER));
}

static void
message(struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	static const char *const places[PLACES] = { "empty", "long", "empty",
		"long", "same_record" };
	const enum place place = (enum place)(index % PLACES);
	const uint8_t type = types[index / PLACES].type;
	const bool is_long = place == FIRST_LONG || place == BEHIND_LONG;

	out->follows = place >= BEHIND_EMPTY;
	out->want = out->follows ? TLS_WANT_ANYTHING : TLS_WANT_REFUSED;
	if (out->follows)
		malformed_put_hello_record(f, &malformed_usual);
	if (place == SAME_RECORD) {
		put_message(f, type, LONG_BODY);
		lengthen(f, 0);
	} else {
		put_own_record(f, type, is_long ? LONG_BODY : 0);
	}
	snprintf(out->name, sizeof(out->name), "%s.%s.%s",
	    out->follows ? "behind" : "first", types[index / PLACES].name,
	    places[place]);
}

static bool
hellos(struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	static const char *const names[] = { "hello.twice", "hello.ten_times",
		"hello.twice_in_a_record", "hello.another_behind_it",
		"hello.one_byte_behind_it", "hello.without_a_body" };
	static const struct malformed_recipe other = { .only = TLS_12 };
	unsigned i;

	if (index >= sizeof(names) / sizeof(names[0]))
		return false;
	out->follows = index < 5;
	out->want = out->follows ? TLS_WANT_ANYTHING : TLS_WANT_REFUSED;
	for (i = 0; index < 5 && i < (index == 1 ? 10 : 1); i++)
		malformed_put_hello_record(f, &malformed_usual);
	if (index == 0)
		malformed_put_hello_record(f, &malformed_usual);
	if (index == 2)
		malformed_put_hello(f, &malformed_usual);
	if (index == 3)
		malformed_put_hello_record(f, &other);
	if (index == 4)
		malformed_put_number(f, 1, 1);
	if (index == 2 || index == 4)
		lengthen(f, 0);
	if (index == 5)
		put_own_record(f, TLS_CLIENT_HELLO, 0);
	snprintf(out->name, sizeof(out->name), "%s", names[index]);
	return true;
}

bool
malformed_order(
    struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	unsigned i;

	out->clause = ORDER;
	if (index >= HELLOS_FIRST)
		return hellos(f, out, index - HELLOS_FIRST);
	if (index < TYPES * PLACES) {
		message(f, out, index);
		return true;
	}
	if (index < ROWS_FIRST || index - ROWS_FIRST >= ROWS)
		return false;
	index -= ROWS_FIRST;
	out->follows = true;
	out->want = TLS_WANT_ANYTHING;
	malformed_put_hello_record(f, &malformed_usual);
	for (i = 0; i < (rows[index].times == 0 ? 1 : rows[index].times); i++)
		malformed_put(f, rows[index].bytes.p, rows[index].bytes.n);
	malformed_fill(f, 0, rows[index].fill);
	snprintf(out->name, sizeof(out->name), "%s", rows[index].name);
	return true;
}

_Static_assert(TYPES *PLACES <= ROWS_FIRST, "numbers of cases overlap");
_Static_assert(ROWS_FIRST + ROWS <= HELLOS_FIRST, "and with hellos");
