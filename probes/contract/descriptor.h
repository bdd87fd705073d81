/*
 * descriptor: what a probe says of itself.  Data, which is printed without
 * running the probe.
 */
#ifndef ASSAY_CONTRACT_DESCRIPTOR_H
#define ASSAY_CONTRACT_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is declared here and in the other parts is found in the worker when a
 * probe is loaded, so it is visible whatever a file's default is. */
#pragma GCC visibility push(default)

struct assay_job;

enum assay_kind {
	ASSAY_COMPLETENESS = 1, /* nothing exists beyond what is declared */
	ASSAY_SUFFICIENCY,      /* what is declared works */
	ASSAY_BEHAVIOUR,
};

struct assay_claim {
	const char *check; /* a row of the catalogue: "NET-01" */
	enum assay_kind kind;
};

enum assay_param_type {
	ASSAY_PARAM_U64 = 1,
	ASSAY_PARAM_BOOL, /* true, false */
	ASSAY_PARAM_STRING,
	ASSAY_PARAM_DURATION, /* "250ms", "3s", "2m", "1h"; read in ns */
	ASSAY_PARAM_PORTS,    /* "22,80,1000-2000" */
	ASSAY_PARAM_CHOICE,   /* one of choices, separated by '|' */
};

struct assay_param {
	const char *name;
	enum assay_param_type type;
	const char *def;     /* as a scenario writes it; it must parse */
	uint64_t min, max;   /* U64; DURATION in ns.  max 0: no bounds */
	const char *choices; /* CHOICE */
	const char *help;    /* a sentence */
};

enum assay_type {
	ASSAY_TYPE_BOOL = 1,
	ASSAY_TYPE_U64,
	ASSAY_TYPE_I64,
	ASSAY_TYPE_STRING,
	ASSAY_TYPE_PORTS,    /* a set of ports */
	ASSAY_TYPE_DURATION, /* ns */
};

struct assay_field {
	const char *name; /* "port.open" */
	enum assay_type type;
	const char *unit; /* "port", "ns", "packets/s", "" */
	const char *help;
};

/* A reason a verdict may give: its code and the values it carries, in
 * etc/messages as sentences.  values: names separated by spaces. */
struct assay_reason {
	const char *code;   /* "tcp.undeclared_open" */
	const char *values; /* "ports count" */
};

enum assay_need {
	ASSAY_NEED_TCP = 1 << 0, /* TCP sockets to the targets */
	ASSAY_NEED_UDP = 1 << 1,
	ASSAY_NEED_LINK = 1 << 2, /* raw frames: assay_link_send, on_frame */
	ASSAY_NEED_LISTEN = 1 << 3,
	ASSAY_NEED_THREADS = 1 << 4,
	ASSAY_NEED_SOURCES = 1 << 5, /* more than one address of the bench */
	ASSAY_NEED_CALLS = 1 << 6,   /* the device's own connections */
};

enum assay_medium {
	ASSAY_MEDIUM_IP = 1,
	ASSAY_MEDIUM_WIFI,
	ASSAY_MEDIUM_BLE,
	ASSAY_MEDIUM_IEEE802154,
	ASSAY_MEDIUM_ZWAVE,
	ASSAY_MEDIUM_NFC,
	ASSAY_MEDIUM_CELLULAR,
};

enum assay_impact {
	ASSAY_PASSIVE = 0,
	ASSAY_ACTIVE,
	ASSAY_MALFORMED,
	ASSAY_LOAD,
	ASSAY_STATE,
};

struct assay_frame;

struct assay_probe {
	uint32_t abi, size; /* ASSAY_ABI, sizeof(struct assay_probe): first for
			       ever, they guard the rest */
	const char *name;   /* "tcp.ports" is tcp_ports.so */
	const char
	    *title;      /* a sentence that is true when the verdict is pass */
	uint32_t method; /* raised whenever a verdict of it could change */
	const struct assay_claim *claims; /* ends with check NULL */
	const struct assay_param *params; /* ends with name NULL; or NULL */
	const struct assay_field *observations; /* ends with name NULL */
	const struct assay_reason *reasons;     /* ends with code NULL */
	const char *const *resources; /* "dut:load exclusive" …, NULL ends */
	uint32_t needs; /* enum assay_need; refused unless named */
	enum assay_medium medium;
	enum assay_impact impact;
	uint32_t timeout_ms; /* default deadline of a job */
	size_t state_size;   /* zeroed, given by the host */
	const char *filter;  /* pcap-filter(7) for on_frame; NULL: none */
	int (*init)(
	    struct assay_job *); /* may be NULL; -1: assay_fail said why */
	void (*run)(
	    struct assay_job *); /* arms events, returns; NULL: passive, and
				    on_frame or a timer of init finishes */
	void (*on_frame)(struct assay_job *, const struct assay_frame *);
	void (*on_end)(struct assay_job *); /* frames are over; may be NULL */
	void (*judge)(struct assay_job *);  /* [judge] only */
	void (*cancel)(struct assay_job *); /* may be NULL */
	void (*fini)(struct assay_job *);   /* may be NULL */
	/* A device that was away (link down, silent, rebooting) and is back
	 * does not void a pass: run hears of it, and asks anew whatever was in
	 * doubt.  False: it does. */
	bool bridges_outages;
};

extern const struct assay_probe assay_probe
    __attribute__((visibility("default")));

#pragma GCC visibility pop

#endif
