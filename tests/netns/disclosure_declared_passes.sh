#!/bin/bash
# One device, three profiles: what its services say is declared (pass), all but
# one version of it (fail, and that version is named), all but a host name
# (inconclusive), none of it (inconclusive).
. tests/netns/lib.sh

bench_start
scenario_of '- probe: services.disclosure' \
    '  with: {addresses: ipv4, greeting: 1s, answer: 1s, ports: "1-65535"}'
said() {
	all_records | jq -r --arg c "$1" 'select(.type == "verdict" and
	    .claim == $c) | .values.said'
}
reason() { verdicts | awk -v c="$1" '$2 == c { print $5 }'; }
run_whole 110
same "$run_status" 0 "exit status"
expect "NET-07 completeness" pass
expect "NET-07 behaviour" info
same "$(reason behaviour)" disclosure.udp_declared "reason of the UDP half"
same "$(all_records | jq -r 'select(.type == "verdict" and
    .claim == "completeness") | .values.services | split(", ") | sort |
    join(", ")')" \
    "http 80, https 443, mqtt 1883, mqtts 8883, ssh 22, telnet 23" "services"

# One after the other, the same device under another declaration.
scenario_of '- probe: services.disclosure' \
    '  with: {addresses: ipv4, greeting: 1s, answer: 1s, udp_ports: "161"}'
with_profile() {
	sed "$1" "$profile" >"$dir/profile.yaml"
	device_add "$dir/profile.yaml"
	await 20 bench_knows_addresses 4
	run_whole 110
}
with_profile '/what: version, service: ssh/d'
same "$run_status" 1 "exit status with an undeclared version"
expect "NET-07 completeness" fail
same "$(reason completeness)" disclosure.undeclared "reason"
has_line <(said completeness) '^version dropbear_[0-9.]* \(ssh 22\)$' ||
    fail "not what is undeclared: $(said completeness)"
with_profile '/what: hostname/d'
expect "NET-07 completeness" inconc
same "$(reason completeness)" disclosure.undeclared_harmless "reason"
same "$(said completeness)" "hostname reference (telnet 23)" "said"

# Within TLS, too: the frames of a verdict, read with the keys on record.
with_profile '/what: version, service: https/d'
expect "NET-07 completeness" fail
same "$(said completeness)" "version nginx/1.22.1 (https 443)" "said in TLS"
ctl evidence "$(all_records | jq -r 'select(.type == "verdict" and
    .claim == "completeness") | .seq')" -o "$dir/tls.pcapng" >>"$dir/run.log"
all_records | jq -r 'select(.. | objects | .field? == "tls.keys") | ..
    | objects | select(.field? == "tls.keys") | .value' |
    tr ';' '\n' | sort -u >"$dir/keys"
tshark -r "$dir/tls.pcapng" -o "tls.keylog_file:$dir/keys" -Y http.server \
    -T fields -e http.server >"$dir/heard" 2>>"$dir/run.log"
has_line "$dir/heard" '^nginx/' || fail "the frames cannot be read"

# Judged again without device and daemon, from the bundle.
ctl bundle "$(run_number)" -o "$dir/run.assay" >>"$dir/run.log"
ctl recheck "$dir/run.assay" >"$dir/recheck" 2>&1 || fail "recheck: $(cat "$dir/recheck")"
has_line "$dir/recheck" agrees
bench_stop
