#!/bin/bash
# A small embedded stack (lwIP) is swept like a strong device: all of its ports
# as declared, none misread.
. tests/netns/lib.sh

small_bench lwip
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
bench_stop
