#!/bin/bash
# Every UDP port but the declared ones is closed, by the device's own word; CoAP
# and CoAP over DTLS answer.
. tests/netns/lib.sh

bench_start
scenario_of '- probe: udp.ports' '  with: {addresses: ipv4}'
run_whole 120
same "$run_status" 0 "exit status"
expect "NET-02 completeness" pass
expect "NET-02 sufficiency" pass
same "$(all_records | jq -r 'select(.type == "verdict" and .claim == "completeness") |
    "\(.values.open) \(.values.closed)"')" "2 65533" "open, closed"
bench_stop
