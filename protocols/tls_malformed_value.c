/*
 * tls_malformed_value: hellos that can be read, but say what they must not, or
 * what is rarely said.
 *
 * A row is never moved or taken away, since its number is in records: new ones
 * come behind the last.
 */
#include <stdio.h>

#include "protocols/tls_hello.h"
#include "protocols/tls_malformed_parts.h"
#include "protocols/tls_record.h"

/* The text of it, without its end. */
#define BYTES(text) \
	{ \
		"" text, sizeof(text) - 1 \
	}
#define REPLACE(type, ...) \
	{ \
		MALFORMED_REPLACE, type, __VA_ARGS__ \
	}
#define ADD(type, ...) \
	{ \
		MALFORMED_ADD, type, __VA_ARGS__ \
	}
#define OMIT(is) \
	{ \
		.how = MALFORMED_OMIT, .type = (is) \
	}

#define ORDINARY TLS_WANT_TAKEN
#define REFUSED TLS_WANT_REFUSED
#define REFUSED_13 TLS_WANT_REFUSED_13
#define ANYTHING TLS_WANT_ANYTHING

#define GREASE "RFC 8701 section 3"
#define UNKNOWN "RFC 8446 section 4.1.2"
#define HELLO "RFC 8446 section 4.1.2"
#define UNPARSABLE "RFC 8446 section 6"
#define POINT "RFC 8446 section 4.2.8.2"
#define MISSING "RFC 8446 section 9.2"
#define NAME "RFC 6066 section 3"

#define P256_X \
	"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2" \
	"\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
#define P256_Y \
	"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16" \
	"\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"
#define ZERO_31 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define FULL_8 "\xff\xff\xff\xff\xff\xff\xff\xff"
#define FULL_32 FULL_8 FULL_8 FULL_8 FULL_8
/* P-256 and X25519 alone, so that this key is the one that counts. */
#define P256_ALONE REPLACE(TLS_EXT_SUPPORTED_GROUPS, BYTES("\0\2\0\x17"), 0, 0)
#define X25519_ALONE \
	REPLACE(TLS_EXT_SUPPORTED_GROUPS, BYTES("\0\2\0\x1d"), 0, 0)
#define SHARE(bytes) REPLACE(TLS_EXT_KEY_SHARE, BYTES(bytes), 0, 0)

