#!/bin/bash
# The device stops answering in the middle, its link stays up: no pass.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
await 20 run_is_testing
device_word freeze
run_end
expect "NET-01 completeness" inconc
expect_no_pass
same "$run_status" 2 "exit status"
bench_stop
