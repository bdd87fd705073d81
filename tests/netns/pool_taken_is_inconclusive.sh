#!/bin/bash
# A device that answers ARP for every address: whatever a job found from the
# addresses it was lent does not pass, and the next job does without them.  From
# a device that does not, all are lent, and it passes.
. tests/netns/lib.sh

note() {
	all_records | jq -r --arg n "$1" 'select(.type == "verdict") |
	    .deviations[] | select(.name == $n) | .value'
}
said() { verdicts | awk '{ print $4, $5 }'; }
addresses() { ctl --json device show dut | jq '.addresses | length'; }

plain_bench sample_sources
nsenter -t "$device_pid" -n socat TCP4-LISTEN:443,fork,reuseaddr,backlog=1000 /dev/null &
listener=$!
scenario_of '- probe: sample.sources' '  timeout: 40s'

run_whole
same "$(said)" "pass sample.good" "verdict on a device that has its own address"
[ "$(note sources.ipv4)" -gt 100 ] || fail "$(note sources.ipv4) addresses were lent"
known=$(addresses)

nsenter -t "$device_pid" -n "$BUILD/tests/netns/arp_for_all" eth0 >"$dir/arp.log" &
arp=$!
await 10 has_line "$dir/arp.log" ready
run_whole
same "$(said)" "inconc source_taken" "verdict on a device that answers for all"
same "$run_status" 2 "exit status"
same "$(note sources.conflicts)" "$(note sources.ipv4)" "addresses that somebody answered for"
has_event participant pool_conflict || fail "the conflict is no event"
same "$(addresses)" "$known" "what the device is believed to have"

# The pool has given way: the bench's own address is enough for this one.
run_whole
same "$(note sources.ipv4)" 0 "lent to the next job"
same "$(said)" "pass sample.good" "verdict from the bench's own address"

kill "$arp" "$listener"
wait "$arp" "$listener" 2>/dev/null || true
daemon_stop
plain_stop
