/*
 * watch_rest: how a device is when nobody does anything to it.
 */
#include "daemon/watch/watch_rest.h"

#include <stdlib.h>
#include <string.h>

static bool
counts(const struct watch_rest *r, uint64_t now_ns)
{
	return r->at_rest && now_ns >= r->counts_from;
}

void
watch_rest_begin(struct watch_rest *r, uint64_t now_ns)
{
	if (r->at_rest)
		return;
	r->at_rest = true;
	r->counts_from = now_ns + (r->was_busy ? WATCH_REST_SETTLE_NS : 0);
	if (r->first_ns == 0)
		r->first_ns = now_ns;
}

static void
end_awake(struct watch_rest *r)
{
	if (r->is_awake && r->last_answer_ns > r->awake_since_ns)
		r->awake_ns += r->last_answer_ns - r->awake_since_ns;
	r->is_awake = false;
}

void
watch_rest_pause(struct watch_rest *r, uint64_t now_ns)
{
	if (counts(r, now_ns))
		r->observed_ns += now_ns - r->counts_from;
	/* What it does while something is done to it is no habit of its. */
	end_awake(r);
	r->is_asleep = false;
	r->round_is_open = false;
	r->at_rest = false;
	r->was_busy = true;
}

void
watch_rest_on_round(struct watch_rest *r, uint64_t now_ns)
{
	r->round_is_open = counts(r, now_ns);
	if (r->round_is_open)
		r->rounds++;
}

static void
end_asleep(struct watch_rest *r, uint64_t stamp_ns)
{
	uint64_t slept_ns = stamp_ns - r->last_answer_ns;

	r->is_asleep = false;
	r->wakes++;
	if (stamp_ns <= r->last_answer_ns)
		return;
	r->asleep_ns += slept_ns;
	if (slept_ns > r->asleep_max_ns)
		r->asleep_max_ns = slept_ns;
}

void
watch_rest_on_answer(struct watch_rest *r, uint64_t stamp_ns, uint64_t rtt_ns)
{
	if (!counts(r, stamp_ns))
		return;
	if (r->round_is_open)
		r->answered++;
	r->round_is_open = false;
	if (rtt_ns != 0)
		r->rtts[r->nrtts++ % WATCH_REST_SAMPLES] = rtt_ns;
	if (r->is_asleep)
		end_asleep(r, stamp_ns);
	if (!r->is_awake)
		r->awake_since_ns = stamp_ns;
	r->is_awake = true;
	if (stamp_ns > r->last_answer_ns)
		r->last_answer_ns = stamp_ns;
}

void
watch_rest_on_silence(struct watch_rest *r, uint64_t now_ns)
{
	if (!counts(r, now_ns) || !r->is_awake)
		return;
	end_awake(r);
	r->is_asleep = true;
}

void
watch_rest_on_boot(struct watch_rest *r, uint64_t stamp_ns)
{
	if (!counts(r, stamp_ns))
		return;
	r->reboots++;
	r->last_reboot_ns = stamp_ns;
}

void
watch_rest_on_reconnect(struct watch_rest *r, uint64_t now_ns)
{
	if (counts(r, now_ns))
		r->reconnects++;
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
read_latency(const struct watch_rest *r, struct watch_rested *out)
{
	uint64_t sorted[WATCH_REST_SAMPLES];
	size_t n =
	    r->nrtts < WATCH_REST_SAMPLES ? r->nrtts : WATCH_REST_SAMPLES;

	if (n == 0)
		return;
	memcpy(sorted, r->rtts, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare_u64);
	/* The smallest that half (95 of 100) of them do not exceed. */
	out->median_ns = sorted[(n + 1) / 2 - 1];
	out->p95_ns = sorted[(95 * n + 99) / 100 - 1];
}

void
watch_rest_read(
    const struct watch_rest *r, uint64_t now_ns, struct watch_rested *out)
{
	memset(out, 0, sizeof(*out));
	out->first_ns = r->first_ns;
	out->observed_ns = r->observed_ns;
	if (counts(r, now_ns))
		out->observed_ns += now_ns - r->counts_from;
	out->rounds = r->rounds;
	out->answered = r->answered;
	out->reboots = r->reboots;
	out->reconnects = r->reconnects;
	out->last_reboot_ns = r->last_reboot_ns;
	out->wakes = r->wakes;
	out->awake_ns = r->awake_ns;
	out->asleep_ns = r->asleep_ns;
	out->asleep_max_ns = r->asleep_max_ns;
	if (r->is_awake && r->last_answer_ns > r->awake_since_ns)
		out->awake_ns += r->last_answer_ns - r->awake_since_ns;
	if (r->is_asleep && now_ns > r->last_answer_ns) {
		out->asleep_ns += now_ns - r->last_answer_ns;
		if (now_ns - r->last_answer_ns > out->asleep_max_ns)
			out->asleep_max_ns = now_ns - r->last_answer_ns;
	}
	read_latency(r, out);
}