static const struct malformed_recipe recipes[] = {
	/* what every server must bear */
	{ "grease.suite", GREASE, ORDINARY,
	    .suites =
		BYTES("\x1a\x1a\x13\1\x13\2\x13\3\xc0\x2b\xc0\x2f\0\x9c\xc0\x09"
		      "\xc0\x13\0\x2f\xda\xda") },
	{ "grease.extension_empty", GREASE, ORDINARY,
	    .edits = { { MALFORMED_FIRST, 0x2a2a, { 0 }, 0, 0 } } },
	{ "grease.extension_of_one", GREASE, ORDINARY,
	    .edits = { ADD(0x3a3a, BYTES("\0"), 0, 0) } },
	{ "grease.group_and_share", GREASE, ORDINARY,
	    .edits = { REPLACE(TLS_EXT_SUPPORTED_GROUPS,
			   BYTES("\0\x0a\x4a\x4a\0\x1d\0\x17\0\x18\0\x19"), 0,
			   0),
		SHARE("\0\x29\x4a\x4a\0\1\0\0\x1d\0\x20\x09" ZERO_31) } },
	{ "grease.signature", GREASE, ORDINARY,
	    .edits = { REPLACE(TLS_EXT_SIGNATURE_ALGORITHMS,
		BYTES("\0\x12\x5a\x5a\4\3\x08\4\4\1\5\3\x08\5\5\1\x08\6\6\1"),
		0, 0) } },
	{ "grease.version", GREASE, ORDINARY,
	    .edits = { REPLACE(TLS_EXT_SUPPORTED_VERSIONS,
		BYTES("\6\x6a\x6a\3\4\3\3"), 0, 0) } },
	{ "grease.psk_mode", GREASE, ORDINARY,
	    .edits = { REPLACE(
		TLS_EXT_PSK_KEY_EXCHANGE_MODES, BYTES("\2\x0b\1"), 0, 0) } },
	{ "unknown.extension_empty", UNKNOWN, ORDINARY,
	    .edits = { ADD(0xfe01, { 0 }, 0, 0) } },
	{ "unknown.extension_of_1000", UNKNOWN, ORDINARY,
	    .edits = { ADD(0xfe01, { 0 }, 1000, 0) } },
	{ "unknown.extensions_100", UNKNOWN, ORDINARY,
	    .edits = { ADD(0xe000, { 0 }, 1, 99) } },
	{ "unknown.suites", UNKNOWN, ORDINARY,
	    .suites = BYTES("\xfa\1\xfa\2\xfa\3\x13\1\x13\2\x13\3\xc0\x2b\xc0"
			    "\x2f\0\x9c\xc0\x09\xc0\x13\0\x2f") },
	{ "unknown.group", UNKNOWN, ORDINARY,
	    .edits = { REPLACE(TLS_EXT_SUPPORTED_GROUPS,
		BYTES("\0\x0a\xee\xee\0\x1d\0\x17\0\x18\0\x19"), 0, 0) } },
	{ "unknown.version", UNKNOWN, ORDINARY,
	    .edits = { REPLACE(TLS_EXT_SUPPORTED_VERSIONS,
		BYTES("\6\3\x20\3\4\3\3"), 0, 0) } },
	{ "unusual.no_session_id", HELLO, ORDINARY, .session = BYTES("") },
	{ "unusual.padding", "RFC 7685 section 3", ANYTHING,
	    .edits = { ADD(21, { 0 }, 400, 0) } },
	{ "unusual.record_version_13", "RFC 8446 section 5.1", ANYTHING,
	    .record = TLS_13 },
	{ "unusual.record_version_12", "RFC 8446 section 5.1", ORDINARY,
	    .record = TLS_12 },
	/* fields of the hello itself */
	{ "session_id.of_33", HELLO, REFUSED, .session = BYTES(""),
	    .fill = 33 },
	{ "session_id.of_64", HELLO, REFUSED, .session = BYTES(""),
	    .fill = 64 },
	{ "session_id.of_255", HELLO, REFUSED, .session = BYTES(""),
	    .fill = 255 },
	{ "session_id.of_1", HELLO, ANYTHING, .session = BYTES("\x77") },
	{ "suites.none", HELLO, REFUSED, .suites = BYTES("") },
	{ "suites.half", HELLO, REFUSED, .suites = BYTES("\x13") },
	{ "suites.three_halves", HELLO, REFUSED,
	    .suites = BYTES("\x13\1\x13") },
	{ "suites.unknown_alone", HELLO, REFUSED, .suites = BYTES("\xfa\xfa") },
	{ "suites.grease_alone", GREASE, REFUSED, .suites = BYTES("\x1a\x1a") },
	{ "suites.signal_alone", "RFC 5746 section 3.3", REFUSED,
	    .suites = BYTES("\0\xff") },
	{ "suites.null_alone", HELLO, REFUSED, .suites = BYTES("\0\0") },
	{ "suites.of_8000_bytes", HELLO, ANYTHING, .suites = BYTES("\x13\1"),
	    .fill = 8000 },
	{ "suites.of_15000_bytes", HELLO, ANYTHING, .suites = BYTES("\x13\1"),
	    .fill = 15000 },
	{ "compressions.none", HELLO, REFUSED, .compressions = BYTES("") },
	{ "compressions.without_null", HELLO, REFUSED_13,
	    .compressions = BYTES("\1") },
	{ "compressions.two", HELLO, REFUSED_13, .only = TLS_13,
	    .compressions = BYTES("\0\1") },
	{ "compressions.unknown", HELLO, REFUSED_13, .only = TLS_13,
	    .compressions = BYTES("\xe0") },
	{ "compressions.null_twice", HELLO, REFUSED_13, .only = TLS_13,
	    .compressions = BYTES("\0\0") },
	{ "legacy_version.0001", HELLO, ANYTHING, .legacy = 1 },
	{ "legacy_version.0200", HELLO, ANYTHING, .legacy = 0x0200 },
	{ "legacy_version.0300", HELLO, ANYTHING, .legacy = TLS_SSL3 },
	{ "legacy_version.0304", HELLO, ANYTHING, .legacy = TLS_13 },
	{ "legacy_version.ffff", HELLO, ANYTHING, .legacy = 0xffff },
	{ "record_version.0001", "RFC 8446 section 5.1", ANYTHING,
	    .record = 1 },
	{ "record_version.0200", "RFC 8446 section 5.1", ANYTHING,
	    .record = 0x0200 },
	{ "record_version.03ff", "RFC 8446 section 5.1", ANYTHING,
	    .record = 0x03ff },
	{ "record_version.0404", "RFC 8446 section 5.1", ANYTHING,
	    .record = 0x0404 },
	{ "record_version.ffff", "RFC 8446 section 5.1", ANYTHING,
	    .record = 0xffff },
	/* supported_versions */
	{ "versions.none", UNPARSABLE, REFUSED_13,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_VERSIONS, BYTES("\0"), 0, 0) } },
	{ "versions.half", UNPARSABLE, REFUSED_13,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_VERSIONS, BYTES("\1\3"), 0, 0) } },
	{ "versions.three_halves", UNPARSABLE, REFUSED_13,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_VERSIONS, BYTES("\3\3\4\3"), 0, 0) } },
	{ "versions.unknown_alone", "RFC 8446 section 4.2.1", REFUSED_13,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_VERSIONS, BYTES("\2\3\x20"), 0, 0) } },
	{ "versions.of_127", UNPARSABLE, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_VERSIONS, BYTES("\xfe\3\4"), 252, 0) } },
	/* groups, keys: of TLS 1.3 alone, where nothing else can be chosen */
	{ "key_share.p256_not_on_the_curve", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE,
		SHARE("\0\x45\0\x17\0\x41\4" P256_X P256_X) } },
	{ "key_share.p256_zero", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE,
		SHARE("\0\x45\0\x17\0\x41\4" ZERO_31 "\0" ZERO_31 "\0") } },
	{ "key_share.p256_beyond_the_prime", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE,
		SHARE("\0\x45\0\x17\0\x41\4" FULL_32 FULL_32) } },
	{ "key_share.p256_infinity", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE, SHARE("\0\5\0\x17\0\1\0") } },
	{ "key_share.p256_compressed", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE, SHARE("\0\x25\0\x17\0\x21\3" P256_X) } },
	{ "key_share.p256_hybrid", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE,
		SHARE("\0\x45\0\x17\0\x41\7" P256_X P256_Y) } },
	{ "key_share.p256_no_form", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE,
		SHARE("\0\x45\0\x17\0\x41\xff" P256_X P256_Y) } },
	{ "key_share.p256_one_less", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE,
		SHARE("\0\x44\0\x17\0\x40\4" P256_X P256_Y) } },
	{ "key_share.p256_one_more", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE,
		SHARE("\0\x46\0\x17\0\x42\4" P256_X P256_Y "\0") } },
	{ "key_share.p256_empty", UNPARSABLE, REFUSED_13, .only = TLS_13,
	    .edits = { P256_ALONE, SHARE("\0\4\0\x17\0\0") } },
	{ "key_share.x25519_empty", UNPARSABLE, REFUSED_13, .only = TLS_13,
	    .edits = { X25519_ALONE, SHARE("\0\4\0\x1d\0\0") } },
	{ "key_share.x25519_of_31", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { X25519_ALONE, SHARE("\0\x23\0\x1d\0\x1f" ZERO_31) } },
	{ "key_share.x25519_of_33", POINT, REFUSED_13, .only = TLS_13,
	    .edits = { X25519_ALONE,
		SHARE("\0\x25\0\x1d\0\x21\x09" ZERO_31 "\0") } },
	{ "key_share.x25519_zero", "RFC 8446 section 7.4.2", REFUSED_13,
	    .only = TLS_13,
	    .edits = { X25519_ALONE, SHARE("\0\x24\0\x1d\0\x20\0" ZERO_31) } },
	{ "key_share.x25519_one", "RFC 8446 section 7.4.2", REFUSED_13,
	    .only = TLS_13,
	    .edits = { X25519_ALONE, SHARE("\0\x24\0\x1d\0\x20\1" ZERO_31) } },
	{ "key_share.group_not_offered", "RFC 8446 section 4.2.8", ANYTHING,
	    .only = TLS_13,
	    .edits = { P256_ALONE, SHARE("\0\x24\0\x1d\0\x20\x09" ZERO_31) } },
	{ "key_share.same_group_twice", "RFC 8446 section 4.2.8", ANYTHING,
	    .only = TLS_13,
	    .edits = { X25519_ALONE,
		SHARE("\0\x48\0\x1d\0\x20\x09" ZERO_31
		      "\0\x1d\0\x20\x09" ZERO_31) } },
	{ "key_share.unknown_of_1000", "RFC 8446 section 4.2.8", ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_KEY_SHARE, BYTES("\3\xec\xee\xee\3\xe8"), 1000, 0) } },
	{ "key_share.none", "RFC 8446 section 4.2.8", ANYTHING, .only = TLS_13,
	    .edits = { SHARE("\0\0") } },
	{ "key_share.left_out", MISSING, REFUSED_13, .only = TLS_13,
	    .edits = { OMIT(TLS_EXT_KEY_SHARE) } },
	{ "groups.left_out", MISSING, REFUSED_13, .only = TLS_13,
	    .edits = { OMIT(TLS_EXT_SUPPORTED_GROUPS) } },
	{ "groups.none", UNPARSABLE, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_GROUPS, BYTES("\0\0"), 0, 0) } },
	{ "groups.half", UNPARSABLE, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_GROUPS, BYTES("\0\1\0"), 0, 0) } },
	{ "groups.of_4000_bytes", HELLO, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SUPPORTED_GROUPS, BYTES("\x0f\xa0"), 4000, 0) } },
	{ "formats.none", "RFC 8422 section 5.1.2", ANYTHING,
	    .edits = { REPLACE(TLS_EXT_EC_POINT_FORMATS, BYTES("\0"), 0, 0) } },
	{ "formats.of_255", "RFC 8422 section 5.1.2", ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_EC_POINT_FORMATS, BYTES("\xff"), 255, 0) } },
	{ "signatures.none", UNPARSABLE, REFUSED_13, .only = TLS_13,
	    .edits = { REPLACE(
		TLS_EXT_SIGNATURE_ALGORITHMS, BYTES("\0\0"), 0, 0) } },
	{ "signatures.half", UNPARSABLE, REFUSED_13, .only = TLS_13,
	    .edits = { REPLACE(
		TLS_EXT_SIGNATURE_ALGORITHMS, BYTES("\0\1\4"), 0, 0) } },
	{ "signatures.unknown_alone", HELLO, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SIGNATURE_ALGORITHMS, BYTES("\0\2\xfe\1"), 0, 0) } },
	{ "signatures.left_out", MISSING, REFUSED_13, .only = TLS_13,
	    .edits = { OMIT(TLS_EXT_SIGNATURE_ALGORITHMS) } },
	{ "signatures.of_4000_bytes", HELLO, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SIGNATURE_ALGORITHMS, BYTES("\x0f\xa0"), 4000, 0) } },
	/* names */
	{ "server_name.nul", NAME, ANYTHING,
	    .edits = { REPLACE(TLS_EXT_SERVER_NAME,
		BYTES("\0\x0e\0\0\x0b"
		      "device\0test"),
		0, 0) } },
	{ "server_name.empty", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\0\3\0\0\0"), 0, 0) } },
	{ "server_name.no_names", NAME, ANYTHING,
	    .edits = { REPLACE(TLS_EXT_SERVER_NAME, BYTES("\0\0"), 0, 0) } },
	{ "server_name.of_255", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\1\2\0\0\xff"), 255, 0) } },
	{ "server_name.of_256", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\1\3\0\1\0"), 256, 0) } },
	{ "server_name.of_4096", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\x10\3\0\x10\0"), 4096, 0) } },
	{ "server_name.no_host", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\0\4\x07\0\1a"), 0, 0) } },
	{ "server_name.two", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\0\x08\0\0\1a\0\0\1b"), 0, 0) } },
	{ "server_name.dots", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\0\6\0\0\3..."), 0, 0) } },
	{ "server_name.format", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\0\x0b\0\0\x08%n%s%n%s"), 0, 0) } },
	{ "server_name.path", NAME, ANYTHING,
	    .edits = { REPLACE(TLS_EXT_SERVER_NAME,
		BYTES("\0\x0c\0\0\x09../../etc"), 0, 0) } },
	{ "server_name.high_bits", NAME, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_SERVER_NAME, BYTES("\0\x0b\0\0\x08" FULL_8), 0, 0) } },
	{ "alpn.good", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\0\x09\x08http/1.1"), 0, 0) } },
	{ "alpn.no_names", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\0\0"), 0, 0) } },
	{ "alpn.empty_name", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\0\1\0"), 0, 0) } },
	{ "alpn.name_too_long", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN,
		BYTES("\0\3\xff"
		      "h2"),
		0, 0) } },
	{ "alpn.list_too_long", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\xff\xff\2h2"), 0, 0) } },
	{ "alpn.list_too_short", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\0\1\2h2"), 0, 0) } },
	{ "alpn.of_255", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\1\0\xff"), 255, 0) } },
	{ "alpn.grease", GREASE, ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\0\3\2\x2a\x2a"), 0, 0) } },
	{ "alpn.nul", "RFC 7301 section 3.1", ANYTHING,
	    .edits = { ADD(TLS_EXT_ALPN, BYTES("\0\4\3h\0002"), 0, 0) } },
	/* resumption, early data, cookies */
	{ "cookie.empty", UNPARSABLE, ANYTHING,
	    .edits = { ADD(TLS_EXT_COOKIE, BYTES("\0\0"), 0, 0) } },
	{ "cookie.of_1", "RFC 8446 section 4.2.2", ANYTHING,
	    .edits = { ADD(TLS_EXT_COOKIE, BYTES("\0\1a"), 0, 0) } },
	{ "cookie.of_4000", "RFC 8446 section 4.2.2", ANYTHING,
	    .edits = { ADD(TLS_EXT_COOKIE, BYTES("\x0f\xa0"), 4000, 0) } },
	{ "cookie.of_15000", "RFC 8446 section 4.2.2", ANYTHING,
	    .edits = { ADD(TLS_EXT_COOKIE, BYTES("\x3a\x98"), 15000, 0) } },
	{ "cookie.too_long", UNPARSABLE, ANYTHING,
	    .edits = { ADD(TLS_EXT_COOKIE,
		BYTES("\xff\xff"
		      "a"),
		0, 0) } },
	{ "psk.not_last", "RFC 8446 section 4.2.11", REFUSED_13, .only = TLS_13,
	    .edits = { ADD(TLS_EXT_PRE_SHARED_KEY, BYTES("\0\x09\0\3key\0\0\0\0\0\x21\x20\0" ZERO_31), 0, 0), ADD(0xfe01, { 0 }, 0, 0) } },
	{ "psk.unknown_key", "RFC 8446 section 4.2.11", ANYTHING,
	    .edits = { ADD(TLS_EXT_PRE_SHARED_KEY,
		BYTES("\0\x09\0\3key\0\0\0\0\0\x21\x20\0" ZERO_31), 0, 0) } },
	{ "psk.no_identities", UNPARSABLE, ANYTHING,
	    .edits = { ADD(TLS_EXT_PRE_SHARED_KEY,
		BYTES("\0\0\0\x21\x20\0" ZERO_31), 0, 0) } },
	{ "psk.no_binders", UNPARSABLE, ANYTHING,
	    .edits = { ADD(TLS_EXT_PRE_SHARED_KEY,
		BYTES("\0\x09\0\3key\0\0\0\0\0\0"), 0, 0) } },
	{ "psk.binders_too_long", UNPARSABLE, ANYTHING,
	    .edits = { ADD(TLS_EXT_PRE_SHARED_KEY,
		BYTES("\0\x09\0\3key\0\0\0\0\xff\xff\x20\0" ZERO_31), 0, 0) } },
	{ "psk.binder_of_1", UNPARSABLE, ANYTHING,
	    .edits = { ADD(TLS_EXT_PRE_SHARED_KEY,
		BYTES("\0\x09\0\3key\0\0\0\0\0\2\1\0"), 0, 0) } },
	{ "psk.identity_of_4000", UNPARSABLE, ANYTHING,
	    .edits = { ADD(
		TLS_EXT_PRE_SHARED_KEY, BYTES("\x0f\xa6\x0f\xa0"), 4000, 0) } },
	{ "psk.two_binders_for_one", "RFC 8446 section 4.2.11", ANYTHING,
	    .edits = { ADD(TLS_EXT_PRE_SHARED_KEY,
		BYTES("\0\x09\0\3key\0\0\0\0\0\x42\x20\0" ZERO_31
		      "\x20\0" ZERO_31),
		0, 0) } },
	{ "psk.without_modes", "RFC 8446 section 4.2.9", ANYTHING,
	    .edits = { OMIT(TLS_EXT_PSK_KEY_EXCHANGE_MODES),
		ADD(TLS_EXT_PRE_SHARED_KEY,
		    BYTES("\0\x09\0\3key\0\0\0\0\0\x21\x20\0" ZERO_31), 0,
		    0) } },
	{ "early_data.without_psk", "RFC 8446 section 4.2.10", ANYTHING,
	    .edits = { ADD(TLS_EXT_EARLY_DATA, { 0 }, 0, 0) } },
	{ "early_data.of_100", UNPARSABLE, ANYTHING,
	    .edits = { ADD(TLS_EXT_EARLY_DATA, { 0 }, 100, 0) } },
	{ "modes.none", UNPARSABLE, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_PSK_KEY_EXCHANGE_MODES, BYTES("\0"), 0, 0) } },
	{ "modes.of_255", UNPARSABLE, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_PSK_KEY_EXCHANGE_MODES, BYTES("\xff"), 255, 0) } },
	{ "ticket.of_1", "RFC 5077 section 3.4", ANYTHING,
	    .edits = { REPLACE(TLS_EXT_SESSION_TICKET, BYTES("a"), 0, 0) } },
	{ "ticket.of_200", "RFC 5077 section 3.4", ANYTHING,
	    .edits = { REPLACE(TLS_EXT_SESSION_TICKET, { 0 }, 200, 0) } },
	{ "ticket.of_15000", "RFC 5077 section 3.4", ANYTHING,
	    .edits = { REPLACE(TLS_EXT_SESSION_TICKET, { 0 }, 15000, 0) } },
	{ "renegotiation.not_empty", "RFC 5746 section 3.6", ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_RENEGOTIATION_INFO, BYTES("\x0c"), 12, 0) } },
	{ "renegotiation.of_255", "RFC 5746 section 3.6", ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_RENEGOTIATION_INFO, BYTES("\xff"), 255, 0) } },
	{ "extended_master_secret.not_empty", "RFC 7627 section 5.1", ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_EXTENDED_MASTER_SECRET, { 0 }, 16, 0) } },
	{ "status_request.type_255", UNPARSABLE, ANYTHING,
	    .edits = { REPLACE(
		TLS_EXT_STATUS_REQUEST, BYTES("\xff\0\0\0\0"), 0, 0) } },
	{ "heartbeat.mode_of_255", "RFC 6520 section 2", ANYTHING,
	    .edits = { ADD(TLS_EXT_HEARTBEAT, BYTES("\xff"), 0, 0) } },
	{ "extensions.all_unknown_1000", UNKNOWN, ANYTHING,
	    .edits = { ADD(0xe000, { 0 }, 0, 999) } },
	{ "extensions.unknown_of_15000", UNKNOWN, ANYTHING,
	    .edits = { ADD(0xfe01, { 0 }, 15000, 0) } },
	{ "extensions.unknown_twice", "RFC 8446 section 4.2", ANYTHING,
	    .edits = { ADD(0xfe01, { 0 }, 3, 0), ADD(0xfe01, { 0 }, 3, 0) } },
};
#define RECIPES (sizeof(recipes) / sizeof(recipes[0]))

