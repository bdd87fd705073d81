/*
 * alloc: memory that is there, or the process ends.
 *
 * Out of memory is the third error idiom (fatal): no caller checks for NULL.
 * Sizes that a peer chose are bounded before they come here.
 */
#ifndef ASSAY_ALLOC_H
#define ASSAY_ALLOC_H

#include <stddef.h>

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
void *xmemdup(const void *p, size_t size);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
