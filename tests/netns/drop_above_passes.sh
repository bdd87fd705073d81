#!/bin/bash
# A device that drops what is above 8,000 packets a second ends as a strong
# one does, only later.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
bench_stop
