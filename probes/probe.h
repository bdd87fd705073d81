/*
 * probe: THE contract between assay and a probe.
 *
 * A probe is one claim about a device, in one C file that becomes one .so; it
 * exports one `const struct assay_probe assay_probe`.  It includes this header
 * and protocols/, never daemon/.  It runs in a process of its own, without
 * files, without other addresses than its targets, without writable globals.
 *
 *   run       talks to the device and emits observations (typed values that
 *             name the frames which show them);
 *   on_frame  sees frames that match `filter`: live what comes in on the
 *             segment's link (ASSAY_NEED_LINK), or, without run and in capture
 *             time, both directions of a stored or foreign capture, where a
 *             timer fires once a frame's stamp has passed it.  A probe that has
 *             a parameter "over" (a duration) reads what the segment has
 *             stored so far back, never the live link.  The frame is a
 *             stranger's: of any length, zero and cut ones included;
 *   judge     is pure: observations, parameters and the declared profile in,
 *             verdicts out.  It may call only the functions marked [judge].
 *
 * Threads: none.  Everything is called from one event loop.  Strings passed
 * to the host are copied; strings from the host live as long as the job.
 */
#ifndef ASSAY_PROBE_H
#define ASSAY_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSAY_ABI 1

struct assay_job;
struct assay_timer;
struct assay_socket;
struct event_base;

/* ---- what a probe says of itself: data, printed without running it ---- */

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

/* ---- frames ---- */

struct assay_frame {
	const uint8_t *data; /* from the link header on; gone after the call */
	size_t size;         /* bytes captured */
	size_t wire_size;    /* bytes on the wire */
	uint64_t stamp_ns;   /* since 1970, capture clock */
	uint16_t link_type;  /* LINKTYPE_ETHERNET (1) … */
	bool outgoing;       /* sent by the bench */
};

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

/* All below is found in the worker when a probe is loaded, so it is visible
 * whatever a file's default is. */
#pragma GCC visibility push(default)

extern const struct assay_probe assay_probe
    __attribute__((visibility("default")));

/* ---- values ---- */

struct assay_ports { /* a set of 16-bit ports */
	uint64_t bits[1024];
};
void assay_ports_add(struct assay_ports *, uint16_t first, uint16_t last);
bool assay_ports_has(const struct assay_ports *, uint16_t);
size_t assay_ports_count(const struct assay_ports *);
/* a := a minus b; a := a and b; a := a or b. */
void assay_ports_subtract(struct assay_ports *a, const struct assay_ports *b);
void assay_ports_intersect(struct assay_ports *a, const struct assay_ports *b);
void assay_ports_unite(struct assay_ports *a, const struct assay_ports *b);
/* "22,80,1000-2000"; -1 on anything else ("" is the empty set). */
int assay_ports_parse(struct assay_ports *, const char *);
/* The inverse, at most size bytes with the NUL, "…" when cut.  Returns out. */
char *assay_ports_format(const struct assay_ports *, char *out, size_t size);

struct assay_value {
	enum assay_type type;
	union {
		bool boolean;
		uint64_t u64; /* also DURATION */
		int64_t i64;
		const char *string;
		const struct assay_ports *ports;
	};
};
#define ASSAY_U64(v) \
	((struct assay_value){ .type = ASSAY_TYPE_U64, .u64 = (v) })
#define ASSAY_NS(v) \
	((struct assay_value){ .type = ASSAY_TYPE_DURATION, .u64 = (v) })
#define ASSAY_BOOL(v) \
	((struct assay_value){ .type = ASSAY_TYPE_BOOL, .boolean = (v) })
#define ASSAY_STRING(v) \
	((struct assay_value){ .type = ASSAY_TYPE_STRING, .string = (v) })
#define ASSAY_PORTS(v) \
	((struct assay_value){ .type = ASSAY_TYPE_PORTS, .ports = (v) })

/* ---- targets and what is declared ---- */

enum assay_scope {
	ASSAY_IPV4,
	ASSAY_IPV6_LINK,
	ASSAY_IPV6_ULA,
	ASSAY_IPV6_GLOBAL
};

struct assay_target {
	uint8_t family; /* 4 or 6 */
	enum assay_scope scope;
	uint8_t addr[16];   /* family 4: the first four bytes */
	uint8_t mac[6];     /* of the DUT */
	uint8_t source[16]; /* the bench's address to speak from */
	uint8_t source_mac[6];
	uint32_t ifindex; /* for link-local sockets */
	const char *text; /* "10.77.0.10", "fe80::1" */
};
size_t assay_target_count(struct assay_job *); /* [judge] */
const struct assay_target *assay_target_at(
    struct assay_job *, size_t); /* [judge] */