/* Each of them in four ways that nobody means. */
static const struct {
	uint16_t type;
	const char *name;
	bool is_usual; /* it is in the hello anyway */
} known[] = {
	{ TLS_EXT_SERVER_NAME, "server_name", true },
	{ TLS_EXT_STATUS_REQUEST, "status_request", true },
	{ TLS_EXT_SUPPORTED_GROUPS, "supported_groups", true },
	{ TLS_EXT_EC_POINT_FORMATS, "ec_point_formats", true },
	{ TLS_EXT_SIGNATURE_ALGORITHMS, "signature_algorithms", true },
	{ TLS_EXT_HEARTBEAT, "heartbeat", false },
	{ TLS_EXT_ALPN, "alpn", false },
	{ TLS_EXT_ENCRYPT_THEN_MAC, "encrypt_then_mac", false },
	{ TLS_EXT_EXTENDED_MASTER_SECRET, "extended_master_secret", true },
	{ TLS_EXT_PRE_SHARED_KEY, "pre_shared_key", false },
	{ TLS_EXT_EARLY_DATA, "early_data", false },
	{ TLS_EXT_SUPPORTED_VERSIONS, "supported_versions", true },
	{ TLS_EXT_COOKIE, "cookie", false },
	{ TLS_EXT_PSK_KEY_EXCHANGE_MODES, "psk_key_exchange_modes", true },
	{ TLS_EXT_KEY_SHARE, "key_share", true },
	{ TLS_EXT_RENEGOTIATION_INFO, "renegotiation_info", true },
};
#define KNOWN (sizeof(known) / sizeof(known[0]))
#define WAYS 4
#define KNOWN_FIRST 200 /* of this index on */

