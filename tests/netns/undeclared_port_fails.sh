#!/bin/bash
# A port that is open and not declared fails completeness, by its number, on
# both families; sufficiency is not touched by it.
. tests/netns/lib.sh

bench_start undeclared-port=2323
run_whole
same "$run_status" 1 "exit status"
expect "NET-01 completeness" fail
expect "NET-03 completeness" fail
expect_port_named "NET-01 completeness" 2323
expect_port_named "NET-03 completeness" 2323
expect "NET-01 sufficiency" pass
expect "NET-03 sufficiency" pass
bench_stop
