#!/bin/bash
# A device that is as declared passes on every address, each verdict with
# frames, in a chain without a gap; and nothing is left afterwards.
. tests/netns/lib.sh

bench_start
run_whole
same "$run_status" 0 "exit status"
expect "NET-01 completeness" pass
expect "NET-01 sufficiency" pass
expect "NET-03 completeness" pass
expect "NET-03 sufficiency" pass
# One IPv4 address; link-local, ULA and global.
same "$(verdicts | awk '{ print $1, $3 }' | sort -u | cut -d ' ' -f 1 | uniq -c | tr -s ' ' | tr '\n' ';')" \
    " 1 NET-01; 3 NET-03;" "addresses judged"
all_records | jq -e -s 'all(.[] | select(.type == "verdict");
    .frames > 0 and (.evidence | length) > 0 and .slice.size > 0 and
    .span.dropped == 0 and .controls.before.good and .controls.after.good)' \
    >/dev/null || fail "a verdict without frames, slice or controls"
all_records | jq -e -s 'map(.seq) as $s | .[0].type == "run" and
    .[-1].type == "manifest" and .[0].prev == null and
    ([range(1; length)] | all($s[.] > $s[. - 1]))' >/dev/null ||
    fail "the run's records are not in order"
all_records | jq -e -s 'any(.[]; .type == "canary" and .good)' >/dev/null ||
    fail "no good canary"
bench_stop
