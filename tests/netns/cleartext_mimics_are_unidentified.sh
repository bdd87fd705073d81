#!/bin/bash
# What only looks like a service is not reported as one, and what cannot be
# identified is no pass: an echo, a greeter, the words of HTTP, a port that says
# nothing, an SSH that only offers version 1.
. tests/netns/lib.sh

bench_start protected echo=7777 mute=7778 greeter=7779 http-text=7780 \
    ssh-1-99=2223 snmp3
scenario_of '- probe: services.cleartext' \
    '  with: {addresses: ipv4, greeting: 2s, answer: 1s}'
run_whole 110
same "$run_status" 2 "exit status"
expect "NET-06 completeness" inconc
expect "NET-06 behaviour" info
value() {
	all_records | jq -r --arg c "$1" --arg v "$2" 'select(.type == "verdict"
	    and .claim == $c) | .values[$v]'
}
same "$(verdicts | awk '$2 == "completeness" { print $5 }')" \
    cleartext.unidentified "reason"
same "$(value completeness services)" \
    "unidentified 7777, silent 7778, unidentified 7779, unidentified 7780" \
    "what is not identified"
same "$(value completeness silent)" 1 "silent ports"
same "$(value behaviour services)" "snmp3 161" "SNMP with users and keys"
bench_stop
