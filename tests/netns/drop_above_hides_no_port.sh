#!/bin/bash
# The weak device's undeclared port is found as well.
. tests/netns/lib.sh

bench_start drop-above=8000 undeclared-port=11111
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 1 "exit status"
expect "NET-01 completeness" fail
expect_port_named "NET-01 completeness" 11111
bench_stop
