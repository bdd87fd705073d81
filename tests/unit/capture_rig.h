/*
 * capture_rig: the capture role on a link of its own, with everybody else
 * played.
 */
#ifndef ASSAY_TESTS_CAPTURE_RIG_H
#define ASSAY_TESTS_CAPTURE_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/msg.h"
#include "captures/segment_index.h"
#include "daemon/shared/role.h"
#include "tests/unit/capture_ground.h"

#define LIMIT_MS 10000

struct capture_rig {
	struct ground captures, evidence;
	pid_t pid;
	int warden, engine, watch; /* our ends */
	int near, far; /* sending sockets on the two ends of the link */
	struct msg_out out;
	uint8_t in[MSG_MAX];
	struct msg_in m;
	/* the last of each event heard while waiting for something else */
	uint64_t events[16];
	unsigned heard[16];
	char details[16][256];
};

struct capture_rig_answer {
	uint64_t position, dropped, stamp, frame;
	char file[SEGMENT_NAME_SIZE];
};

extern struct capture_rig capture_rig;

bool capture_rig_ip(const char *a1, const char *a2, const char *a3,
    const char *a4, const char *a5, const char *a6);
/* Brought up, and it carries. */
bool capture_rig_up(const char *interface);
void capture_rig_send_message(int socket, int fd);
bool capture_rig_receive(int socket, int limit_ms);
void capture_rig_hear_event(void);
void capture_rig_expect_event(enum capture_event what);
int capture_rig_introduce(enum role role);
struct capture_rig_answer capture_rig_barrier(uint32_t request);
bool capture_rig_start(uint32_t ring_mib);
int capture_rig_wait_for_end(void);
void capture_rig_finish(void);
void capture_rig_send_frame(int fd, const void *p, size_t n);
void capture_rig_send_syns(unsigned n, uint16_t first);
void capture_rig_send_rsts(unsigned n, uint16_t first);
/* The text stands somewhere in this slice (64 KiB of it). */
bool capture_rig_slice_has(const char *name, const char *text);

#endif
