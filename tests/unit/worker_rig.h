/*
 * worker_rig: the real assay-worker with the test as its engine.
 *
 * Everything that it says is collected until its socket is at its end; its
 * last words and exit status are the other two facts.  Needs root: the job
 * runs in a network namespace of the test's own, with a loopback and, on
 * demand, a veth pair.
 */
#ifndef ASSAY_TESTS_WORKER_RIG_H
#define ASSAY_TESTS_WORKER_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/msg.h"

#define RIG_NEAR "rig0" /* the worker's end of the veth pair */
#define RIG_FAR "rig1"  /* the device's */

struct rig_verdict {
	char check[64], reason[64];
	uint8_t kind, value;
	unsigned nobservations;
};

struct rig {
	pid_t pid;         /* the init */
	int engine, words; /* our end of the socket; its stderr */
	struct msg_out out;
	/* what it said */
	unsigned observations, controls, good_controls, notes, lines, progress;
	bool run_over, done;
	bool was_reset;      /* it left something of ours unread */
	bool truth;          /* the last boolean observation */
	uint64_t number;     /* the last numeric observation */
	uint16_t local_port; /* of the last observation's first selector */
	char sandbox[256], failed[1024], note[64], last_line[1024];
	char *description;
	struct rig_verdict verdicts[8];
	unsigned nverdicts;
	/* how it ended */
	char last_words[4096];
	int status; /* of waitpid() */
};

/* In a network namespace of our own from here on, loopback up.  False with a
 * line on stdout when that is not allowed here. */
bool rig_enter_namespace(void);
/* A veth pair in this namespace, both ends up.  near: 10.99.0.1/24. */
void rig_make_link(void);
void rig_bring_down(const char *interface);
/* A raw socket bound to this interface. */
int rig_open_raw(const char *interface);

/* probe: a name under tests/probes ("bad_crash_run" or "sample_ok"). */
void rig_start(struct rig *r, const char *probe, bool with_link);
void rig_send(struct rig *r); /* r->out */
void rig_param(struct rig *r, const char *name, const char *value);
/* A target on the loopback (127.0.0.1) or, with_link, 10.99.0.2. */
void rig_target(struct rig *r, bool on_link);
void rig_go(struct rig *r);
void rig_cancel(struct rig *r);
/* Reads one message. False: the socket is at its end. Fails the test after
 * ten seconds. */
bool rig_read(struct rig *r);
/* To the end of everything; fails the test after ten seconds of silence. */
void rig_end(struct rig *r);
void rig_free(struct rig *r);

#endif
