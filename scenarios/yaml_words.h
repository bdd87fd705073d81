/*
 * yaml_words: what a table would have accepted, said to a person.
 */
#ifndef ASSAY_YAML_WORDS_H
#define ASSAY_YAML_WORDS_H

#include <stddef.h>

#include "scenarios/yaml.h"

/* "1 to 65535", "one of ipv4, ipv6, both"; into out, always terminated. */
void yaml_words_expected(const struct yaml_field *f, char *out, size_t size);
/* The text in quotes, harmless to a terminal; "a list", "a map", "nothing". */
void yaml_words_found(const struct yaml_node *n, char *out, size_t size);
/* "unknown key "prot", did you mean "port"?", or the keys there are. */
void yaml_words_unknown(
    const struct yaml_field *fields, const char *key, char *out, size_t size);
/* Copies the word before the next '|'; returns what follows it. */
const char *yaml_words_next(const char *p, char *out, size_t size);
/* "a|b" as ""a", "b"". */
void yaml_words_one_of(const char *names, char *out, size_t size);

#endif
