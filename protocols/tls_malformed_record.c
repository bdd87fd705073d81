/*
 * tls_malformed_record: what is wrong with the records, not with what they
 * carry.
 *
 * A hello among records that do not belong there, in pieces of any size, in
 * records of a wrong kind.  Rows are never moved, as in tls_malformed_value.
 */
#include <stdio.h>

#include "protocols/tls_malformed_parts.h"
#include "protocols/tls_record.h"

#define BYTES(text) \
	{ \
		"" text, sizeof(text) - 1 \
	}
#define LAYER "RFC 8446 section 5"
#define FRAMING "RFC 8446 section 5.1"
#define ALERTS "RFC 8446 section 6"

#define ORDINARY TLS_WANT_TAKEN
#define REFUSED TLS_WANT_REFUSED
#define ANYTHING TLS_WANT_ANYTHING
#define WAITING TLS_WANT_WAITING

enum pieces {
	NO_HELLO = 0,
	WHOLE,
	SPLIT,      /* the first one has `split` bytes */
	ALL_SPLIT,  /* each one has */
	OTHER_KIND, /* one record, of the type `split` */
};

static const struct records {
	const char *name, *clause;
	enum tls_malformed_want want;
	struct malformed_bytes before;
	uint16_t times; /* before; 0: once */
	enum pieces pieces;
	uint16_t split;
	struct malformed_bytes between; /* the first two pieces */
	uint16_t fill;                  /* zeros behind all */
} rows[] = {
	/* in pieces */
	{ "pieces.in_two", FRAMING, ORDINARY, .pieces = SPLIT, .split = 100 },
	{ "pieces.header_apart", FRAMING, ANYTHING, .pieces = SPLIT,
	    .split = 4 },
	{ "pieces.first_byte_apart", FRAMING, ANYTHING, .pieces = SPLIT,
	    .split = 1 },
	{ "pieces.in_its_header", FRAMING, ANYTHING, .pieces = SPLIT,
	    .split = 2 },
	{ "pieces.in_its_random", FRAMING, ANYTHING, .pieces = SPLIT,
	    .split = 20 },
	{ "pieces.of_one_byte", FRAMING, ANYTHING, .pieces = ALL_SPLIT,
	    .split = 1 },
	{ "pieces.of_seven_bytes", FRAMING, ANYTHING, .pieces = ALL_SPLIT,
	    .split = 7 },
	{ "pieces.of_64_bytes", FRAMING, ANYTHING, .pieces = ALL_SPLIT,
	    .split = 64 },
	/* records without anything in them */
	{ "empty.handshake_before", FRAMING, ANYTHING,
	    .before = BYTES("\x16\3\1\0\0"), .pieces = WHOLE },
	{ "empty.alert_before", FRAMING, ANYTHING,
	    .before = BYTES("\x15\3\1\0\0"), .pieces = WHOLE },
	{ "empty.change_before", FRAMING, ANYTHING,
	    .before = BYTES("\x14\3\1\0\0"), .pieces = WHOLE },
	{ "empty.data_before", FRAMING, ANYTHING,
	    .before = BYTES("\x17\3\1\0\0"), .pieces = WHOLE },
	{ "empty.handshake_between", FRAMING, ANYTHING, .pieces = SPLIT,
	    .split = 100, .between = BYTES("\x16\3\1\0\0") },
	{ "empty.handshake_50", FRAMING, ANYTHING,
	    .before = BYTES("\x16\3\1\0\0"), .times = 50, .pieces = WHOLE },
	{ "empty.handshake_3000", FRAMING, ANYTHING,
	    .before = BYTES("\x16\3\1\0\0"), .times = 3000 },
	{ "empty.data_3000", FRAMING, ANYTHING, .before = BYTES("\x17\3\1\0\0"),
	    .times = 3000 },
	/* between the pieces of a hello: RFC 8446 section 5.1, "MUST NOT be
	 * interleaved" */
	{ "between.warning", FRAMING, ANYTHING, .pieces = SPLIT, .split = 100,
	    .between = BYTES("\x15\3\1\0\2\1\x5a") },
	{ "between.close_notify", ALERTS, ANYTHING, .pieces = SPLIT,
	    .split = 100, .between = BYTES("\x15\3\1\0\2\1\0") },
	{ "between.fatal", ALERTS, REFUSED, .pieces = SPLIT, .split = 100,
	    .between = BYTES("\x15\3\1\0\2\2\x28") },
	{ "between.change", FRAMING, ANYTHING, .pieces = SPLIT, .split = 100,
	    .between = BYTES("\x14\3\1\0\1\1") },
	{ "between.data", FRAMING, REFUSED, .pieces = SPLIT, .split = 100,
	    .between = BYTES("\x17\3\1\0\4data") },
	{ "between.heartbeat", FRAMING, ANYTHING, .pieces = SPLIT, .split = 100,
	    .between = BYTES("\x18\3\1\0\3\1\0\0") },
	/* before a hello */
	{ "before.data", LAYER, REFUSED, .before = BYTES("\x17\3\3\0\4data"),
	    .pieces = WHOLE },
	{ "before.change", LAYER, ANYTHING, .before = BYTES("\x14\3\1\0\1\1"),
	    .pieces = WHOLE },
	{ "before.changes_50", LAYER, ANYTHING,
	    .before = BYTES("\x14\3\1\0\1\1"), .times = 50, .pieces = WHOLE },
	{ "before.change_of_two", LAYER, ANYTHING,
	    .before = BYTES("\x14\3\1\0\2\1\1"), .pieces = WHOLE },
	{ "before.change_of_other_value", LAYER, ANYTHING,
	    .before = BYTES("\x14\3\1\0\1\2"), .pieces = WHOLE },
	{ "before.fatal", ALERTS, REFUSED,
	    .before = BYTES("\x15\3\1\0\2\2\x28"), .pieces = WHOLE },
	{ "before.close_notify", ALERTS, ANYTHING,
	    .before = BYTES("\x15\3\1\0\2\1\0"), .pieces = WHOLE },
	{ "before.warning", ALERTS, ANYTHING,
	    .before = BYTES("\x15\3\1\0\2\1\x5a"), .pieces = WHOLE },
	{ "before.warnings_200", ALERTS, ANYTHING,
	    .before = BYTES("\x15\3\1\0\2\1\x5a"), .times = 200,
	    .pieces = WHOLE },
	{ "before.alert_of_one", ALERTS, ANYTHING,
	    .before = BYTES("\x15\3\1\0\1\1"), .pieces = WHOLE },
	{ "before.alert_of_three", ALERTS, ANYTHING,
	    .before = BYTES("\x15\3\1\0\3\1\x5a\0"), .pieces = WHOLE },
	{ "before.alert_of_no_level", ALERTS, ANYTHING,
	    .before = BYTES("\x15\3\1\0\2\xff\xff"), .pieces = WHOLE },
	{ "before.heartbeat", LAYER, ANYTHING,
	    .before = BYTES("\x18\3\1\0\3\1\xff\xff"), .pieces = WHOLE },
	{ "before.text", LAYER, REFUSED,
	    .before = BYTES("GET / HTTP/1.1\r\nHost: device.test\r\n\r\n"),
	    .pieces = WHOLE },
	/* of another type */
	{ "type.0", LAYER, REFUSED, .pieces = OTHER_KIND, .split = 0 },
	{ "type.19", LAYER, REFUSED, .pieces = OTHER_KIND, .split = 19 },
	{ "type.change_cipher_spec", LAYER, REFUSED, .pieces = OTHER_KIND,
	    .split = 20 },
	{ "type.alert", LAYER, REFUSED, .pieces = OTHER_KIND, .split = 21 },
	{ "type.application_data", LAYER, REFUSED, .pieces = OTHER_KIND,
	    .split = 23 },
	{ "type.heartbeat", LAYER, REFUSED, .pieces = OTHER_KIND, .split = 24 },
	{ "type.25", LAYER, REFUSED, .pieces = OTHER_KIND, .split = 25 },
	{ "type.127", LAYER, REFUSED, .pieces = OTHER_KIND, .split = 127 },
	{ "type.255", LAYER, REFUSED, .pieces = OTHER_KIND, .split = 255 },
	/* too long; TLS_MALFORMED_MAX holds them whole */
	{ "size.handshake_16385", FRAMING, REFUSED,
	    .before = BYTES("\x16\3\1\x40\1\1\0\x3f\xfd"), .fill = 16381 },
	{ "size.handshake_18433", FRAMING, REFUSED,
	    .before = BYTES("\x16\3\1\x48\1\1\0\x47\xfd"), .fill = 18429 },
	{ "size.data_16385", FRAMING, REFUSED,
	    .before = BYTES("\x17\3\1\x40\1"), .fill = 16385 },
	{ "size.data_18433", FRAMING, REFUSED,
	    .before = BYTES("\x17\3\1\x48\1"), .fill = 18433 },
	{ "size.alert_16384", FRAMING, REFUSED,
	    .before = BYTES("\x15\3\1\x40\0"), .fill = 16384 },
	{ "size.handshake_16384", FRAMING, REFUSED,
	    .before = BYTES("\x16\3\1\x40\0\1\0\x3f\xfc"), .fill = 16380 },
	{ "size.claims_65535", FRAMING, WAITING,
	    .before = BYTES("\x16\3\1\xff\xff\1"), .fill = 100 },
	{ "size.message_claims_16777215", FRAMING, WAITING,
	    .before = BYTES("\x16\3\1\x40\0\1\xff\xff\xff"), .fill = 16380 },
	/* SSL 2 */
	{ "ssl2.empty", "RFC 6176 section 3", ANYTHING,
	    .before = BYTES("\x80\x09\1\3\3\0\0\0\0\0\0") },
	{ "ssl2.too_long", "RFC 6176 section 3", WAITING,
	    .before = BYTES("\xff\xff\1\3\3\xff\xff\xff\xff\xff\xff"),
	    .fill = 64 },
	{ "ssl2.good", "RFC 6176 section 3", ANYTHING,
	    .before = BYTES("\x80\x1c\1\0\2\0\3\0\0\0\x10\1\0\x80"
			    "0123456789abcdef") },
	/* nothing of the kind */
	{ "noise.zeros", LAYER, REFUSED, .before = BYTES(""), .fill = 600 },
	{ "noise.one_byte", LAYER, WAITING, .before = BYTES("\x16") },
	{ "noise.line_feeds", LAYER, ANYTHING, .before = BYTES("\n"),
	    .times = 600 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
put_piece(struct malformed_flight *f, uint8_t type, const uint8_t *p, size_t n)
{
	malformed_put_number(f, type, 1);
	malformed_put_number(f, TLS_10, 2);
	malformed_put_number(f, (uint32_t)n, 2);
	malformed_put(f, p, n);
}

static void
put_pieces(struct malformed_flight *f, const struct records *r)
{
	uint8_t message[1024];
	struct malformed_flight hello = {
		.p = message, .size = sizeof(message), .host = f->host
	};
	const uint8_t type =
	    r->pieces == OTHER_KIND ? (uint8_t)r->split : TLS_HANDSHAKE;
	const bool is_split = r->pieces == SPLIT || r->pieces == ALL_SPLIT;
	size_t at = 0, n;

	malformed_put_hello(&hello, &malformed_usual);
	while (at < hello.n) {
		n = hello.n - at;
		if (is_split && n > r->split &&
		    (at == 0 || r->pieces == ALL_SPLIT))
			n = r->split;
		put_piece(f, type, message + at, n);
		if (at == 0)
			malformed_put(f, r->between.p, r->between.n);
		at += n;
	}
}

bool
malformed_record(
    struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	const struct records *r;
	unsigned i;

	if (index >= ROWS)
		return false;
	r = &rows[index];
	for (i = 0; i < (r->times == 0 ? 1 : r->times); i++)
		malformed_put(f, r->before.p, r->before.n);
	if (r->pieces != NO_HELLO)
		put_pieces(f, r);
	malformed_fill(f, 0, r->fill);
	snprintf(out->name, sizeof(out->name), "%s", r->name);
	out->clause = r->clause;
	out->want = r->want;
	return true;
}

_Static_assert(ROWS <= 200, "numbers of cases overlap");
