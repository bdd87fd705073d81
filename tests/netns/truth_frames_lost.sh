#!/bin/bash
# limit: 300 s
# The capture loses frames in the midst of each active probe: what would be a
# pass is inconclusive for it, and the record says so.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 3

small_ring
lost_some() {
	all_records | jq -e -s 'any(.[]; .type == "verdict") and
	    all(.[] | select(.type == "verdict"); .span.dropped > 0)' >/dev/null
}
# The closing barrier waits for a capture that is held up: however short the
# job is, what is lost is lost in its span, unless it was over before; then it
# takes twice as long the next time.
run_with_loss() {
	local longer
	for longer in 1 2 4 8 16; do
		ids_samples=$((longer < 4 ? 64 * longer : 256)) # the most
		ask "$@"
		run_begin
		await 20 has_line "$records" '"type": *"job"'
		lose_frames
		run_end
		! lost_some || return 0
	done
	fail "$1: no frame was lost"
}

routed=yes
truth_start
for probe in "${mine[@]}"; do
	run_with_loss "$probe" "$(family "$probe" ipv4)"
	nothing_false "$probe"
	all_records | jq -e -s 'any(.[]; .type == "verdict" and .said == "pass") and
	    all(.[] | select(.type == "verdict" and .said == "pass");
		.lowered | index("lost_frames"))' >/dev/null ||
	    fail "$probe: no pass that was lowered for lost frames"
done
bench_stop
