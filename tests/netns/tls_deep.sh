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

bench_start protected tls-old tls-ignores-fallback tls-no-sentinel tls-ssl2 \
    tls-ssl3 tls-export tls-weak-suites tls-flawless tls-heartbleed \
    tls-early-ccs tls-robot tls-poodle tls-ticketbleed tls-logjam tls-raccoon
# ask FALLBACK FLAWS: both probes, with these parameters.
ask() {
	scenario_of '- probe: tls.fallback' "  with: {answer: 1s, $1}" \
	    '- probe: tls.flaws' "  with: {answer: 1s, $2}"
}
# names_of CHECK: "4463 heartbleed" … of its fails.
names_of() { said_of "$1" | grep -oE '\<4[0-9]{3} [a-z0-9_]+:' | tr -d '\n'; }

ask "ports: '443,4431,4460,4461'" "addresses: ipv4, silence: 50ms, ports: '443,4430-4470'"
run_whole
same "$run_status" 1 "exit status"
same "$(said_of TLS-S12)" "4460 signal: TLSv1.1 is taken in spite of the signal, 4461 signal: TLSv1.2 is taken in spite of the signal, 4461 sentinel: TLSv1.2 has no sentinel in its random" \
    "fallback"
same "$(targets_of TLS-S12 fail)" 4 "addresses"
same "$(names_of TLS-S13)" "4432 sweet32:4450 drown:4451 poodle_ssl:4452 freak:4463 heartbleed:4464 early_ccs:4465 robot:4466 poodle_tls:4467 ticketbleed:4468 logjam:" \
    "flaws"
# A fail's frames are the connections in which it was taken.
all_records | jq -e -s 'all(.[] | select(.type == "verdict" and
    .verdict == "fail"); .frames > 0 and .slice.size > 0)' >/dev/null ||
    fail "a fail without frames"

device_word die
await 10 is_gone "$device_pid"
device_stop
device_start protected tls-old
device_addressed
ask 'addresses: ipv4' 'addresses: ipv4'
printf '  %s\n' '- probe: tls.tickets' '  with: {answer: 3s, addresses: ipv4}' >>"$scenario"
run_whole
expect "TLS-S1[23] behaviour" pass
expect "TLS-S10 behaviour" pass
bench_stop
