#!/bin/bash
# A real small stack (lwIP) adds little to its initial sequence number, the same
# for everybody: it fails, by that reason, on both families.  With numbers of
# chance the same stack passes.  The statistics stand in the verdict.
. tests/netns/lib.sh

scenario_of "- probe: tcp.isn" "  with: {samples: 400}"
small_bench lwip
run_whole
same "$run_status" 1 "exit status"
expect "NET-08 behaviour 10" fail
expect "NET-08 behaviour f" fail
verdicts | grep -E '^NET-08 .* isn\.(narrow|constant_step)$' >/dev/null ||
    fail "another reason"
bench_stop
scenario_of "- probe: tcp.isn" "  with: {addresses: ipv4}"
small_bench lwip isn-random
run_whole
same "$run_status" 0 "exit status"
expect "NET-08 behaviour" pass
all_records | jq -e -s 'any(.[]; .type == "verdict" and
    .values.samples >= 4000 and .values.bits >= 28 and .values.repeats < 3)' \
    >/dev/null || fail "the statistics are not in the verdict"
bench_stop
