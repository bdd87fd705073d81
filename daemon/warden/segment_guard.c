/*
 * segment_guard: whom a worker's frames may go to, and what is printed.
 */
#include "daemon/warden/segment_guard.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "daemon/shared/address.h"
#include "daemon/warden/nft.h"
#include "probes/probe.h"

#define TABLE "netdev assay_guard"

#define DATA_OFFSETS 11 /* 5 to 15 words (RFC 9293 section 3.1) */

/* A segment that carries nothing is as long as its headers, which the filter
 * can only compare: each length a TCP header can have, behind an IP header
 * without options.  Whatever it cannot tell is dropped, a fragment, too. */
static char *
format_empty(void)
{
	char *text = xstrdup(""), *more;
	unsigned words;

	for (words = 5; words < 5 + DATA_OFFSETS; words++) {
		more = xasprintf("%sip hdrlength 5 tcp doff %u ip length %u "
				 "return\n"
				 "ip6 nexthdr tcp tcp doff %u ip6 length %u "
				 "return\n",
		    text, words, 20 + 4 * words, words, 4 * words);
		free(text);
		text = more;
	}
	return text;
}

char *
segment_guard_format(
    const char *interface, uid_t first_worker, unsigned workers)
{
	char *empty = format_empty(), *text;

	/* A group address has the lowest bit of its first byte (IEEE 802).
	 * What nearly every frame is comes first. */
	text = xasprintf(
	    "table " TABLE " {\n"
	    "set duts { type ether_addr; }\n"
	    "set printers { type ether_addr; }\n"
	    "chain print {\n"
	    "ether daddr @printers return\n"
	    "ip frag-off & 0x2000 != 0 drop\n"
	    "%s"
	    "counter drop\n"
	    "}\n"
	    "chain worker {\n"
	    "ether daddr @duts accept\n"
	    "ether daddr & 01:00:00:00:00:00 != 00:00:00:00:00:00 accept\n"
	    "counter drop\n"
	    "}\n"
	    "chain leave {\n"
	    "type filter hook egress device \"%s\" priority 0; policy accept;\n"
	    "tcp dport 9100-9107 jump print\n"
	    "meta mark 0x%x goto worker\n"
	    "meta skuid %u-%u goto worker\n"
	    "}\n"
	    "chain come {\n"
	    "type filter hook ingress device \"%s\" priority 0; policy "
	    "accept;\n"
	    "tcp dport %u-%u tcp flags & (syn | rst) == rst drop\n"
	    "}\n"
	    "}\n",
	    empty, interface, SEGMENT_GUARD_MARK, (unsigned)first_worker,
	    (unsigned)first_worker + workers - 1, interface,
	    (unsigned)ASSAY_TCP_SWEEP_SOURCE_FIRST,
	    (unsigned)ASSAY_TCP_SWEEP_SOURCE_LAST);
	free(empty);
	return text;
}

char *
segment_guard_format_dut(const uint8_t *mac, bool prints)
{
	char text[18];

	if (mac == NULL)
		return xstrdup("flush set " TABLE " duts\n"
			       "flush set " TABLE " printers\n");
	mac_text(mac, text);
	return xasprintf("flush set " TABLE " duts\n"
			 "flush set " TABLE " printers\n"
			 "add element " TABLE " duts { %s }\n"
			 "%s%s%s",
	    text, prints ? "add element " TABLE " printers { " : "",
	    prints ? text : "", prints ? " }\n" : "");
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
segment_guard_set_dut(int netns, const uint8_t *mac, bool prints, struct err *e)
{
	return set_and_free(netns, segment_guard_format_dut(mac, prints), e);
}
