#!/bin/bash
# The link is down before the run: no pass; up again, the next run passes.
. tests/netns/lib.sh

bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
device_word link-down
run_whole
expect_no_pass
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status, expected 2 or 3"
device_word link-up
device_word reboot
await 20 lines_at_least "$dir/device.log" '^address ' 2
# Linux tells of a flap of the carrier up to a second later (its link watch
# tells of one a second): a run that hears of it then is rightly inconclusive,
# and the one after it passes.
run_whole
[ "$run_status" = 0 ] || run_whole
same "$run_status" 0 "exit status with the link up again"
expect "NET-01 completeness" pass
bench_stop
