/*
 * control_methods: the table of the control socket's methods.
 *
 * daemon/control/CONTROL.md describes them, and the schema that ships is
 * generated from the table.  What a method does stands in the file of its
 * subject; here are those that only ask the engine about itself.
 */
#include "daemon/control/control_asked.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "daemon/control/control_status.h"
#include "daemon/engine/engine_probes.h"
#include "daemon/engine/run.h"

/* ---- hello, status ---- */

static void
call_hello(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;

	(void)params;
	control_reply(c,
	    json_pack("{s:s,s:s,s:i,s:s}", "version", ASSAY_VERSION, "bench",
		en->conf->bench, "api", 1, "role",
		control_call_may_run(c) ? "run" : "view"));
}

static void
call_status(void *arg, struct control_call *c, const json_t *params)
{
	(void)params;
	control_reply(c, control_status(arg));
}

/* ---- probes, the stream ---- */

struct asking_probes {
	struct engine *en;
	struct control_call *call;
	char *name; /* NULL: all */
};

static void
on_probes_known(void *arg)
{
	struct asking_probes *a = arg;
	json_t *descriptor;
	const char *why;

	if (a->name == NULL) {
		control_reply(a->call,
		    json_pack("{s:o}", "probes", probes_list(a->en->probes)));
	} else {
		descriptor = probes_find(a->en->probes, a->name, &why);
		if (descriptor == NULL)
			control_refusef(
			    a->call, CONTROL_NOT_FOUND, "probe: %s", why);
		else
			control_reply(a->call, descriptor);
	}
	free(a->name);
	free(a);
}

static void
ask_probes(struct engine *en, struct control_call *c, const char *name)
{
	struct asking_probes *a = xcalloc(1, sizeof(*a));

	a->en = en;
	a->call = c;
	a->name = name == NULL ? NULL : xstrdup(name);
	probes_refresh(en->probes, on_probes_known, a);
}

static void
call_probe_list(void *arg, struct control_call *c, const json_t *params)
{
	(void)params;
	ask_probes(arg, c, NULL);
}

static void
call_probe_show(void *arg, struct control_call *c, const json_t *params)
{
	ask_probes(arg, c, control_text(params, "probe"));
}

static void
call_subscribe(void *arg, struct control_call *c, const json_t *params)
{
	uint64_t run = control_number(params, "run");

	if (!control_is_ready(arg, c))
		return;
	control_subscribe(c, control_number(params, "from"), run);
	/* Its end is in no record, and may have come before this call. */
	run_tell_refused(arg, run);
}

static void
call_schema(void *arg, struct control_call *c, const json_t *params)
{
	(void)arg;
	(void)params;
	control_reply(c, control_schema(control_methods));
}

#define PARAM(n, t, r, h) \
	{ \
		.name = (n), .type = (t), .required = (r), .help = (h) \
	}
#define END \
	{ \
		.name = NULL \
	}

