/*
 * frames_text: the frames that show a verdict, in a line for people:
 * "wired0/000002.pcapng: 4–9, 12, 20–90 (7)".
 *
 * Frames that follow each other are one range; where an entry names single
 * frames between others, its ends are said with how many they are.
 */
#ifndef ASSAY_FRAMES_TEXT_H
#define ASSAY_FRAMES_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "reports/text_out.h"

struct frames_entry {              /* as a record's "evidence" has it */
	const char *source, *file; /* not NUL-terminated */
	size_t source_size, file_size;
	int64_t first, last, count;
};

struct frames_text {
	struct text_out out;
	struct frames_entry open; /* may go on */
	size_t ranges;            /* begun */
};

void frames_text_start(struct frames_text *f);
/* In the order of the record; what the entry points to must stay until the
 * end. */
void frames_text_add(struct frames_text *f, const struct frames_entry *entry);
/* The text, "" for none; caller frees.  *more: there were too many to be told.
 */
char *frames_text_end(struct frames_text *f, bool *more);

/* Of a record's evidence as JSON. */
char *frames_text_of(const json_t *evidence, bool *more);

#endif
