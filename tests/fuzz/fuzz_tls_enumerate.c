/*
 * fuzz_tls_enumerate: a server that says anything at all.  The enumeration ends
 * within bounds, finds nothing twice and nothing that it did not ask for.  Each
 * answer is a byte of length, a byte of how it ends, and its bytes; when they
 * are used up, they begin anew.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/tls_enumerate.h"
#include "protocols/tls_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
	if (!holds)
		abort();
}

static void
check_version(const struct tls_version_taken *v)
{
	size_t i, k;

	require(v->n <= tls_suite_count() && v->nkinds <= 8);
	require(v->n == 0 || v->taken == TLS_TAKEN);
	for (i = 0; i < v->n; i++)
		for (k = 0; k < i; k++)
			require(v->suites[i] != v->suites[k]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t random[32];
	static uint8_t room[TLS_REPLY_ROOM];
	static struct tls_enumerate plan;
	uint8_t say[2048];
	struct tls_reply reply;
	size_t at = 0, n, i;
	uint32_t tag;

	if (size < 3)
		return 0;
	tls_enumerate_begin(&plan, data[0] & 1);
	while (!tls_enumerate_is_over(&plan)) {
		require(tls_enumerate_next(
			    &plan, random, say, sizeof(say), &tag) > 0);
		require(plan.asked < 3000);
		if (size - at < 2)
			at = 1;
		n = data[at];
		if (n > size - at - 2)
			n = size - at - 2;
		tls_reply_read(
		    &reply, data + at + 2, n, data[at + 1] & 1, room);
		if (data[at + 1] == 0xff)
			reply.outcome = TLS_LOST;
		(void)tls_reply_is_enough(data + at + 2, n, false, room);
		at += 2 + n;
		tls_enumerate_hear(&plan, tag, &reply);
	}
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		check_version(&plan.versions[i]);
	return 0;
}
