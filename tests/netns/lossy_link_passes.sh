#!/bin/bash
# Two frames of a hundred lost on the cable change no verdict.
. tests/netns/lib.sh

bench_start lose=2
run_whole
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
expect "NET-03 completeness" pass
bench_stop
