#!/bin/bash
# A device that drops all but its open ports passes: its open ports are the
# known responders beside which silence is believed.
. tests/netns/lib.sh

bench_start filtered-rest
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
bench_stop
