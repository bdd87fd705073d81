#!/bin/bash
# A device that stops for two seconds in mid-sweep ends as a strong one does.
. tests/netns/lib.sh

bench_start hang-at-port=30000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
noted pace.outages || fail "no word of the pause"
bench_stop
