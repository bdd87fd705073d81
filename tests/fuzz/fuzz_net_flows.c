/*
 * fuzz_net_flows: any frames, and one call more at their end that nobody has
 * declared.  However odd they were, there is no pass.
 */
#include "tests/fuzz/stored_probe.h"

#include "probes/net_flows.c"         /* NOLINT(bugprone-suspicious-include) */
#include "probes/net_flows/judge.c"   /* NOLINT(bugprone-suspicious-include) */
#include "probes/net_flows/observe.c" /* NOLINT(bugprone-suspicious-include) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t bench[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t device[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t own[4] = { 10, 77, 0, 10 };
static const uint8_t us[4] = { 10, 77, 0, 1 };
static const uint8_t stranger[4] = { 203, 0, 113, 77 };

/* It answers a ping, so that it was there; and calls a stranger. */
static void
call(struct assay_job *job, uint64_t stamp_ns)
{
	const struct packet_ends e = { device, bench, 4, own, us };
	const struct packet_ends out = { device, bench, 4, own, stranger };
	uint8_t frame[PACKET_BUILD_MAX + 8];
	size_t n;

	n = packet_build_echo(frame, &e, 1, 1, us, sizeof(us));
	frame[34] = 0; /* a reply */
	stored_give(job, frame, n, stamp_ns + 1, false);
	n = packet_build_tcp(
	    frame, &out, 50123, 4444, 7, 0, TCP_SYN, 1000, NULL, 0);
	stored_give(job, frame, n, stamp_ns + 2, false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const cells[] = { "to", "api.example.com",
		"transport", "tcp", "port", "443", NULL };
	struct assay_job *job = fake_job_new(&assay_probe);
	const struct assay_verdict *v;

	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_add_target_text(job, "fd77::10");
	fake_job_param(job, "least", "0s");
	fake_job_param(job, "silence", "1000h");
	fake_job_param(job, "boot", "false");
	fake_job_declare_row(job, "flows", cells);
	if (fake_job_replay(job, STORED_BEGIN) == -1)
		abort();
	call(job, stored_frames(job, data, size));
	fake_job_judge(job);
	stored_check_verdicts(job);
	v = fake_job_find_verdict(job, "NET-36", ASSAY_COMPLETENESS, NULL);
	if (v == NULL || v->value == ASSAY_PASS)
		abort();
	fake_job_free(job);
	return 0;
}
