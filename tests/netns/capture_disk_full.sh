#!/bin/bash
# The disk of the captures is full in the middle: no pass, the daemon lives,
# and with room again the next run passes.
. tests/netns/lib.sh

mkdir -p "$dir/state/captures"
mount -t tmpfs -o size=4m tmpfs "$dir/state/captures"
bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
expect_no_pass
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status, expected 2 or 3"
daemon_answers || fail "the daemon does not answer"
mount -o remount,size=200m "$dir/state/captures"
works() { run_whole && [ "$run_status" = 0 ]; }
await 60 works
daemon_stop
umount "$dir/state/captures"
device_stop
