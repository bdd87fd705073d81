#!/bin/bash
# A slow sweep of the UDP ports is killed with the engine in its midst; the next
# run goes on from its checkpoint: it asks what is left, says of which run the
# rest is, and never passes by it.
. tests/netns/lib.sh

bench_start
steps=("- probe: udp.ports" "  with: {addresses: ipv4, max_pps: 2500}" "  resume: true")
scenario_of "${steps[@]}"
run_interrupted
run_whole 100
same "$run_status" 2 "exit status"
expect "NET-02 completeness" inconc
expect "NET-02 sufficiency" pass
all_records | jq -e -s --argjson r "$first" '
    ([.[] | select(.type == "job") | .resumed.run] == [$r]) and
    ([.[] | select(.type == "verdict" and .claim == "completeness")] | all(
	.reason == "udp.ports_as_declared_resumed" and .values.run == $r and
	.values.earlier > 1000 and
	.values.earlier + .values.asked == .values.total))' >/dev/null ||
    fail "not the rest of the first run"
bench_stop
