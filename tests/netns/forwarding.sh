#!/bin/bash
# A device that passes on packets for somebody else fails, by IPv4 and IPv6; one
# that drops them passes, and one that answers nothing at all is inconclusive.
. tests/netns/lib.sh

scenario_of '- probe: net.forwarding'
bench_start forwards
run_whole
same "$run_status" 1 "exit status"
expect "NET-34 behaviour" fail
same "$(verdicts | wc -l)" 2 "verdicts"
bench_stop

rm -rf "$dir/state"
bench_start
run_whole
same "$run_status" 0 "exit status"
expect "NET-34 behaviour" pass
same "$(verdicts | awk '{ print $5 }' | sort -u)" forwarding.nothing_passed_on reasons
bench_stop

rm -rf "$dir/state"
bench_start no-echo all-filtered
run_whole
expect "NET-34 behaviour" inconc
same "$(verdicts | awk '{ print $5 }' | sort -u)" forwarding.no_responder reasons
bench_stop
