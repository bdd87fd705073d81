/*
 * fake_replay: stored frames for a fake job, as the worker replays them.
 */
#include <pcap/pcap.h>

#include "tests/unit/fake_job_internal.h"

static bool
is_wanted(const struct assay_job *job, const struct assay_frame *frame)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	struct bpf_program filter;
	struct err e;
	bool wanted;

	if (pcap_compile(pcap, &filter, job->probe->filter, 1,
		PCAP_NETMASK_UNKNOWN) == -1) {
		err_set(&e, "%s", pcap_geterr(pcap));
		fake_job_misuse("filter", &e);
	}
	wanted = bpf_filter(filter.bf_insns, frame->data,
		     (unsigned)frame->wire_size, (unsigned)frame->size) != 0;
	pcap_freecode(&filter);
	pcap_close(pcap);
	return wanted;
}

int
fake_job_replay(struct assay_job *job, uint64_t stamp_ns)
{
	if (job->probe->on_frame == NULL)
		fake_job_misuse("it has no passive half", NULL);
	job->replayed = true;
	job->now_ns = stamp_ns;
	return job->probe->init == NULL ? 0 : job->probe->init(job);
}

void
fake_job_replay_frame(struct assay_job *job, const struct assay_frame *frame)
{
	if (!job->replayed)
		fake_job_misuse("the test did not begin a replay", NULL);
	if (!job->finished && frame->stamp_ns > job->now_ns)
		fake_job_advance(job, frame->stamp_ns - job->now_ns);
	if (job->finished ||
	    (job->probe->filter != NULL && !is_wanted(job, frame)))
		return;
	job->probe->on_frame(job, frame);
	if (job->on_batch != NULL && !job->finished)
		job->on_batch(job);
}

bool
assay_frames_are_stored(struct assay_job *job)
{
	return job->replayed;
}
