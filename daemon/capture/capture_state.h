/*
 * capture_state: what the capture role knows, for its own files alone.
 *
 * capture.c is its life and its warden, capture_link.c the ring and the
 * recording, capture_width.c which ring that is, capture_work.c what is done
 * in steps, capture_peers.c the engine and the watch.
 */
#ifndef ASSAY_CAPTURE_STATE_H
#define ASSAY_CAPTURE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msg.h"
#include "captures/clock_step.h"
#include "captures/ethernet_source.h"
#include "captures/recording.h"
#include "daemon/capture/capture_files.h"
#include "daemon/capture/capture_hash.h"
#include "daemon/capture/capture_keep.h"
#include "daemon/capture/capture_replay.h"
#include "daemon/capture/capture_resolve.h"
#include "daemon/shared/wire.h"

#define CAPTURE_BARRIERS_MAX 1024u
#define CAPTURE_STRING_SIZE 256

struct event;
struct event_base;
struct peer;

struct capture_barrier {
	uint32_t request;
	struct ethernet_mark mark; /* what has to be handed on first */
	uint64_t stamp_ns;
};

struct capture {
	unsigned magic;
	struct event_base *base;
	struct event *readable, *pause, *tick, *work, *sigterm, *sigint;
	struct peer *parent, *engine, *watch;
	uint32_t segment, first_file, ring_mib, file_mib;
	char interface[CAPTURE_STRING_SIZE];
	int packets[2], captures, evidence; /* -1: not given yet */
	struct ethernet_source *source;
	struct recording *recording;
	struct capture_barrier barriers[CAPTURE_BARRIERS_MAX]; /* in order */
	size_t nbarriers;
	struct capture_resolve *resolving;
	struct capture_resolve_queue resolves;
	struct capture_files *listing; /* the question under way */
	struct capture_files_queue listings;
	struct capture_hash hash;
	struct capture_replay *replay; /* one at a time, or NULL */
	struct segment_index stored;   /* what the newest one read */
	struct capture_keep keep;
	struct clock_step clock;
	uint64_t told_dropped, told_offloaded, not_forwarded;
	uint32_t file; /* told last */
	bool is_run_open, is_width_told;
	bool is_link_down;      /* told, and may turn out to be gone */
	uint64_t wide_until;    /* monotonic; when no run is open */
	uint64_t handed_before; /* at the last tick */
	unsigned quiet_ticks;
	bool is_stopping;
	int status;
	struct msg_out out; /* scratch */
};

/* arg of every callback: fatal if it is none. */
struct capture *capture_check(void *arg);
/* To the engine, if there is one. */
void capture_tell(struct capture *c, enum capture_event what, uint64_t value,
    const char *detail);
/* Ends the loop, and with it the process, in good order. */
void capture_stop(struct capture *c, int status);

/* Begins once socket and directories are there. */
void capture_link_begin(struct capture *c);
/* Asks the kernel, and tells what was lost, or was not as it was sent. */
void capture_link_take_counts(struct capture *c, struct ethernet_counts *n);
/* Answers the barriers that are reached. */
void capture_link_pass_barriers(struct capture *c);
/* Takes some frames off the ring. Returns how many. */
size_t capture_link_drain(struct capture *c);
void capture_link_drain_last(struct capture *c);
/* Few frames have come for some time. */
bool capture_is_quiet(const struct capture *c);

/* There is something to resolve, to tell of files or to hash. */
void capture_work_soon(struct capture *c);
void capture_work_some(struct capture *c);

/* A run begins: before a barrier of it is answered, the ring is wide. */
void capture_width_run_begins(struct capture *c);
/* It is over, or nobody is there who has one. */
void capture_width_run_ends(struct capture *c);
/* Twice a second: the ring is as wide as it has to be.  frames: since the last
 * time. */
void capture_width_tick(struct capture *c, uint64_t frames);

/* fd: taken over; replaces an earlier one. */
void capture_engine_attach(struct capture *c, int fd);
void capture_engine_forget(struct capture *c);
void capture_watch_attach(struct capture *c, int fd);
/* End of file is a peer's right; a message that is none is fatal. */
void capture_peer_gone(const char *who, const char *why);

#endif
