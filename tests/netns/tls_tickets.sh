#!/bin/bash
# Session tickets of real servers (nginx, gnutls-serv, openssl s_server,
# mosquitto): each fault is found at its port and at no other.
. tests/netns/lib.sh

# matters MATTER WORD: ports at which this was observed of that matter.
matters() {
	all_records | jq -r --arg f "tickets.$1" --arg w "$2:" '
	    select(.type == "observed") | .observations[] |
	    select(.field == $f and (.value | startswith($w))) | .subject.port' |
	    sort -nu | paste -sd ' '
}

bench_start protected tls-good tls-weak-suites tls-renegotiates tls-no-ems \
    tls-any-ticket tls-long-tickets tls-shared-tickets
scenario_of '- probe: tls.tickets' "  with: {answer: 3s, ports: '443,4430-4490,8883'}"
run_whole
same "$run_status" 1 "exit status"
expect TLS-S10 fail
same "$(matters control absent)" "443 4430 4432 4437 4448 4480 4481 4482 4483 8883" "controls"
same "$(matters changed present)" 4480 "changed tickets that resume"
same "$(matters lifetime possible)" 4481 "long lifetimes"
same "$(matters foreign possible)" "4482 4483" "tickets of another port that resume"
same "$(matters foreign present)$(matters lifetime present)$(matters extended_secret present)" "" "other faults"
# What shows it are TLS sessions, whose secrets are in the slice.
ctl evidence "$(all_records | jq 'select(.type == "verdict") | .seq' | head -n 1)" \
    -o "$dir/taken.pcapng" >/dev/null
tshark -n -r "$dir/taken.pcapng" -Y 'tls.handshake.type == 8' 2>/dev/null | grep . >/dev/null ||
    fail "the evidence cannot be decrypted"

bench_stop
