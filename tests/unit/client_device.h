/*
 * client_device: a simulated device that calls somebody by TLS, for tests of
 * tls.client.  Each test includes the probe itself.
 */
#ifndef ASSAY_TESTS_CLIENT_DEVICE_H
#define ASSAY_TESTS_CLIENT_DEVICE_H

#include "tests/unit/fake_impostor.h"

#define SECOND_NS UINT64_C(1000000000)
#define FAULT(f) (1u << ASSAY_IMPOSTOR_##f)
#define ALL ((1u << ASSAY_IMPOSTOR_FAULTS) - 1)
#define CONTROL FAULT(NOTHING)
#define DROPS (FAULT(RESET) | FAULT(CUT))
#define OLD (FAULT(TLS_10) | FAULT(TLS_11))
#define UNKNOWN_CA 48
#define PROTOCOL_VERSION 70
#define ILLEGAL_PARAMETER 47

struct device {
	unsigned believes;  /* faults, and the control */
	unsigned holds;     /* of these: it says nothing, and stays */
	unsigned leaves;    /* of these: it says nothing, and goes */
	unsigned is_silent; /* towards these */
	uint8_t alert;      /* to all others; 0: it closes */
	uint8_t alert_old;  /* to old versions, instead */
	uint8_t alert_downgrade;
	unsigned goes_on;  /* within the handshake, of these */
	bool never_asks;   /* whether a certificate was revoked */
	bool offers_old;   /* else none of these can be played */
	bool is_plain;     /* no TLS */
	bool forgets;      /* whom it trusted, once it was tried */
	unsigned ncalls;   /* it stops then; 0: never */
	unsigned nhosts;   /* it calls in turn; 0: one */
	const char *weak;  /* host that believes all */
	unsigned at_once;  /* connections at a time; 0: one */
	unsigned clear_by; /* behind these faults it calls in clear */
	bool clear_before; /* and before all */
	const char *clear_host, *clear_gist; /* "": it says nothing */
	uint16_t clear_port;
};

/* Of the device that runs. */
extern struct assay_job *job;
extern struct assay_call call;
extern unsigned played[ASSAY_IMPOSTOR_FAULTS];

/* One that looks at everything, and trusts the bench. */
struct device good(void);
/* Its job, which is not started yet. */
void begin(const struct device *d);
void go(void);
void run_device(const struct device *d); /* both */
void call_next(uint64_t delay_ns);
/* Puts a ClientHello where call.hello is; its size. */
size_t make_hello(const uint16_t *suites, size_t nsuites, bool offers_old);

/* What was said: "tls_client.REASON". */
const struct assay_verdict *verdict(const char *check);
void expect(
    const char *check, enum assay_verdict_value value, const char *reason);
const char *attempts(const char *check);

#endif
