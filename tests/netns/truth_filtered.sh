#!/bin/bash
# limit: 300 s
# A device that is there (ARP, ND) and silent otherwise: no active probe passes or
# fails it, by IPv4 or IPv6.
. tests/netns/lib.sh
. tests/netns/truth
truth_shares 3

own_traffic() { :; } # nobody would answer it
udp_limit=5s # of which nobody answers, it would ask for long
truth_start all-filtered udp-silent no-echo
for probe in "${mine[@]}"; do
	[ "$probe" != net.source_ports ] || continue
	ask "$probe" "$(family "$probe" ipv6)"
	run_whole
	nothing_false "$probe"
done
bench_stop
