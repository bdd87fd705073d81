#!/bin/bash
# The link is down before the run: no pass; up again, the next run passes.
. tests/netns/lib.sh

bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
# The kernel tells of a carrier up to a second late.
link_is() { ctl --json status | jq -e --argjson up "$1" '.segments[0].link == $up'; }
device_word link-down
await 10 link_is false
run_whole
expect_no_pass
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status, expected 2 or 3"
# Up again; its IPv6 addresses are new, and it asks who else has them.
: >"$dir/device.log"
device_word link-up
await 10 link_is true
await 20 has_line "$dir/device.log" '^address6 fd77:'
await 20 has_line "$dir/device.log" '^address6 2001:'
run_whole
same "$run_status" 0 "exit status with the link up again"
expect "NET-01 completeness" pass
bench_stop
