/*
 * client_device: a simulated device that calls somebody by TLS.
 */
#include "tests/unit/client_device.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "probes/tls_client/parts.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_record.h"

struct assay_job *job;
static struct device device;
struct assay_call call;
static uint8_t hello[TLS_HELLO_MAX];
unsigned played[ASSAY_IMPOSTOR_FAULTS];
static unsigned made;
static char hosts[16][32];

/* ---- the device ---- */

/* One extension more in a ClientHello that is in its place: of its size. */
static size_t
ask_status(size_t n)
{
	static const uint8_t extension[] = { 0, 5, 0, 5, 1, 0, 0, 0, 0 };
	uint8_t *body = hello + TLS_HANDSHAKE_HEADER;
	struct tls_client_hello h;
	uint8_t *size;

	ck_assert_int_eq(tls_client_hello_read(&h, body, n), 0);
	if (device.never_asks)
		return n;
	ck_assert_uint_le(
	    TLS_HANDSHAKE_HEADER + n + sizeof(extension), sizeof(hello));
	ck_assert_ptr_eq(h.extensions.p + h.extensions.n, body + n);
	memcpy(body + n, extension, sizeof(extension));
	size = body + (h.extensions.p - body) - 2;
	size[0] = (uint8_t)((h.extensions.n + sizeof(extension)) >> 8);
	size[1] = (uint8_t)(h.extensions.n + sizeof(extension));
	return n + sizeof(extension);
}

size_t
make_hello(const uint16_t *suites, size_t nsuites, bool offers_old)
{
	static const uint16_t versions[] = { TLS_13, TLS_12, TLS_11, TLS_10 };
	static const uint16_t groups[] = { 0x1d }, signatures[] = { 0x403 };
	const struct tls_hello_spec spec = { .version = TLS_12,
		.suites = suites,
		.nsuites = nsuites,
		.host = "api.example.com",
		.versions = versions,
		.nversions = offers_old ? 4 : 2,
		.groups = groups,
		.ngroups = 1,
		.signatures = signatures,
		.nsignatures = 1,
		.grease = true,
		.extended_master_secret = true };
	const size_t n = tls_hello_message(&spec, hello, sizeof(hello));

	ck_assert_uint_gt(n, TLS_HANDSHAKE_HEADER);
	return ask_status(n - TLS_HANDSHAKE_HEADER);
}

void
call_next(uint64_t delay_ns)
{
	const unsigned nhosts = device.nhosts == 0 ? 1 : device.nhosts;

	if (device.ncalls != 0 && made >= device.ncalls)
		return;
	call.from_port = (uint16_t)(40000 + made);
	call.host = device.is_plain ? "" : hosts[made % nhosts];
	made++;
	fake_job_call(job, &call, delay_ns);
}

static void
call_in_clear(uint64_t delay_ns)
{
	struct assay_call c = call;

	c.hello = NULL;
	c.nhello = 0;
	c.host = device.clear_host;
	c.to_port = device.clear_port;
	c.from_port = (uint16_t)(30000 + made);
	fake_job_call(job, &c, delay_ns);
}

static void
speak_in_clear(struct assay_called *called)
{
	called->end = ASSAY_CALLED_PLAIN;
	if (device.clear_port == 0)
		return;
	called->gist = device.clear_gist;
	if (device.clear_gist[0] == '\0')
		called->end = ASSAY_CALLED_QUIET;
}

static bool
believes(const struct assay_call *c, unsigned bit)
{
	if (device.weak != NULL && strcmp(device.weak, c->host) == 0)
		return true;
	if (device.forgets && bit == CONTROL && played[0] > 1)
		return false;
	return (device.believes & bit) != 0;
}

