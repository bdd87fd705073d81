/*
 * warden_parts: what the warden's own files share.  Nobody else includes it.
 */
#ifndef ASSAY_WARDEN_PARTS_H
#define ASSAY_WARDEN_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/hex.h"
#include "base/peer.h"
#include "daemon/warden/apart.h"
#include "daemon/warden/segment.h"
#include "daemon/warden/warden.h"
#include "daemon/shared/wire.h"

#define WARDEN_WORKERS_MAX 24 /* one uid each, from here on: */
#define WARDEN_WORKER_UID 8   /* after uid_first */
#define WARDEN_HOOKS_MAX 8    /* at once */
#define WARDEN_HOOK_TAIL 4096 /* bytes of output kept */

struct event;
struct event_base;
struct warden;

/* The place of one role process: it stays while processes come and go. */
struct warden_role {
	struct warden *w;
	enum role role;
	uint32_t segment;    /* WIRE_NO_SEGMENT: engine, store */
	pid_t pid;           /* 0: none now */
	struct peer *peer;   /* NULL when there is none */
	struct event *retry; /* starts it again; or, while it stops, kills */
	uint64_t started_ms; /* monotonic */
	uint32_t backoff_ms; /* before the next start */
	bool is_wanted;      /* else it is stopping or not to be started */
};

struct warden_segment {
	struct warden *w;
	uint32_t index;
	const struct conf_segment *conf;
	struct segment *segment; /* NULL: down */
	struct event *monitor;   /* links inside */
	struct event *retry;
	struct warden_role capture, watch, services;
	struct warden_role uplink;  /* while a fence is open */
	struct warden_fence *fence; /* NULL: none */
	bool impostor;              /* a worker answers the device's calls */
	uint8_t dut[6];  /* whom workers may send to; all zero: nobody */
	bool dut_prints; /* its profile consents to it */
	char why[512];   /* it is down; "": up, or not tried yet */
};

/* Addresses of a segment's pool that a worker speaks from. */
struct warden_lease {
	struct segment *segment; /* NULL: it lends nothing, or is gone */
	struct netlink_address *list;
	size_t n;
	bool is_raw; /* the kernel answers nothing for them */
};

struct warden_worker {
	TAILQ_ENTRY(warden_worker) entry;
	uint32_t id;
	unsigned slot; /* its uid is uid_first + 8 + slot */
	pid_t pid;
	bool is_orphan; /* its engine is gone: nobody asks how it ended */
	int link;       /* ours of its raw socket; -1: it has none */
	struct warden_lease lease;
	bool has_calls; /* of the device of this segment: */
	uint32_t segment;
};

struct warden_hook {
	TAILQ_ENTRY(warden_hook) entry;
	struct warden *w;
	uint32_t request;
	pid_t pid;  /* and process group */
	int output; /* read end; -1 once at end of file */
	struct event *readable, *limit;
	bool timed_out, is_orphan;
	char tail[WARDEN_HOOK_TAIL + 1];
	size_t ntail;
};

struct warden {
	const struct conf *conf;
	const struct warden_options *options;
	struct event_base *base;
	struct event *sigchld, *sigterm, *sigint, *monitor;
	int lock_fd, control_fd, conf_fd, evidence_fd, monitor_fd, canary_fd;
	char *interfaces_dir; /* state files of interfaces */
	char *control_path, *lock_path;
	char key_id[SHA256_HEX_SIZE];
	char *key_pem;        /* the bench's key's public half */
	uint8_t mark_key[32]; /* warden_secret.h; of this life */
	bool has_mark_key;
	struct apart key_apart; /* has the private one, or is none */
	struct warden_role engine, store, stamp; /* stamp: when configured */
	struct warden_segment *segments;         /* conf->nsegments of them */
	TAILQ_HEAD(, warden_worker) workers;
	TAILQ_HEAD(, warden_hook) hooks;
	uint32_t last_worker;
	unsigned stage; /* of the end; 0: running */
};

