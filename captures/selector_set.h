/*
 * selector_set: which of many selectors a frame matches, quickly.
 *
 * A sweep's evidence is one selector that takes every frame beside dozens that
 * each want one port: those are asked only about frames of a port that one of
 * them names.  The answer is that of selector_matches() for each.  Pure.
 */
#ifndef ASSAY_SELECTOR_SET_H
#define ASSAY_SELECTOR_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/selector.h"

struct selector_set;

/* selectors are copied. */
struct selector_set *selector_set_new(
    const struct selector *selectors, size_t n);
void selector_set_free(struct selector_set *set); /* NULL is fine */
/* False: none of them matches, as the ports of a plain packet tell before it is
 * taken apart. */
bool selector_set_may_match(
    const struct selector_set *set, const uint8_t *frame, size_t size);
/* The indices of those that match, in no order, into out, which has room for
 * all.  Returns how many. */
size_t selector_set_match(
    const struct selector_set *set, const struct selector_view *v, size_t *out);

#endif
