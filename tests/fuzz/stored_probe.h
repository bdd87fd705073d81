/*
 * stored_probe: a probe's passive half over frames that an input says, and
 * what must hold of its verdicts whatever they were.
 *
 * An input is frames, each behind a byte for the time since the one before
 * (2 to its power, in ms; 25 at most) with its direction in the highest bit,
 * and two bytes for its size.
 */
#ifndef ASSAY_TESTS_STORED_PROBE_H
#define ASSAY_TESTS_STORED_PROBE_H

#include <stdlib.h>
#include <string.h>

#include "probes/probe.h"
#include "tests/unit/fake_job.h"

#define STORED_FRAMES_MAX 200
#define STORED_BEGIN UINT64_C(1700000000000000000)

static inline void
stored_give(struct assay_job *job, const uint8_t *data, size_t size,
    uint64_t stamp_ns, bool outgoing)
{
	const struct assay_frame f = { .data = data,
		.size = size,
		.wire_size = size,
		.stamp_ns = stamp_ns,
		.link_type = 1,
		.outgoing = outgoing };

	fake_job_replay_frame(job, &f);
}

/* Returns the stamp of the last one.  Each frame lies in memory of its very
 * size, so that a sanitizer sees the first byte behind it. */
static inline uint64_t
stored_frames(struct assay_job *job, const uint8_t *data, size_t size)
{
	uint64_t stamp_ns = STORED_BEGIN;
	unsigned frames = 0;
	uint8_t *frame, head;
	size_t n;

	while (size >= 3 && frames++ < STORED_FRAMES_MAX) {
		head = data[0];
		n = (size_t)(data[1] << 8 | data[2]);
		data += 3;
		size -= 3;
		if (n > size)
			n = size;
		frame = malloc(n == 0 ? 1 : n);
		if (frame == NULL)
			abort();
		memcpy(frame, data, n);
		stamp_ns += UINT64_C(1000000) << (head & 0x7f) % 26;
		stored_give(job, frame, n, stamp_ns, (head & 0x80) != 0);
		free(frame);
		data += n;
		size -= n;
	}
	return stamp_ns;
}

/* A pass and a fail cite something that has frames to show. */
static inline void
stored_check_verdicts(const struct assay_job *job)
{
	const struct assay_verdict *v;
	size_t i, k, shown;

	for (i = 0; i < fake_job_verdict_count(job); i++) {
		v = fake_job_verdict(job, i);
		if (v->value != ASSAY_PASS && v->value != ASSAY_FAIL)
			continue;
		for (shown = k = 0; k < v->nobservations; k++)
			shown +=
			    fake_job_observation(job, v->observations[k] - 1)
				->nframes;
		if (shown == 0)
			abort();
	}
}

#endif
