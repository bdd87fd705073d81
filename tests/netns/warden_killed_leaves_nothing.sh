#!/bin/bash
# kill -9 of the warden in the middle of a run: every process of the daemon is
# gone; a new daemon starts on what is left and tests the device.
. tests/netns/lib.sh

bench_start drop-above=3000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4, ports: 1-9000}"
run_begin
await 20 has_line "$records" '"progress"'
kill -KILL "$daemon_pid"
wait "$daemon_pid" || true
await 20 is_gone "$run_pid"
wait "$run_pid" || true
nobody() { ! pgrep -f "$BUILD/assay" && ! pgrep dnsmasq; }
await 10 nobody
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
