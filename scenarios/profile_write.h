/*
 * profile_write: the text of a profile, made from what others supplied.
 *
 * Whatever a text holds, it comes out as one double-quoted scalar or one line
 * of a comment that our own strict loader takes: what may not be shown becomes
 * "?", and what is too long is cut.
 */
#ifndef ASSAY_PROFILE_WRITE_H
#define ASSAY_PROFILE_WRITE_H

#include <stddef.h>

struct profile_write {
	char *text; /* terminated */
	size_t size, room;
};

void profile_write_start(struct profile_write *w);
/* The text, which the caller frees. */
char *profile_write_end(struct profile_write *w);

/* Ours: as it is. */
void profile_write_raw(struct profile_write *w, const char *text);
void profile_write_f(struct profile_write *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Theirs: in quotes, at most max bytes of it. */
void profile_write_quoted(
    struct profile_write *w, const char *text, size_t max);
/* Theirs, as a comment of its own line, after indent spaces. */
void profile_write_comment(
    struct profile_write *w, unsigned indent, const char *text);

#endif
