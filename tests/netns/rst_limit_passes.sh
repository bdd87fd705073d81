#!/bin/bash
# A device that sends at most 2,000 RSTs a second ends as a strong one does.
. tests/netns/lib.sh

bench_start rst-limit=2000 undeclared-port=11111
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 1 "exit status"
expect "NET-01 completeness" fail
expect_port_named "NET-01 completeness" 11111
expect "NET-01 sufficiency" pass
bench_stop
