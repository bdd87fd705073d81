#!/bin/bash
# `--json` prints one object a line and nothing else, for every command; what
# cannot be done ends with the status of the table.
. tests/netns/lib.sh

bench_start
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_whole
same "$run_status" 0 "exit status"
run=$(run_number)
verdict=$(all_records | jq -s 'first(.[] | select(.type == "verdict")).seq')
parses() {
	local status=0
	ctl --json "$@" >"$dir/out" 2>"$dir/err" || status=$?
	same "$status" 0 "exit status of $*"
	[ -s "$dir/out" ] || fail "$*: printed nothing"
	while IFS= read -r line; do
		jq -e 'type == "object"' <<<"$line" >/dev/null || fail "$*: no JSON: $line"
	done <"$dir/out"
}
parses status
parses device list
parses device show dut
parses runs
parses verdicts
parses verdicts "$run"
parses probes
parses probes tcp.ports
parses evidence "$verdict" -o "$dir/e.pcapng"
jq -e . "$records" >/dev/null || fail "run --watch: no JSON"

ends() {
	local want=$1 status=0
	shift
	ctl "$@" >"$dir/out" 2>"$dir/err" || status=$?
	same "$status" "$want" "exit status of assayctl $*"
}
ends 64
ends 64 nonsense
ends 64 run
ends 64 runs --no-such-option
ASSAY_SOCKET=$dir/none ends 3 status
has_line "$dir/err" "$dir/none" || fail "the error does not name the socket"
printf 'version: 1\nname: x\nsteps:\n  - background: x\n' >"$dir/reserved.yaml"
ends 64 validate "$dir/reserved.yaml"
has_line "$dir/err" "reserved.yaml:4:[0-9]+" || has_line "$dir/out" "reserved.yaml:4:[0-9]+" ||
    fail "no file:line:column: $(cat "$dir/err" "$dir/out")"
bench_stop
