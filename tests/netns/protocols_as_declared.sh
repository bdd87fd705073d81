#!/bin/bash
# A device that speaks ICMP, TCP and UDP alone passes on every address; one that
# drops echo requests is inconclusive, for a tunnel would drop them as well.
. tests/netns/lib.sh

scenario_of '- probe: ip.protocols'
bench_start
run_whole
same "$run_status" 0 "exit status"
expect "NET-04 completeness" pass
same "$(verdicts | awk '{ print $5 }' | sort -u)" ip.as_declared "reasons"
[ "$(verdicts | wc -l)" -ge 4 ] || fail "not every address has a verdict"
bench_stop

rm -rf "$dir/state"
scenario_of '- probe: ip.protocols' '  with: {addresses: ipv4}'
bench_start no-echo
run_whole
expect "NET-04 completeness" inconc
same "$(verdicts | awk '{ print $5 }')" ip.no_echo "reason"
bench_stop
