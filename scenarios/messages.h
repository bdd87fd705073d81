/*
 * messages: reason codes and names as sentences, in English and Japanese.
 *
 * Records carry codes and typed values, never sentences: what a verdict says
 * does not change when its wording does.  etc/messages/LANG.yaml:
 *
 *   version: 1
 *   language: en
 *   messages:
 *     tcp.undeclared_open: "undeclared TCP ports are open: {ports}"
 *
 * Besides reason codes it holds names under "verdict.", "phase.", "state.",
 * "kind.", "health.", "event." and "outcome.": messages_format(m,
 * "verdict.pass", NULL).
 */
#ifndef ASSAY_MESSAGES_H
#define ASSAY_MESSAGES_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

struct messages;

/* dir/LANG.yaml; lang: two letters, "en". NULL with *e set. */
struct messages *messages_load(
    const char *dir, const char *lang, struct err *e);
/* text need not be terminated; file is only for errors. */
struct messages *messages_parse(
    const char *text, size_t size, const char *file, struct err *e);
void messages_free(struct messages *m); /* NULL is fine */

/* The sentence with {name} replaced from values (an object, or NULL).  A
 * missing value stays "{name}".  An unknown code, or m NULL: the code, then
 * its values as "code: name=value, …".  What a device may have put in a value
 * is quoted (log_quote), so the result is one harmless line.  Caller frees. */
char *messages_format(
    const struct messages *m, const char *code, const json_t *values);

/* The codes in the file's order, and a code's raw sentence or NULL. */
size_t messages_count(const struct messages *m);
const char *messages_code_at(const struct messages *m, size_t index);
const char *messages_text(const struct messages *m, const char *code);

#endif
