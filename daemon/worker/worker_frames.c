/*
 * worker_frames: stored frames for the passive half of a probe.
 */
#include "daemon/worker/worker_frames.h"

#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "base/alloc.h"
#include "captures/frame.h"
#include "daemon/shared/wire.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_timer.h"

#define SNAP_SIZE 65535
#define BATCH 1024 /* frames, as from the link */

struct worker_frames {
	uint64_t now_ns;
	uint64_t last; /* number of the last frame */
	uint16_t link_type;
	bool over;
	bool has_filter;
	struct bpf_program filter;
	size_t batch; /* frames handed on since the last on_batch */
};

int
worker_frames_begin(struct assay_job *job, struct msg_in *m)
{
	struct worker_frames *f;
	char state[32];

	if (job->frames != NULL)
		return -1;
	f = xcalloc(1, sizeof(*f));
	job->frames = f;
	msg_get_u64(m, &job->id);
	msg_get_string(m, state, sizeof(state));
	msg_get_u16(m, &f->link_type);
	msg_get_u64(m, &f->now_ns);
	return msg_end(m);
}

int
worker_frames_open(struct assay_job *job, struct err *e)
{
	struct worker_frames *f = job->frames;
	pcap_t *pcap;
	int r = 0;

	if (job->probe->on_frame == NULL)
		return err_set(e, "the probe has no passive half");
	if (job->probe->filter == NULL)
		return 0;
	/* A link type's number and libpcap's own are not always the same. */
	if (f->link_type != LINKTYPE_ETHERNET_NUMBER)
		return err_set(e, "filter: not for link type %u", f->link_type);
	pcap = pcap_open_dead(DLT_EN10MB, SNAP_SIZE);
	if (pcap == NULL)
		return err_set(e, "filter: out of memory");
	if (pcap_compile(pcap, &f->filter, job->probe->filter, 1,
		PCAP_NETMASK_UNKNOWN) == -1)
		r = err_set(e, "filter: %s", pcap_geterr(pcap));
	else
		f->has_filter = true;
	pcap_close(pcap);
	return r;
}

static void
end_batch(struct assay_job *job)
{
	job->frames->batch = 0;
	if (job->on_batch != NULL && !job->finished)
		job->on_batch(job);
}

static void
hand_on(struct assay_job *job, const struct assay_frame *frame)
{
	struct worker_frames *f = job->frames;

	if (f->has_filter &&
	    bpf_filter(f->filter.bf_insns, frame->data,
		(unsigned)frame->wire_size, (unsigned)frame->size) == 0)
		return;
	job->probe->on_frame(job, frame);
	if (++f->batch == BATCH)
		end_batch(job);
}

/* Up to a frame's stamp, timer by timer. */
static void
move_clock(struct assay_job *job, uint64_t stamp_ns)
{
	struct worker_frames *f = job->frames;
	uint64_t due_ns;

	while (!job->finished && worker_timer_next(job, &due_ns) &&
	    due_ns <= stamp_ns) {
		if (due_ns > f->now_ns)
			f->now_ns = due_ns;
		worker_timer_fire_next(job);
	}
	if (stamp_ns > f->now_ns)
		f->now_ns = stamp_ns;
}

int
worker_frames_take(struct assay_job *job, struct msg_in *m)
{
	struct assay_frame frame = { .data = NULL };
	uint64_t number;
	uint32_t wire_size;
	uint8_t outgoing;

	msg_get_u64(m, &number);
	msg_get_u64(m, &frame.stamp_ns);
	msg_get_u32(m, &wire_size);
	msg_get_u16(m, &frame.link_type);
	msg_get_u8(m, &outgoing);
	msg_get_bytes(m, &frame.data, &frame.size);
	if (msg_end(m) == -1 || job->frames == NULL || job->frames->over ||
	    frame.size > WIRE_FRAME_MAX || frame.size > wire_size ||
	    frame.link_type != job->frames->link_type ||
	    number <= job->frames->last)
		return -1;
	job->frames->last = number;
	frame.wire_size = wire_size;
	frame.outgoing = outgoing != 0;
	if (job->finished)
		return 0;
	move_clock(job, frame.stamp_ns);
	if (!job->finished)
		hand_on(job, &frame);
	return 0;
}

int
worker_frames_end(struct assay_job *job, struct msg_in *m)
{
	if (msg_end(m) == -1 || job->frames == NULL || job->frames->over)
		return -1;
	if (job->frames->batch > 0)
		end_batch(job);
	worker_frames_stop(job);
	return 0;
}

bool
worker_frames_are_over(const struct assay_job *job)
{
	return job->frames->over;
}

void
worker_frames_stop(struct assay_job *job)
{
	job->frames->over = true;
	worker_job_finish(job);
}

void
worker_frames_close(struct assay_job *job)
{
	if (job->frames->has_filter)
		pcap_freecode(&job->frames->filter);
	job->frames->has_filter = false;
}

uint64_t
worker_frames_now_ns(const struct assay_job *job)
{
	return job->frames->now_ns;
}

bool
assay_frames_are_stored(struct assay_job *job)
{
	worker_job_enter(job, "assay_frames_are_stored");
	return job->frames != NULL;
}
