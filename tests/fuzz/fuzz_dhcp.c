/*
 * fuzz_dhcp: any bytes as a DHCPv4 message.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "protocols/dhcp.h"

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
	struct dhcp d;

	if (dhcp_parse(&d, data, size) == -1)
		return 0;
	check_view(data, size, d.mac, 6);
	check_view(data, size, d.requested, 4);
	check_view(data, size, d.server, 4);
	check_view(data, size, d.host_name, d.host_name_size);
	check_view(data, size, d.vendor_class, d.vendor_class_size);
	check_view(data, size, d.client_id, d.client_id_size);
	return 0;
}
