#!/bin/bash
# A real small stack (lwIP) numbers its IPv4 packets and its IPv6 fragments by
# one counter for everybody: asked from several addresses of the bench it fails,
# on both families.  Linux, with a counter for each, passes.
. tests/netns/lib.sh

scenario_of "- probe: net.ip_ids"
small_bench lwip
run_whole
same "$run_status" 1 "exit status"
expect "NET-10 behaviour 10" fail
expect "NET-10 behaviour f" fail
verdicts | grep -E '^NET-10 .* ids\.global$' >/dev/null || fail "another reason"
bench_stop
bench_start
run_whole
same "$run_status" 0 "exit status"
expect "NET-10 behaviour 10" pass
expect "NET-10 behaviour f" pass
bench_stop
