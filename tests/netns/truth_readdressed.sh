#!/bin/bash
# limit: 300 s
# The device's address changes in the midst of each active probe: nothing passes
# about the address that is gone, and nothing fails.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 4

was=
befall() {
	was=$(device_ipv4)
	device_word address
	await 10 another_address
}
# The device is gone from where it was: that ends a sweep at once.
befell_it() {
	all_records | jq -e -s 'any(.. | objects; .field? == "sweep.end" and .value == "gone")' >/dev/null
}
another_address() { [ "$(device_ipv4)" != "$was" ]; }
mend() { await 20 knows "$(device_ipv4)"; }
knows() {
	ctl --json device show dut | jq -e --arg a "$1" '.addresses | index($a)'
}
truth_start
long_recording
for probe in "${mine[@]}"; do
	run_disturbed "$probe" ipv4
	nothing_false "$probe"
done
bench_stop
