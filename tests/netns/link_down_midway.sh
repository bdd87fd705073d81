#!/bin/bash
# The link goes down in the middle of the sweep: inconclusive, with the event
# in the record, and the run comes to its end.
. tests/netns/lib.sh

bench_start link-down-at-port=30000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
expect "NET-01 completeness" inconc
expect_no_pass
same "$run_status" 2 "exit status"
has_event link || has_event health || fail "no event about the link"
bench_stop
