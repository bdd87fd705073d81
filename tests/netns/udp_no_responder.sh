#!/bin/bash
# A device that says nothing by UDP: nothing is known of any port, and a
# declared one that does not answer is not called missing.
. tests/netns/lib.sh

bench_start udp-silent
scenario_of '- probe: udp.ports' \
    '  with: {addresses: ipv4, ports: "1-300,5683,5684"}'
run_whole 120
same "$run_status" 2 "exit status"
same "$(verdicts | awk '{ print $2, $4, $5 }' | sort)" \
    "completeness inconc udp.no_responder
sufficiency inconc udp.declared_unknown" "verdicts"
bench_stop
