#!/bin/bash
# A device that reboots by itself does so before anything is done to it: the
# run says it, is not clean for it, and blames no probe.  At rest for as long as
# was asked for, and no longer.
. tests/netns/lib.sh

# Signs within ten seconds are of one boot, so it boots more seldom.
bench_start reboots-every=14
scenario_of "- probe: tcp.ports" "  with: {addresses: ipv4, ports: \"22,23\"}"
sed -i 's/^steps:/quiet: 16s\nsteps:/' "$scenario"
run_whole
same "$run_status" 2 "exit status"
has_event baseline rest || fail "no baseline"
has_event baseline dut_rebooted || fail "its reboot is not told"
all_records | jq -e -s 'any(.[]; .type == "manifest" and
    .rest.rebooted >= 1 and .rest.reboots >= 1 and
    .rest.observed_ns >= 16000000000 and .rest.wanted_ns == 16000000000 and
    .rest.answered > 0 and .rest.rtt_median_ns > 0 and
    .rest.rtt_p95_ns >= .rest.rtt_median_ns)' >/dev/null ||
    fail "not what was seen at rest"
# One that happens during the job has a precedent.
all_records | jq -e -s '([.[] | select(.type == "event" and .what == "health" and
    .code == "rebooted" and .job != null)] | length) == 0 or
    any(.[]; .what == "baseline" and .code == "precedent")' >/dev/null ||
    fail "a reboot in the job is not said to have a precedent"
bench_stop
