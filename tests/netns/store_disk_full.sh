#!/bin/bash
# The disk of the store is full: nobody is shown a verdict that is not durable,
# the daemon lives and says it.
. tests/netns/lib.sh

# Less than the log of the store is made long beforehand: else there would be
# room in it for a thousand records.
mkdir -p "$dir/state/store"
mount -t tmpfs -o size=3m tmpfs "$dir/state/store"
bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status with room"
# All room is taken by somebody else.
dd if=/dev/zero of="$dir/state/store/other" bs=64k status=none 2>/dev/null || true
# The client must not wait for records that can never come.
run_status=0
: >"$records"
timeout 20 "$BUILD/assayctl" --json run dut "$scenario" --watch \
    >"$records" 2>>"$dir/run.log" || run_status=$?
same "$run_status" 3 "exit status when the store refuses (124: waited for ever)"
expect_no_pass
daemon_answers || fail "the daemon does not answer"
rm "$dir/state/store/other"
works() { run_whole && [ "$run_status" = 0 ]; }
await 60 works
daemon_stop
umount "$dir/state/store"
device_stop
