#!/bin/bash
# kill -9 of the warden in the middle of a run: every process of the daemon is
# gone; a new daemon starts on what is left and tests the device.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
await 20 run_is_testing
kill -KILL "$daemon_pid"
wait "$daemon_pid" || true
# The client waits for a daemon to come back; this one has seen enough.
kill -KILL "$run_pid"
wait "$run_pid" || true
await 10 no_process_of_ours
# The device's cable went with the namespace, or came back with it.
device_stop
rm -f "$dir/control"
device_start
daemon_start
await 20 segment_is_up
device_addressed
await 20 bench_knows_addresses 1
run_whole
same "$run_status" 0 "exit status of the new daemon's run"
bench_stop
