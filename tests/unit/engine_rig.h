/*
 * engine_rig: the real engine in a process of its own, beside a real store (or
 * a scripted one); the test plays everybody else.
 *
 * Every stand-in answers at once and well, unless the test says otherwise: it
 * may withhold an answer and give it later, or do something just before.
 * Nothing here needs root, a network or a clock.
 */
#ifndef ASSAY_ENGINE_RIG_H
#define ASSAY_ENGINE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/msg.h"
#include "daemon/shared/wire.h"
#include "probes/probe.h"
#include "tests/unit/engine_rig_files.h"

#define ERIG_MAC "02:00:00:00:00:10"

/* When somebody is about to answer the engine. */
enum moment {
	AT_DESCRIBE,
	AT_DISCOVER,
	AT_CANARY,
	AT_BASELINE,
	AT_OPENING_CONTROL, /* also an action's exercise */
	AT_OPENING_BARRIER,
	AT_SPAWN,
	AT_GO, /* the worker has been told to begin */
	AT_CLOSING_CONTROL,
	AT_CLOSING_BARRIER,
	AT_RESOLVE,
	AT_HOOK,
	AT_CONNECT,
	AT_SEAL,   /* of capture files */
	AT_APPEND, /* scripted store, a verdict */
	AT_SIGN,   /* WARDEN_SIGN */
	AT_ROTATE, /* WARDEN_ROTATE */
	MOMENTS,
};

struct engine_rig;
struct sign_key;
typedef void erig_act(struct engine_rig *r);

#define ERIG_APPENDS_MAX 64

struct engine_rig {
	char dir[64];
	pid_t engine, store;
	int listening;
	/* our ends; -1: none */
	int warden, capture, watch, worker, describer, client, store_parent,
	    scripted;

	erig_act *at[MOMENTS]; /* the test says: just before the answer */
	bool hold[MOMENTS];    /* the answer waits for erig_release() */
	bool controls[2];      /* opening, closing: good */
	bool canary, comes_in; /* good; what the machine sent */
	bool connects;         /* WATCH_CONNECT: good */
	bool no_address, no_baseline; /* the device is not found; not known */
	uint64_t rested_ns, rest_reboots; /* observed at rest */
	uint64_t dropped[2]; /* at the opening and closing barrier */
	uint64_t frames;     /* that show a verdict */
	const char *slice_error;
	const char *seal_error; /* of the closing one; NULL: none */
	bool cut;               /* capture files are, without a hash */
	const char *refuse_worker, *refuse_hook, *refuse_canary; /* NULL: not */
	struct sign_key *key;    /* erig_use_key(); NULL: the bench has none */
	const char *refuse_sign; /* NULL: not */
	const char *descriptor;  /* JSON; NULL: the usual */
	bool describer_stays;    /* it says nothing and does not end */
	uint8_t hook_how;
	uint32_t hook_status;
	erig_act *job;      /* what the worker says; NULL: a good job */
	uint8_t says;       /* enum assay_verdict_value of a good job */
	bool after_control; /* the probe's own, of a good job */
	bool worker_stays;  /* it does not end by itself */
	bool ignores_kill;
	bool exit_first; /* exit status before the socket's end */
	uint8_t exit_how;
	uint32_t exit_status;
	const char *last_words;
	const char *store_refuses; /* scripted: type of record, NULL: none */
	json_int_t refused_run;    /* and with it all that follows of its run */
	const char *fail_query;    /* scripted: its next answers are errors */
	unsigned fail_times;

	/* -- what was seen ------------------------------------------------- */
	uint32_t held[MOMENTS]; /* the newest question of each kind */
	uint64_t appends[ERIG_APPENDS_MAX]; /* held back, scripted store */
	size_t nappends;
	uint64_t position;                /* of the capture */
	uint32_t capture_file, seal_from; /* being written; asked for */
	unsigned reached[MOMENTS], canaries_sent;
	uint32_t worker_number, killed, dut;
	uint16_t targets;   /* of the newest WARDEN_WORKER */
	uint8_t digest[32]; /* of the newest WARDEN_SIGN */
	bool went;      /* between the worker's start and the closing barrier */
	bool cancelled; /* the worker was told */
	uint8_t health; /* the worker was told, the newest */
	char resumed[16]; /* the worker was told, the newest; "", of run 0 */
	uint64_t resumed_run;
	uint16_t connect_port;
	bool busy; /* the watch was told */
	struct erig_files files;
	json_t *records; /* of the stream: {seq, sha256, record} */
	json_t *words;   /* of the stream: other notifications, whole */

