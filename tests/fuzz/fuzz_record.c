/*
 * Any bytes as a record: refused, or the very bytes that encoding gives again;
 * and a chain of one never trusts what the bytes say of themselves.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "records/record_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_chain chain;
	struct record_row row = {
		.seq = 1, .bytes = (const char *)data, .size = size
	};
	struct err e;
	json_t *o = record_decode((const char *)data, size, &e);
	char *again;
	size_t n;

	if (o != NULL) {
		again = record_encode(o, &n, &e);
		if (again == NULL || n != size || memcmp(again, data, n) != 0)
			abort();
		free(again);
		json_decref(o);
	}
	record_chain_start(&chain, 0);
	if (record_chain_add(&chain, &row, &e) == 0 && o == NULL)
		abort();
	return 0;
}
