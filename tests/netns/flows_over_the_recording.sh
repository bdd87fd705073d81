#!/bin/bash
# Whom the device called is judged over what the segment has recorded since long
# before the run: as declared, it passes; a name that is not declared fails, on
# the frames that ask for it; a recording with a hole, or too short a one, shows
# nothing to be absent.
. tests/netns/lib.sh

# flows_profile NAME…: these may be called.
flows_profile() {
	{
		cat "$profile"
		echo "flows:"
		printf '  - {to: %s}\n' "$@"
	} >"$dir/flows.yaml"
	device_add "$dir/flows.yaml"
}
# flows_run LEAST QUIET
flows_run() {
	scenario_of "- probe: net.flows" "  with: {over: 1h, least: $1}"
	sed -i "s/^steps:/quiet: $2\nsteps:/" "$scenario"
	run_whole
}
said() { verdicts | grep "NET-36 completeness" | awk '{ print $4, $5 }'; }

bench_start asks=api.example.test@10.77.0.1
flows_profile api.example.test
flows_run 8s 9s
same "$(said)" "pass flows.as_declared" "a device that calls whom it declares"
same "$run_status" 0 "exit status"
all_records | jq -e -s 'any(.[]; .type == "verdict" and .verdict == "pass" and
    .frames > 0 and .values.names == 1 and
    any(.deviations[]; .name == "stored.frames" and .value > 0) and
    any(.deviations[]; .name == "stored.holes" and .value == 0))' >/dev/null ||
	fail "the pass does not say what it rests on"
flows_run 1h 0s
same "$(said)" "inconc flows.too_short" "a recording that is too short"

# Frames of before this run, and of files that are finished.
flows_profile other.example.test
flows_run 8s 0s
same "$(said)" "fail flows.undeclared" "a name that is not declared"
same "$run_status" 1 "exit status"
all_records | jq -e -s 'any(.[]; .type == "verdict" and .verdict == "fail" and
    .values.destinations == "api.example.test" and .frames > 0 and
    .slice.size > 0)' >/dev/null || fail "no frames that show it"

# Another capture goes on: what was between is not known.
flows_profile api.example.test
kill -KILL "$(pid_of capture)"
await 20 segment_is_up
flows_run 8s 0s
same "$(said)" "inconc capture_hole" "a recording with a hole"
bench_stop
