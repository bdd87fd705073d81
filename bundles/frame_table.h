/*
 * frame_table: all frames of one capture or slice, to look an evidence entry
 * up among them.
 *
 * A capture has the frames' own numbers; in a slice only their order, stamps
 * and bytes are left, and all that a selector chooses of a span stands there
 * one behind the other.
 */
#ifndef ASSAY_FRAME_TABLE_H
#define ASSAY_FRAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "captures/evidence.h"

struct frame_table;

/* p outlives the table.  NULL with *e: it is not pcapng to its end. */
struct frame_table *frame_table_new(
    const void *p, size_t n, const uint8_t dut_mac[6], struct err *e);
void frame_table_free(struct frame_table *t); /* NULL is fine */
size_t frame_table_count(const struct frame_table *t);

/* Does the table, of the slice or of the whole capture file, show what the
 * entry says?  0, or -1 with *e in what not.  at: where to put the indexes of
 * its count frames, or NULL. */
int frame_table_check(const struct frame_table *t, const struct evidence *v,
    bool is_slice, size_t *at, struct err *e);
/* Of one frame. */
void frame_table_digest(
    const struct frame_table *t, size_t index, uint8_t out[SHA256_SIZE]);

/* An evidence entry of a verdict record. 0, or -1 with *e. */
int frame_table_read_entry(
    const json_t *entry, struct evidence *v, struct err *e);
/* The MAC of the device under test as a job record's targets name it. */
int frame_table_read_mac(const json_t *job, uint8_t mac[6]);

#endif
