/*
 * udp_rig: a sweep of the UDP ports of a udp_device, from its beginning to its
 * end, and what is right then.
 */
#include "tests/unit/udp_rig.h"

#include <string.h>

#include <check.h>

#define SECOND UINT64_C(1000000000)

struct udp_rig udp_rig;

/* ---- a probe that does nothing but sweep ---- */

static size_t
payload(struct assay_job *j, void *arg, uint16_t port, unsigned attempt,
    uint8_t *out)
{
	(void)j;
	(void)arg;
	(void)attempt;
	out[0] = (uint8_t)port;
	return 1;
}

static void
on_end(struct assay_job *j, void *arg, enum assay_sweep_end end)
{
	(void)arg;
	udp_rig.ended++;
	udp_rig.how = end;
	assay_finish(j);
}

static void
on_health(struct assay_job *j, enum assay_health health)
{
	(void)j;
	assay_udp_sweep_health(udp_rig.sweep, health);
}

static void
run(struct assay_job *j)
{
	assay_on_health(j, on_health);
	udp_rig.spec.target = assay_target_at(j, 0);
	udp_rig.sweep = assay_udp_sweep_new(j, &udp_rig.spec);
}

static void
on_frame(struct assay_job *j, const struct assay_frame *frame)
{
	(void)j;
	assay_udp_sweep_frame(udp_rig.sweep, frame);
}

static void
judge(struct assay_job *j)
{
	(void)j;
}

static const struct assay_claim claims[] = { { "NET-02", ASSAY_BEHAVIOUR },
	{ .check = NULL } };
static const struct assay_field fields[] = { { "x", ASSAY_TYPE_U64, "", "x" },
	{ .name = NULL } };
static const struct assay_reason reasons[] = { { "udp.x", "" },
	{ .code = NULL } };

static const struct assay_probe probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "test.sweep",
	.title = "A sweep ends.",
	.method = 1,
	.claims = claims,
	.observations = fields,
	.reasons = reasons,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_SOURCES,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 1000,
	.state_size = 1,
	.filter = "udp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = judge,
};

void
udp_rig_setup(void)
{
	udp_device_init(&udp_rig.device, 1);
	memset(&udp_rig.spec, 0, sizeof(udp_rig.spec));
	memset(&udp_rig.ports, 0, sizeof(udp_rig.ports));
	memset(&udp_rig.first, 0, sizeof(udp_rig.first));
	memset(&udp_rig.holding, 0, sizeof(udp_rig.holding));
	assay_ports_add(&udp_rig.ports, 1, 1000);
	udp_rig.spec.ports = &udp_rig.ports;
	udp_rig.spec.patience_ns = 10 * SECOND;
	udp_rig.spec.payload = payload;
	udp_rig.spec.on_end = on_end;
	udp_rig.ended = 0;
	udp_rig.text = "10.77.0.10";
	udp_rig.job = fake_job_new(&probe);
	fake_job_on_send(udp_rig.job, udp_device_on_send, &udp_rig.device);
}

void
udp_rig_teardown(void)
{
	assay_udp_sweep_free(udp_rig.sweep);
	udp_rig.sweep = NULL;
	fake_job_free(udp_rig.job);
}

/* To the end; how long it took, in job time. */
uint64_t
udp_rig_go(uint64_t limit_ns)
{
	uint64_t began;

	fake_job_add_target_text(udp_rig.job, udp_rig.text);
	ck_assert_int_eq(fake_job_start(udp_rig.job), 0);
	began = assay_now_ns(udp_rig.job);
	ck_assert_msg(fake_job_run_until_finished(udp_rig.job, limit_ns),
	    "the sweep does not end");
	ck_assert_uint_eq(udp_rig.ended, 1);
	assay_udp_sweep_result(udp_rig.sweep, &udp_rig.got);
	return assay_now_ns(udp_rig.job) - began;
}

static void
nothing(struct assay_job *j, void *arg)
{
	(void)j;
	(void)arg;
}

/* Another device, and other dice: the fake job's are as old as its events. */
void
udp_rig_seed(int n)
{
	int i;

	udp_device_init(&udp_rig.device, (uint64_t)n + 1);
	for (i = 0; i < n; i++)
		fake_job_at(udp_rig.job, 1000000 * SECOND, nothing, NULL);
}

/* Linux's defaults for IPv4. */
void
udp_rig_limit4(void)
{
	udp_rig.device.peer_pps = 1;
	udp_rig.device.peer_burst = 6;
	udp_rig.device.all_pps = 1000;
	udp_rig.device.all_burst = 50;
}

void
udp_rig_same(
    const struct assay_ports *a, const struct assay_ports *b, const char *what)
{
	char x[400], y[400];

	assay_ports_format(a, x, sizeof(x));
	assay_ports_format(b, y, sizeof(y));
	ck_assert_msg(strcmp(x, y) == 0, "%s: expected %s, got %s", what, y, x);
}

/* Every port is what it is. */
void
udp_rig_is_right(void)
{
	struct assay_ports open = udp_rig.device.open, closed = udp_rig.ports,
			   none, silent;
	struct assay_ports filtered = udp_rig.device.filtered;

	memset(&none, 0, sizeof(none));
	assay_ports_unite(&open, &udp_rig.device.elsewhere);
	assay_ports_intersect(&open, &udp_rig.ports);
	silent = udp_rig.device.silent;
	assay_ports_intersect(&silent, &udp_rig.ports);
	assay_ports_intersect(&filtered, &udp_rig.ports);
	assay_ports_subtract(&closed, &open);
	assay_ports_subtract(&closed, &silent);
	assay_ports_subtract(&closed, &filtered);
	ck_assert_int_eq(udp_rig.how, ASSAY_SWEEP_COMPLETE);
	udp_rig_same(&udp_rig.got.open, &open, "open");
	udp_rig_same(&udp_rig.got.silent, &silent, "silent");
	udp_rig_same(&udp_rig.got.filtered, &filtered, "filtered");
	udp_rig_same(&udp_rig.got.unsettled, &none, "unsettled");
	udp_rig_same(&udp_rig.got.closed, &closed, "closed");
}
