/*
 * tls_ask: lists that leave nobody a reason to refuse.
 */
#include "protocols/tls_ask.h"

#include <string.h>

#include "protocols/tls_record.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void
tls_ask_begin(struct tls_hello_spec *hello, uint16_t version,
    const uint16_t *suites, size_t nsuites, const char *host)
{
	static const uint16_t groups[] = { 23, 29, 24, 25, 30, 22, 21, 256 };
	static const uint16_t signatures[] = { 0x0403, 0x0804, 0x0401, 0x0503,
		0x0805, 0x0501, 0x0806, 0x0601, 0x0603, 0x0807, 0x0808, 0x0809,
		0x0301, 0x0203, 0x0201, 0x0202, 0x0402 };
	static const uint16_t only_13[] = { TLS_13 };

	memset(hello, 0, sizeof(*hello));
	hello->version = version < TLS_13 ? version : TLS_12;
	hello->suites = suites;
	hello->nsuites = nsuites;
	if (version == TLS_SSL3) /* it knows no extensions */
		return;
	hello->host = host;
	hello->groups = groups;
	hello->ngroups = COUNT(groups);
	hello->renegotiation_info = version < TLS_13;
	if (version >= TLS_12) {
		hello->signatures = signatures;
		hello->nsignatures = COUNT(signatures);
	}
	if (version == TLS_13) {
		hello->versions = only_13;
		hello->nversions = COUNT(only_13);
		hello->key_share = hello->psk_modes = true;
	}
}
