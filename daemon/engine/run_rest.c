/*
 * run_rest: the quiet baseline: how the device is before anything is done.
 */
#include "daemon/engine/run_rest.h"

#include <string.h>

#include <event2/event.h>

#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/job.h"

#define NS_PER_S 1000000000ull
#define ORDER_QUIET_NS (1800 * NS_PER_S)
#define LOOK_NS (1 * NS_PER_S) /* for a person who watches */
#define LOST_TURNS 30          /* looks without a watch that answers */

uint64_t
run_rest_wanted(const struct run *run, uint64_t asked_ns)
{
	if (asked_ns != RUN_QUIET_UNSAID)
		return asked_ns;
	if (run->scenario->has_quiet)
		return run->scenario->quiet_ms * 1000000ull;
	return json_is_string(json_object_get(run->chain.common, "order"))
	    ? ORDER_QUIET_NS
	    : 0;
}

/* In the order of the message. */
static const char *const fields[] = { "since", "observed_ns", "rounds",
	"answered", "rtt_median_ns", "rtt_p95_ns", "reboots", "reconnects",
	"last_reboot", "wakes", "awake_ns", "asleep_ns", "asleep_max_ns" };

static json_t *
read_baseline(struct msg_in *m)
{
	json_t *o = json_object();
	uint8_t known;
	uint64_t value;
	size_t i;

	msg_get_u8(m, &known);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		msg_get_u64(m, &value);
		json_object_set_new(o, fields[i],
		    json_integer(
			value > INT64_MAX ? INT64_MAX : (json_int_t)value));
	}
	if (msg_end(m) == -1)
		fatal("watch: malformed baseline");
	if (known)
		return o;
	json_decref(o);
	return NULL;
}

static void
wait_on(struct run *run, uint64_t ns)
{
	const struct timeval tv = { (time_t)(ns / NS_PER_S),
		(suseconds_t)(ns % NS_PER_S / 1000 + 1) };

	evtimer_add(run->timer, &tv);
}

/* rest: taken over; NULL: there was no watch to ask. */
static void
end_quiet(struct run *run, json_t *rest)
{
	json_t *values = rest == NULL ? json_object() : json_deep_copy(rest);

	json_object_set_new(
	    values, "wanted_ns", json_integer((json_int_t)run->quiet_ns));
	run_event(
	    run, "baseline", rest == NULL ? "unknown" : "rest", "", 0, values);
	json_decref(run->rest);
	run->rest = rest == NULL ? json_null() : rest;
	seg_tell_busy(run->seg, run->device->id);
	run_on_rested(run);
}

static void
tell_progress(struct run *run, uint64_t observed_ns)
{
	json_t *o = json_pack("{s:I,s:i,s:I,s:s,s:I,s:I,s:s}", "run",
	    (json_int_t)run->chain.run, "step", 0, "job", (json_int_t)0,
	    "probe", "", "done", (json_int_t)(observed_ns / NS_PER_S), "total",
	    (json_int_t)(run->quiet_ns / NS_PER_S), "what", "s at rest");

	control_publish_word(
	    run->engine->control, "progress", run->chain.run, o);
	json_decref(o);
}

static void
on_baseline(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;
	json_t *rest = m == NULL ? NULL : read_baseline(m);
	uint64_t observed_ns =
	    (uint64_t)json_integer_value(json_object_get(rest, "observed_ns"));

	(void)fd;
	if (run->cancelled) {
		json_decref(rest);
		run_on_rested(run);
	} else if (rest == NULL && run->rest_lost++ < LOST_TURNS) {
		log_debug("baseline: %s", why == NULL ? "not observed" : why);
		wait_on(run, LOOK_NS);
	} else if (rest == NULL || observed_ns >= run->quiet_ns) {
		end_quiet(run, rest);
	} else {
		tell_progress(run, observed_ns);
		wait_on(run,
		    run->quiet_ns - observed_ns < LOOK_NS
			? run->quiet_ns - observed_ns
			: LOOK_NS);
		json_decref(rest);
	}
}

void
run_rest_on_timer(struct run *run)
{
	seg_ask_baseline(run->seg, run->device->id, on_baseline, run);
}

void
run_rest_begin(struct run *run)
{
	run->state = RUN_QUIET;
	/* An earlier life of the engine has waited for it. */
	if (run->rest != NULL) {
		seg_tell_busy(run->seg, run->device->id);
		run_on_rested(run);
		return;
	}
	run_rest_on_timer(run);
}

void
run_rest_on_reboot(struct run *run, uint64_t stamp)
{
	json_int_t before =
	    json_integer_value(json_object_get(run->rest, "reboots"));

	if (run->state == RUN_QUIET) {
		run->rest_reboots++;
		run_event(run, "baseline", "dut_rebooted", "at rest", stamp,
		    json_pack("{s:i}", "reboots", (int)run->rest_reboots));
	} else if (run->job != NULL && before > 0) {
		run->job->rebooted_at_rest = (uint32_t)before;
		run_event(run, "baseline", "precedent",
		    "it rebooted at rest, too", stamp,
		    json_pack("{s:I,s:O}", "reboots", before, "observed_ns",
			json_object_get(run->rest, "observed_ns")));
	}
}

json_t *
run_rest_account(const struct run *run)
{
	json_t *o;

	if (!json_is_object(run->rest))
		return json_null();
	o = json_deep_copy(run->rest);
	json_object_set_new(
	    o, "wanted_ns", json_integer((json_int_t)run->quiet_ns));
	/* In this run, with nothing done to it. */
	json_object_set_new(
	    o, "rebooted", json_integer((json_int_t)run->rest_reboots));
	return o;
}

void
run_rest_restore(struct run *run, const json_t *event)
{
	const char *code = json_string_value(json_object_get(event, "code"));

	if (code == NULL)
		return;
	if (strcmp(code, "dut_rebooted") == 0)
		run->rest_reboots++;
	if (strcmp(code, "rest") != 0 && strcmp(code, "unknown") != 0)
		return;
	json_decref(run->rest);
	run->rest = strcmp(code, "rest") == 0
	    ? json_deep_copy(json_object_get(event, "values"))
	    : json_null();
}
