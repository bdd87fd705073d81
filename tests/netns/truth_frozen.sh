#!/bin/bash
# limit: 300 s
# The device falls silent in the midst of each active probe, its link stays up:
# nothing passes and nothing fails.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 3

befall() { device_word freeze; }
mend() { device_word thaw; }

mend_early=yes
truth_start
long_recording
for probe in "${mine[@]}"; do
	run_disturbed "$probe" "$(family "$probe" ipv4)"
	nothing_false "$probe"
done
bench_stop