static const struct control_param device_add_params[] = {
	PARAM("name", CONTROL_STRING, true, "what the bench calls the sample"),
	PARAM("profile", CONTROL_STRING, true, "the profile's YAML text"),
	PARAM("file", CONTROL_STRING, false, "its file's name, for errors"),
	PARAM("mac", CONTROL_STRING, false, "instead of the profile's"),
	PARAM("segment", CONTROL_STRING, false, "when there are several"),
	PARAM("order", CONTROL_STRING, false, "the customer's order"),
	PARAM("product", CONTROL_STRING, false, "instead of the profile's"),
	PARAM("sample", CONTROL_OBJECT, false, "serial, condition, received"),
	END,
};
static const struct control_param device_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	END,
};
static const struct control_param order_new_params[] = {
	PARAM("name", CONTROL_STRING, true, "what the bench calls the order"),
	PARAM("customer", CONTROL_STRING, true, "whose it is"),
	PARAM("product", CONTROL_STRING, false, "what is to be tested"),
	PARAM("schemes", CONTROL_STRING, false, "USCTM,JC-STAR; all if absent"),
	PARAM("states", CONTROL_STRING, false, "factory,operating: asked for"),
	PARAM("target", CONTROL_STRING, false, "the day it is due"),
	PARAM("exempt", CONTROL_STRING, false,
	    "whose word a scheme takes for some requirements"),
	PARAM("basis", CONTROL_STRING, false, "the paper that shows it"),
	PARAM("by", CONTROL_STRING, false, "who decided that"),
	END,
};
static const struct control_param order_params[] = {
	PARAM("order", CONTROL_STRING, true, "an order's name"),
	END,
};
static const struct control_param order_close_params[] = {
	PARAM("order", CONTROL_STRING, true, "an order's name"),
	PARAM("note", CONTROL_STRING, false, "for whoever asks later"),
	PARAM("by", CONTROL_STRING, false, "who closes it"),
	END,
};
static const struct control_param sample_add_params[] = {
	PARAM("name", CONTROL_STRING, true, "what the bench calls the sample"),
	PARAM("order", CONTROL_STRING, true, "for which it came"),
	PARAM("serial", CONTROL_STRING, true, "by which verdicts name it"),
	PARAM("condition", CONTROL_STRING, false, "in which it came"),
	PARAM("received", CONTROL_STRING, false, "the day it came"),
	PARAM("by", CONTROL_STRING, false, "who took it in"),
	PARAM("photo", CONTROL_STRING, false, "the photograph's file name"),
	PARAM("photo_sha256", CONTROL_STRING, false, "and its SHA-256"),
	END,
};
static const struct control_param sample_list_params[] = {
	PARAM("order", CONTROL_STRING, false, "only of this order"),
	END,
};
static const struct control_param sample_secrets_params[] = {
	PARAM("a", CONTROL_STRING, true, "a sample's name"),
	PARAM("b", CONTROL_STRING, true, "another's"),
	END,
};
static const struct control_param run_start_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("scenario", CONTROL_STRING, true, "the scenario's YAML text"),
	PARAM("file", CONTROL_STRING, false, "its file's name, for errors"),
	PARAM("order", CONTROL_STRING, false, "instead of the device's"),
	PARAM("quiet", CONTROL_STRING, false, "at rest before it: 30m"),
	END,
};
static const struct control_param probe_start_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("probe", CONTROL_STRING, true, "a probe's name"),
	PARAM("params", CONTROL_OBJECT, false, "name: text, for the probe"),
	PARAM("order", CONTROL_STRING, false, "instead of the device's"),
	PARAM("quiet", CONTROL_STRING, false, "at rest before it: 30m"),
	PARAM("resume", CONTROL_BOOL, false,
	    "go on where an earlier such job was broken off"),
	END,
};
static const struct control_param run_list_params[] = {
	PARAM("limit", CONTROL_INT, false, "at most so many, newest first"),
	PARAM("before", CONTROL_INT, false, "only runs before this one"),
	PARAM("device", CONTROL_STRING, false, "only of this device"),
	END,
};
static const struct control_param affected_params[] = {
	PARAM("probe", CONTROL_STRING, true, "a probe's name"),
	PARAM("method", CONTROL_INT, true, "the version of its method"),
	PARAM("limit", CONTROL_INT, false, "at most so many, newest first"),
	PARAM("before", CONTROL_INT, false, "only runs before this one"),
	END,
};
static const struct control_param run_params[] = {
	PARAM("run", CONTROL_INT, true, "a run's number"),
	END,
};
static const struct control_param confirm_params[] = {
	PARAM("run", CONTROL_INT, true, "a run's number"),
	PARAM("step", CONTROL_INT, false, "only if it waits at this step"),
	PARAM("done", CONTROL_BOOL, true, "whether it was done"),
	PARAM("note", CONTROL_STRING, false, "for the record"),
	END,
};
static const struct control_param verdict_list_params[] = {
	PARAM("run", CONTROL_INT, false, "only of this run"),
	PARAM("device", CONTROL_STRING, false, "only of this device"),
	PARAM("limit", CONTROL_INT, false, "at most so many"),
	END,
};
static const struct control_param newest_params[] = {
	PARAM("device", CONTROL_STRING, false, "only of this device"),
	PARAM("order", CONTROL_STRING, false, "only of this order"),
	END,
};
static const struct control_param baseline_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("run", CONTROL_INT, false, "instead of its newest that ended"),
	END,
};
static const struct control_param of_device_params[] = {
	PARAM("device", CONTROL_STRING, false, "only of this device"),
	END,
};
static const struct control_param waiver_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("check", CONTROL_STRING, true, "whose failures are waived"),
	PARAM("until", CONTROL_STRING, false, "the last day: 2027-01-31"),
	PARAM("ticket", CONTROL_STRING, false, "where it is dealt with"),
	PARAM("by", CONTROL_STRING, false, "who decided it"),
	PARAM("lifted", CONTROL_BOOL, false, "it counts no longer"),
	END,
};
static const struct control_param history_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("run", CONTROL_INT, true, "the last of the runs wanted"),
	END,
};
static const struct control_param compare_params[] = {
	PARAM("sha256", CONTROL_STRING, true, "of a profile"),
	PARAM("other", CONTROL_STRING, true, "of the other"),
	END,
};
static const struct control_param verdict_params[] = {
	PARAM("verdict", CONTROL_INT, true, "a verdict's number"),
	END,
};
static const struct control_param evidence_params[] = {
	PARAM("verdict", CONTROL_INT, true, "a verdict's number"),
	PARAM("offset", CONTROL_INT, true, "bytes into the slice"),
	END,
};
static const struct control_param bundle_records_params[] = {
	PARAM("run", CONTROL_INT, true, "a run's number"),
	PARAM("from", CONTROL_INT, true, "the first record wanted"),
	END,
};
static const struct control_param bundle_added_params[] = {
	PARAM("kind", CONTROL_STRING, true, "signature, key, tombstone ..."),
	PARAM("run", CONTROL_INT, false, "signature, timestamp: only of it"),
	PARAM("key", CONTROL_STRING, false, "only of this key"),
	PARAM("file", CONTROL_STRING, false, "tombstone: only of this file"),
	END,
};
static const struct control_param bundle_document_params[] = {
	PARAM("sha256", CONTROL_STRING, true, "of the document"),
	END,
};
static const struct control_param bundle_capture_params[] = {
	PARAM("run", CONTROL_INT, true, "a run whose manifest names it"),
	PARAM("file", CONTROL_STRING, true, "the capture file's name"),
	PARAM("offset", CONTROL_INT, true, "bytes into it"),
	END,
};
static const struct control_param probe_params[] = {
	PARAM("probe", CONTROL_STRING, true, "a probe's name"),
	END,
};
static const struct control_param certify_params[] = {
	PARAM("certificate", CONTROL_STRING, true, "X.509 in PEM, by a lab"),
	END,
};
static const struct control_param prune_params[] = {
	PARAM("dry_run", CONTROL_BOOL, false, "say it, and do it not"),
	END,
};
static const struct control_param hold_params[] = {
	PARAM("run", CONTROL_INT, false, "a run's number"),
	PARAM("order", CONTROL_STRING, false, "or an order's name"),
	PARAM("held", CONTROL_BOOL, true, "held from now on, or released"),
	PARAM("reason", CONTROL_STRING, false, "for whoever asks later"),
	END,
};
static const struct control_param attestation_file_params[] = {
	PARAM("sha256", CONTROL_STRING, true, "of the whole document"),
	PARAM("size", CONTROL_INT, true, "of it, in bytes"),
	PARAM("offset", CONTROL_INT, true, "of this piece, in their order"),
	PARAM("data", CONTROL_STRING, true, "base64, at most 768 KiB"),
	END,
};
static const struct control_param attestation_add_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("order", CONTROL_STRING, false, "instead of the device's"),
	PARAM("requirement", CONTROL_STRING, true, "such as USCTM:DOC-1F"),
	PARAM("sha256", CONTROL_STRING, true, "of a document that is stored"),
	PARAM("file", CONTROL_STRING, true, "what it is called"),
	PARAM("by", CONTROL_STRING, true, "who says so"),
	PARAM("conclusion", CONTROL_STRING, false,
	    "conforms, does-not-conform or insufficient"),
	PARAM(
	    "despite", CONTROL_BOOL, false, "conforms though a check says no"),
	PARAM("clause", CONTROL_STRING, false, "of the scheme"),
	PARAM("covers", CONTROL_STRING, false, "manual,access,identifiers"),
	PARAM("note", CONTROL_STRING, true, "what was looked at"),
	PARAM("checks", CONTROL_OBJECT, false,
	    "{name: {good, detail}}: what a program saw of it"),
	END,
};
static const struct control_param attestation_list_params[] = {
	PARAM("device", CONTROL_STRING, false, "only of this device"),
	PARAM("order", CONTROL_STRING, false, "only of this order"),
	END,
};
static const struct control_param attestation_gate_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("order", CONTROL_STRING, false, "what was given for this order"),
	END,
};
static const struct control_param document_read_params[] = {
	PARAM("sha256", CONTROL_STRING, true, "of the document"),
	PARAM("offset", CONTROL_INT, true, "bytes into it"),
	END,
};
static const struct control_param subscribe_params[] = {
	PARAM("from", CONTROL_INT, false, "the first record wanted"),
	PARAM("run", CONTROL_INT, false, "only this run's"),
	END,
};