static void
refuse(struct assay_called *called, unsigned bit)
{
	called->end = ASSAY_CALLED_CLOSED;
	called->shown = true;
	called->version = "TLSv1.3";
	called->alert = (bit & OLD) != 0 ? device.alert_old : device.alert;
	if (bit == FAULT(DOWNGRADE)) {
		called->version = "TLSv1.2";
		if (device.alert_downgrade != 0)
			called->alert = device.alert_downgrade;
		called->went_on = (device.goes_on & bit) != 0;
		if (called->went_on)
			called->alert = 0;
	}
	if ((bit & OLD) != 0 && !device.offers_old) {
		called->end = ASSAY_CALLED_UNFIT;
		called->shown = false;
		called->version = "";
		called->alert = 0;
	}
}

static void
on_called(void *arg, struct assay_job *j, const struct assay_call *c,
    struct assay_called *called)
{
	const unsigned bit = 1u << called->fault;

	(void)arg;
	(void)j;
	if (c->hello != NULL)
		played[called->fault]++;
	if (c->hello == NULL) {
		speak_in_clear(called);
	} else if ((bit & DROPS) != 0) {
		called->end = ASSAY_CALLED_DROPPED;
	} else if ((device.is_silent & bit) != 0) {
		called->end = ASSAY_CALLED_QUIET;
	} else if (believes(c, bit)) {
		called->shown = true;
		called->completed = true;
		called->version = "TLSv1.3";
		called->said =
		    ((device.holds | device.leaves) & bit) != 0 ? 0 : 18;
		called->digest = called->said == 0 ? "" : "aa";
		called->gist = called->said == 0 ? "" : "bb";
		called->keys = "CLIENT_RANDOM 0\n";
		called->end = (device.holds & bit) != 0 ? ASSAY_CALLED_QUIET
		    : (device.leaves & bit) != 0        ? ASSAY_CALLED_CLOSED
							: ASSAY_CALLED_SPOKE;
	} else {
		refuse(called, bit);
	}
	if (c->hello == NULL && !device.is_plain)
		return;
	if ((device.clear_by & bit) != 0)
		call_in_clear(SECOND_NS / 2);
	call_next(SECOND_NS);
}

struct device
good(void)
{
	return (struct device){ .believes = CONTROL,
		.alert = UNKNOWN_CA,
		.alert_old = PROTOCOL_VERSION };
}

void
begin(const struct device *d)
{
	static const uint16_t suites[] = { 0x1301, 0xc02b, 0xc013, 0x00ff };
	unsigned i;

	device = *d;
	memset(played, 0, sizeof(played));
	made = 0;
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		snprintf(hosts[i], sizeof(hosts[i]), "host%u.example.com", i);
	job = fake_job_new(&assay_probe);
	call = (struct assay_call){
		.from = fake_job_add_target_text(job, "10.77.0.10"),
		.to = "10.77.0.1",
		.to_port = 443,
	};
	if (!d->is_plain) {
		call.nhello = make_hello(suites, 4, d->offers_old);
		call.hello = hello + TLS_HANDSHAKE_HEADER;
	}
	fake_job_on_called(job, on_called, NULL);
	fake_job_param(job, "watch", "0s");
}

void
go(void)
{
	unsigned i;

	ck_assert_int_eq(fake_job_start(job), 0);
	if (device.clear_before)
		call_in_clear(SECOND_NS / 2);
	for (i = 0; i < (device.at_once == 0 ? 1 : device.at_once); i++)
		call_next(SECOND_NS);
	ck_assert(fake_job_run_until_finished(job, 4000 * SECOND_NS));
	fake_job_judge(job);
}

void
run_device(const struct device *d)
{
	begin(d);
	go();
}

/* ---- what was said ---- */

const struct assay_verdict *
verdict(const char *check)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, check, ASSAY_BEHAVIOUR, NULL);

	ck_assert_ptr_nonnull(v);
	return v;
}

void
expect(const char *check, enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v = verdict(check);
	char code[64];

	snprintf(code, sizeof(code), "tls_client.%s", reason);
	ck_assert_msg(v->value == value && strcmp(v->reason, code) == 0,
	    "%s is %d %s", check, v->value, v->reason);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
}

const char *
attempts(const char *check)
{
	return fake_job_verdict_value(verdict(check), "attempts")->string;
}
