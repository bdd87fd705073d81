/*
 * fuzz_watch_flow: any bytes as what the kernel tells of a flow through the
 * fence (NFLOG), whose packet a device wrote.  What it is has a name, its host
 * a number that there is; and of what is told, nothing is counted twice.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/warden/fence.h"
#include "daemon/watch/watch_fence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct watch_flows flows;
	struct watch_flow f;

	if (watch_flow_parse(&f, data, size) == -1)
		return 0;
	if ((f.what != FENCE_ALLOWED && f.what != FENCE_SHUT &&
		f.what != FENCE_REFUSED) ||
	    f.host >= FENCE_HOSTS_MAX)
		abort();
	if (f.transport != 6 && f.transport != 17 &&
	    (f.from_port != 0 || f.to_port != 0))
		abort();
	memset(&flows, 0, sizeof(flows));
	if (!watch_flows_take(&flows, &f, 1))
		abort();
	f.seq++;
	if (watch_flows_take(&flows, &f, 2) || flows.lost != 0)
		abort();
	return 0;
}
