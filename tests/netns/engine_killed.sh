#!/bin/bash
# The engine is killed in the middle: the warden starts another, the job is an
# error "daemon restarted", nothing that was shown is lost, and the bench works.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
run=$(run_number)
await 20 run_is_testing
warden=$daemon_pid
shown=$(all_records | wc -l)
kill -KILL "$(pid_of engine)"
await 20 is_gone "$run_pid"
wait "$run_pid" || true
await 20 daemon_answers
same "$daemon_pid" "$warden" "the warden"
ended() { ctl --json runs | jq -e -s --argjson r "$run" \
    '[.. | objects | select(.run? == $r)][0].outcome != null'; }
await 30 ended
timeout 20 "$BUILD/assayctl" --json verdicts "$run" >"$dir/after.jsonl"
! grep -q '"verdict":"pass"' "$dir/after.jsonl" || fail "a false pass"
[ "$shown" -gt 0 ] || fail "nothing was shown before"
await 20 segment_is_up
await 20 bench_knows_addresses 1
run_whole
same "$run_status" 0 "exit status of the next run"
bench_stop
