/*
 * fuzz_packet: any bytes as a frame: taken apart, checked, quoted.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "protocols/ndp.h"
#include "protocols/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A view that leaves the frame would be a lie even where it is readable. */
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
	struct packet_quoted q;
	struct packet p;
	struct ndp n;
	size_t i;

	if (packet_dissect(&p, data, size) == -1)
		return 0;
	check_view(data, size, p.transport, p.transport_size);
	check_view(data, size, p.payload, p.payload_size);
	check_view(data, size, p.arp, 28);
	check_view(data, size, p.src, p.family == 4 ? 4 : 16);
	check_view(data, size, p.dst, p.family == 4 ? 4 : 16);
	(void)packet_checksums_are_good(&p);
	if (packet_quoted(&p, &q) == 0)
		check_view(data, size, q.dst, q.family == 4 ? 4 : 16);
	if (ndp_parse(&n, &p) == -1)
		return 0;
	check_view(data, size, n.target, 16);
	check_view(data, size, n.source_mac, 6);
	check_view(data, size, n.target_mac, 6);
	for (i = 0; i < n.nprefixes; i++)
		check_view(data, size, n.prefixes[i].prefix, 16);
	return 0;
}
