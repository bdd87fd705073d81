#!/bin/bash
# Behind a filter that drops, ports are "open or filtered"; behind one that
# refuses they are filtered; where nothing answers at all, silence shows
# nothing.  None of it is a pass.
. tests/netns/lib.sh

reason() { verdicts | awk -v k="$1" '$2 == k { print $4, $5 }'; }
try() { # try FLAW REASON
	bench_start "$1"
	scenario_of '- probe: udp.ports' \
	    '  with: {addresses: ipv4, ports: "1-200,5683,5684"}'
	run_whole 120
	same "$run_status" 2 "exit status with $1"
	same "$(reason completeness)" "inconc $2" "completeness with $1"
	expect_no_pass "NET-02 completeness"
}
try udp-filtered udp.open_or_filtered
same "$(reason sufficiency)" "pass udp.declared_answer" "sufficiency"
bench_stop
rm -rf "$dir/state"
try udp-rejected udp.filtered
bench_stop
