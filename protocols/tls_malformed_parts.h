/*
 * tls_malformed_parts: what the files of tls_malformed share.
 *
 * A flight is written from front to end, and remembers where each of its
 * lengths stands.
 */
#ifndef ASSAY_TLS_MALFORMED_PARTS_H
#define ASSAY_TLS_MALFORMED_PARTS_H

#include "protocols/tls_malformed.h"

#define MALFORMED_MARKS 48

struct malformed_mark { /* a length field */
	const char *name;
	size_t at;
	uint8_t width;
};

struct malformed_flight {
	uint8_t *p;
	size_t n, size;
	bool is_full;
	struct malformed_mark marks[MALFORMED_MARKS];
	size_t nmarks;
	const char *host;
};

struct malformed_bytes {
	const char *p; /* NULL: as usual */
	size_t n;
};

enum malformed_how {
	MALFORMED_REPLACE = 1, /* the body of an extension */
	MALFORMED_OMIT,
	MALFORMED_TWICE,
	MALFORMED_ADD,   /* behind all others */
	MALFORMED_FIRST, /* before all others */
};
struct malformed_edit {
	enum malformed_how how; /* 0: none */
	uint16_t type;
	struct malformed_bytes body;
	uint16_t fill;  /* so many bytes of 0x61 behind it */
	uint16_t times; /* ADD: types that count up from type; 0: one */
};

#define MALFORMED_EDITS 4
struct malformed_recipe { /* a hello that differs */
	const char *name, *clause;
	enum tls_malformed_want want;
	uint16_t only;   /* the one version that is offered; 0: 1.3 and 1.2 */
	uint16_t legacy; /* legacy_version; 0: TLS 1.2 */
	uint16_t record; /* version of the record; 0: TLS 1.0 */
	struct malformed_bytes session, suites, compressions;
	uint16_t fill; /* bytes of 0x61 behind session or suites */
	struct malformed_edit edits[MALFORMED_EDITS];
};

void malformed_put(struct malformed_flight *f, const void *p, size_t n);
void malformed_put_number(struct malformed_flight *f, uint32_t v, size_t width);
void malformed_fill(struct malformed_flight *f, uint8_t with, size_t n);
void malformed_set_number(uint8_t *p, size_t width, uint32_t v);
/* The handshake message alone, with its header. */
void malformed_put_hello(
    struct malformed_flight *f, const struct malformed_recipe *recipe);
/* In its record. */
void malformed_put_hello_record(
    struct malformed_flight *f, const struct malformed_recipe *recipe);

/* Families: the case of this index; false: there is none. */
bool malformed_value(
    struct malformed_flight *f, struct tls_malformed *out, unsigned index);
bool malformed_record(
    struct malformed_flight *f, struct tls_malformed *out, unsigned index);
bool malformed_order(
    struct malformed_flight *f, struct tls_malformed *out, unsigned index);

extern const struct malformed_recipe malformed_usual;

#endif
