#!/bin/bash
# Each thing that ought not to be told is found and named, beside what is
# declared: a passphrase in a page, a serial number in a greeting, Modbus'
# identification, SNMP's description.  A port that says nothing is no pass.
. tests/netns/lib.sh

said() {
	all_records | jq -r --arg c "$1" 'select(.type == "verdict" and
	    .claim == $c) | .values.said'
}
reason() { verdicts | awk -v c="$1" '$2 == c { print $5 }'; }
told() {
	all_records | jq -e -s --arg f "$1" --argjson p "$2" --arg t "$3" '
	    any(.. | objects; .field? == $f and .subject.port == $p and
		(.value | startswith($t)))' >/dev/null || fail "not told: $*"
}

bench_start protected secret-page=8089 serial-banner=2122 modbus=502 snmp mute=7778 \
    smtp=2525 pop3=1100 rtsp=8554 vnc=7900 tftp
scenario_of '- probe: services.disclosure' \
    '  with: {addresses: ipv4, greeting: 1s, answer: 1s}'
run_whole 110
same "$run_status" 1 "exit status"
expect "NET-07 completeness" fail
same "$(reason completeness)" disclosure.secret "reason"
same "$(said completeness)" "secret psk (15 characters) (http 8089)" "said"
told discloses.serial 2122 DL-20417
told discloses.version 502 V2.1.4
told service 7778 silent
for named in "1100 pop3" "2122 ftp" "2525 smtp" "502 modbus" "7900 vnc" \
    "8554 rtsp" "443 https" "8883 mqtts"; do
	told service "${named% *}" "${named#* }"
done
told udp.service 69 tftp
# What SNMP says of the system is the kernel's version, which is not declared.
expect "NET-07 behaviour" fail
same "$(reason behaviour)" disclosure.undeclared "reason of the UDP half"
told udp.service 161 snmp
# The secret itself is not in the records.
[ "$(all_records | grep -c correct-horse)" = 0 ] || fail "the secret is on record"
# What was said within TLS can be read in the verdict's own frames.
all_records | jq -e -s 'any(.. | objects; .field? == "tls.keys" and
    (.value | test("TRAFFIC_SECRET")))' >/dev/null || fail "no keys"

# Without those, the one that says nothing keeps the pass away.
scenario_of '- probe: services.disclosure' \
    '  with: {addresses: ipv4, greeting: 1s, answer: 1s, udp_ports: "69"}'
{
	cat "$profile"
	echo '  - {what: serial, service: ftp, value: DL-}'
	echo '  - {what: version, service: modbus}'
	echo '  - {what: model, service: modbus}'
} >"$dir/profile.yaml"
device_word die
await 10 is_gone "$device_pid"
device_stop
device_start protected serial-banner=2122 modbus=502 mute=7778
device_addressed
device_add "$dir/profile.yaml"
await 20 bench_knows_addresses 4
run_whole 110
expect "NET-07 completeness" inconc
same "$(reason completeness)" disclosure.unidentified "reason with a mute port"
bench_stop
