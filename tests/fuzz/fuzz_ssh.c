/*
 * fuzz_ssh: any bytes as what a server says: a host key lies within them, and
 * is there with more of them, too.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "protocols/ssh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssh_host_key key;

	if (!ssh_host_key(data, size, &key))
		return 0;
	if (key.p < data || key.n > SSH_KEY_MAX ||
	    key.n > (size_t)(data + size - key.p))
		abort();
	return 0;
}
