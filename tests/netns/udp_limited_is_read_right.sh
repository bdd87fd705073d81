#!/bin/bash
# A device that says twenty ICMP errors a second, on a line that loses: every
# port is read as it is, and what was learnt of the limit is in the record.  A
# port that is declared and closed is missing.
. tests/netns/lib.sh

bench_start icmp-limit=20 lose=3
sed 's/^  - {transport: udp, port: 5683/  - {transport: udp, port: 123, service: ntp}\n&/' \
    "$profile" >"$dir/profile.yaml"
device_add "$dir/profile.yaml"
scenario_of '- probe: udp.ports' \
    '  with: {addresses: ipv4, ports: "1-200,5683,5684"}'
run_whole 120
values() {
	all_records | jq -r 'select(.type == "verdict" and .claim == "completeness") |
	    "\(.values.open) \(.values.closed) \(.values.silent) \(.values.unsettled)"'
}
same "$(values)" "2 200 0 0" "open, closed, silent, unsettled"
expect "NET-02 completeness" inconc
expect "NET-02 sufficiency" fail
expect_port_named "NET-02 sufficiency" 123
bench_stop
