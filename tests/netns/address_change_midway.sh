#!/bin/bash
# The address changes in the middle: inconclusive, recorded, and the next run
# tests the new one.
. tests/netns/lib.sh

bench_start readdress-at-port=30000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
first=$(device_ipv4)
run_whole
expect "NET-01 completeness" inconc
expect_no_pass
same "$run_status" 2 "exit status"
await 20 lines_at_least "$dir/device.log" '^address ' 2
second=$(device_ipv4)
[ "$first" != "$second" ] || fail "the device kept its address"
knows_second() {
	ctl --json device show dut | jq -e --arg a "$second" '.addresses | index($a)'
}
await 20 knows_second
run_whole
same "$run_status" 0 "exit status of the second run"
expect "NET-01 completeness $second" pass
same "$(verdicts | awk '{ print $3 }' | sort -u)" "$second" "address tested"
bench_stop
