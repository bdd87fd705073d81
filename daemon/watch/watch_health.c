/*
 * watch_health: how a device is, from the answers it gives and does not give.
 */
#include "daemon/watch/watch_health.h"

#include <stdlib.h>
#include <string.h>

static bool
enter(struct watch_health *h, enum assay_health state)
{
	if (h->state == state)
		return false;
	h->state = state;
	h->quick = 0;
	if (state == ASSAY_UP)
		h->was_up = true;
	return true;
}

bool
watch_health_on_round(struct watch_health *h, uint64_t now_ns)
{
	bool down = h->silent >= WATCH_HEALTH_SILENT_ROUNDS &&
	    h->state != ASSAY_LINK_LOST;

	if (h->silent == 0)
		h->asked_ns = now_ns;
	if (h->silent < WATCH_HEALTH_SILENT_ROUNDS)
		h->silent++;
	return down && enter(h, ASSAY_DOWN);
}

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static void
take_sample(struct watch_health *h, uint64_t rtt_ns)
{
	uint64_t sorted[WATCH_HEALTH_SAMPLES];

	if (h->nfirst == WATCH_HEALTH_SAMPLES)
		return;
	h->first[h->nfirst++] = rtt_ns;
	if (h->nfirst < WATCH_HEALTH_SAMPLES)
		return;
	memcpy(sorted, h->first, sizeof(sorted));
	qsort(sorted, WATCH_HEALTH_SAMPLES, sizeof(sorted[0]), compare_u64);
	h->median_ns = (sorted[WATCH_HEALTH_SAMPLES / 2 - 1] +
			   sorted[WATCH_HEALTH_SAMPLES / 2]) /
	    2;
}

static bool
is_slow(const struct watch_health *h, uint64_t rtt_ns)
{
	return h->nfirst == WATCH_HEALTH_SAMPLES &&
	    rtt_ns > WATCH_HEALTH_SLOW_NS && rtt_ns / 4 > h->median_ns;
}

static bool
measure(struct watch_health *h, uint64_t rtt_ns)
{
	h->rtt_ns = rtt_ns;
	take_sample(h, rtt_ns);
	if (is_slow(h, rtt_ns)) {
		h->quick = 0;
		return enter(h, ASSAY_SLOW);
	}
	if (h->state == ASSAY_SLOW && ++h->quick >= 3)
		return enter(h, ASSAY_UP);
	return false;
}

bool
watch_health_on_answer(
    struct watch_health *h, uint64_t stamp_ns, uint64_t rtt_ns)
{
	bool changed = false;

	if (h->state == ASSAY_LINK_LOST ||
	    (h->silent > 0 && stamp_ns < h->asked_ns))
		return false;
	h->silent = 0;
	if (h->state != ASSAY_UP && h->state != ASSAY_SLOW)
		changed = enter(h, ASSAY_UP);
	if (rtt_ns != 0 && measure(h, rtt_ns))
		changed = true;
	return changed;
}

bool
watch_health_on_boot(struct watch_health *h, uint64_t stamp_ns)
{
	if (!h->was_up || h->state == ASSAY_LINK_LOST)
		return false;
	/* Counted from the first sign, so that a device which boots for ever
	 * is told again and again. */
	if (h->booted_ns != 0 && stamp_ns - h->booted_ns < WATCH_HEALTH_BOOT_NS)
		return false;
	h->booted_ns = stamp_ns;
	return enter(h, ASSAY_REBOOTED);
}

bool
watch_health_on_address_changed(struct watch_health *h)
{
	if (h->state == ASSAY_LINK_LOST)
		return false;
	return enter(h, ASSAY_ADDRESS_CHANGED);
}

bool
watch_health_on_link(struct watch_health *h, bool up)
{
	if (!up)
		return enter(h, ASSAY_LINK_LOST);
	if (h->state != ASSAY_LINK_LOST)
		return false;
	/* Whether it still answers is to be found out anew; silence from now
	 * on, not from before. */
	h->state = 0;
	h->silent = 0;
	return false;
}

const char *
watch_health_name(enum assay_health state)
{
	switch (state) {
	case ASSAY_UP:
		return "up";
	case ASSAY_SLOW:
		return "slow";
	case ASSAY_DOWN:
		return "down";
	case ASSAY_REBOOTED:
		return "rebooted";
	case ASSAY_ADDRESS_CHANGED:
		return "address changed";
	case ASSAY_LINK_LOST:
		return "link lost";
	}
	return "unknown";
}
