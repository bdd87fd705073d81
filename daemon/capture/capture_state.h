/*
 * capture_state: what the capture role knows, for its own files alone.
 *
 * capture.c is its life and its warden, capture_link.c the ring and the
 * recording, capture_peers.c the engine and the watch.
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
	uint64_t accepted; /* frames that have to be handed on first */
	uint64_t stamp_ns;
};

struct capture {
	unsigned magic;
	struct event_base *base;
	struct event *readable, *tick, *work, *sigterm, *sigint;
	struct peer *parent, *engine, *watch;
	uint32_t segment, first_file, ring_mib, file_mib;
	char interface[CAPTURE_STRING_SIZE];
	int packet_fd, captures, evidence; /* -1: not given yet */
	struct ethernet_source *source;
	struct recording *recording;
	struct capture_barrier barriers[CAPTURE_BARRIERS_MAX]; /* in order */
	size_t nbarriers;
	struct capture_resolve *resolving;
	struct capture_resolve_queue resolves;
	struct capture_files *listing; /* the question under way */
	struct capture_files_queue listings;
	struct capture_replay *replay; /* one at a time, or NULL */
	struct segment_index stored;   /* what the newest one read */
	struct clock_step clock;
	uint64_t told_dropped, told_offloaded, not_forwarded;
	uint32_t file; /* told last */
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
/* There is something to resolve or to tell of files. */
void capture_link_work_soon(struct capture *c);
void capture_link_drain_last(struct capture *c);

/* fd: taken over; replaces an earlier one. */
void capture_engine_attach(struct capture *c, int fd);
void capture_engine_forget(struct capture *c);
void capture_watch_attach(struct capture *c, int fd);
/* End of file is a peer's right; a message that is none is fatal. */
void capture_peer_gone(const char *who, const char *why);

#endif
