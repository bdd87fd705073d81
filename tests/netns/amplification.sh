#!/bin/bash
# CoAP in clear (its list of resources), SNMP's GetBulk and NTP's monlist send
# back more than three times what they are sent, each named with its bytes; a
# device with CoAP over DTLS alone, which wants its cookie first, does not.
. tests/netns/lib.sh

services() { all_records | jq -r 'select(.type == "verdict") | .values.services'; }
scenario_of '- probe: net.amplification' '  with: {addresses: ipv4}'
bench_start snmp monlist
run_whole 60
same "$run_status" 1 "exit status of the amplifier"
expect "AMP-01 behaviour" fail
for service in "coap 5683: 21 to" "snmp-bulk 161: 40 to" "ntp-monlist 123: 8 to 1320 bytes (165.0)"; do
	[[ $(services) == *"$service"* ]] || fail "no $service in $(services)"
done
bench_stop

rm -rf "$dir/state"
grep -v 'port: 5683' "$profile" >"$dir/profile.yaml"
profile=$dir/profile.yaml
bench_start coaps-only
run_whole 60
same "$run_status" 0 "exit status of the other"
expect "AMP-01 behaviour" pass
[[ $(services) == "dtls 5684: "* ]] || fail "not DTLS alone: $(services)"
bench_stop

# Declared and silent: nobody knows what it would send.
rm -rf "$dir/state"
scenario_of '- probe: net.amplification' \
    '  with: {addresses: ipv4, window: 500ms, tries: 1}'
bench_start udp-silent
run_whole 60
expect "AMP-01 behaviour" inconc
bench_stop
