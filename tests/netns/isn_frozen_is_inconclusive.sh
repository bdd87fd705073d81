#!/bin/bash
# A device that falls silent while it is asked for initial sequence numbers is
# not judged by those it gave, good as they were.
. tests/netns/lib.sh

scenario_of "- probe: tcp.isn" \
    "  with: {addresses: ipv4, max_pps: 200, patience: 2s}"
bench_start
run_begin
await 20 run_is_testing
# Until it has given some hundred: its own counter knows.
device_pid_inside() { pgrep -n -f tests/devices/inside; }
in_device() { nsenter -t "$(device_pid_inside)" -n "$@"; }
in_device nft -f - <<-END
	table inet count {
		chain in {
			type filter hook input priority -10;
			tcp flags syn counter
		}
	}
END
asked_some() { in_device nft list table inet count | grep 'packets [0-9][0-9][0-9]'; }
await 30 asked_some
device_word freeze
run_end
same "$run_status" 2 "exit status"
expect "NET-08 behaviour" inconc
verdicts | grep -x 'NET-08 .* isn.device_gone' >/dev/null || fail "another reason"
bench_stop
