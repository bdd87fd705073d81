/*
 * control_asked: what the methods of the control socket share, and the methods
 * themselves for their table (control_methods.c).
 */
#ifndef ASSAY_CONTROL_ASKED_H
#define ASSAY_CONTROL_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "daemon/control/control.h"
#include "daemon/engine/engine.h"

/* A parameter, checked against the table before; NULL, 0: absent. */
const char *control_text(const json_t *params, const char *name);
uint64_t control_number(const json_t *params, const char *name);
/* Those of names (ends with NULL) that are there; caller decrefs. */
json_t *control_args(const json_t *params, const char *const *names);

/* These refuse the call when they return false, NULL. */
bool control_is_ready(const struct engine *en, struct control_call *c);
struct device *control_device(
    struct engine *en, struct control_call *c, const json_t *params);

/* The shape of an answer that is a list from the store. */
struct control_listing {
	struct control_call *call;
	json_t *rows, *result;
	const char *key, *member; /* the row itself, or its member */
};

/* Asks the store and answers the call with {key: [rows]} and what result has.
 * args and shape->result are taken over. */
void control_list(struct engine *en, struct control_call *c, const char *query,
    json_t *args, const struct control_listing *shape);

/* control_orders.c: of device.add, whose sample may be a registered one: {name}
 * alone.  The first refuses when it is not there; the second puts what is
 * registered, and the order, into the device's row. */
bool control_sample_is_known(
    const struct engine *en, struct control_call *c, const json_t *params);
/* false after refusing: "order" of params was never made by name. */
bool control_order_is_known(
    const struct engine *en, struct control_call *c, const json_t *params);
void control_fill_sample(const struct engine *en, json_t *row);

/* The methods. */
void control_call_device_add(
    void *arg, struct control_call *c, const json_t *params);
void control_call_device_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_device_show(
    void *arg, struct control_call *c, const json_t *params);
void control_call_run_start(
    void *arg, struct control_call *c, const json_t *params);
void control_call_probe_start(
    void *arg, struct control_call *c, const json_t *params);
void control_call_run_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_run_affected(
    void *arg, struct control_call *c, const json_t *params);
void control_call_run_show(
    void *arg, struct control_call *c, const json_t *params);
void control_call_run_cancel(
    void *arg, struct control_call *c, const json_t *params);
void control_call_run_confirm(
    void *arg, struct control_call *c, const json_t *params);
void control_call_verdict_newest(
    void *arg, struct control_call *c, const json_t *params);
void control_call_verdict_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_verdict_show(
    void *arg, struct control_call *c, const json_t *params);
void control_call_evidence_read(
    void *arg, struct control_call *c, const json_t *params);
void control_call_bundle_records(
    void *arg, struct control_call *c, const json_t *params);
void control_call_bundle_added(
    void *arg, struct control_call *c, const json_t *params);
void control_call_bundle_document(
    void *arg, struct control_call *c, const json_t *params);
void control_call_bundle_capture(
    void *arg, struct control_call *c, const json_t *params);
void control_call_attestation_file(
    void *arg, struct control_call *c, const json_t *params);
void control_call_attestation_add(
    void *arg, struct control_call *c, const json_t *params);
void control_call_attestation_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_attestation_gate(
    void *arg, struct control_call *c, const json_t *params);
void control_call_document_read(
    void *arg, struct control_call *c, const json_t *params);
void control_call_key_show(
    void *arg, struct control_call *c, const json_t *params);
void control_call_key_certify(
    void *arg, struct control_call *c, const json_t *params);
void control_call_key_rotate(
    void *arg, struct control_call *c, const json_t *params);
void control_call_run_seal(
    void *arg, struct control_call *c, const json_t *params);
void control_call_prune(
    void *arg, struct control_call *c, const json_t *params);
void control_call_hold_set(
    void *arg, struct control_call *c, const json_t *params);
void control_call_hold_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_order_new(
    void *arg, struct control_call *c, const json_t *params);
void control_call_order_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_order_show(
    void *arg, struct control_call *c, const json_t *params);
void control_call_order_close(
    void *arg, struct control_call *c, const json_t *params);
void control_call_sample_add(
    void *arg, struct control_call *c, const json_t *params);
void control_call_sample_secrets(
    void *arg, struct control_call *c, const json_t *params);
void control_call_sample_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_baseline_set(
    void *arg, struct control_call *c, const json_t *params);
void control_call_baseline_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_waiver_set(
    void *arg, struct control_call *c, const json_t *params);
void control_call_waiver_list(
    void *arg, struct control_call *c, const json_t *params);
void control_call_verdict_history(
    void *arg, struct control_call *c, const json_t *params);
void control_call_job_took(
    void *arg, struct control_call *c, const json_t *params);
void control_call_profile_compare(
    void *arg, struct control_call *c, const json_t *params);

#endif
