#!/bin/bash
# The capture loses frames while clear text is looked for: what would be a pass
# is inconclusive, and the loss is in its record.
. tests/netns/lib.sh

daemon_conf </dev/null
sed -i 's/ring_mib: 32/ring_mib: 1/' "$dir/assayd.yaml"
bench_start protected drop-above=8000
scenario_of '- probe: services.cleartext' \
    '  with: {addresses: ipv4, udp_ports: "69", datagram: 100ms}'
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
expect_no_pass
expect 'NET-06 completeness' inconc
all_records | jq -e -s 'any(.[]; .type == "verdict" and .said == "pass" and
    .span.dropped > 0 and (.lowered | index("lost_frames")))' >/dev/null ||
    fail "no pass that was lowered for lost frames"
bench_stop
