#!/bin/bash
# limit: 300 s
# The capture is killed in the midst of each active probe: nothing passes and
# nothing fails, whatever was heard.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 3

befall() { kill -KILL "$(pid_of capture)"; }
mend() { await 20 segment_is_up; }
# Without a capture a job that asks nobody any more ends as soon.
befell_it() { [ "$(outcome_of_job)" = error ] && has_event capture; }

truth_start
long_recording
for probe in "${mine[@]}"; do
	run_disturbed "$probe" "$(family "$probe" ipv6)"
	nothing_false "$probe"
	[ -z "$(sealed | awk '$5 == "pass" && $7 !~ /capture_died|capture_hole/')" ] ||
	    fail "$probe: not for the capture"
done
bench_stop
