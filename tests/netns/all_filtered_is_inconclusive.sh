#!/bin/bash
# A device that drops all TCP shows nothing: no responder, no pass.
. tests/netns/lib.sh

bench_start all-filtered
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4, ports: 1-4000}"
run_whole
same "$run_status" 2 "exit status"
expect "NET-01 completeness" inconc
expect_no_pass
bench_stop