const struct control_method control_methods[] = {
	{ "hello", CONTROL_VIEW, NULL, "who is there, and what you may do",
	    call_hello },
	{ "status", CONTROL_VIEW, NULL, "segments, queue, store", call_status },
	{ "device.add", CONTROL_RUN, device_add_params,
	    "register a device, or give it a new profile",
	    control_call_device_add },
	{ "device.list", CONTROL_VIEW, NULL, "all devices",
	    control_call_device_list },
	{ "device.show", CONTROL_VIEW, device_params,
	    "one device with its profile", control_call_device_show },
	{ "order.new", CONTROL_RUN, order_new_params, "open an order",
	    control_call_order_new },
	{ "order.list", CONTROL_VIEW, NULL, "all orders",
	    control_call_order_list },
	{ "order.show", CONTROL_VIEW, order_params,
	    "one order with its samples, devices and runs under way",
	    control_call_order_show },
	{ "order.close", CONTROL_RUN, order_close_params,
	    "nothing runs under it any more", control_call_order_close },
	{ "sample.add", CONTROL_RUN, sample_add_params,
	    "take a sample in, or say its condition anew",
	    control_call_sample_add },
	{ "sample.list", CONTROL_VIEW, sample_list_params, "samples",
	    control_call_sample_list },
	{ "sample.secrets", CONTROL_RUN, sample_secrets_params,
	    "marks of two samples' default secrets: the same where they are",
	    control_call_sample_secrets },
	{ "run.start", CONTROL_RUN, run_start_params,
	    "queue a scenario on a device", control_call_run_start },
	{ "probe.start", CONTROL_RUN, probe_start_params,
	    "queue one probe on a device", control_call_probe_start },
	{ "run.list", CONTROL_VIEW, run_list_params, "runs, newest first",
	    control_call_run_list },
	{ "run.affected", CONTROL_VIEW, affected_params,
	    "runs that rest on a method of a probe",
	    control_call_run_affected },
	{ "run.show", CONTROL_VIEW, run_params, "all records of a run",
	    control_call_run_show },
	{ "run.seal", CONTROL_VIEW, run_params,
	    "a run's manifest and its signatures", control_call_run_seal },
	{ "run.cancel", CONTROL_RUN, run_params, "end a run early",
	    control_call_run_cancel },
	{ "run.confirm", CONTROL_RUN, confirm_params,
	    "a person has, or has not, done the action",
	    control_call_run_confirm },
	{ "verdict.list", CONTROL_VIEW, verdict_list_params, "verdicts",
	    control_call_verdict_list },
	{ "verdict.newest", CONTROL_VIEW, newest_params,
	    "of each check on each sample in each state, its newest run",
	    control_call_verdict_newest },
	{ "verdict.history", CONTROL_VIEW, history_params,
	    "what a device's last ten runs said",
	    control_call_verdict_history },
	{ "job.took", CONTROL_VIEW, NULL,
	    "how long the probes' newest jobs took", control_call_job_took },
	{ "verdict.show", CONTROL_VIEW, verdict_params, "one verdict",
	    control_call_verdict_show },
	/* Frames may hold what the device sent in clear: not for viewers. */
	{ "evidence.read", CONTROL_RUN, evidence_params,
	    "a piece of a verdict's slice", control_call_evidence_read },
	{ "bundle.records", CONTROL_VIEW, bundle_records_params,
	    "some records of a run, with their hashes",
	    control_call_bundle_records },
	{ "bundle.added", CONTROL_RUN, bundle_added_params,
	    "what stands beside the records", control_call_bundle_added },
	{ "bundle.document", CONTROL_RUN, bundle_document_params,
	    "a profile or scenario by its hash", control_call_bundle_document },
	{ "bundle.capture", CONTROL_RUN, bundle_capture_params,
	    "a piece of a run's raw capture", control_call_bundle_capture },
	{ "attestation.file", CONTROL_RUN, attestation_file_params,
	    "a piece of a document", control_call_attestation_file },
	{ "attestation.add", CONTROL_RUN, attestation_add_params,
	    "what a person says of a document, sealed as a run",
	    control_call_attestation_add },
	{ "attestation.list", CONTROL_VIEW, attestation_list_params,
	    "what was said, the oldest first", control_call_attestation_list },
	{ "attestation.gate", CONTROL_VIEW, attestation_gate_params,
	    "is there all without which no order runs",
	    control_call_attestation_gate },
	{ "document.read", CONTROL_RUN, document_read_params,
	    "a piece of any document", control_call_document_read },
	{ "key.show", CONTROL_VIEW, NULL, "the key that this bench signs with",
	    control_call_key_show },
	{ "key.certify", CONTROL_RUN, certify_params,
	    "keep a lab's certificate for it", control_call_key_certify },
	{ "key.rotate", CONTROL_RUN, NULL,
	    "replace it (root); the old key signs for the new",
	    control_call_key_rotate },
	{ "prune", CONTROL_RUN, prune_params,
	    "let raw captures go that nothing speaks for", control_call_prune },
	{ "hold.set", CONTROL_RUN, hold_params,
	    "keep a run's or an order's raw captures", control_call_hold_set },
	{ "hold.list", CONTROL_VIEW, NULL, "what is held",
	    control_call_hold_list },
	{ "baseline.set", CONTROL_RUN, baseline_params,
	    "compare a device's later runs with this one",
	    control_call_baseline_set },
	{ "baseline.list", CONTROL_VIEW, of_device_params,
	    "what each device is compared with", control_call_baseline_list },
	{ "waiver.set", CONTROL_RUN, waiver_params,
	    "let a check's failures on a device be, until a day",
	    control_call_waiver_set },
	{ "waiver.list", CONTROL_VIEW, of_device_params, "what is waived",
	    control_call_waiver_list },
	{ "profile.compare", CONTROL_VIEW, compare_params,
	    "do two profiles differ in more than the firmware's version",
	    control_call_profile_compare },
	{ "probe.list", CONTROL_VIEW, NULL, "the probes there are",
	    call_probe_list },
	{ "probe.show", CONTROL_VIEW, probe_params, "one probe",
	    call_probe_show },
	{ "subscribe", CONTROL_VIEW, subscribe_params,
	    "every record from a number on, for ever", call_subscribe },
	{ "schema", CONTROL_VIEW, NULL, "the JSON Schema of all this",
	    call_schema },
	{ .name = NULL },
};
