#!/bin/bash
# A device that goes away in the middle of the sweep (cable and all): no pass.
. tests/netns/lib.sh

bench_start die-at-port=30000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
expect_no_pass
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status, expected 2 or 3"
await 10 is_gone "$device_pid"
bench_stop