	char *line; /* of the client */
	size_t size;
	int64_t last_id;
	json_t *answer;
};

/* Everything up, a device "lock" registered, subscribed from 1 on. */
void erig_start(struct engine_rig *r);
void erig_start_scripted_store(struct engine_rig *r);
void erig_free(struct engine_rig *r);
/* The bench has this key from now on, and its warden says so; taken over. */
void erig_use_key(struct engine_rig *r, struct sign_key *key);
/* "lock", as at the start, or again. */
void erig_add_device(struct engine_rig *r);
/* SIGKILL, as for a crash; then again with the same store. */
void erig_kill_engine(struct engine_rig *r);
void erig_start_engine(struct engine_rig *r);
/* A new connection, subscribed from a record on. */
void erig_subscribe(struct engine_rig *r, uint64_t from);
/* The same, to one run's only. */
void erig_subscribe_to(struct engine_rig *r, uint64_t from, uint64_t run);

/* Runs the stand-ins until is(r, arg), else the test fails. */
typedef bool erig_is(const struct engine_rig *r, const void *arg);
void erig_until(struct engine_rig *r, erig_is *is, const void *arg);
/* A moment has been reached so often. */
void erig_until_at(struct engine_rig *r, enum moment m, unsigned times);
/* Gives the answer that was withheld, and no longer withholds it. */
void erig_release(struct engine_rig *r, enum moment m);

/* Result of a call; fails the test when it is an error.  Borrowed until the
 * next call. */
json_t *erig_call(struct engine_rig *r, const char *method, json_t *params);
/* The error's text of a call that must fail. */
const char *erig_refused(
    struct engine_rig *r, const char *method, json_t *params);
/* Queues a run; returns its number. */
uint64_t erig_run(struct engine_rig *r, const char *steps);
/* The manifest of a run, when it has been streamed. */
const json_t *erig_manifest(struct engine_rig *r, uint64_t run);
/* erig_run() and erig_manifest() in one. */
const json_t *erig_run_to_end(struct engine_rig *r, const char *steps);
/* The nth (from 0) streamed record of a type in a run; run 0: of any; NULL. */
const json_t *erig_record(
    const struct engine_rig *r, uint64_t run, const char *type, size_t nth);
size_t erig_count(const struct engine_rig *r, const char *type);
/* Records of a type in the store, by run.show: the engine has by then done
 * with everything it was told before. */
size_t erig_stored(struct engine_rig *r, uint64_t run, const char *type);
/* Field of a record as text; "" when null. */
const char *erig_text(const json_t *record, const char *name);
json_int_t erig_number(const json_t *record, const char *name);

/* On the segment: */
void erig_say_link(struct engine_rig *r, bool up);
void erig_say_health(struct engine_rig *r, enum assay_health health);
void erig_say_address_gone(struct engine_rig *r);
void erig_say_foreign(struct engine_rig *r);
void erig_say_capture_event(
    struct engine_rig *r, enum capture_event event, uint64_t value);
/* The process dies, and another takes its place. */
void erig_replace(struct engine_rig *r, enum role role);
/* The process dies, and no other comes. */
void erig_lose(struct engine_rig *r, enum role role);

/* What a worker may say; each returns nothing, as the engine may have hung
 * up. */
void erig_say(int fd, const struct msg_out *m);
void erig_say_observation(struct engine_rig *r, uint32_t id, const char *field);
void erig_say_control(struct engine_rig *r, uint8_t phase, bool good);
struct erig_verdict {
	const char *check, *reason;
	uint8_t kind, value;
	uint32_t observation; /* 0: cites none */
};
void erig_say_verdict(struct engine_rig *r, const struct erig_verdict *v);
void erig_say_word(struct engine_rig *r, uint16_t type); /* without fields */
/* Observation, control, end of run, one verdict; not the last word. */
void erig_say_job(struct engine_rig *r);
/* The worker ends: its socket, its exit status, in the order asked for. */
void erig_end_worker(struct engine_rig *r);
void erig_say_exit(struct engine_rig *r);
bool erig_is_refused(struct engine_rig *r, const json_t *record);

#endif
