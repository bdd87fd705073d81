#!/bin/bash
# A tunnel that lets in what anybody sends through it fails, by its name, and so
# do a protocol that answers and is not declared, and a device that passes on
# packets for somebody else; declared, tunnels and protocol are fine.
. tests/netns/lib.sh

# told CHECK: "VERDICT REASON PROTOCOLS" of its verdicts.
told() {
	all_records | jq -r --arg c "$1" 'select(.type == "verdict" and .check == $c) |
	    "\(.verdict) \(.reason) \(.values.protocols)"'
}
declare_protocols() {
	{ cat "$top/etc/profiles/reference-device.yaml"; printf '%s\n' "$1"; } \
	    >"$dir/profile.yaml"
	device_add "$dir/profile.yaml"
}

scenario_of '- probe: ip.protocols' '  with: {addresses: ipv4}' '- probe: net.forwarding'
bench_start tunnel-gre tunnel-6in4 tunnel-ipip speaks=132 forwards
run_whole
same "$run_status" 1 "exit status"
same "$(told NET-04)" "fail ip.tunnel_accepted 4 (ipip), 41 (ipv6), 47 (gre)" tunnels
expect "NET-34 behaviour" fail
same "$(verdicts | grep -c NET-34)" 2 "verdicts on forwarding"

scenario_of '- probe: ip.protocols' '  with: {addresses: ipv4}'
declare_protocols 'protocols: [{protocol: gre}, {protocol: ipv6}, {protocol: 4}]'
run_whole
same "$(told NET-04)" "fail ip.undeclared_answers 132 (sctp)" "a protocol that answers"

declare_protocols 'protocols: [{protocol: gre}, {protocol: ipv6}, {protocol: 4}, {protocol: sctp}]'
run_whole
same "$run_status" 0 "exit status"
same "$(told NET-04 | cut -d' ' -f1-2)" "pass ip.as_declared" "all of it declared"
bench_stop
