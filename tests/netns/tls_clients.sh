#!/bin/bash
# A port that takes whoever it cannot verify fails, one that takes nobody's
# certificate fails, and real servers that refuse in their own ways pass: nginx in words behind the
# handshake, mosquitto by alerts, in TLS 1.2 and 1.3.
. tests/netns/lib.sh

# clients: what became of whom, of one address.
clients() {
	all_records | jq -r 'select(.type == "verdict" and .claim == "behaviour") |
	    .values.clients' | sort -u
}
# declare PORT…: known by certificates.
declare_ports() {
	local port
	cat "$top/etc/profiles/reference-device.yaml"
	echo 'authentication:'
	for port; do
		echo "  - {interface: tls-$port, port: $port, factor: possession, secret: certificate}"
	done
}
also() { sed "s/^# What it speaks/  - {transport: tcp, port: $1, service: $2}\n&/" -; }

declare_ports 4445 8884 | also 8884 mqtts >"$dir/good.yaml"
profile=$dir/good.yaml
bench_start tls-mtls tls-mtls-any tls-mtls-none tls-mtls-mqtt
scenario_of '- probe: tls.client_auth' '  with: {answer: 3s, tries: 1}'
run_whole
same "$run_status" 2 "exit status" # without the lab's own certificate no more is known
expect "TLS-S16 behaviour" pass
expect "TLS-S16 sufficiency" inconc
same "$(clients)" "4445 no certificate: refused in words, 4445 self-signed: refused in words, 4445 expired: refused in words, 4445 for servers: refused in words, 4445 forged: refused in words, 8884 no certificate: refused, 8884 self-signed: refused, 8884 expired: refused, 8884 for servers: refused, 8884 forged: refused" \
    "clients of servers that verify"
all_records | jq -e -s 'any(.. | objects; .field? == "tls.keys" and
    (.value | test("TRAFFIC_SECRET")))' >/dev/null || fail "no keys"

declare_ports 443 4446 4447 >"$dir/bad.yaml"
device_add "$dir/bad.yaml"
run_whole
same "$run_status" 1 "exit status"
expect "TLS-S16 behaviour" fail
same "$(clients)" "443 no certificate: accepted, 443 self-signed: accepted, 443 expired: accepted, 443 for servers: accepted, 443 forged: accepted, 4446 self-signed: accepted, 4446 forged: accepted, 4447 no certificate: accepted, 4447 self-signed: accepted" \
    "clients of servers that do not"
bench_stop
