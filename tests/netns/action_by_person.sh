#!/bin/bash
# An action by a person: asked for, confirmed, checked; not confirmed in time,
# or not done, is never a pass and never the device's fault.
. tests/netns/lib.sh

cat "$profile" - >"$dir/profile.yaml" <<END
actions:
  trigger:
    by: person
    prompt: press the button
    limit: 4s
    check: {kind: up}
END
profile=$dir/profile.yaml
bench_start
scenario_of "- action: trigger" "- probe: tcp.ports" \
    "  with: {addresses: ipv4}"
run_begin
await 10 has_line "$records" 'press the button'
ctl confirm "$(run_number)" --note "pressed" >>"$dir/run.log"
run_end
same "$run_status" 0 "exit status"
has_event confirm || fail "no event about the confirmation"

run_whole
# The run is incomplete: not passed, and nothing is held against the device.
same "$run_status" 2 "exit status when nobody confirms"
expect_no_pass
run_begin
await 10 has_line "$records" 'press the button'
ctl confirm "$(run_number)" --not-done >>"$dir/run.log"
run_end
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status when it was not done, expected 2 or 3"
bench_stop
