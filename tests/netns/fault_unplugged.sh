#!/bin/bash
# The segment's interface is unplugged in mid-run: what was being tested is
# inconclusive, the run comes to its end, the status says why; plugged in
# again, the segment comes back by itself and the next run passes.
. tests/netns/lib.sh
needs_sandbox

plain_bench sample_slow
scenario_of "- probe: sample.slow" "  with: {lasts: 3s}" "- probe: sample.slow"
run_begin
await 20 run_is_testing
on_plain ip link del eth0
run_end 60
expect_no_pass
[ "$run_status" = 2 ] || [ "$run_status" = 3 ] ||
    fail "exit status $run_status, expected 2 or 3"
has_event link || fail "no event about the link"
ctl --json status | jq -e '.segments[0] | (.up | not) and (.why | length > 0)' \
    >/dev/null || fail "the status does not say why the segment is down"
has_line "$dir/daemon.log" 'segment wired0: down: the interface is gone' ||
    fail "the log does not say it"
plain_cable
await 30 segment_is_up
scenario_of "- probe: sample.slow"
works() { run_whole && [ "$run_status" = 0 ]; }
await 30 works
daemon_stop
plain_stop
