/*
 * fuzz_signing: any bytes as what others say about a key: a time-stamp
 * authority's answer, a bench's certificate, a rotation.  The first byte says
 * as which.  None of it is vouched for, since nobody here has signed it.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "signing/certificate.h"
#include "signing/rotation.h"
#include "signing/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sign_key *
key(void)
{
	static struct sign_key *k;
	struct err e;

	if (k == NULL)
		k = sign_key_new(&e);
	if (k == NULL)
		abort();
	return k;
}

/* With no trust file its signature is not looked at, so that it may be good;
 * of another digest it cannot be. */
static void
try_timestamp(const uint8_t *data, size_t size)
{
	static const uint8_t digest[SHA256_SIZE] = { 1, 2, 3, 250 };
	uint8_t other[SHA256_SIZE] = { 9 };
	struct timestamp_question q = { .digest = digest };
	struct err e = { .text = "" };
	int64_t time_s;
	bool good = timestamp_check(data, size, &q, &time_s, &e) == 0;

	if (!good && e.text[0] == '\0')
		abort();
	q.digest = other;
	if (good && timestamp_check(data, size, &q, &time_s, &e) == 0)
		abort();
}

static void
try_certificate(const char *pem)
{
	struct err e = { .text = "" };
	char *bench = certificate_bench(pem, &e);

	if (bench == NULL && e.text[0] == '\0')
		abort();
	free(bench);
	if (certificate_is_for(pem, key(), &e) == 0)
		abort();
}

static void
try_rotation(const uint8_t *data, size_t size)
{
	json_t *o = json_loadb((const char *)data, size, 0, NULL);
	struct err e = { .text = "" };

	if (o != NULL && rotation_check(o, key(), &e) != NULL)
		abort();
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = xcalloc(size, 1);
	memcpy(text, data + 1, size - 1);
	if (data[0] == 'T')
		try_timestamp(data + 1, size - 1);
	else if (data[0] == 'C')
		try_certificate(text);
	else
		try_rotation(data + 1, size - 1);
	free(text);
	return 0;
}
