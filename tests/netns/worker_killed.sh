#!/bin/bash
# A worker is killed: its job is an error with a reason, never a pass, and the
# daemon serves the next run.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
await 20 run_is_testing
kill -KILL "$(pid_of worker)"
run_end
same "$run_status" 3 "exit status"
expect_no_pass
same "$(outcome_of_job)" error "outcome of the job"
run_whole
same "$run_status" 0 "exit status of the second run"
bench_stop
