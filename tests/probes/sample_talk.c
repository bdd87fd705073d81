/*
 * sample_talk: one exchange with a target, and how it went.
 */
#include <string.h>

#include "tests/probes/sample.h"

static const struct assay_param params[] = {
	{ "port", ASSAY_PARAM_U64, "80", 1, 65535, NULL, "The port." },
	{ "udp", ASSAY_PARAM_BOOL, "false", 0, 0, NULL, "By UDP." },
	{ "say", ASSAY_PARAM_STRING, "", 0, 0, NULL, "What is said." },
	{ "hear_first", ASSAY_PARAM_BOOL, "false", 0, 0, NULL,
	    "Say it once something was heard." },
	{ "answers", ASSAY_PARAM_BOOL, "false", 0, 0, NULL,
	    "Answer what was heard." },
	{ "max", ASSAY_PARAM_U64, "0", 0, 4096, NULL, "Bytes wanted." },
	{ "enough", ASSAY_PARAM_U64, "0", 0, 4096, NULL,
	    "So many bytes are enough; 0: only a pause ends it." },
	{ "listen", ASSAY_PARAM_DURATION, "1s", 1, 60000000000, NULL,
	    "How long it listens." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

/* What was heard is an observation; how it ended is in the log. */
static void
on_end(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	static const char *const ends[] = {
		[ASSAY_TALK_ANSWERED] = "answered",
		[ASSAY_TALK_CLOSED] = "closed",
		[ASSAY_TALK_QUIET] = "quiet",
		[ASSAY_TALK_REFUSED] = "refused",
		[ASSAY_TALK_UNREACHABLE] = "unreachable",
		[ASSAY_TALK_TIMEOUT] = "timeout",
		[ASSAY_TALK_LOCAL] = "local",
	};
	char text[ASSAY_TALK_HEAR_MAX + 1];
	const struct assay_frames frames = {
		.ip_proto = assay_param_bool(job, "udp") ? 17 : 6,
		.target = assay_target_at(job, 0),
		.local_first = talked->local_port,
		.local_last = talked->local_port,
	};
	const struct assay_observation heard = {
		.field = "text",
		.target = frames.target,
		.port = talked->remote_port,
		.value = ASSAY_STRING(text),
		.frames = &frames,
		.nframes = 1,
	};

	(void)arg;
	memcpy(text, talked->heard, talked->nheard);
	text[talked->nheard] = '\0';
	assay_observe(job, &heard);
	assay_log(job, "%s \"%s\"%s%s", ends[talked->end], text,
	    talked->said ? ", said" : "", talked->withheld ? ", withheld" : "");
	assay_finish(job);
}

static bool
is_enough(void *arg, const uint8_t *heard, size_t n)
{
	struct assay_job *job = arg;

	(void)heard;
	return n >= assay_param_u64(job, "enough");
}

/* The first word back, then one of its own. */
static size_t
answer(void *arg, const uint8_t *heard, size_t n, uint8_t *say)
{
	static const uint8_t more[] = { 'a', 'n', 'd', '?' };

	(void)arg;
	if (n == 3) {
		memcpy(say, heard, 3);
		return 3;
	}
	if (n == 6) {
		memcpy(say, more, sizeof(more));
		return sizeof(more);
	}
	return 0;
}

static void
run(struct assay_job *job)
{
	const char *say = assay_param_string(job, "say");
	const struct assay_talk_spec spec = {
		.transport =
		    assay_param_bool(job, "udp") ? ASSAY_UDP : ASSAY_TCP,
		.target = assay_target_at(job, 0),
		.port = (uint16_t)assay_param_u64(job, "port"),
		.say = say,
		.nsay = strlen(say),
		.hear_first = assay_param_bool(job, "hear_first"),
		.connect_ns = 2000000000,
		.listen_ns = assay_param_ns(job, "listen"),
		.quiet_ns = 100000000,
		.max = assay_param_u64(job, "max"),
		.is_enough =
		    assay_param_u64(job, "enough") > 0 ? is_enough : NULL,
		.answer = assay_param_bool(job, "answers") ? answer : NULL,
		.on_end = on_end,
		.arg = job,
	};

	assay_talk(job, &spec);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("sample.talk"),
	.params = params,
	.needs = ASSAY_NEED_TCP | ASSAY_NEED_UDP,
	.run = run,
	.judge = sample_judge,
};
