/*
 * progress: lines that stay, and below them one that is redrawn.
 *
 * In a pipe nothing is redrawn: a progress line every two seconds at most.
 */
#ifndef ASSAY_PROGRESS_H
#define ASSAY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "reports/text.h"

struct progress;

/* Writes to out. is_terminal: redraw. */
struct progress *progress_new(
    const struct text_style *style, FILE *out, bool is_terminal);
/* Takes the line away. NULL is fine. */
void progress_free(struct progress *p);

/* Whole lines, newline included, above the line that is redrawn. */
void progress_print(struct progress *p, const char *lines);
/* The run has this many steps (0: not known). */
void progress_set_steps(struct progress *p, uint64_t steps);
/* The params of a "progress" notification. */
void progress_update(struct progress *p, const json_t *params);
/* Something else to be read there: quoted text. */
void progress_say(struct progress *p, const char *text);
/* Nothing is under way. */
void progress_clear(struct progress *p);

#endif
