/*
 * engine_segment: a segment as the engine sees it: its capture, its watch,
 * who is on it.
 */
#ifndef ASSAY_ENGINE_SEGMENT_H
#define ASSAY_ENGINE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"
#include "base/hex.h"
#include "captures/segment_index.h"
#include "scenarios/conf.h"
#include "daemon/engine/engine.h"
#include "daemon/shared/address.h"
#include "daemon/shared/canary.h"

#define SEG_PARTICIPANTS_MAX 256
#define SEG_ADDRESSES_MAX 16

struct seg_address {
	uint8_t family, addr[16];
	uint64_t seen_ns; /* realtime */
	char how[8];
};

struct participant {
	uint8_t mac[6];
	struct seg_address addresses[SEG_ADDRESSES_MAX];
	unsigned naddresses;
	char host[65]; /* as the device says it, unfiltered */
};

struct seg_pool; /* engine_pool.h */

struct seg {
	struct engine *engine;
	uint32_t index;
	const struct conf_segment *conf;
	bool up;
	bool link;     /* carrier, as the watch says */
	char why[256]; /* why it is down */
	char interface[32];
	uint8_t mac[6];
	uint32_t mtu, ifindex;
	struct conf_address own[CONF_ADDRESSES_MAX * 2];
	unsigned nown;
	struct peer *capture, *watch, *services;
	uint32_t watch_epoch; /* raised with each new watch */
	uint32_t epoch; /* raised with each new capture: positions begin anew */
	uint64_t position, dropped; /* of the newest barrier */
	char file[64];
	uint32_t newest_file; /* number of the one begun last; 0: none was */
	uint32_t disk_errors, clock_steps;
	int64_t clock_stepped_ns; /* by all of them together */
	bool services_up;
	char services_detail[256];
	struct participant participants[SEG_PARTICIPANTS_MAX];
	unsigned nparticipants;
	struct { /* the newest stranger that serves or routes here */
		uint64_t heard_ns; /* monotonic; 0: none was heard */
		char what[32];
		uint8_t mac[6];
	} foreign;
	struct run *run;            /* the one under way, or NULL */
	const struct device *asked; /* by a job: all of it is recorded */
	struct seg_pool *pool;
};

/* For its own files: who is asked there, and the group of such requests. */
struct peer **seg_slot(struct seg *seg, enum role role);
uint32_t seg_group(const struct seg *seg, enum role role);
void seg_init(struct seg *seg, struct engine *en, uint32_t index);
/* ENGINE_SEGMENT_UP's fields behind the index. -1: malformed. */
int seg_set_up(struct seg *seg, struct msg_in *m);
void seg_set_down(struct seg *seg, const char *why);
void seg_attach(struct seg *seg, enum role role, int fd);
void seg_detach(struct seg *seg, enum role role, const char *why);
void seg_free(struct seg *seg);
/* A foreign server was heard so lately that it must still be there. */
bool seg_has_foreign(const struct seg *seg);

/* "dut", "phone" …: what root says it is; else a device that is registered is
 * a dut, our own interface the bench, anybody else unknown. */
const char *seg_role(const struct seg *seg, const uint8_t mac[6]);
const struct participant *seg_find(const struct seg *seg, const uint8_t mac[6]);
/* The bench's address that speaks to addr on this segment, or NULL. */
const struct conf_address *seg_source(
    const struct seg *seg, uint8_t family, const uint8_t *addr);

/* Questions; on_answer as requests.h says (the message is the answer's, its
 * request number already read). */
void seg_ask_barrier(struct seg *seg, request_answer *on_answer, void *arg);
/* One normal exchange with an address of a device: a TCP handshake if it names
 * a port, else ARP or ND and an echo. */
struct seg_exercise {
	uint32_t dut;
	uint8_t family;
	const uint8_t *addr; /* borrowed for the call */
	uint16_t port;       /* 0: none */
	uint32_t limit_ms;
};
void seg_ask_exercise(struct seg *seg, const struct seg_exercise *x,
    request_answer *on_answer, void *arg);
void seg_ask_discover(
    struct seg *seg, uint32_t dut, request_answer *on_answer, void *arg);
/* ENGINE_BASELINE. */
void seg_ask_baseline(
    struct seg *seg, uint32_t dut, request_answer *on_answer, void *arg);
/* is_cloud: the way out is open. */
/* Both are answered with ENGINE_CANARY.  sent: by which interfaces. */
void seg_ask_canary(struct seg *seg, bool is_cloud,
    const uint8_t nonce[CANARY_NONCE], request_answer *on_answer, void *arg);
void seg_ask_inward(
    struct seg *seg, const char *sent, request_answer *on_answer, void *arg);
/* Does anybody answer for one of these?  ENGINE_CLAIMS. */
void seg_ask_claims(struct seg *seg, const struct conf_address *list, size_t n,
    request_answer *on_answer, void *arg);
/* m: CAPTURE_RESOLVE being built; its first field, the request, is put by
 * seg_start_resolve. */
void seg_start_resolve(
    struct seg *seg, struct msg_out *m, request_answer *on_answer, void *arg);
/* Over what seg_ask_replay() read, instead of the span of a job. */
void seg_start_resolve_stored(
    struct seg *seg, struct msg_out *m, request_answer *on_answer, void *arg);
/* What is stored of a device since then, to a worker (fd: its socket, taken
 * over); ENGINE_REPLAYED. */
struct seg_replay {
	uint64_t stamp_from;
	const uint8_t *mac; /* borrowed for the call */
	int fd;
	uint32_t limit_ms;
};
void seg_ask_replay(struct seg *seg, const struct seg_replay *q,
    request_answer *on_answer, void *arg);
void seg_send_resolve(struct seg *seg, const struct msg_out *m);
/* ENGINE_CAPTURE_FILE and ENGINE_SEALED behind the request; malformed is
 * fatal. */
struct seg_file {
	uint32_t number;
	char name[SEGMENT_NAME_SIZE];
	enum capture_file_state state;
	uint64_t size, frames, dropped; /* UINT64_MAX: not known */
	uint64_t stamp_ns;              /* last written */
	bool has_sha256;
	uint8_t sha256[SHA256_SIZE];
};
struct seg_files_end {
	uint32_t current;
	char error[160];
};
void seg_read_file(struct msg_in *m, struct seg_file *f);
void seg_read_files_end(struct msg_in *m, struct seg_files_end *end);
/* type: CAPTURE_SEAL or CAPTURE_LIST; answered file by file, then the end. */
void seg_ask_files(struct seg *seg, enum wire_type type, uint32_t from,
    request_answer *on_answer, void *arg);
/* CAPTURE_UNLINK: answered by ENGINE_UNLINKED. */
void seg_ask_unlink(struct seg *seg, const char *file,
    const uint8_t sha256[SHA256_SIZE], request_answer *on_answer, void *arg);
/* Of which devices the capture keeps headers alone; after any change. */
void seg_tell_keep(struct seg *seg);
/* A job begins to ask it (NULL: has ended): what is recorded of it is whole. */
void seg_keep_whole(struct seg *seg, const struct device *d);
void seg_observe(struct seg *seg, uint32_t dut, const uint8_t mac[6]);
/* It is registered, or no run is on it any more: observed at rest. */
void seg_rest(struct seg *seg, uint32_t dut, const uint8_t mac[6]);
/* Something is done to it from now on. */
void seg_tell_busy(struct seg *seg, uint32_t dut);
void seg_forget(struct seg *seg, uint32_t dut);

#endif
