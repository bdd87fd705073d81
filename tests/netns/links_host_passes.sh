#!/bin/bash
# A host that speaks ICMP, TCP and UDP alone and passes nothing on is a pass on
# every address, and by both families; one that answers neither echo nor TCP is
# inconclusive.
. tests/netns/lib.sh

reasons() { verdicts | awk -v c="$1" '$1 == c { print $5 }' | sort -u; }

scenario_of '- probe: ip.protocols' '- probe: net.forwarding'
bench_start
run_whole
same "$run_status" 0 "exit status"
expect "NET-04 completeness" pass
expect "NET-34 behaviour" pass
same "$(reasons NET-04)" ip.as_declared reason
same "$(reasons NET-34)" forwarding.nothing_passed_on reason
[ "$(verdicts | grep -c NET-04)" -ge 4 ] || fail "not every address has a verdict"
same "$(verdicts | grep -c NET-34)" 2 "verdicts on forwarding"
bench_stop

rm -rf "$dir/state"
scenario_of '- probe: ip.protocols' '  with: {addresses: ipv4}' \
    '- probe: net.forwarding' '  with: {addresses: ipv4}'
bench_start no-echo all-filtered
run_whole
same "$run_status" 2 "exit status"
expect "NET-04 completeness" inconc
expect "NET-34 behaviour" inconc
same "$(reasons NET-04)" ip.no_responder reason
same "$(reasons NET-34)" forwarding.no_responder reason
bench_stop
