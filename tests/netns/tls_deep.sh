#!/bin/bash
# What is behind the suites of a TLS port: each flaw is found at its port and at
# no other, by IPv4 and IPv6; real servers (nginx, mosquitto) without them pass.
. tests/netns/lib.sh

# said_of CHECK: what its fails say, of each address the same.
said_of() {
	all_records | jq -r --arg c "$1" 'select(.type == "verdict" and
	    .check == $c and .verdict == "fail") | .values.said' | sort -u
}
# targets_of CHECK VERDICT: how many addresses that was said of.
targets_of() {
	all_records | jq -c --arg c "$1" --arg v "$2" 'select(.type == "verdict" and
	    .check == $c and .verdict == $v)' | wc -l
}

bench_start protected tls-old tls-ignores-fallback tls-no-sentinel
# ask WITH: every probe with these parameters.
ask() { scenario_of '- probe: tls.fallback' "  with: {answer: 1s, $1}"; }
ask "ports: '443,4430-4470'"
run_whole
same "$run_status" 1 "exit status"
same "$(said_of TLS-S12)" "4460 signal: TLSv1.1 is taken in spite of the signal, 4461 signal: TLSv1.2 is taken in spite of the signal, 4461 sentinel: TLSv1.2 has no sentinel in its random" \
    "fallback"
same "$(targets_of TLS-S12 fail)" 4 "addresses"
# A fail's frames are the connections in which it was taken.
all_records | jq -e -s 'all(.[] | select(.type == "verdict" and
    .verdict == "fail"); .frames > 0 and .slice.size > 0)' >/dev/null ||
    fail "a fail without frames"

device_word die
await 10 is_gone "$device_pid"
device_stop
device_start protected tls-old
device_addressed
ask 'addresses: ipv4'
run_whole
expect "TLS-S12 behaviour" pass
bench_stop
