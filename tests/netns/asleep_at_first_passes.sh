#!/bin/bash
# A device that sleeps through the first control exchange is asked once more,
# and tested when it wakes.
. tests/netns/lib.sh

bench_start
device_word freeze
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
# Longer than the first exchange waits, and shorter than both together.
mkfifo "$dir/never"
read -r -t 3 <>"$dir/never" || true
device_word thaw
run_end
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
bench_stop
