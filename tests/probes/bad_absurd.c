/*
 * bad_absurd: asks the worker for what nobody may have: other addresses, sizes
 * and numbers beyond all bounds.  It would pass if it got any.
 */
#include <stdint.h>
#include <string.h>

#include "tests/probes/sample.h"

#define HUGE_SIZE ((size_t)1 << 30)
#define ROUNDS 100000

static const struct assay_param params[] = {
	{ "what", ASSAY_PARAM_CHOICE, "source", 0, 0,
	    "source|target|index|growth|checkpoint|checkpoints|judge|say|hear|"
	    "talks|frame|link|questions",
	    "What it asks for." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static uint8_t bytes[ASSAY_CHECKPOINT_MAX];

static bool
is_asked(struct assay_job *job, const char *what)
{
	return strcmp(assay_param_string(job, "what"), what) == 0;
}

static void
finish(struct assay_job *job, bool got)
{
	const uint32_t id = sample_observe(job, got);

	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_finish(job);
}

/* ---- exchanges ---- */

static void
on_end(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	(void)job;
	(void)arg;
	(void)talked;
}

static void
talk(struct assay_job *job)
{
	static const uint8_t other[16] = { 192, 0, 2, 99 };
	struct assay_talk_spec spec = { .transport = ASSAY_TCP,
		.target = assay_target_at(job, 0),
		.port = 7000, /* nobody answers */
		.connect_ns = 1000000000,
		.listen_ns = 1000000000,
		.quiet_ns = 1000000000,
		.on_end = on_end };
	struct assay_target stranger = *spec.target;
	int i;

	if (is_asked(job, "source")) {
		spec.source = other;
	} else if (is_asked(job, "target")) {
		memcpy(stranger.addr, other, sizeof(other));
		spec.target = &stranger;
	} else if (is_asked(job, "say")) {
		spec.say = bytes;
		spec.nsay = HUGE_SIZE;
	} else if (is_asked(job, "hear")) {
		spec.max = SIZE_MAX;
	}
	for (i = 0; i < ROUNDS; i++)
		assay_talk(job, &spec);
}

/* ---- sources ---- */

/* An address that is not among those it was told of. */
static bool
has_more_sources(struct assay_job *job)
{
	const struct assay_target *t = assay_target_at(job, 0);
	size_t i, n = assay_source_count(job, t);

	for (i = 0; i < ROUNDS; i++)
		if (assay_source_at(job, t, n + i) != NULL)
			return true;
	return assay_source_at(job, t, SIZE_MAX) != NULL;
}

/* More of them than most, however often it is told to grow. */
static bool
outgrows(size_t most)
{
	struct assay_growth g;
	bool over = assay_growth_begin(&g, most) != 1;
	size_t i;

	for (i = 0; i < ROUNDS; i++)
		over = assay_growth_round(&g, i % 97 == 96) > most || over;
	return over || g.peak > most || g.used == 0;
}

/* ---- frames ---- */

static size_t
build(struct assay_job *job, void *arg, uint32_t q, uint16_t serial,
    uint8_t *frame)
{
	(void)job;
	(void)arg;
	(void)q;
	(void)serial;
	(void)frame;
	return HUGE_SIZE;
}

static void
on_swept(struct assay_job *job, void *arg, enum assay_sweep_end end)
{
	(void)arg;
	(void)end;
	finish(job, true);
}

static void
sweep(struct assay_job *job, uint32_t count)
{
	const struct assay_sweep_spec spec = { .count = count,
		.serials = 100,
		.patience_ns = 1000000000,
		.build = build,
		.on_end = on_swept };

	(void)assay_sweep_new(job, &spec);
}

static void
run(struct assay_job *job)
{
	const struct assay_buffer huge = { bytes, HUGE_SIZE };
	int i;

	if (is_asked(job, "index"))
		finish(job, has_more_sources(job));
	else if (is_asked(job, "growth"))
		finish(job, outgrows(3) || outgrows(SIZE_MAX) || outgrows(1));
	else if (is_asked(job, "checkpoint"))
		assay_checkpoint(job, bytes, HUGE_SIZE);
	else if (is_asked(job, "checkpoints"))
		for (i = 0; i < ROUNDS; i++)
			assay_checkpoint(job, bytes, sizeof(bytes));
	else if (is_asked(job, "judge"))
		finish(job, true);
	else if (is_asked(job, "frame"))
		sweep(job, 10);
	else if (is_asked(job, "questions"))
		sweep(job, UINT32_MAX);
	else if (is_asked(job, "link"))
		finish(job, assay_link_send(job, &huge, 1) > 0);
	else
		talk(job);
}

static void
judge(struct assay_job *job)
{
	if (is_asked(job, "judge"))
		assay_checkpoint(job, bytes, sizeof(bytes));
	sample_judge(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.absurd"),
	.params = params,
	.needs = ASSAY_NEED_TCP | ASSAY_NEED_LINK | ASSAY_NEED_SOURCES,
	.run = run,
	.judge = judge,
};
