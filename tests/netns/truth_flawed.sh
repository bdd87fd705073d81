#!/bin/bash
# limit: 300 s
# A device with a flaw for each probe, and a capture that loses frames in the
# midst of it: nothing passes, and what fails does so on frames that lie sealed
# beside it, as many as it says.
. tests/netns/lib.sh
. tests/netns/truth
probes=(tcp.ports udp.ports services.cleartext services.disclosure
    ip.protocols net.forwarding net.amplification)
truth_shares 3

small_ring
flaws=(undeclared-port=2323 monlist forwards tunnel-ipip serial-banner snmp)
befall() { lose_frames; }
mend() { :; }
# Each fail of the run has its slice, and the slice its frames.
fails_are_shown() {
	local seq frames
	while read -r seq frames; do
		ctl evidence "$seq" -o "$dir/$seq.pcapng" >>"$dir/run.log"
		same "$(tshark -r "$dir/$seq.pcapng" 2>>"$dir/run.log" | wc -l)" \
		    "$frames" "frames of verdict $seq"
		[ "$frames" -gt 0 ] || fail "verdict $seq fails on nothing"
	done < <(all_records |
	    jq -r 'select(.type == "verdict" and .verdict == "fail") | "\(.seq) \(.frames)"')
}

truth_start
for probe in "${mine[@]}"; do
	run_disturbed "$probe" ipv4
	row "$probe"
	expect_no_pass
	[ -n "$(sealed | awk '$4 == "fail"')" ] || fail "$probe: its flaw is not seen"
	fails_are_shown
done
bench_stop
