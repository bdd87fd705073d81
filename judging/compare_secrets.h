/*
 * compare_secrets: were two samples delivered with the same default secret?
 *
 * Pure, over marks that the bench gave (sample.secrets of its control socket):
 * the same under one asking where the secrets are.  No record has a secret, nor
 * anything it can be found out from.  EN 303 645 5.1-1, EN 18031 CCK-3.
 *
 * An item: {field ("default.password" for what a person types, else
 * "default.key"), value (the mark; "" when there is none), source (the kind and
 * the account), why (there is no mark)}
 */
#ifndef ASSAY_COMPARE_SECRETS_H
#define ASSAY_COMPARE_SECRETS_H

#include <stdbool.h>

#include <jansson.h>

/* Of a sample's rows in that answer; caller decrefs. */
json_t *compare_secrets_items(const json_t *secrets, const char *sample);
bool compare_secrets_is_item(const json_t *item);

/* {good, detail} as of compare_samples(): all of them, or those that a person
 * types alone; caller decrefs.  NULL: neither sample has such an item. */
json_t *compare_secrets(const json_t *a, const json_t *b, bool typed_alone);

#endif
