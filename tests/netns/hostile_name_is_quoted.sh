#!/bin/bash
# What a device calls itself never reaches the terminal as control characters.
. tests/netns/lib.sh

bench_start hostile-name
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
ctl run dut "$scenario" --watch >"$dir/out" 2>&1 || fail "exit status $?"
for command in status "device list" "device show dut" runs verdicts; do
	# shellcheck disable=SC2086
	ctl $command >>"$dir/out" 2>&1
	# shellcheck disable=SC2086
	ctl --json $command >>"$dir/out" 2>&1
done
timeout 3 "$BUILD/assayctl" watch --from 1 >>"$dir/out" 2>&1 || true
LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$dir/out" "$dir/daemon.log" |
    cat -v | head -n 5 | grep . && fail "control characters were printed"
# The name was there at all, else this shows nothing.
ctl --json status | grep evil >&2 || fail "the name did not arrive"
bench_stop
