#!/bin/bash
# A slow sweep is killed with the engine in its midst; the next run goes on from
# its checkpoint: it asks what is left, says of which run the rest is, finds the
# undeclared port, and the one after it begins anew.
. tests/netns/lib.sh

bench_start drop-above=8000 undeclared-port=2323
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}" "  resume: true"
run_interrupted
: >"$records"
"$BUILD/assayctl" --json probe dut tcp.ports addresses=ipv4 --resume --quiet 0s \
    >"$records" 2>>"$dir/run.log" &
run_pid=$!
run_end
same "$run_status" 1 "exit status"
expect "NET-01 completeness" fail
expect_port_named "NET-01 completeness" 2323
expect "NET-01 sufficiency" pass
noted resumed.asked || fail "it did not go on from the first run"
all_records | jq -e -s --argjson r "$first" '
    ([.[] | select(.type == "job") | .resumed.run] == [$r]) and
    ([.[] | select(.type == "observed") | .observations[] |
	select(.field == "sweep.asked") | .value] | all(. < 65000))' >/dev/null ||
    fail "not the first run, or everything was asked again"
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}" "  resume: true"
run_begin
await 20 run_is_testing
all_records | jq -e -s 'all(.[]; .type != "job" or (has("resumed") | not))' \
    >/dev/null || fail "it went on from what was over"
ctl cancel "$(run_number)" >>"$dir/run.log"
run_end 15
expect_no_pass # the port may have been found by then, or not
bench_stop
