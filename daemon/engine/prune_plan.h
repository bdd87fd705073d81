/*
 * prune_plan: which raw capture files may go, and why each of the rest stays.
 *
 * Pure: files, what speaks for them, limits and a time in; an answer for each
 * file out.  What speaks for a file is stronger than any limit: a disk that
 * is too full never takes what a verdict cites.
 */
#ifndef ASSAY_PRUNE_PLAN_H
#define ASSAY_PRUNE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hex.h"

#define PRUNE_NAME_SIZE 64 /* "wired0/000012.pcapng" */

enum prune_why {
	/* it goes */
	PRUNE_AGE,
	PRUNE_DISK,
	PRUNE_TOMBSTONE, /* it was to go before, and still lies there */
	/* it stays */
	PRUNE_WITHIN,  /* no limit asks for it */
	PRUNE_WRITING, /* it is being written */
	PRUNE_NEWEST,  /* the newest of its segment keeps the numbers going */
	PRUNE_UNKNOWN, /* it has no SHA-256 a tombstone could name */
	PRUNE_CITED,   /* by a verdict */
	PRUNE_IN_USE,  /* by a run under way */
	PRUNE_HELD,    /* its run or order is */
};

/* The code on the wire: "age", "cited" … */
const char *prune_why_name(enum prune_why why);

struct prune_file {
	char name[PRUNE_NAME_SIZE];
	uint32_t segment, number; /* segment: its index */
	uint64_t size, frames;
	uint64_t stamp_ns; /* last written, since 1970 */
	bool is_writing, has_sha256, has_tombstone;
	uint8_t sha256[SHA256_SIZE];
	/* The answer. */
	enum prune_why why;
	uint64_t by; /* the verdict, or run, that keeps it; 0 */
};

/* What speaks for a file: PRUNE_CITED (by: the verdict), PRUNE_IN_USE and
 * PRUNE_HELD (by: the run); or PRUNE_TOMBSTONE. */
struct prune_mark {
	enum prune_why why;
	char name[PRUNE_NAME_SIZE];
	uint64_t by;
};

struct prune_limits {
	uint64_t after_s;    /* 0: no limit of age */
	uint64_t disk_bytes; /* 0: no ceiling */
};

struct prune_sum {
	uint64_t bytes, goes_bytes; /* of all; of those that go */
	size_t goes;                /* files */
	uint64_t over; /* bytes over the ceiling when they are gone */
};

bool prune_goes(const struct prune_file *f);
/* Sorts files, oldest first, and fills in each one's answer. marks are sorted,
 * too. */
struct prune_sum prune_plan(struct prune_file *files, size_t nfiles,
    struct prune_mark *marks, size_t nmarks, const struct prune_limits *limits,
    uint64_t now_ns);

#endif