static bool
known_value(
    struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	static const char *const ways[WAYS] = { "empty", "of_one_byte", "twice",
		"oversized" };
	static const uint16_t fills[WAYS] = { 0, 1, 0, 1000 };
	const unsigned i = index / WAYS, way = index % WAYS;
	struct malformed_recipe r = { .clause = "RFC 8446 section 4.2" };
	struct malformed_edit *e = &r.edits[0];

	if (i >= KNOWN || (way == 2 && !known[i].is_usual))
		return false;
	e->type = known[i].type;
	e->how = known[i].is_usual ? MALFORMED_REPLACE : MALFORMED_ADD;
	if (way == 2)
		e->how = MALFORMED_TWICE;
	e->fill = fills[way];
	/* What has no body is not wrong without one. */
	if (way == 0 &&
	    (e->type == TLS_EXT_EXTENDED_MASTER_SECRET ||
		e->type == TLS_EXT_ENCRYPT_THEN_MAC ||
		e->type == TLS_EXT_EARLY_DATA))
		return false;
	malformed_put_hello_record(f, &r);
	snprintf(out->name, sizeof(out->name), "extension.%s.%s", known[i].name,
	    ways[way]);
	out->clause = r.clause;
	/* Who speaks TLS 1.3 cannot do without these two. */
	out->want = way != 2 &&
		(e->type == TLS_EXT_SUPPORTED_VERSIONS ||
		    e->type == TLS_EXT_KEY_SHARE)
	    ? TLS_WANT_REFUSED_13
	    : TLS_WANT_ANYTHING;
	return true;
}

bool
malformed_value(
    struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	const struct malformed_recipe *r;

	if (index >= KNOWN_FIRST)
		return known_value(f, out, index - KNOWN_FIRST);
	if (index >= RECIPES)
		return false;
	r = &recipes[index];
	malformed_put_hello_record(f, r);
	snprintf(out->name, sizeof(out->name), "%s", r->name);
	out->clause = r->clause;
	out->want = r->want;
	return true;
}

_Static_assert(RECIPES <= KNOWN_FIRST, "numbers of cases overlap");
_Static_assert(KNOWN_FIRST + KNOWN * WAYS <= 300, "and with records");
