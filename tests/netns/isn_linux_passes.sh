#!/bin/bash
# A kernel that keeps RFC 6528 passes on both families: with the same addresses
# and ports its numbers are a clock, which is no fault.
. tests/netns/lib.sh

scenario_of "- probe: tcp.isn"
bench_start
run_whole
same "$run_status" 0 "exit status"
expect "NET-08 behaviour 10" pass
expect "NET-08 behaviour f" pass
bench_stop
