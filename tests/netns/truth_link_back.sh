#!/bin/bash
# limit: 300 s
# The link goes down in the midst of each active probe and comes back at once:
# nothing fails, and what passes is of a probe that asked anew whatever was in
# doubt, and says that it was away.  A device that tries its IPv6 addresses anew,
# as it does then, is not taken for one that booted.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 3

link_is_up() { ctl --json status | jq -e '.segments[0].link'; }
is_told() { has_event link || job_is_over; }
befall() {
	device_word link-down
	await 10 is_told
	device_word link-up
}
mend() {
	await 10 link_is_up
	await 10 addressed6
}

sweep_patience=10000 # they bridge it
truth_start
long_recording
for probe in "${mine[@]}"; do
	run_disturbed "$probe" "$(family "$probe" ipv4)"
	! has_event health rebooted || fail "$probe: a boot that never was"
	case $probe in
	tcp.ports | udp.ports) # they say that they bridge it
		row "$probe"
		[ -z "$(sealed | awk '$4 == "fail"')" ] || fail "$probe: a false fail"
		[ -z "$(sealed | awk '$4 == "pass"')" ] || noted pace.outages ||
		    fail "$probe: a pass that knows nothing of it" ;;
	*) nothing_false "$probe" ;;
	esac
done
bench_stop
