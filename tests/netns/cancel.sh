#!/bin/bash
# A run that is cancelled ends soon, without a pass, and the next one works.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
await 20 run_is_testing
ctl cancel "$(run_number)" >>"$dir/run.log"
run_end 15
[ "$run_status" != 0 ] || fail "exit status 0 of a cancelled run"
expect_no_pass
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status of the next run"
bench_stop
