#!/bin/bash
# A device that answers neither echo requests nor SYNs is not judged, though it
# is there.
. tests/netns/lib.sh

scenario_of "- probe: net.ip_ids" "  with: {addresses: ipv4, wait: 50ms}"
bench_start
nsenter -t "$(pgrep -n -f tests/devices/inside)" -n nft -f - <<-END
	table inet mute {
		chain out {
			type filter hook output priority -10;
			meta l4proto tcp drop
			icmp type echo-reply drop
		}
	}
END
run_whole
same "$run_status" 2 "exit status"
expect "NET-10 behaviour" inconc
verdicts | grep -x "NET-10 .* ids.few" >/dev/null || fail "another reason"
bench_stop
