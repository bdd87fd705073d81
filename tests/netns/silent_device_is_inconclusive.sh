#!/bin/bash
# A device that was there and answers nothing any more is not called clean.
. tests/netns/lib.sh

device_start silent
daemon_start
await 20 segment_is_up
await 25 has_line "$dir/device.log" '^frozen'
device_add
run_whole
expect_no_pass
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status, expected 2 or 3"
bench_stop
