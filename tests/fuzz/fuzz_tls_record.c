/*
 * fuzz_tls_record: any bytes as what a peer of TLS said.  The same messages in
 * pieces of any size; every view lies in its message; what is read ends.  The
 * first byte chooses the pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/tls_answer.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_record.h"

#define ROOM 4096
#define MESSAGES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
	if (!holds)
		abort();
}

static void
check_view(const struct tls_message *m, struct tls_span v)
{
	require(v.p == NULL ||
	    (v.p >= m->body && v.n <= m->size &&
		(size_t)(v.p - m->body) <= m->size - v.n));
}

static void
read_server(const struct tls_message *m)
{
	const struct tls_span body = { m->body, m->size };
	struct tls_certificate_request c;
	struct tls_server_hello h;
	struct tls_ssl2_hello s;
	struct tls_server_key k;
	struct tls_span der;
	size_t at = 0, n = 0, i;

	if (tls_server_hello_read(&h, m->body, m->size) == 0) {
		require(h.random == m->body + 2);
		check_view(m, h.session_id);
		check_view(m, h.share);
		check_view(m, h.cookie);
		check_view(m, h.alpn);
		check_view(m, h.renegotiation);
	}
	while (tls_certificate_next(m->body, m->size, &at, &der) == 1) {
		check_view(m, der);
		require(++n <= m->size / 3);
	}
	for (i = TLS_EXCHANGE_ECDH; i <= TLS_EXCHANGE_DH_PSK; i++)
		if (tls_server_key_read(
			&k, (enum tls_exchange)i, TLS_12, false, body) == 0) {
			check_view(m, k.prime);
			check_view(m, k.point);
			require(k.bits <= 8 * m->size);
		}
	if (tls_certificate_request_read(&c, TLS_12, m->body, m->size) == 0) {
		check_view(m, c.names);
		check_view(m, c.types);
	}
	if (tls_ssl2_hello_read(&s, m->body, m->size) == 0)
		check_view(m, s.kinds);
}

static void
read_client(const struct tls_message *m)
{
	struct tls_client_hello h;

	if (tls_client_hello_read(&h, m->body, m->size) == -1)
		return;
	check_view(m, h.suites);
	check_view(m, h.host);
	check_view(m, h.alpn);
	check_view(m, h.versions);
	check_view(m, h.groups);
	check_view(m, h.key_shares);
	(void)tls_client_hello_offers(&h, 0x1301);
}

static size_t
hear(struct tls_flight *f, uint8_t *room, const uint8_t *data, size_t size,
    size_t piece, struct tls_message *messages)
{
	size_t at, n = 0, part;

	tls_flight_begin(f, room, ROOM);
	for (at = 0; at < size; at += part) {
		part = size - at < piece ? size - at : piece;
		if (!tls_flight_take(f, data + at, part))
			break;
	}
	while (n < MESSAGES_MAX && tls_flight_next(f, &messages[n]))
		n++;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_message one[MESSAGES_MAX], all[MESSAGES_MAX];
	static uint8_t room[2][ROOM];
	struct tls_flight f, g;
	struct tls_record record;
	size_t n, i, at = 0;

	if (size == 0)
		return 0;
	n = hear(&f, room[0], data + 1, size - 1, size, all);
	require(
	    hear(&g, room[1], data + 1, size - 1, 1 + data[0] % 16, one) == n);
	require(f.alerted == g.alerted && f.alert == g.alert &&
	    f.is_tls == g.is_tls && f.is_bad == g.is_bad &&
	    f.is_cut == g.is_cut && f.sealed == g.sealed);
	for (i = 0; i < n; i++) {
		require(all[i].type == one[i].type &&
		    all[i].size == one[i].size && all[i].size <= ROOM);
		require(memcmp(all[i].body, one[i].body, all[i].size) == 0);
		read_server(&all[i]);
		read_client(&all[i]);
	}
	for (i = 0; tls_record_next(data, size, &at, &record) == 1; i++)
		require(at <= size && i < size / TLS_RECORD_HEADER);
	return 0;
}
