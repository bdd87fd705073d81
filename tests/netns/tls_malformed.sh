#!/bin/bash
# Six hundred malformed handshakes: real servers (nginx, mosquitto, gnutls-serv)
# bear them; one that falls by a case fails by its name, one
# that falls by itself, or for good, is inconclusive, and so is a dead link.
# limit: 240 s
. tests/netns/lib.sh

said() { all_records | jq -r 'select(.type == "verdict" and .check == "TLS-S14") | .values.said'; }
ask() { # ask [PORTS [PARAMETERS]]
	scenario_of '- probe: tls.malformed' \
	    "  with: {addresses: ipv4, answer: 1s, silence: 50ms${1:+, ports: \"$1\"}${2:+, $2}}"
	run_whole 200
}
another_device() {
	device_word die
	await 10 is_gone "$device_pid"
	device_stop
	device_start "$@"
	device_addressed
	await 20 bench_knows_addresses 4
	device_add
}

bench_start protected tls-weak-suites
ask
expect "TLS-S14 behaviour" pass
said >"$dir/said"
for port in 443 4432 8883; do
	grep -E "$port survived: ([0-9]+) of \\1 cases" "$dir/said" >/dev/null ||
	    fail "not every case at $port: $(cat "$dir/said")"
done

another_device tls-frail-crash tls-frail-hang tls-frail-chance tls-frail-once
ask 4490-4491
same "$run_status" 1 "exit status of what falls"
expect "TLS-S14 behaviour" fail
said >"$dir/said"
grep -E '4490 survived: case [0-9]+ [a-z0-9_.]*session_id[a-z0-9_.]*: .* after 2 of [23]' "$dir/said" >/dev/null ||
    fail "not by a session ID: $(cat "$dir/said")"
grep -E '4491 survived: case [0-9]+ length.record.zero: .* after 2 of [23]' "$dir/said" >/dev/null ||
    fail "not by a record without a length: $(cat "$dir/said")"
all_records | jq -e -s 'all(.[] | select(.type == "verdict" and
    .verdict == "fail"); .frames > 0 and .slice.size > 0)' >/dev/null ||
    fail "a fail without frames"

# By itself, and for good.  Of some ports alone nothing passes anyway, so it is
# what is on record of them that counts.
seen() {
	all_records | jq -r 'select(.type == "observed") | .observations[] |
	    select(.field == "malformed.survived") | .value'
}
ask 4492
expect "TLS-S14 behaviour" inconc
seen | grep -E '^unknown: it was away' >/dev/null || fail "of who dies by itself: $(seen)"
ask 4493 "recovery: 2s"
expect "TLS-S14 behaviour" inconc
seen | grep -E '^unknown: it did not come back, behind cases' >/dev/null ||
    fail "of who is gone: $(seen)"

# The link is cut in the midst.
scenario_of '- probe: tls.malformed' "  with: {addresses: ipv4, ports: '443', recovery: 2s}"
run_begin
await 60 run_is_testing
device_word link-down
run_end 120
expect_no_pass
bench_stop
