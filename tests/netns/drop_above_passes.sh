#!/bin/bash
# A device that drops what is above 3,000 packets a second ends as a strong
# one does, only later.
. tests/netns/lib.sh

bench_start drop-above=3000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4, ports: 1-12000}"
run_whole
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
bench_stop
