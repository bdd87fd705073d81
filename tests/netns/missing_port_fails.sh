#!/bin/bash
# A declared port that takes no connection fails sufficiency, not completeness.
. tests/netns/lib.sh

bench_start missing-port
run_whole
same "$run_status" 1 "exit status"
expect "NET-01 sufficiency" fail
expect "NET-03 sufficiency" fail
expect_port_named "NET-01 sufficiency" 443
expect "NET-01 completeness" pass
expect "NET-03 completeness" pass
bench_stop
