#!/bin/bash
# A real small stack (lwIP) takes its source ports one after the other: its own
# connections to two ports and its DNS queries fail; few of them show nothing.
. tests/netns/lib.sh

scenario_of "- probe: net.source_ports" "  with: {over: 1h}"
connects() {
	local n
	for n in $(seq "$1"); do
		echo "connect 10.77.0.1 $((9001 + n % 2))"
		echo "ask 10.77.0.1"
	done >"$dir/control"
	await 20 lines_at_least "$dir/device.log" '^asking$' "$1"
}
small_bench lwip
connects 5
run_whole
same "$run_status" 2 "exit status"
verdicts | grep -x 'NET-09 behaviour .* inconc ports.few' >/dev/null ||
    fail "few connections are judged"
connects 30
run_whole
same "$run_status" 1 "exit status"
verdicts | grep -x 'NET-09 behaviour .* fail ports.sequential' >/dev/null ||
    fail "another reason"
all_records | jq -e -s 'any(.[]; .type == "verdict" and .frames > 0)' >/dev/null ||
    fail "no frames show it"
bench_stop
