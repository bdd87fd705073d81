#!/bin/bash
# The capture is killed in the span of a test: a pass becomes inconclusive, a
# new capture follows, and the next run passes.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
first=$(pid_of capture)
run_begin
await 20 run_is_testing
kill -KILL "$first"
run_end
same "$run_status" 2 "exit status"
expect_no_pass
expect "NET-01 completeness" inconc
another_capture() { [ "$(pid_of capture)" != "$first" ]; }
await 10 another_capture
run_whole
same "$run_status" 0 "exit status of the second run"
bench_stop
