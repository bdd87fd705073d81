/*
 * ssh: asking a server for its host key, before anybody logs in (RFC 4253,
 * RFC 8731 for the exchange that it comes with).
 *
 * Pure.  The key exchange is begun and never ended: the server shows its host
 * key with its own half, so nothing has to be computed, and nothing of what it
 * signs is verified.
 */
#ifndef ASSAY_SSH_H
#define ASSAY_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSH_ASK_MAX 512
#define SSH_KEY_MAX 1024 /* bytes of a host key; RSA of 4096 bits has 535 */

/* Our version, our algorithms, our half of the exchange; at most SSH_ASK_MAX
 * bytes, returns how many.  chance: makes it one that nobody else sends. */
size_t ssh_ask_host_key(uint64_t chance, uint8_t *out);

struct ssh_host_key {
	const uint8_t *p; /* in what was heard: type and key, as RFC 4253
			     section 6.6 has them */
	size_t n;
};
/* From all that the server said so far.  False: it is not there, or not yet. */
bool ssh_host_key(const uint8_t *heard, size_t n, struct ssh_host_key *key);

#endif