/* warden_files.c: the lock, directories with owners and modes, the socket. */
int warden_lock(struct warden *w, struct err *e);
int warden_make_directories(struct warden *w, struct err *e);
int warden_open_control(struct warden *w, struct err *e);
/* A copy in memory: each life of the engine gets what this one began with. */
int warden_copy_conf(struct warden *w, struct err *e);
void warden_remove_files(struct warden *w);
/* A directory of a segment's captures, or of evidence. -1 with *e. */
int warden_open_captures(
    const struct warden *w, const char *segment, struct err *e);
int warden_open_evidence(const struct warden *w, struct err *e);
/* One more than the highest number of a capture file there; at least 1. */
uint32_t warden_next_capture(int directory);

/* warden_roles.c: processes come and go. */
void warden_role_init(
    struct warden *w, struct warden_role *r, enum role role, uint32_t segment);
void warden_role_free(struct warden_role *r);
void warden_role_start(struct warden_role *r);
/* ROLE_STOP now and SIGKILL later; it is not started again. */
void warden_role_stop(struct warden_role *r);
bool warden_role_is_gone(const struct warden_role *r);
/* True if pid was this role's: *r is told. */
bool warden_role_reap(struct warden_role *r, pid_t pid, int status);
uid_t warden_role_uid(const struct warden *w, enum role role);
gid_t warden_role_gid(const struct warden *w, enum role role);

/* warden_greet.c: what a new process is told, and who it talks with. */
int warden_greet(struct warden_role *r, struct err *e);
void warden_pair(struct warden_role *a, struct warden_role *b);
/* To the engine, if there is one. */
void warden_tell_engine(struct warden *w, const struct msg_out *m, int fd);
void warden_tell_segment_up(struct warden_segment *s);
void warden_tell_segment_down(struct warden_segment *s);

/* warden_segments.c */
void warden_segment_init(struct warden *w, uint32_t index);
void warden_segment_free(struct warden_segment *s);
void warden_segment_try(struct warden_segment *s);
/* Its roles end, then the interface goes back. */
void warden_segment_stop(struct warden_segment *s, const char *why);
/* After one of its processes has ended. */
void warden_segment_settle(struct warden_segment *s);
struct warden_segment *warden_segment_of(struct warden_role *r);
/* From now on its workers' frames go to mac alone; to nobody, with *e, when
 * root says that it is not to be tested.  prints: what it would print, too. */
int warden_segment_set_dut(
    struct warden_segment *s, const uint8_t mac[6], bool prints, struct err *e);

/* warden_engine.c: the closed table. 0, or -1: malformed. */
int warden_engine_message(struct warden *w, struct msg_in *m, int fd);
void warden_refuse(struct warden *w, uint32_t request, const struct err *e);

/* warden_workers.c */
struct warden_worker_spec {
	uint32_t segment; /* or WIRE_NO_SEGMENT */
	const char *probe;
	uint32_t needs;
	const struct netlink_address *sources; /* of the segment's pool */
	size_t nsources;
};
int warden_worker_start(struct warden *w, uint32_t request,
    const struct warden_worker_spec *spec, struct err *e);
void warden_worker_kill(struct warden *w, uint32_t id);
void warden_workers_kill_all(struct warden *w);
bool warden_worker_reap(struct warden *w, pid_t pid, int status);

/* warden_leases.c: the pool's addresses are on the interface for as long as a
 * worker that was lent them is there, and no longer. */
int warden_lease(struct warden *w, const struct warden_worker_spec *spec,
    struct warden_lease *lease, struct err *e);
void warden_lease_end(struct warden *w, struct warden_lease *lease);
/* One of them belongs to somebody else: it is taken off the interface. */
void warden_lease_withdraw(
    struct warden *w, struct segment *segment, const struct netlink_address *a);
/* The segment goes, and its addresses with it. */
void warden_leases_forget(struct warden *w, const struct segment *segment);

/* warden_hooks.c */
int warden_hook_start(
    struct warden *w, uint32_t request, const char *name, struct err *e);
void warden_hooks_kill_all(struct warden *w);
bool warden_hook_reap(struct warden *w, pid_t pid, int status);

/* warden.c */
uint64_t warden_now_ms(void);
/* Goes on with the end when what it waits for has ended. */
void warden_check_end(struct warden *w);

#endif
