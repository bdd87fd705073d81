/*
 * fuzz_dhcpv6: any bytes as a DHCPv6 message.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "protocols/dhcpv6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_view(const uint8_t *data, size_t size, const uint8_t *p, size_t n)
{
	if (p != NULL &&
	    (p < data || n > size || (size_t)(p - data) > size - n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dhcpv6 d;
	size_t i;

	if (dhcpv6_parse(&d, data, size) == -1)
		return 0;
	if (d.naddresses > DHCPV6_ADDRESSES_MAX ||
	    d.naddresses > d.addresses_seen)
		abort();
	check_view(data, size, d.client_id, d.client_id_size);
	check_view(data, size, d.client_mac, 6);
	check_view(data, size, d.server_id, d.server_id_size);
	check_view(data, size, d.name, d.name_size);
	for (i = 0; i < d.naddresses; i++)
		check_view(data, size, d.addresses[i].addr, 16);
	return 0;
}