/* A row of params: which families a scenario wants asked. */
#define ASSAY_ADDRESSES(help) \
	{ \
		"addresses", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6", \
		    (help) \
	}
/* What that parameter says of this family (4 or 6). [judge] */
bool assay_is_chosen(struct assay_job *, uint8_t family);
/* The next target of a chosen family from *index on, which is left behind it;
 * NULL: that was the last.  _family: only the first of each family. [judge] */
const struct assay_target *assay_target_next(struct assay_job *, size_t *index);
const struct assay_target *assay_target_next_family(
    struct assay_job *, size_t *index);

/* The bench's addresses that this job may speak from to a target, family by
 * family as assay_target.source: at least one, which is target->source; more
 * when the segment has a pool and the profile allows it
 * (ASSAY_NEED_SOURCES).  Nobody else speaks from the others meanwhile, and with
 * ASSAY_NEED_LINK the bench's kernel answers nothing for them but ARP and ND.
 */
size_t assay_source_count(struct assay_job *, const struct assay_target *);
const uint8_t *assay_source_at(
    struct assay_job *, const struct assay_target *, size_t index);

/* How many of them a sweep uses: one at first, twice as many after each round
 * in which no answer got lost, up to `most`; half as many after one that lost
 * answers, and no growth any more (small neighbour tables overflow).  Both
 * return `used`. */
struct assay_growth {
	size_t used, most;
	size_t peak; /* the most that were used */
	bool is_held;
};
size_t assay_growth_begin(struct assay_growth *, size_t most);
size_t assay_growth_round(struct assay_growth *, bool lost);

enum assay_transport {
	ASSAY_TCP = 6,
	ASSAY_UDP = 17
};

struct assay_declared_port {
	enum assay_transport transport;
	uint16_t first, last;
	uint8_t family;      /* 4, 6, or 0 for both */
	const char *service; /* "https", "" when not said */
	bool optional;       /* may be open; sufficiency does not ask for it */
};
/* The profile's ports for the run's life-cycle state. [judge] */
size_t assay_declared_port_count(struct assay_job *);
const struct assay_declared_port *assay_declared_port_at(
    struct assay_job *, size_t);
/* False: the profile says nothing about ports of this transport in this
 * state, so completeness cannot be judged. [judge] */
bool assay_ports_are_declared(struct assay_job *, enum assay_transport);
/* It is of this transport and of the target's family. [judge] */
bool assay_declared_port_is_for(const struct assay_declared_port *,
    enum assay_transport, const struct assay_target *);
/* All that are, without the optional ones when required. [judge] */
void assay_declared_ports(struct assay_job *, enum assay_transport,
    const struct assay_target *, bool required, struct assay_ports *out);
/* A TCP port that answers a SYN, open or closed: the first that is declared and
 * not optional, else 80. */
uint16_t assay_declared_tcp_port(
    struct assay_job *, const struct assay_target *);

/* What else the profile declares, as rows of named cells
 * (scenarios/profile_tables.h): "flows", "discloses", "protocols", "cloud".
 * Those of the run's life-cycle state. */
/* False: the profile says nothing of this table. [judge] */
bool assay_is_declared(struct assay_job *, const char *table);
size_t assay_declared_count(struct assay_job *, const char *table); /* [judge]
								     */
/* As the profile writes it; "" when it is not said. [judge] */
const char *assay_declared_at(
    struct assay_job *, const char *table, size_t row, const char *cell);

/* ---- the job: parameters, state, clock, end ---- */

void *assay_state(struct assay_job *); /* state_size bytes */
uint64_t assay_param_u64(struct assay_job *, const char *name); /* [judge] */
bool assay_param_bool(struct assay_job *, const char *name);    /* [judge] */
uint64_t assay_param_ns(struct assay_job *, const char *name);  /* [judge] */
const char *assay_param_string(
    struct assay_job *, const char *name); /* [judge] */
const struct assay_ports *assay_param_ports(
    struct assay_job *, const char *name); /* [judge] */
/* An undeclared name or a wrong type is fatal to the job: a bug of the probe.
 */

/* The job's clock in ns: monotonic when live, capture time when replayed. */
uint64_t assay_now_ns(struct assay_job *);
/* 64 bits that no device can foresee. */
uint64_t assay_random(struct assay_job *);
/* One-shot; rearmed with assay_timer_set, also from its own callback. */
struct assay_timer *assay_timer_new(struct assay_job *,
    void (*on_time)(struct assay_job *, void *arg), void *arg);
void assay_timer_set(struct assay_timer *, uint64_t delay_ns);
void assay_timer_stop(struct assay_timer *);
void assay_timer_free(struct assay_timer *); /* NULL is fine */
/* Frames come from a file: run is not called, there is nobody to talk to. */
bool assay_frames_are_stored(struct assay_job *);
/* For libraries that bring their own glue (bufferevent, libmosquitto). */
struct event_base *assay_event_base(struct assay_job *);

/* run is over: judge comes next.  Callable from run itself. */
void assay_finish(struct assay_job *);
/* The bench could not do it (never the device's fault): error, with text. */
void assay_fail(struct assay_job *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* For the person watching: "31,000 of 65,535 ports". Cheap; rate-limited. */
void assay_progress(
    struct assay_job *, uint64_t done, uint64_t total, const char *what);
void assay_log(struct assay_job *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- going on from an earlier job ----
 *
 * What a long job has settled, kept by the engine for the next one of the same
 * probe and method, parameters, device, firmware, state, mode and profile,
 * and given to it when its step says `resume: true`.  What was settled then is
 * no evidence now: a verdict rests on this job's frames, names the run that
 * it goes on from, and does not pass on what it did not see itself. */
#define ASSAY_CHECKPOINT_MAX 20480 /* bytes */
/* The newest counts; call it every few seconds.  Size 0: there is nothing left
 * to go on from, once the job has ended well. */
void assay_checkpoint(struct assay_job *, const void *bytes, size_t size);
/* What an earlier job left, and its run (0: none, size 0).  Whether it can be
 * read is for the probe to find out: it may be of any other version. */
size_t assay_resumed(struct assay_job *, const void **bytes, uint64_t *run);

/* The same of ports: settled[i] is of assay_target_at(i).  What does not fit
 * is left out, to be asked again. */
void assay_checkpoint_ports(
    struct assay_job *, const struct assay_ports *settled, size_t n);
/* The run in which these were settled; 0: none were, *out is empty. */
uint64_t assay_resumed_ports(
    struct assay_job *, const struct assay_target *, struct assay_ports *out);
/* What is left of *ports to ask, when there is something to go on from: all but
 * *earlier, which is what was settled then.  Declared ports are asked again,
 * and a few others: they tell silence from loss when little else is left. Notes
 * "resumed.run" and "resumed.asked".  Returns the run; 0: all of *ports is
 * asked, *earlier is empty. */
uint64_t assay_resume_ports(struct assay_job *, const struct assay_target *,
    const struct assay_ports *declared, struct assay_ports *ports,
    struct assay_ports *earlier);

/* ---- the link: raw frames (ASSAY_NEED_LINK) ---- */

struct assay_buffer {
	const void *data;
	size_t size;
};
/* Sends n whole frames (link header first).  Returns how many the kernel took
 * (0: its queue is full, try again when a timer fires), or -1 with the link
 * gone. */
int assay_link_send(struct assay_job *, const struct assay_buffer *, size_t n);
/* Frames the kernel dropped on the way to on_frame since the job began. */
uint64_t assay_link_lost(struct assay_job *);
/* Called whenever the host has just handed on a batch of frames. */
void assay_link_on_batch(
    struct assay_job *, void (*on_batch)(struct assay_job *));

/* ---- TCP by the kernel (ASSAY_NEED_TCP) ---- */

enum assay_tcp_result {
	ASSAY_TCP_CONNECTED,
	ASSAY_TCP_REFUSED,     /* RST */
	ASSAY_TCP_UNREACHABLE, /* ICMP or no neighbour */
	ASSAY_TCP_TIMEOUT,
	ASSAY_TCP_LOCAL, /* our own resources, never the device's fault */
};
/* Connects, reports once, closes with RST (no TIME_WAIT, no half-open).
 * local_port: our source port, by which observations name the frames. */
void assay_tcp_try(struct assay_job *, const struct assay_target *,
    uint16_t port, uint64_t timeout_ns,
    void (*on_result)(struct assay_job *, void *arg, enum assay_tcp_result,
	uint16_t local_port, uint64_t took_ns),
    void *arg);

/* The same from another of the job's sources. */
struct assay_tcp_from {
	const struct assay_target *target;
	const uint8_t *source; /* of assay_source_at; NULL: target->source */
	uint16_t port;
	uint64_t timeout_ns;
	void (*on_result)(struct assay_job *, void *arg, enum assay_tcp_result,
	    uint16_t local_port, uint64_t took_ns);
};
void assay_tcp_try_from(
    struct assay_job *, const struct assay_tcp_from *, void *arg);

/* Handshakes with a whole set of ports, each up to `tries` times until it
 * connects: once everything was tried, only what is left is tried again. */
struct assay_tcp_plan {
	const struct assay_target *target;
	uint64_t tries, timeout_ns; /* tries: at least 1 */
	/* Once for each port, of its last try. */
	void (*on_result)(struct assay_job *, void *arg, uint16_t port,
	    enum assay_tcp_result, uint16_t local_port);
	void (*on_end)(struct assay_job *, void *arg); /* after the last */
	void *arg;
};
void assay_tcp_try_ports(struct assay_job *, const struct assay_ports *,
    const struct assay_tcp_plan *); /* both copied */

/* ---- an exchange: a few bytes there and back (ASSAY_NEED_TCP or _UDP) ---- */

#define ASSAY_TALK_SAY_MAX 1024
#define ASSAY_TALK_HEAR_MAX 4096   /* unless it wants more */
#define ASSAY_TALK_HEAR_MOST 65536 /* the most that it may want */

enum assay_talk_end {
	ASSAY_TALK_ANSWERED = 1, /* heard something, and then no more */
	ASSAY_TALK_CLOSED,  /* the device ended it, with whatever was heard */
	ASSAY_TALK_QUIET,   /* there, but said nothing; UDP: nothing came */
	ASSAY_TALK_REFUSED, /* RST to the SYN; UDP: ICMP port unreachable */
	ASSAY_TALK_UNREACHABLE,
	ASSAY_TALK_TIMEOUT, /* TCP: no handshake */
	ASSAY_TALK_LOCAL,   /* our own resources, never the device's fault */
};

struct assay_talked {
	enum assay_talk_end end;
	const uint8_t *heard; /* gone after the call */
	size_t nheard;
	bool said;            /* `say` went out */
	uint16_t local_port;  /* by which observations name the frames */
	uint16_t remote_port; /* UDP: the answer's, which may be another */
	uint64_t took_ns;
	struct assay_talk_tls {         /* of a spec with tls */
		bool ready;             /* the handshake was completed */
		const char *version;    /* "TLSv1.3"; "" before that */
		uint8_t alert;          /* that the device sent; 0: none */
		bool wants_certificate; /* it asked for ours: we have none */
		const uint8_t *certificate; /* its own, DER; NULL: none seen */
		size_t ncertificate;
		const char *keys; /* lines of an SSLKEYLOGFILE, by which the
				     frames can be read; "" */
	} tls;
	bool withheld; /* `say` (or TLS) may not go out: TCP 9100 to 9107 print
			  what they hear, and nobody consents to it */
};

struct assay_talk_spec {
	enum assay_transport transport;
	const struct assay_target *target;
	uint16_t port;
	const uint8_t *source; /* of assay_source_at; NULL: target->source */
	const void *say;       /* copied */
	size_t nsay;     /* at most ASSAY_TALK_SAY_MAX; 0: only listen (TCP) */
	bool hear_first; /* TCP: say it when the device has spoken and paused,
			    and listen once more; unsaid if it never does */
	uint64_t connect_ns; /* for the handshake */
	uint64_t listen_ns;  /* for its first word */
	uint64_t quiet_ns;   /* a pause of this length: it has finished */
	size_t max;          /* bytes wanted, at most ASSAY_TALK_HEAR_MOST; 0:
				ASSAY_TALK_HEAR_MAX */
	bool tls; /* TCP: TLS first, of any version and with nobody verified;
		     then all of the above goes through it.  A handshake that
		     fails: ASSAY_TALK_CLOSED or _QUIET, and tls.ready false */
	void (*on_end)(
	    struct assay_job *, void *arg, const struct assay_talked *);
	void *arg;
};
/* Answers once, never from within; at most 256 at a time.  A device that talks
 * without a pause is heard for twice listen_ns.  TCP ends with RST, nothing is
 * left half-open.  UDP: the first datagram from the target, whatever its port;
 * one that is lost is not sent again. */
void assay_talk(struct assay_job *, const struct assay_talk_spec *);

/* ---- observations ---- */

/* Which frames show it, within this job's span of the capture and between
 * the bench and the DUT only.  Zero and empty fields match all.
 *
 * Over a stored capture the span is the whole file and the DUT's MAC decides:
 * "local" is then whoever it talked with, bench or not, "remote" the DUT.  A
 * passive probe names what it saw by protocol, ports and the DUT's address. */
struct assay_frames {
	uint8_t ip_proto; /* 6, 17, 1, 58; 0: any (ARP included) */
	const struct assay_target *target;  /* NULL: any address of the DUT */
	uint16_t local_first, local_last;   /* the bench's ports; 0,0: any */
	uint16_t remote_first, remote_last; /* the DUT's ports; 0,0: any */
	const char *comment; /* for the slice; NULL: the field's name */
};

struct assay_observation {
	const char *field;                 /* one of the descriptor's */
	const struct assay_target *target; /* subject; NULL: the DUT */
	uint16_t port;                     /* subject; 0: none */
	struct assay_value value;
	const struct assay_frames *frames;
	size_t nframes;
};
/* Returns the observation's id, from 1. */
uint32_t assay_observe(struct assay_job *, const struct assay_observation *);

/* The same in fewer words: of what, field, value, and the frames of it. */
struct assay_subject {
	const struct assay_target *target; /* NULL: the DUT */
	uint16_t port;                     /* 0: none */
};
#define ASSAY_ON(target_, port_) \
	((struct assay_subject){ .target = (target_), .port = (port_) })
uint32_t assay_observe_on(struct assay_job *, struct assay_subject,
    const char *field, struct assay_value, const struct assay_frames *,
    size_t nframes);
/* The frames of one exchange; a port of 0: any. */
struct assay_frames assay_frames_of(enum assay_transport,
    const struct assay_target *, uint16_t local_port, uint16_t remote_port,
    const char *comment);
/* A number without frames of its own. */
uint32_t assay_observe_count(
    struct assay_job *, struct assay_subject, const char *field, uint64_t n);

/* A control: a normal exchange that shows bench and DUT to work.  obs: the
 * observation that shows it.  A verdict pass needs the last one good. */
enum assay_phase {
	ASSAY_BEFORE = 1,
	ASSAY_DURING,
	ASSAY_AFTER
};
void assay_control(
    struct assay_job *, enum assay_phase, bool good, uint32_t obs);

/* The pace reached, and whatever differed from the defaults: goes into the
 * record.  name: "pace.max_pps" …; the last of each name counts. */
void assay_note(struct assay_job *, const char *name, struct assay_value);

/* What the watch says of the DUT while the job runs. */
enum assay_health {
	ASSAY_UP = 1,
	ASSAY_SLOW,
	ASSAY_DOWN,
	ASSAY_REBOOTED,
	ASSAY_ADDRESS_CHANGED,
	ASSAY_LINK_LOST
};
void assay_on_health(struct assay_job *,
    void (*on_health)(struct assay_job *, enum assay_health));

/* ---- a sweep: many like questions to one address, paced by its answers ----
 *
 * Gentle at first, faster as long as the device keeps answering.  Known
 * responders (questions that were answered) are asked again all the while:
 * the share of *those* that stays unanswered is the loss at the pace used.  A
 * question is silent only when it stayed unanswered so often that, at this
 * loss, an answer would have come through (chance below one in a million);
 * with no responder nothing is ever silent, only unsettled.
 */
struct assay_sweep;

enum assay_sweep_end {
	ASSAY_SWEEP_COMPLETE = 1, /* every question answered or silent */
	ASSAY_SWEEP_UNSETTLED,    /* nobody answered, or too lossy to tell */
	ASSAY_SWEEP_GONE, /* responders fell silent and did not come back */
};

struct assay_sweep_spec {
	uint32_t count;        /* questions are 0 to count-1; at most 65536 */
	const uint32_t *first; /* asked before all others; may be NULL */
	size_t nfirst;
	uint16_t serials; /* askings told apart: build gets 0 to serials-1 */
	uint64_t max_pps; /* 0: what the device can take */
	uint64_t patience_ns; /* how long to wait for one that fell silent */
	/* Writes the frame that asks q, at most 128 bytes; returns its size. */
	size_t (*build)(struct assay_job *, void *arg, uint32_t q,
	    uint16_t serial, uint8_t *frame);
	/* Once, from the loop; results are there until assay_sweep_free. */
	void (*on_end)(struct assay_job *, void *arg, enum assay_sweep_end);
	void *arg;
};

enum assay_sweep_state {
	ASSAY_SWEEP_UNASKED = 0,
	ASSAY_SWEEP_OPEN, /* asked, not settled */
	ASSAY_SWEEP_ANSWERED,
	ASSAY_SWEEP_SILENT,
};

struct assay_sweep_stats {
	uint64_t sent, checks, checks_lost; /* checks: askings of responders */
	uint64_t max_pps, min_pps; /* of the pace set, while answers came */
	uint64_t rtt_ns;           /* smoothed */
	uint32_t asked, answered, silent; /* questions */
	uint32_t tries;  /* unanswered askings that settle silence */
	uint32_t slowed; /* times the pace was lowered */
	/* away (asleep, hung, rebooting) and back; of these, reboots */
	uint32_t outages, reboots;
	uint64_t reboot_pps;          /* what went out when it last rebooted */
	uint64_t asleep_ns, awake_ns; /* medians over its outages; 0: unknown */
	uint64_t reached_pps; /* most that went out over a tenth of a second; 0:
				 it did not take that long */
};

/* Uses the job's link.  A copy is kept of *spec, not of what it points to. */
struct assay_sweep *assay_sweep_new(
    struct assay_job *, const struct assay_sweep_spec *);
/* An answer to q's asking with this serial has come.  liked: a good responder
 * (the kind of answer whose absence would matter); others serve when there is
 * no liked one. */
void assay_sweep_answer(
    struct assay_sweep *, uint32_t q, uint16_t serial, bool liked);
/* The watch's word: with the device or its link gone, asking pauses. */
void assay_sweep_health(struct assay_sweep *, enum assay_health);
/* Ends it now, from the loop, as ASSAY_SWEEP_GONE. */
void assay_sweep_stop(struct assay_sweep *);
enum assay_sweep_state assay_sweep_state(
    const struct assay_sweep *, uint32_t q);
void assay_sweep_stats(const struct assay_sweep *, struct assay_sweep_stats *);
void assay_sweep_free(struct assay_sweep *); /* NULL is fine */

/* Rows of params for those of a sweep, in packets. */
#define ASSAY_MAX_PPS \
	{ \
		"max_pps", ASSAY_PARAM_U64, "0", 0, 1000000, NULL, \
		    "Ceiling of the pace, in packets a second; 0: what the " \
		    "device shows it can take." \
	}
#define ASSAY_PATIENCE \
	{ \
		"patience", ASSAY_PARAM_DURATION, "10s", 1000000000, \
		    3600000000000, NULL, \
		    "How long to wait for a device that fell silent." \
	}
#define ASSAY_HANDSHAKE \
	{ \
		"handshake", ASSAY_PARAM_DURATION, "2s", 1000000, 60000000000, \
		    NULL, "How long one handshake may take." \
	}
/* Why a sweep shows too little for a pass. */
enum assay_doubt {
	ASSAY_DOUBT_NONE,
	ASSAY_DOUBT_NO_RESPONDER,
	ASSAY_DOUBT_GONE,    /* the device went away */
	ASSAY_DOUBT_PARTIAL, /* not all was asked */
	ASSAY_DOUBT_UNSETTLED,
	ASSAY_DOUBT_CONTROL, /* the closing one was bad */
	ASSAY_DOUBTS
};
/* "complete", "unsettled", "gone"; 0: "stopped", before its end. */
const char *assay_sweep_end_name(enum assay_sweep_end);
/* Notes "pace.…": what the sweep has learnt. */
void assay_note_pace(struct assay_job *, const struct assay_sweep_stats *);
/* ASSAY_DURING is good when known responders were asked again, and more than
 * half of these askings were answered.  obs: that shows it. */
void assay_control_during(
    struct assay_job *, const struct assay_sweep_stats *, uint32_t obs);

/* ---- the open TCP ports of one address (ASSAY_NEED_LINK) ----
 *
 * A SYN to each port (RFC 9293 section 3.5) by a sweep: what answers SYN-ACK
 * is open, RST closed, and silence is believed as a sweep believes it.  The
 * bench's kernel, which knows nothing of these SYNs, answers a SYN-ACK with
 * RST. */
struct assay_tcp_sweep;

#define ASSAY_TCP_SWEEP_SOURCE_FIRST 61000 /* its own ports */
#define ASSAY_TCP_SWEEP_SOURCE_LAST 64999

struct assay_tcp_swept {
	enum assay_sweep_end end;
	struct assay_ports open;
	uint32_t asked, answered, silent, unsettled; /* ports */
	uint16_t responder; /* answered; an open one if there is; 0: none */
	struct assay_sweep_stats stats;
	struct assay_ports closed, unreachable; /* by RST, by ICMP */
};

struct assay_tcp_sweep_spec {
	const struct assay_target *target;
	const struct assay_ports *ports; /* copied */
	const struct assay_ports *first; /* asked before the others; or NULL */
	uint64_t max_pps;                /* 0: what the device can take */
	uint64_t patience_ns; /* how long to wait for one that fell silent */
	/* Once, from the loop; then it is free to be freed. */
	void (*on_end)(
	    struct assay_job *, void *arg, const struct assay_tcp_swept *);
	void *arg;
};
struct assay_tcp_sweep *assay_tcp_sweep_start(
    struct assay_job *, const struct assay_tcp_sweep_spec *);

/* The same with ten seconds of patience. */
struct assay_tcp_sweep *assay_tcp_sweep_new(struct assay_job *,
    const struct assay_target *, const struct assay_ports *, uint64_t max_pps,
    void (*on_end)(
	struct assay_job *, void *arg, const struct assay_tcp_swept *),
    void *arg);
/* From on_frame: every frame.  This and the next two: NULL is fine. */
void assay_tcp_sweep_frame(
    struct assay_tcp_sweep *, const struct assay_frame *);
/* From on_health. */
void assay_tcp_sweep_health(struct assay_tcp_sweep *, enum assay_health);
void assay_tcp_sweep_stop(struct assay_tcp_sweep *); /* as gone */
/* As far as it has come, at any time; end is 0 before on_end. */
void assay_tcp_sweep_result(
    const struct assay_tcp_sweep *, struct assay_tcp_swept *);
void assay_tcp_sweep_free(struct assay_tcp_sweep *); /* NULL is fine */

/* ---- the open TCP ports of all addresses (ASSAY_NEED_LINK, _TCP) ----
 *
 * One chosen address after the other: swept, then its open ports are the
 * probe's to ask, between two controls.  Reads the parameters "addresses",
 * "ports", "max_pps" and "handshake"; observes what ASSAY_TCP_ROUNDS_FIELDS
 * names; after the last address the job is finished. */
struct assay_tcp_rounds;

/* Rows of observations and of params. */
#define ASSAY_TCP_ROUNDS_FIELDS \
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" }, \
	    { "sweep.asked", ASSAY_TYPE_U64, "port", \
		    "TCP ports asked at all" }, \
	    { "sweep.answered", ASSAY_TYPE_U64, "port", \
		    "ports that answered" }, \
	    { "sweep.unsettled", ASSAY_TYPE_U64, "port", "nobody can tell" }, \
	    { "ports.open", ASSAY_TYPE_PORTS, "port", \
		    "SYN answered by SYN-ACK" }, \
	    { "control.before", ASSAY_TYPE_BOOL, "", "a port answered" }, \
	{ \
		"control.after", ASSAY_TYPE_BOOL, "", "the same port again" \
	}
#define ASSAY_TCP_ROUNDS_PARAMS \
	ASSAY_ADDRESSES("Which of the device's addresses are asked."), \
	    { "ports", ASSAY_PARAM_PORTS, "1-65535", 0, 0, NULL, \
		    "Which TCP ports are asked; fewer than all never pass." }, \
	    ASSAY_HANDSHAKE, ASSAY_MAX_PPS

/* on_open: of this target these ports are open; both are there until
 * assay_tcp_rounds_done() says that they are asked. */
struct assay_tcp_rounds *assay_tcp_rounds_start(struct assay_job *,
    void (*on_open)(struct assay_job *, void *arg, const struct assay_target *,
	const struct assay_ports *open),
    void *arg);
void assay_tcp_rounds_done(struct assay_tcp_rounds *);
/* From on_frame, on_health, cancel and fini; NULL is fine. */
void assay_tcp_rounds_frame(
    struct assay_tcp_rounds *, const struct assay_frame *);
void assay_tcp_rounds_health(struct assay_tcp_rounds *, enum assay_health);
void assay_tcp_rounds_cancel(struct assay_tcp_rounds *);
void assay_tcp_rounds_free(struct assay_tcp_rounds *);

/* What a judge reads of one address. */
struct assay_tcp_round_seen {
	const char *end; /* of the sweep; NULL: it was not swept */
	uint64_t asked, answered, unsettled; /* ports */
	struct assay_ports open;
	uint32_t sweep_id, control_id; /* observations; 0: none */
	bool control;                  /* the closing one was good */
};
void assay_tcp_round_see(struct assay_tcp_round_seen *,
    const struct assay_observation *, uint32_t id); /* [judge] */
/* Whether the sweep leaves a doubt that there are other open ports. [judge] */
enum assay_doubt assay_tcp_round_doubt(const struct assay_tcp_round_seen *);

/* ---- questions beside responders (ASSAY_NEED_LINK) ----
 *
 * Questions to one address that a good device leaves unanswered, which shows
 * nothing by itself.  So the same sweep asks two things that are answered as a
 * rule: an echo (RFC 1122 section 3.2.2.6, RFC 4443 section 4.2) and a SYN to a
 * declared port; and one of these again after its end.  Reads the parameters
 * "max_pps" and "patience"; observes what ASSAY_BESIDE_FIELDS names. */
struct assay_beside;

#define ASSAY_BESIDE_FIELDS \
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" }, \
	    { "sweep.checks", ASSAY_TYPE_U64, "", \
		    "askings of known responders" }, \
	    { "sweep.checks_lost", ASSAY_TYPE_U64, "", \
		    "of these, unanswered" }, \
	{ \
		"control", ASSAY_TYPE_BOOL, "", "a known responder answered" \
	}

struct assay_beside_spec {
	const struct assay_target *target;
	uint32_t count;   /* questions are 0 to count-1 */
	uint16_t serials; /* as of a sweep; at most 4,000 */
	bool from_all;    /* the echo comes from all sources in turn */
	struct assay_frames frames; /* that show the sweep */
	/* As of a sweep. */
	size_t (*build)(struct assay_job *, void *arg, uint32_t q,
	    uint16_t serial, uint8_t *frame);
	/* The sweep is over, and the probe observes what came of it. */
	void (*on_swept)(struct assay_job *, void *arg);
	/* So is the closing control: it may be freed. */
	void (*on_end)(struct assay_job *, void *arg);
	void *arg;
};
struct assay_beside *assay_beside_new(
    struct assay_job *, const struct assay_beside_spec *);
/* From on_frame; true: it was a responder's answer, and nothing else. */
bool assay_beside_frame(struct assay_beside *, const struct assay_frame *);
/* An answer to q; a serial beyond serials: that of its last asking. */
void assay_beside_answer(struct assay_beside *, uint32_t q, uint16_t serial);
enum assay_sweep_state assay_beside_state(
    const struct assay_beside *, uint32_t q);
bool assay_beside_heard_echo(const struct assay_beside *);
/* From on_health, cancel and fini; NULL is fine. */
void assay_beside_health(struct assay_beside *, enum assay_health);
void assay_beside_stop(struct assay_beside *);
void assay_beside_free(struct assay_beside *);

/* What a judge reads of one address. */
struct assay_beside_seen {
	const char *end;               /* of the sweep; NULL: none was */
	bool heard;                    /* a responder was */
	bool control;                  /* the closing one was good */
	uint32_t sweep_id, control_id; /* observations; 0: none */
};
void assay_beside_see(struct assay_beside_seen *,
    const struct assay_observation *, uint32_t id); /* [judge] */
/* Whether silence shows something; unsettled: questions. [judge] */
enum assay_doubt assay_beside_doubt(
    const struct assay_beside_seen *, uint64_t unsettled);

/* ---- the UDP ports of one address (ASSAY_NEED_LINK, _SOURCES) ----
 *
 * Each port is asked with a payload of the probe's, from one of the bench's
 * addresses after the other.  A datagram back is an open port, ICMP "port
 * unreachable" a closed one.  Devices say few of these a second; how few is
 * learnt from known responders that are asked all the while.  What stays
 * unanswered so often that, at the loss these show, an answer would have come
 * through (chance below one in a million) is silent: open or filtered. */
struct assay_udp_sweep;

#define ASSAY_UDP_SWEEP_SOURCE_FIRST 61000 /* its own ports */
#define ASSAY_UDP_SWEEP_SOURCE_LAST 64999
#define ASSAY_UDP_PAYLOAD_MAX 1232

struct assay_udp_sweep_spec {
	const struct assay_target *target;
	const struct assay_ports *ports; /* copied */
	const struct assay_ports *first; /* asked before all others; or NULL */
	uint64_t max_pps;                /* 0: what the device can take */
	uint64_t patience_ns; /* how long to wait for one that fell silent */
	/* Writes what asks port, at most ASSAY_UDP_PAYLOAD_MAX bytes; returns
	 * its size.  attempt: from 0, the port's. */
	size_t (*payload)(struct assay_job *, void *arg, uint16_t port,
	    unsigned attempt, uint8_t *out);
	/* Once, from the loop; then it is free to be freed. */
	void (*on_end)(struct assay_job *, void *arg, enum assay_sweep_end);
	void *arg;
};

struct assay_udp_swept {
	struct assay_ports open, closed, filtered, silent, unsettled;
	uint16_t responder; /* answered, a closed one if there is; 0: none */
	uint32_t sources;   /* used */
	uint64_t icmp_pps;  /* ICMP a second while the device held back; or 0 */
	uint32_t icmp_sources; /* from so many addresses */
	struct assay_sweep_stats stats;
};

struct assay_udp_sweep *assay_udp_sweep_new(
    struct assay_job *, const struct assay_udp_sweep_spec *);
/* From on_frame: every frame. */
void assay_udp_sweep_frame(
    struct assay_udp_sweep *, const struct assay_frame *);
/* From on_health. */
void assay_udp_sweep_health(struct assay_udp_sweep *, enum assay_health);
void assay_udp_sweep_stop(struct assay_udp_sweep *, enum assay_sweep_end);
/* At any time. */
void assay_udp_sweep_result(
    const struct assay_udp_sweep *, struct assay_udp_swept *);
/* Of an open port: our source port in the exchange, and the device's, which
 * may be another (RFC 1350 section 4). */
void assay_udp_sweep_exchange(const struct assay_udp_sweep *, uint16_t port,
    uint16_t *local_port, uint16_t *remote_port);
void assay_udp_sweep_free(struct assay_udp_sweep *); /* NULL is fine */

/* ---- judge ---- */

/* A measured value is value plus or minus bound.  Within: the limit lies in
 * that margin (its ends included), so that nothing is decided: inconclusive. */
enum assay_compared {
	ASSAY_BELOW = 1,
	ASSAY_WITHIN,
	ASSAY_ABOVE
};
enum assay_compared assay_compare(
    uint64_t value, uint64_t bound, uint64_t limit); /* [judge] */

size_t assay_observation_count(struct assay_job *); /* [judge] */
/* frames and nframes are not kept here: zero. [judge] */
const struct assay_observation *assay_observation_at(
    struct assay_job *, size_t index); /* the id is index + 1 */
/* It is of this target's address. [judge] */
bool assay_is_about(
    const struct assay_observation *, const struct assay_target *);
/* Calls see for each observation of this target, in their order. [judge] */
void assay_see_all(struct assay_job *, const struct assay_target *,
    void (*see)(void *seen, const struct assay_observation *, uint32_t id),
    void *seen);
/* When field is one of the counters', *to is the observation's u64.  field: the
 * observation's, or what of it is behind a prefix. [judge] */
struct assay_counter {
	const char *field;
	uint64_t *to;
};
void assay_see_count(const struct assay_observation *, const char *field,
    const struct assay_counter *, size_t n);
/* The last control of this phase was good; false also when there was none. */
bool assay_control_is_good(struct assay_job *, enum assay_phase); /* [judge] */

enum assay_verdict_value {
	ASSAY_INFO = 2, /* in the order none na info pass inconc fail error */
	ASSAY_PASS,
	ASSAY_INCONC,
	ASSAY_FAIL,
};

struct assay_named_value {
	const char *name;
	struct assay_value value;
};

struct assay_verdict {
	const char *check; /* one of the descriptor's claims */
	enum assay_kind kind;
	enum assay_verdict_value value;
	const struct assay_target *target; /* subject; NULL: the DUT */
	uint16_t port;
	const char *reason; /* one of the descriptor's codes */
	const struct assay_named_value *values; /* as the reason declares */
	size_t nvalues;
	const uint32_t *observations; /* ids: the evidence */
	size_t nobservations;
};
void assay_say(struct assay_job *, const struct assay_verdict *); /* [judge] */

#pragma GCC visibility pop

#endif
