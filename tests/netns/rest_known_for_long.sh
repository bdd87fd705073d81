#!/bin/bash
# What was seen of a device since it was registered counts: a run that wants
# less than that does not wait.  A device that does not reboot is said not to.
. tests/netns/lib.sh

bench_start
seen() {
	"$BUILD/assayctl" --json probe dut tcp.ports addresses=ipv4 ports=22,23 \
	    -q "$1" >"$records" 2>>"$dir/run.log" ||
	    [ "$?" = 2 ] # two ports are not all of them
}
seen 2s
all_records | jq -e -s 'any(.[]; .type == "manifest" and
    .exit == 2 and .outcome == "complete" and .rest.observed_ns >= 2000000000 and
    .rest.rebooted == 0 and .rest.reboots == 0 and .rest.rounds > 0)' \
    >/dev/null || fail "not what was seen at rest"
seen 1s
all_records | jq -e -s '
    ([.[] | select(.type == "run")][0].time) as $began |
    any(.[]; .what == "baseline" and .code == "rest" and
	.values.observed_ns >= 2000000000 and
	.time - $began < .values.observed_ns)' >/dev/null ||
    fail "it waited although the device was known"
bench_stop
