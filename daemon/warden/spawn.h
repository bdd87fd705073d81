/*
 * spawn: a process with exactly what it was given.
 *
 * The child has the descriptors named here and no other, an empty
 * environment, "/" as its directory, default signals, no supplementary
 * groups, no capability but those named (as ambient ones), and dies with us
 * (PR_SET_PDEATHSIG).  Whatever fails before the new program runs is told to
 * the caller in words.  Blocks for the time of a fork and an exec.
 */
#ifndef ASSAY_SPAWN_H
#define ASSAY_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define SPAWN_CLOSED (-1) /* this number stays closed */
#define SPAWN_NULL (-2)   /* this number is /dev/null */
#define SPAWN_FDS_MAX 8
#define SPAWN_INSIDE_FDS_MAX 4

struct spawn {
	const char *path; /* NULL: this very program, as it was started */
	char *const *argv;
	int netns;                /* network namespace to be in; -1: ours */
	unsigned long namespaces; /* CLONE_NEW… of its own */
	uid_t uid;
	gid_t gid;
	bool keeps_user; /* and its rights: what root named, a role's child */
	bool has_group;  /* leads a process group of its own */
	uint64_t capabilities; /* 1 << CAP_…: kept, and passed on by exec */
	const int *fds;        /* fds[i] becomes i; borrowed */
	size_t nfds;
};

/* The process id, or -1 with *e set and no process left. */
pid_t spawn_process(const struct spawn *s, struct err *e);

/* Work for a moment inside of a network namespace (netns -1: one of its own,
 * made new).  Runs in a forked child: it may leave *e and descriptors, which
 * are sent back.  fds come as -1. */
typedef int spawn_work(void *arg, int fds[SPAWN_INSIDE_FDS_MAX], struct err *e);

/* 0 with the descriptors (owned by the caller, -1 where none), or -1 with *e.
 * Blocks until the work is done, ten seconds at most. */
int spawn_inside(int netns, spawn_work *work, void *arg,
    int fds[SPAWN_INSIDE_FDS_MAX], struct err *e);

/* "exit status 3", "killed by signal 11 (Segmentation fault)". Returns out. */
const char *spawn_obituary(int wait_status, char *out, size_t size);

#endif
