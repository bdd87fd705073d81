#!/bin/bash
# `watch --from 1` gives every record that ever became durable, in order, to
# one who comes later, and the same to one who comes in the middle.
. tests/netns/lib.sh

bench_start drop-above=8000
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
await 20 run_is_testing
"$BUILD/assayctl" --json watch --from 1 >"$dir/middle.jsonl" 2>>"$dir/run.log" &
middle=$!
run_end
same "$run_status" 0 "exit status"
last=$(all_records | jq -s 'map(.seq) | max')
"$BUILD/assayctl" --json watch --from 1 >"$dir/later.jsonl" 2>>"$dir/run.log" &
later=$!
seqs() {
	jq -c '.. | objects | select(has("type") and has("seq") and has("prev")) | .seq' "$1"
}
has_all() { seqs "$1" | grep -x "$last"; }
await 15 has_all "$dir/middle.jsonl"
await 15 has_all "$dir/later.jsonl"
kill -TERM "$middle" "$later"
wait "$middle" "$later" || true
same "$(seqs "$dir/later.jsonl" | md5sum)" "$(seqs "$dir/middle.jsonl" | md5sum)" \
    "what two watchers saw"
same "$(seqs "$dir/later.jsonl")" "$(seqs "$dir/later.jsonl" | sort -n -u)" \
    "order of the numbers"
# The run's own records are all among them.
comm -23 <(all_records | jq .seq | sort) <(seqs "$dir/later.jsonl" | sort) |
    grep . && fail "records missing"
bench_stop
