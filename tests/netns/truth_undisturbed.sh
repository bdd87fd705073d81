#!/bin/bash
# limit: 300 s
# What nothing befalls: each active probe passes on this device, by IPv4 and
# IPv6.  The other cases truth_*.sh take that pass away.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 3

routed=yes
truth_start
for probe in "${mine[@]}"; do
	ask "$probe" all
	run_whole
	row "$probe"
	[ -z "$(sealed | awk '$4 == "fail" || $4 == "error"')" ] || fail "$probe: a false fail"
	expect "$(passes_of "$probe")" pass
	[ "$probe" = net.source_ports ] ||
	    for family in : '\.'; do
		sealed | awk -v f="$family" '$3 ~ f && $4 == "pass"' | grep . >/dev/null ||
		    fail "$probe: no pass of a family"
	    done
done
bench_stop
