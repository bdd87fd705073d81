/*
 * engine: the unprivileged middle: queue, runs, jobs, seals, control socket.
 *
 * Only engine_*.c, run*.c, job*.c, seal.c, action.c and control_methods*.c
 * include this.  Everything here lives in one process and one event loop; no
 * call blocks.
 */
#ifndef ASSAY_ENGINE_H
#define ASSAY_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <jansson.h>

#include "base/msg.h"
#include "base/peer.h"
#include "scenarios/conf.h"
#include "daemon/control/control.h"
#include "daemon/engine/journal.h"
#include "daemon/engine/requests.h"
#include "daemon/store/store.h"
#include "daemon/shared/wire.h"

struct attest_files;
struct device;
struct orders;
struct publish;
struct run;
struct signer;
struct seg; /* engine_segment.h */
struct stamping;

/* Groups of requests: whom they were asked of. */
enum {
	ASKED_WARDEN = 1,
	ASKED_CAPTURE = 0x100,
	ASKED_WATCH = 0x200
};

#define ENGINE_REFUSED_MAX 32 /* remembered */

struct engine {
	struct event_base *base;
	struct peer *warden;
	struct conf *conf;
	struct store *store;
	struct journal *journal;
	struct control *control;
	struct requests *requests;
	struct signer *signer;
	struct publish *publish;
	struct stamping *stamping; /* NULL: no authority is configured */
	int evidence_dir;          /* -1 until given */
	int control_fd;            /* -1 until given */
	struct seg *segments;      /* conf->nsegments of them */
	TAILQ_HEAD(device_list, device) devices;
	struct orders *orders;
	TAILQ_HEAD(run_list, run) runs;    /* queued and under way, in order */
	struct probes *probes;             /* descriptors: engine_probes.h */
	struct prune *prune;               /* NULL: no configuration yet */
	struct attest_files *attest_files; /* coming in; NULL: none was */
	bool store_up;
	unsigned loading; /* questions whose answers make it ready */
	bool load_failed;
	bool ready;             /* devices, open runs and last seq are loaded */
	struct engine_refused { /* runs the store would not keep, newest last */
		uint64_t run;
		char text[160];
	} refused[ENGINE_REFUSED_MAX];
	json_t *catalogue;     /* engine_catalogue.h; NULL: not known */
	uint64_t found_newest; /* durable record, when it began */
	unsigned nrefused;     /* in all */
	uint64_t started_ns;   /* monotonic */
};

/* engine_start.c: from a store that answers to an engine that may take runs. */
void engine_load(struct engine *en);

/* control_methods.c */
extern const struct control_method control_methods[];

#endif
