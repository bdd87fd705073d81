/*
 * capture_width: how much memory the ring has.
 *
 * A run has the wide ring from its beginning to its end.  Without one, the
 * narrow ring will do for a device at rest; a link that gives more than that
 * gets the wide one for as long as it does.
 */
#include "daemon/capture/capture_state.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "base/log.h"

/* Runs often follow each other, and so do bursts. */
#define LINGER_NS UINT64_C(10000000000)
#define BUSY_FRAMES 10000u /* between two ticks */

static void
linger(struct capture *c)
{
	c->wide_until = clock_monotonic_ns() + LINGER_NS;
}

static void
widen(struct capture *c)
{
	/* The narrow one goes on; what it cannot hold is counted. */
	if (ethernet_source_prepare(c->source) == 0) {
		while (ethernet_source_has_more(c->source) &&
		    capture_link_drain(c) > 0)
			;
		if (ethernet_source_widen(c->source) == 0 || errno == EBUSY)
			return;
	}
	if (!c->is_width_told)
		log_warn("capture: no wide ring: %s", strerror(errno));
	c->is_width_told = true;
}

/* What the run took beside the ring is given back, too. */
static void
narrow(struct capture *c)
{
	const bool was_wide = ethernet_source_is_wide(c->source);

	if (ethernet_source_narrow(c->source) == 0) {
		if (was_wide)
			malloc_trim(0);
	} else if (errno != EBUSY) {
		log_warn("capture: the ring stays wide: %s", strerror(errno));
	}
}

void
capture_width_run_begins(struct capture *c)
{
	c->is_run_open = true;
	widen(c);
}

void
capture_width_run_ends(struct capture *c)
{
	c->is_run_open = false;
	linger(c);
}

void
capture_width_tick(struct capture *c, uint64_t frames)
{
	if (frames >= BUSY_FRAMES)
		linger(c);
	if (c->is_run_open || frames >= BUSY_FRAMES)
		widen(c);
	else if (clock_monotonic_ns() >= c->wide_until)
		narrow(c);
}
