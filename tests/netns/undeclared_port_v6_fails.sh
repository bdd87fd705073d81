#!/bin/bash
# A port that is open on IPv6 alone fails there and only there.
. tests/netns/lib.sh

bench_start undeclared-port-v6=8081
run_whole
same "$run_status" 1 "exit status"
expect "NET-01 completeness" pass
expect "NET-03 completeness" fail
expect_port_named "NET-03 completeness" 8081
bench_stop
