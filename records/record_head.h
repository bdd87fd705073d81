/*
 * record_head: the fields that every record has, checked and in C's terms.
 */
#ifndef ASSAY_RECORD_HEAD_H
#define ASSAY_RECORD_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "records/record.h"
#include "records/record_view.h"

struct record_head {
	enum record_type type;
	uint64_t seq, run;
	int64_t time;               /* ns since 1970 */
	char prev[SHA256_HEX_SIZE]; /* "" for null: the first of a run */
	/* Of a manifest, else "" and 0 */
	char head[SHA256_HEX_SIZE];
	uint64_t records; /* of the run before the manifest */
};

/* 0, or -1 with *e: format version, type, a positive seq and run, a time, a
 * prev that is null exactly in the first record of a run, whose seq is the
 * run's number. */
int record_head_read(
    struct record_head *h, const struct record_view *record, struct err *e);

#endif
