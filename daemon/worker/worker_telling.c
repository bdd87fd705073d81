/*
 * worker_telling: observations, notes and controls that many probes make, in
 * the words of the contract.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include "probes/probe.h"

uint32_t
assay_observe_on(struct assay_job *job, struct assay_subject on,
    const char *field, struct assay_value value,
    const struct assay_frames *frames, size_t nframes)
{
	const struct assay_observation o = { .field = field,
		.target = on.target,
		.port = on.port,
		.value = value,
		.frames = frames,
		.nframes = nframes };

	return assay_observe(job, &o);
}

struct assay_frames
assay_frames_of(enum assay_transport transport, const struct assay_target *t,
    uint16_t local_port, uint16_t remote_port, const char *comment)
{
	const struct assay_frames f = { (uint8_t)transport, t, local_port,
		local_port, remote_port, remote_port, comment };

	return f;
}

uint32_t
assay_observe_count(struct assay_job *job, struct assay_subject on,
    const char *field, uint64_t n)
{
	return assay_observe_on(job, on, field, ASSAY_U64(n), NULL, 0);
}

const char *
assay_sweep_end_name(enum assay_sweep_end end)
{
	static const char *const names[] = {
		[0] = "stopped",
		[ASSAY_SWEEP_COMPLETE] = "complete",
		[ASSAY_SWEEP_UNSETTLED] = "unsettled",
		[ASSAY_SWEEP_GONE] = "gone",
	};

	return names[end];
}

/* The device was away in the midst of it, and what that says of its pace. */
static void
note_outages(struct assay_job *job, const struct assay_sweep_stats *stats)
{
	assay_note(job, "pace.outages", ASSAY_U64(stats->outages));
	if (stats->asleep_ns > 0)
		assay_note(job, "pace.asleep_ns", ASSAY_NS(stats->asleep_ns));
	if (stats->awake_ns > 0)
		assay_note(job, "pace.awake_ns", ASSAY_NS(stats->awake_ns));
	if (stats->reboots == 0)
		return;
	assay_note(job, "pace.reboots", ASSAY_U64(stats->reboots));
	assay_note(job, "pace.reboot_pps", ASSAY_U64(stats->reboot_pps));
}

void
assay_note_pace(struct assay_job *job, const struct assay_sweep_stats *stats)
{
	assay_note(job, "pace.max_pps", ASSAY_U64(stats->max_pps));
	assay_note(job, "pace.min_pps", ASSAY_U64(stats->min_pps));
	assay_note(job, "pace.slowed", ASSAY_U64(stats->slowed));
	assay_note(job, "pace.tries", ASSAY_U64(stats->tries));
	assay_note(job, "pace.sent", ASSAY_U64(stats->sent));
	assay_note(job, "pace.rtt_ns", ASSAY_NS(stats->rtt_ns));
	if (stats->reached_pps > 0)
		assay_note(
		    job, "pace.reached_pps", ASSAY_U64(stats->reached_pps));
	if (stats->outages > 0)
		note_outages(job, stats);
}

void
assay_control_during(
    struct assay_job *job, const struct assay_sweep_stats *stats, uint32_t obs)
{
	const bool good =
	    stats->checks > 0 && stats->checks_lost * 2 < stats->checks;

	assay_control(job, ASSAY_DURING, good, obs);
}
