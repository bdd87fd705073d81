#!/bin/bash
# limit: 300 s
# The link goes down in the midst of each active probe and stays down: nothing
# passes and nothing fails.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 3

befall() { device_word link-down; }
link_is_up() { ctl --json status | jq -e '.segments[0].link'; }
mend() {
	device_word link-up
	await 10 link_is_up
	await 10 addressed6
}

mend_early=yes
truth_start
long_recording
for probe in "${mine[@]}"; do
	run_disturbed "$probe" "$(family "$probe" ipv6)"
	nothing_false "$probe"
	has_event link || has_event health || fail "$probe: no event about the link"
done
bench_stop
