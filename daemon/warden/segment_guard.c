/*
 * segment_guard: whom a worker's frames may go to.
 */
#include "daemon/warden/segment_guard.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "daemon/warden/nft.h"

#define TABLE "netdev assay_guard"

char *
segment_guard_format(
    const char *interface, uid_t first_worker, unsigned workers)
{
	/* A group address has the lowest bit of its first byte (IEEE 802). */
	return xasprintf(
	    "table " TABLE " {\n"
	    "set duts { type ether_addr; }\n"
	    "chain worker {\n"
	    "ether daddr & 01:00:00:00:00:00 != 00:00:00:00:00:00 accept\n"
	    "ether daddr @duts accept\n"
	    "counter drop\n"
	    "}\n"
	    "chain leave {\n"
	    "type filter hook egress device \"%s\" priority 0; policy accept;\n"
	    "meta mark 0x%x goto worker\n"
	    "meta skuid %u-%u goto worker\n"
	    "}\n"
	    "}\n",
	    interface, SEGMENT_GUARD_MARK, (unsigned)first_worker,
	    (unsigned)first_worker + workers - 1);
}

char *
segment_guard_format_dut(const uint8_t *mac)
{
	if (mac == NULL)
		return xstrdup("flush set " TABLE " duts\n");
	return xasprintf("flush set " TABLE " duts\n"
			 "add element " TABLE
			 " duts { %02x:%02x:%02x:%02x:%02x:%02x }\n",
	    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static int
set_and_free(int netns, char *text, struct err *e)
{
	int r = nft_set(netns, text, e);

	free(text);
	return r;
}

int
segment_guard_set(int netns, const char *interface, uid_t first_worker,
    unsigned workers, struct err *e)
{
	return set_and_free(
	    netns, segment_guard_format(interface, first_worker, workers), e);
}

int
segment_guard_set_dut(int netns, const uint8_t *mac, struct err *e)
{
	return set_and_free(netns, segment_guard_format_dut(mac), e);
}
