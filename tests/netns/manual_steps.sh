#!/bin/bash
# A scenario's step by hand: asked for, confirmed with a note, and not checked;
# nobody comes, or it was not done: the rest is not reached, and nothing passes.
. tests/netns/lib.sh

bench_start
scenario_of "- wait: 200ms" "- manual: read the label" "  limit: 4s" \
    "- probe: tcp.ports" "  with: {addresses: ipv4}"
run_begin
await 10 has_line "$records" 'read the label'
ctl confirm "$(run_number)" --note "S/N 4711" >>"$dir/run.log"
run_end
same "$run_status" 0 "exit status"
has_event wait || fail "no event about the wait"
has_event manual || fail "no event about the step by hand"
has_line "$records" 'S/N 4711' || fail "the note is not in the record"

run_whole
same "$run_status" 2 "exit status when nobody confirms"
expect_no_pass
run_begin
await 10 has_line "$records" 'read the label'
ctl confirm "$(run_number)" --not-done >>"$dir/run.log"
run_end
same "$run_status" 2 "exit status when it was not done"
expect_no_pass
bench_stop
