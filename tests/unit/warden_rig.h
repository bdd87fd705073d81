/*
 * warden_rig: a warden in a process of its own, with stand-ins for its roles,
 * one segment wired0 on dut0 (a veth; its far end is far0), and two hooks.
 */
#ifndef ASSAY_WARDEN_RIG_H
#define ASSAY_WARDEN_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/msg.h"
#include "scenarios/conf.h"

/* The first of 32 users: other rigs may be at work, each with its own. */
extern unsigned warden_rig_uid;

struct warden_rig {
	char dir[64]; /* everything is below it */
	struct conf conf;
	pid_t warden; /* its process; 0: none */
	int control;  /* connected: the engine's place */
};
extern struct warden_rig rig;

struct warden_rig_worker {
	uint32_t id, pid;
	int socket, errors;
	char words[256];
};

void warden_rig_setup(void);
void warden_rig_teardown(void);
/* Forks a warden; does not wait for anything. */
pid_t warden_rig_start_alone(void);
/* One whose segment is up, and takes the engine's place. */
void warden_rig_start(void);
int warden_rig_wait_for_end(void); /* wait status */

const char *warden_rig_log(void);
bool warden_rig_is_in_log(void *what);
void warden_rig_wait_for_log(const char *what);

bool warden_rig_can_connect(void *unused);
void warden_rig_say(const struct msg_out *m);
/* The next message of this type; others are passed over. fd may be NULL. */
struct msg_in warden_rig_expect(uint16_t type, int *fd);
void warden_rig_ask_worker(uint32_t request, uint32_t segment,
    const char *probe, uint32_t needs, const char *target);
/* sources: as text, NULL ends; NULL: none. */
void warden_rig_ask_lent(uint32_t request, uint32_t segment, uint32_t needs,
    const char *probe, const char *target, const char *const *sources);
void warden_rig_assert_refused(uint32_t request, const char *why);
void warden_rig_expect_worker(uint32_t request, struct warden_rig_worker *k);
void warden_rig_expect_exit(
    const struct warden_rig_worker *k, uint8_t how, uint32_t status);

/* Seen from outside, in /proc and the file system. */
pid_t warden_rig_find_role(const char *role); /* 0: none */
int warden_rig_count_processes(void);         /* with one of our uids */
bool warden_rig_are_all_gone(void *unused);
void warden_rig_assert_owner(
    const char *path, uid_t uid, gid_t gid, mode_t mode);

#endif
