/*
 * orders: customers' orders and the samples that came for them.
 *
 * The registry in the store is the truth; this is the engine's copy of each
 * name's newest row.  A closed order stays closed, and nothing runs under it.
 *
 * An order   {customer, product, schemes [], states [], target, exempt, basis,
 *            by, status "open" or "closed", note}
 * A sample   {order, serial, condition, received, by, photo, photo_sha256}
 *
 * Texts; "" what was not said.  Dates are ISO 8601 days.  serial is what every
 * verdict on the sample names, so no two samples have the same.
 */
#ifndef ASSAY_ORDERS_H
#define ASSAY_ORDERS_H

#include <stdbool.h>

#include <jansson.h>

#include "base/err.h"

struct orders;

struct orders *orders_new(void);
void orders_free(struct orders *o); /* NULL is fine */

/* The row of the registry, from what a person said: params as in CONTROL.md's
 * order.new and sample.add.  NULL with *e; caller decrefs. */
json_t *orders_make(
    const struct orders *o, const json_t *params, struct err *e);
json_t *orders_make_sample(
    const struct orders *o, const json_t *params, struct err *e);
/* The row of an order, closed.  NULL with *e: it is not there, or is closed. */
json_t *orders_make_closed(const struct orders *o, const char *name,
    const char *note, const char *by, struct err *e);

/* A row on its way to the store: until orders_settle(), nothing else is made
 * of that name, and nothing runs under an order that is changing. */
void orders_hold(struct orders *o, const char *name);
void orders_settle(struct orders *o, const char *name);

/* value is copied. */
void orders_set(struct orders *o, const char *name, const json_t *value);
void orders_set_sample(struct orders *o, const char *name, const json_t *value);

/* {name: row}; borrowed, and not to be changed. */
json_t *orders_all(const struct orders *o);
json_t *orders_samples(const struct orders *o);

/* -1 with *e: nothing may run under it.  Of a device, one that was never made
 * by name is only a word on a record, and allowed. */
int orders_allow(const struct orders *o, const char *name, struct err *e);

/* -1 with *e: it was never made by name. */
int orders_known(const struct orders *o, const char *name, struct err *e);

/* The order was made by name, and asks for the scheme of this requirement
 * ("USCTM:DOC-1C"): it names that scheme, or none. */
bool orders_asks_for(
    const struct orders *o, const char *name, const char *requirement);

/* Of a device that is this sample: what it says of it, {name, serial,
 * condition, received, photo_sha256}, and its order.  NULL with *e. */
json_t *orders_describe_sample(const struct orders *o, const char *name,
    const char **order, struct err *e);

#endif
