#!/bin/bash
# A tunnel that lets in what anybody sends through it fails, by its name, and so
# does a protocol that answers and is not declared; declared, both are fine.
. tests/netns/lib.sh

# told: "REASON PROTOCOLS" of the verdict.
told() {
	all_records | jq -r 'select(.type == "verdict") |
	    "\(.verdict) \(.reason) \(.values.protocols)"'
}
declare_protocols() {
	profile=$dir/profile.yaml
	{ cat "$top/etc/profiles/reference-device.yaml"; printf '%s\n' "$1"; } \
	    >"$profile"
	ctl device add dut --mac 02:00:00:00:00:10 --profile "$profile" >>"$dir/run.log"
}

scenario_of '- probe: ip.protocols' '  with: {addresses: ipv4}'
bench_start tunnel-gre tunnel-6in4 tunnel-ipip speaks=132
run_whole
same "$run_status" 1 "exit status"
same "$(told)" "fail ip.tunnel_accepted 4 (ipip), 41 (ipv6), 47 (gre)" tunnels

declare_protocols 'protocols: [{protocol: gre}, {protocol: ipv6}, {protocol: 4}]'
run_whole
same "$(told)" "fail ip.undeclared_answers 132 (sctp)" "a protocol that answers"

declare_protocols 'protocols: [{protocol: gre}, {protocol: ipv6}, {protocol: 4}, {protocol: sctp}]'
run_whole
same "$run_status" 0 "exit status"
same "$(told | cut -d' ' -f1-2)" "pass ip.as_declared" "all of it declared"
bench_stop
