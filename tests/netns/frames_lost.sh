#!/bin/bash
# The capture is held up until the kernel drops frames in the span of a test:
# the count is in the record and a pass becomes inconclusive.
. tests/netns/lib.sh

daemon_conf </dev/null
sed -i 's/ring_mib: 32/ring_mib: 1/' "$dir/assayd.yaml"
bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
await 20 run_is_testing
capture=$(pid_of capture)
kill -STOP "$capture"
# Until far more frames have passed than a ring of 1 MiB can hold.
frames() {
	nsenter -t "$capture" -n cat /proc/net/dev |
	    awk '/lab0:/ { print $3 + $11 }'
}
began=$(frames)
overflowed() { [ "$(frames)" -gt $((began + 20000)) ]; }
await 20 overflowed
kill -CONT "$capture"
run_end
same "$run_status" 2 "exit status"
expect_no_pass "NET-01 completeness"
all_records | jq -e -s 'any(.[]; .type == "verdict" and .span.dropped > 0 and
    (.lowered | index("lost_frames")))' >/dev/null ||
    fail "no verdict that was lowered for lost frames"
bench_stop
