/*
 * bad_message: speaks to the engine past the worker, in messages that no
 * worker sends.  Its own verdict is a pass with frames to show, so that only
 * the refusal of the message keeps it from being one.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/probes/sample.h"

#define ENGINE_FD 3
#define OVER_SIZE 100000
#define TYPE_OBSERVATION 0x0502
#define TYPE_LOG 0x0506
#define TYPE_RUN_OVER 0x0507
#define TYPE_VERDICT 0x0508
#define TYPE_DONE 0x050a
#define TYPE_CHECKPOINT 0x050b

static const struct assay_param params[] = {
	{ "what", ASSAY_PARAM_CHOICE, "half", 0, 0,
	    "half|header|reserved|empty|unknown|ours|trailing|oversized|"
	    "after_done|over_twice|foreign|strange_value|descriptor|flood|"
	    "checkpoint",
	    "What is wrong with the message." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

/* Waits while the engine's queue is full, as a blocking socket would. */
static void
tell(const void *p, size_t n)
{
	while (send(ENGINE_FD, p, n, MSG_NOSIGNAL) == -1)
		continue;
}

static void
tell_type(uint16_t type, const void *body, size_t n)
{
	uint8_t m[512] = { (uint8_t)(type >> 8), (uint8_t)type, 0, 0 };

	memcpy(m + 4, body, n);
	tell(m, 4 + n);
}

/* TEST-01, behaviour, this value, the DUT, sample.good, no values, one
 * observation. */
static void
tell_verdict(uint8_t value, uint8_t observation)
{
	static const uint8_t begin[] = { 0, 0, 0, 7, 'T', 'E', 'S', 'T', '-',
		'0', '1', ASSAY_BEHAVIOUR };
	static const uint8_t rest[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 's',
		'a', 'm', 'p', 'l', 'e', '.', 'g', 'o', 'o', 'd', 0, 0, 1, 0, 0,
		0 };
	uint8_t m[sizeof(begin) + 1 + sizeof(rest) + 1];

	memcpy(m, begin, sizeof(begin));
	m[sizeof(begin)] = value;
	memcpy(m + sizeof(begin) + 1, rest, sizeof(rest));
	m[sizeof(m) - 1] = observation;
	tell_type(TYPE_VERDICT, m, sizeof(m));
}

static void
tell_descriptor(void)
{
	const uint8_t m[] = { TYPE_RUN_OVER >> 8, TYPE_RUN_OVER & 0xff, 0, 0 };
	struct iovec iov = { (void *)(uintptr_t)m, sizeof(m) };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	const int fd = ENGINE_FD;

	memset(&control, 0, sizeof(control));
	h.msg_control = &control;
	h.msg_controllen = sizeof(control.room);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	(void)sendmsg(ENGINE_FD, &h, MSG_NOSIGNAL);
}

/* A byte more than there may be. */
static void
tell_checkpoint(void)
{
	static uint8_t m[4 + 4 + ASSAY_CHECKPOINT_MAX + 1] = {
		TYPE_CHECKPOINT >> 8, TYPE_CHECKPOINT & 0xff
	};
	const uint32_t n = ASSAY_CHECKPOINT_MAX + 1;

	m[4] = (uint8_t)(n >> 24);
	m[5] = (uint8_t)(n >> 16);
	m[6] = (uint8_t)(n >> 8);
	m[7] = (uint8_t)n;
	tell(m, sizeof(m));
}

static void
flood(void)
{
	static const uint8_t line[] = { 0, 0, 0, 4, 'l', 'i', 'n', 'e' };

	for (;;)
		tell_type(TYPE_LOG, line, sizeof(line));
}

static void
tell_wrongly(const char *what)
{
	static const uint8_t big[OVER_SIZE];
	static const struct {
		const char *what;
		uint8_t bytes[12];
		size_t size;
	} plain[] = {
		{ "half", { 5, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9 }, 12 },
		{ "header", { 5, 2 }, 2 },
		{ "reserved", { 5, 7, 1, 0 }, 4 },
		{ "empty", { 5, 8, 0, 0 }, 4 },
		{ "unknown", { 0x77, 0x77, 0, 0 }, 4 },
		{ "ours", { 3, 2, 0, 0, 0, 0, 0, 1 }, 8 }, /* a WARDEN_KILL */
		{ "trailing", { 5, 7, 0, 0, 1 }, 5 },
	};
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(what, plain[i].what) == 0)
			tell(plain[i].bytes, plain[i].size);
	if (strcmp(what, "oversized") == 0)
		tell(big, sizeof(big));
	else if (strcmp(what, "after_done") == 0)
		tell_type(TYPE_DONE, NULL, 0);
	else if (strcmp(what, "over_twice") == 0)
		tell_type(TYPE_RUN_OVER, NULL, 0);
	else if (strcmp(what, "foreign") == 0)
		tell_verdict(ASSAY_PASS, 77);
	else if (strcmp(what, "strange_value") == 0)
		tell_verdict(ASSAY_FAIL + 1, 1);
	else if (strcmp(what, "descriptor") == 0)
		tell_descriptor();
	else if (strcmp(what, "flood") == 0)
		flood();
	else if (strcmp(what, "checkpoint") == 0)
		tell_checkpoint();
}

static void
run(struct assay_job *job)
{
	sample_run(job);
	tell_wrongly(assay_param_string(job, "what"));
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.message"),
	.params = params,
	.run = run,
	.judge = sample_judge,
};
