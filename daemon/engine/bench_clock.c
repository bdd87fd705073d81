/*
 * bench_clock: what the kernel says of the clock that stamps everything.
 */
#include "daemon/engine/bench_clock.h"

#include <string.h>
#include <sys/timex.h>

json_t *
bench_clock(void)
{
	struct timex t;
	int state;

	memset(&t, 0, sizeof(t)); /* modes 0: it is only read */
	state = adjtimex(&t);
	if (state == -1 || state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		return json_pack("{s:s,s:n,s:n,s:n}", "source",
		    "unsynchronised", "offset_ns", "bound_ns", "estimate_ns");
	return json_pack("{s:s,s:I,s:I,s:I}", "source", "synchronised",
	    "offset_ns",
	    (json_int_t)((t.status & STA_NANO) != 0 ? t.offset
						    : t.offset * 1000),
	    "bound_ns", (json_int_t)t.maxerror * 1000, "estimate_ns",
	    (json_int_t)t.esterror * 1000);
}
