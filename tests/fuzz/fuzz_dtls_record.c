/*
 * fuzz_dtls_record: any bytes as a datagram.  Views lie in it; a message that
 * was put together is whole, and never larger than its room.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/dtls_hello.h"
#include "protocols/dtls_record.h"
#include "protocols/tls_client_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
	if (!holds)
		abort();
}

static void
check_view(const uint8_t *data, size_t size, struct tls_span v)
{
	require(
	    v.p >= data && v.n <= size && (size_t)(v.p - data) <= size - v.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t room[600], built[700];
	struct tls_client_hello hello;
	struct dtls_message message;
	struct dtls_heard heard = { .ncookie = 0 };
	struct dtls_fragment f;
	struct dtls_record r;
	struct tls_span cookie;
	uint16_t version;
	size_t at = 0, in, n;
	int took;

	dtls_message_begin(&message, 0, room, sizeof(room));
	while (dtls_record_next(data, size, &at, &r) == 1) {
		check_view(data, size, r.body);
		in = 0;
		while (dtls_fragment_next(r.body, &in, &f) == 1) {
			check_view(r.body.p, r.body.n, f.body);
			require(f.offset + f.body.n <= f.size);
			n = dtls_fragment_build(&f, built, sizeof(built));
			require(n == 0 ||
			    memcmp(built, f.body.p - DTLS_HANDSHAKE_HEADER,
				n) == 0);
			(void)dtls_verify_read(f.body, &version, &cookie);
			took = dtls_message_take(&message, &f);
			require(took != 1 ||
			    (message.is_whole && message.size <= 600));
		}
	}
	dtls_hello_hear(&heard, data, size);
	require(heard.ncookie == 0 || heard.answer != DTLS_NOTHING);
	if (message.is_whole)
		(void)tls_client_hello_read_datagram(
		    &hello, room, message.size);
	return 0;
}
